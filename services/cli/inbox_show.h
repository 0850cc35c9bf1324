// SPDX-License-Identifier: Apache-2.0
// How messages, and the rules by which they are sent, are shown.
#pragma once

#include "cli.h"

// A message on one line; and with all that it says.
void inbox_show_line(struct cli *cli, const ProtobufCMessage *message);
void inbox_show_card(struct cli *cli, const ProtobufCMessage *message);

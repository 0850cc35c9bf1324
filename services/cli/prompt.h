// SPDX-License-Identifier: Apache-2.0
// Asking a person at a terminal; where stdin is none, its lines are the answers.
#pragma once

#include "cli.h"

// Asks and reads a line, without echo where `hidden`. NULL, told, where there is none or it is too long.
char *prompt_line(struct cli *cli, struct cli_text question, bool hidden);

// SPDX-License-Identifier: Apache-2.0
// The commands about hazards.
#pragma once

#include "cli.h"

extern const struct cli_commands hazards_table;

// SPDX-License-Identifier: Apache-2.0
// The commands, by noun. Each reads its options and answers the exit status.
#pragma once

#include "cli.h"

int keys_command_init(struct cli *cli);
int keys_command_token(struct cli *cli);
int keys_command_roles(struct cli *cli);

// Commands about units, people, posts and responsibilities: rows of the contents page too.
extern const struct cli_command organisations_commands[];
extern const size_t organisations_command_count;

int units_command_get(struct cli *cli);
int units_command_list(struct cli *cli);
int units_command_import(struct cli *cli);
int sites_command_import(struct cli *cli);

int hazards_command_create(struct cli *cli);
int hazards_command_get(struct cli *cli);
int hazards_command_list(struct cli *cli);
int hazards_command_assign(struct cli *cli);

int call_command_call(struct cli *cli);
int call_command_methods(struct cli *cli);
int call_command_health(struct cli *cli);
int log_command_log(struct cli *cli);

// SPDX-License-Identifier: Apache-2.0
// The commands, by noun. Each reads its options and answers the exit status.
#pragma once

#include "cli.h"

// The contents pages of services: what organisations keep, and the ledger.
extern const struct cli_commands organisations_table;
extern const struct cli_commands hazards_table;
extern const struct cli_commands listings_table;         // listed supervision
extern const struct cli_commands campaigns_table;        // campaigns of tasks
extern const struct cli_commands accidents_table;        // … accidents and the bulletin
extern const struct cli_commands duty_table;             // duty rosters
extern const struct cli_commands clocks_table;           // … clocks
extern const struct cli_commands look_backs_table;       // … look-backs
extern const struct cli_commands inspections_table;      // … checklists and inspections
extern const struct cli_commands hazards_views_table;    // what reads it
extern const struct cli_commands inbox_table;
extern const struct cli_commands reports_table;
extern const struct cli_commands channels_table;    // where messages go besides inboxes
extern const struct cli_commands pki_table;
extern const struct cli_commands instances_table;
extern const struct cli_commands access_table;    // roles, grants, and who may what

extern const struct cli_commands sign_in_table;    // signing in, accounts, clients, keys

int sign_in_command_sign_in(struct cli *cli);
int sign_in_command_sign_out(struct cli *cli);
int sign_in_command_whoami(struct cli *cli);

int rules_command_show(struct cli *cli);
int rules_command_set(struct cli *cli);
int accounts_command_create(struct cli *cli);
int accounts_command_disable(struct cli *cli);
int accounts_command_enable(struct cli *cli);
int accounts_command_reset(struct cli *cli);
int accounts_command_recover(struct cli *cli);
int accounts_command_second_factor(struct cli *cli);
int instances_command_request(struct cli *cli);
int instances_command_enrol(struct cli *cli);
int instances_command_accept(struct cli *cli);
int clients_command_key(struct cli *cli);
int clients_command_register(struct cli *cli);

// Has the command act as who holds the instance's keys, under a name, for a minute. False, told.
bool keys_act_as_holder(struct cli *cli, const char *directory, const char *name);
int keys_command_init(struct cli *cli);
int keys_command_token(struct cli *cli);
int keys_command_rotate(struct cli *cli);
int keys_command_list(struct cli *cli);

int roles_command_import(struct cli *cli);

int pki_command_init(struct cli *cli);
int pki_command_server(struct cli *cli);
int pki_command_client(struct cli *cli);
int pki_command_revoke(struct cli *cli);
int pki_command_renew(struct cli *cli);
int pki_command_show(struct cli *cli);

int duty_command_show(struct cli *cli);
int duty_command_enter(struct cli *cli);
int duty_command_change(struct cli *cli);
int duty_command_gaps(struct cli *cli);
int duty_command_leave(struct cli *cli);
int duty_command_import(struct cli *cli);

int units_command_get(struct cli *cli);
int units_command_import(struct cli *cli);
int sites_command_import(struct cli *cli);

int hazards_command_list(struct cli *cli);
int hazards_command_counts(struct cli *cli);
int hazards_command_sectors(struct cli *cli);
int hazards_command_export(struct cli *cli);
int hazards_command_import(struct cli *cli);
int hazards_command_hand_over(struct cli *cli);
int hazards_command_take_over(struct cli *cli);

int checklists_command_import(struct cli *cli);
int calendars_command_import(struct cli *cli);
int bulletin_command_write(struct cli *cli);
int coverage_command_show(struct cli *cli);
int inbox_command_list(struct cli *cli);
int inbox_command_wait(struct cli *cli);
int notify_command_rules(struct cli *cli);
int notify_command_import(struct cli *cli);
int channels_command_change(struct cli *cli);
int channels_command_secret(struct cli *cli);

int call_command_call(struct cli *cli);
int call_command_methods(struct cli *cli);
int describe_command_describe(struct cli *cli);
int call_command_health(struct cli *cli);
int doctor_command_doctor(struct cli *cli);
int log_command_log(struct cli *cli);

// stream_command.c
int stream_command_stream(struct cli *cli);

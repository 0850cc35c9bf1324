// SPDX-License-Identifier: Apache-2.0
// Commands that are a call and nothing more: options become fields of the request, the reply's records lines or a
// table.
#pragma once

#include "cli.h"

// A column of what is shown.
struct record_column {
    const char *path;    // in the record's JSON: "profile.risk"
    struct cli_text heading;
};

// How a command is a call.
struct record_form {
    const char *command;    // "units update"
    const char *method;     // full name
    // A method that reads the record that the call replaces: what is not given stays as it is. NULL for none.
    const char *before;
    const struct record_column *columns;
    size_t column_count;
};

// The forms of the commands of organisations.
extern const struct record_form organisations_forms[];
extern const size_t organisations_form_count;

// Those about roles and grants.
extern const struct record_form access_forms[];
extern const size_t access_form_count;

// Those about accounts and clients.
extern const struct record_form sign_in_forms[];
extern const size_t sign_in_form_count;

// Those about other instances.
extern const struct record_form instances_forms[];
extern const size_t instances_form_count;

// Runs the command by its form. An option is the field of its name, or the one that record_commands.c has for it: units
// may be named by their codes, enums by their last word, times by a date, which is its beginning in China. Answers the
// exit status.
int record_command_run(struct cli *cli);

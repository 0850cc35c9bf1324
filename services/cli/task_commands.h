// SPDX-License-Identifier: Apache-2.0
// Commands of tasks: a call and nothing more (method_command.h), whose records are shown as lines or, where the reply
// has several, as a table. Units and sectors are shown by their names.
#pragma once

#include "cli.h"

// A column of what is shown.
struct task_column {
    const char *path;    // of the field in the record: "detail.received.person"; of an array: its texts, or how many
    struct cli_text heading;
    size_t length;    // most characters of a time: 10 for a day; 0: 16
};

// What a command shows.
struct task_form {
    const char *command;    // "campaigns list"
    const struct task_column *columns;
    size_t column_count;
    struct cli_text none;    // said where a list has nothing
    // Behind a record: a field that repeats a message, as a table; NULL for none.
    const char *part;
    const struct task_column *part_columns;
    size_t part_count;
};

// The forms of the commands about campaigns.
extern const struct task_form campaign_forms[];
extern const size_t campaign_form_count;

// Those about checklists and inspections.
extern const struct task_form inspection_forms[];
extern const size_t inspection_form_count;

// Those about look-backs.
extern const struct task_form look_back_forms[];
extern const size_t look_back_form_count;

// Those about clocks.
extern const struct task_form clock_forms[];
extern const size_t clock_form_count;

// Those about accidents.
extern const struct task_form accident_forms[];
extern const size_t accident_form_count;

// Those about listed supervision.
extern const struct task_form listing_forms[];
extern const size_t listing_form_count;

// Sends a request of the command that answers one record, and shows that by the command's form. Answers the exit
// status.
int task_command_send(struct cli *cli, const ProtobufCMessage *request);

// Those about endpoints and deliveries, of notifications.
extern const struct task_form channel_forms[];
extern const size_t channel_form_count;

// Those about duty rosters.
extern const struct task_form duty_forms[];
extern const size_t duty_form_count;

// Runs the command by its form; with --all all pages of a list. Answers the exit status.
int task_command_run(struct cli *cli);

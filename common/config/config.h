// SPDX-License-Identifier: Apache-2.0
// Settings of a program: one table of rows, each with its documentation; read
// from --name=value, then ANLAN_NAME, then the default.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// One setting. Its value is a text; config_integer reads numbers.
struct config_setting {
    const char *name;          // "listen", as in --listen and ANLAN_LISTEN
    const char *value_name;    // "ADDRESS", for --help
    const char *fallback;      // NULL: must be given
    const char *help;          // one sentence
};

struct config {
    const struct config_setting *settings;
    size_t count;
    const char **values;    // as many; point into argv, environment or fallback
};

// Reads the command line into *config; arguments that are no setting stay in
// argv in their order, and *argc counts them. `values` holds `count` pointers.
// False, and one line on `errors`, for an unknown or missing setting.
bool config_read(struct config *config, const struct config_setting *settings, size_t count, const char **values,
                 int *argc, char **argv, FILE *errors);

// Value of a setting; the name must be one of the table's.
const char *config_text(const struct config *config, const char *name);

// Value as a number from `least` to `most`. False, and one line on `errors`,
// otherwise.
bool config_integer(const struct config *config, const char *name, long least, long most, long *value, FILE *errors);

// Writes the table for --help: name, value, default, sentence.
void config_help(const struct config_setting *settings, size_t count, FILE *out);

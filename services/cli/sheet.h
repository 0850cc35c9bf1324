// SPDX-License-Identifier: Apache-2.0
// A CSV file with headings, in English or Chinese and in any order, and what becomes of its rows: for imports. Good
// rows go in; bad rows go to a file of rejects as they were, with their number and what is wrong, and may be put right
// there and imported again.
#pragma once

#include "cli.h"

#define SHEET_COLUMNS_MOST 32
#define SHEET_FAULT_SIZE 200

struct sheet_form;

struct sheet_row {
    struct sheet *sheet;
    size_t number;    // of the file's row, from 1
    char **fields;    // trimmed
    size_t count;
    bool created;
    bool present;                     // it is there already
    char fault[SHEET_FAULT_SIZE];     // why it is rejected; "" where it is not
    char notice[SHEET_FAULT_SIZE];    // what is odd about it, and no reason to reject it
    char id[40];                      // of what was made of it
    int kind;                         // what the importer has found out
};

struct sheet {
    const struct cli *cli;    // whose language the reasons are in
    const struct sheet_form *form;
    char **header;
    size_t header_count;
    int places[SHEET_COLUMNS_MOST];    // of columns in a row; -1: the file has none
    struct sheet_row **rows;
    size_t count;
};

// What a file may hold.
struct sheet_form {
    const struct cli_text *headings;    // of the columns
    size_t columns;
    size_t required;    // the first so many must be there
    bool others;        // other headings may stand beside them
};

// Reads a file, standard input for "-". False, told, where it cannot be read or its headings are wrong. Rows that are
// no CSV, or have not as many fields as the headings, are rejected. `sheet` is empty but for its cli.
bool sheet_read(struct sheet *sheet, const char *path, const struct sheet_form *form);

// A cell by its column; "" where the file has none.
const char *sheet_cell(const struct sheet_row *row, size_t column);

// Rejects a row: the first reason stands. `what` (may be "") is the value that it speaks of.
void sheet_reject(struct sheet_row *row, struct cli_text reason, const char *what);

// Notes what is odd about a row.
void sheet_notice(struct sheet_row *row, struct cli_text text);

// Rejects a row with what a failed call says of it: of the field that is wrong, by its heading.
void sheet_reject_call(struct sheet_row *row, const struct status *status);

// Shows progress on a terminal.
void sheet_progress(const struct sheet *sheet, size_t done);

// Writes the rejects to --rejects, FILE.rejects.csv by default (of standard input import.rejects.csv); says what became
// of the rows. Answers the exit status.
int sheet_close(struct cli *cli, const struct sheet *sheet, const char *path);

// Frees all but the sheet itself.
void sheet_fini(struct sheet *sheet);

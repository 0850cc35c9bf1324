// SPDX-License-Identifier: Apache-2.0
// Tables for people: columns are as wide as their text, Chinese counted twice; what
// is too wide for the terminal is cut.
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "cli.h"

#define TABLE_COLUMNS_MOST 16

struct table {
    size_t columns;
    size_t rows;
    char **cells;    // owned; rows × columns
};

// Starts a table with its headings.
void table_init(struct table *table, size_t columns, const char *const *headings);

// Adds a row; texts are copied, NULL is empty. Line breaks become spaces.
void table_add(struct table *table, const char *const *cells);

// Writes it; no line is wider than `width` columns: the widest column gives way.
void table_write(const struct table *table, size_t width, FILE *out);

// Width of the terminal at stdout, 120 where there is none.
size_t table_terminal_width(void);

// Writes a page of a list to stdout: the table, or `empty`, and how to get the next.
void table_print_page(const struct cli *cli, const struct table *table, const char *next, struct cli_text empty);

// Frees it.
void table_fini(struct table *table);

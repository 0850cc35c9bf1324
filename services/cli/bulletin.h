// SPDX-License-Identifier: Apache-2.0
// A bulletin (通报): sections of tables, written as a workbook or a page.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"

#define BULLETIN_COLUMNS_MOST 12
#define BULLETIN_SECTIONS_MOST 9

// A section: its title, headings, and rows of as many cells.
struct bulletin_section {
    const char *title;
    const char *headings[BULLETIN_COLUMNS_MOST];
    size_t columns;
    const char **cells;
    size_t rows;
    size_t room;
    const char *none;    // said where there is no row
};

struct bulletin {
    const char *title;
    const char *subtitle;    // period, and when it was written
    const char *mark;        // over every page: that the data is made up; NULL where it is not
    struct bulletin_section sections[BULLETIN_SECTIONS_MOST];
    size_t count;
};

// Begins a section; its headings are ended by NULL. Memory of everything is the command's arena.
struct bulletin_section *bulletin_begin(struct bulletin *bulletin, const char *title, const char *const *headings,
                                        const char *none);

// Adds a row of as many cells as there are headings.
void bulletin_add(struct cli *cli, struct bulletin_section *section, const char *const *cells);

// Write it to a file. False, told, where that fails: no half of a file stays.
bool bulletin_write_html(struct cli *cli, const struct bulletin *bulletin, const char *path);
bool bulletin_write_xlsx(struct cli *cli, const struct bulletin *bulletin, const char *path);

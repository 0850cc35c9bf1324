// SPDX-License-Identifier: Apache-2.0
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"

#define GAP 2
#define NARROWEST 6

void table_init(struct table *table, size_t columns, const char *const *headings)
{
    CHECK(columns > 0 && columns <= TABLE_COLUMNS_MOST);
    *table = (struct table){.columns = columns};
    table_add(table, headings);
}

void table_add(struct table *table, const char *const *cells)
{
    char **grown = realloc(table->cells, (table->rows + 1) * table->columns * sizeof(char *));
    CHECK(grown);
    table->cells = grown;
    for (size_t i = 0; i < table->columns; i++) {
        char *copy = strdup(cells[i] ? cells[i] : "");
        CHECK(copy);
        for (char *at = copy; *at; at++)
            if ((unsigned char)*at < 0x20 || *at == 0x7f)
                *at = ' ';
        table->cells[table->rows * table->columns + i] = copy;
    }
    table->rows++;
}

static void measure(const struct table *table, size_t *widths)
{
    for (size_t c = 0; c < table->columns; c++) {
        widths[c] = 0;
        for (size_t r = 0; r < table->rows; r++) {
            size_t columns = text_columns(table->cells[r * table->columns + c]);
            if (columns > widths[c])
                widths[c] = columns;
        }
    }
}

static void fit(const struct table *table, size_t width, size_t *widths)
{
    for (;;) {
        size_t total = (table->columns - 1) * GAP;
        size_t widest = 0;
        for (size_t c = 0; c < table->columns; c++) {
            total += widths[c];
            if (widths[c] > widths[widest])
                widest = c;
        }
        if (total <= width || widths[widest] <= NARROWEST)
            return;
        size_t over = total - width;
        widths[widest] = widths[widest] > over + NARROWEST ? widths[widest] - over : NARROWEST;
    }
}

static size_t scalar_bytes(const char *at)
{
    size_t bytes = 1;
    while (((unsigned char)at[bytes] & 0xc0) == 0x80)
        bytes++;
    return bytes;
}

// Writes a cell in its width, cut with … where it is wider.
static void write_cell(const char *cell, size_t width, bool pad, FILE *out)
{
    bool cut = text_columns(cell) > width;
    size_t room = cut ? width - 1 : width;
    size_t used = 0;
    while (*cell) {
        char scalar[8] = {0};
        size_t bytes = scalar_bytes(cell);
        memcpy(scalar, cell, bytes < sizeof(scalar) ? bytes : sizeof(scalar) - 1);
        size_t columns = text_columns(scalar);
        if (used + columns > room)
            break;
        fputs(scalar, out);
        used += columns;
        cell += bytes;
    }
    if (cut) {
        fputs("…", out);
        used++;
    }
    for (; pad && used < width + GAP; used++)
        fputc(' ', out);
}

void table_write(const struct table *table, size_t width, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MOST] = {0};
    measure(table, widths);
    fit(table, width, widths);
    for (size_t r = 0; r < table->rows; r++) {
        for (size_t c = 0; c < table->columns; c++)
            write_cell(table->cells[r * table->columns + c], widths[c], c + 1 < table->columns, out);
        fputc('\n', out);
    }
}

size_t table_terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return 120;
}

void table_print_page(const struct cli *cli, const struct table *table, const char *next, struct cli_text empty)
{
    if (table->rows == 1)
        puts(cli_say(cli, empty));
    else
        table_write(table, table_terminal_width(), stdout);
    if (*next)
        printf(
            cli_say(cli, (struct cli_text){"There is more: --page %s, or --all\n", "还有更多：--page %s，或 --all\n"}),
            next);
}

void table_fini(struct table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
}

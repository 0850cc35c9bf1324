// SPDX-License-Identifier: Apache-2.0
// A bulletin as a workbook: a sheet for each section, numbers as numbers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#include "bulletin.h"

#define WIDTH_LEAST 10.0
#define WIDTH_MOST 60.0
#define SHEET_NAME_MOST 31

struct formats {
    lxw_format *title;
    lxw_format *head;
    lxw_format *cell;
    lxw_format *mark;
};

static struct formats make_formats(lxw_workbook *workbook)
{
    struct formats formats = {workbook_add_format(workbook), workbook_add_format(workbook),
                              workbook_add_format(workbook), workbook_add_format(workbook)};
    format_set_bold(formats.title);
    format_set_font_size(formats.title, 16);
    format_set_bold(formats.head);
    format_set_border(formats.head, LXW_BORDER_THIN);
    format_set_bg_color(formats.head, 0xEEEEEE);
    format_set_text_wrap(formats.cell);
    format_set_border(formats.cell, LXW_BORDER_THIN);
    format_set_bold(formats.mark);
    format_set_font_color(formats.mark, LXW_COLOR_RED);
    return formats;
}

// Chinese counts twice.
static double width_of(const char *text)
{
    double width = 2;
    for (; *text; text++)
        if (((unsigned char)*text & 0xC0) != 0x80)
            width += (unsigned char)*text < 0x80 ? 1 : 2;
    return width;
}

static void write_cell(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, const char *text, lxw_format *format)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (*text && *end == '\0' && strspn(text, "+-0123456789.") == strlen(text))
        worksheet_write_number(sheet, row, column, number, format);
    else
        worksheet_write_string(sheet, row, column, text, format);
}

static void write_section(struct cli *cli, lxw_worksheet *sheet, const struct bulletin *bulletin,
                          const struct bulletin_section *section, const struct formats *formats)
{
    lxw_row_t row = 0;
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9);    // A4
    worksheet_fit_to_pages(sheet, 1, 0);
    if (bulletin->mark) {
        worksheet_set_header(sheet, arena_printf(&cli->arena, "&C%s", bulletin->mark));
        worksheet_write_string(sheet, row++, 0, bulletin->mark, formats->mark);
    }
    worksheet_write_string(sheet, row++, 0, bulletin->title, formats->title);
    worksheet_write_string(sheet, row++, 0, bulletin->subtitle, NULL);
    worksheet_write_string(sheet, row++, 0, section->title, formats->title);
    worksheet_repeat_rows(sheet, row, row);
    for (size_t c = 0; c < section->columns; c++) {
        double width = width_of(section->headings[c]);
        for (size_t r = 0; r < section->rows; r++)
            if (width_of(section->cells[r * section->columns + c]) > width)
                width = width_of(section->cells[r * section->columns + c]);
        width = width < WIDTH_LEAST ? WIDTH_LEAST : width;
        worksheet_set_column(sheet, (lxw_col_t)c, (lxw_col_t)c, width > WIDTH_MOST ? WIDTH_MOST : width, NULL);
        worksheet_write_string(sheet, row, (lxw_col_t)c, section->headings[c], formats->head);
    }
    row++;
    for (size_t r = 0; r < section->rows; r++, row++)
        for (size_t c = 0; c < section->columns; c++)
            write_cell(sheet, row, (lxw_col_t)c, section->cells[r * section->columns + c], formats->cell);
    if (section->rows == 0)
        worksheet_write_string(sheet, row, 0, section->none, NULL);
}

bool bulletin_write_xlsx(struct cli *cli, const struct bulletin *bulletin, const char *path)
{
    lxw_workbook *workbook = workbook_new(path);
    lxw_error error = workbook ? LXW_NO_ERROR : LXW_ERROR_MEMORY_MALLOC_FAILED;
    if (workbook) {
        struct formats formats = make_formats(workbook);
        for (size_t i = 0; i < bulletin->count; i++) {
            const char *name = arena_printf(&cli->arena, "%zu", i + 1);
            lxw_worksheet *sheet = workbook_add_worksheet(workbook, name);
            if (sheet)
                write_section(cli, sheet, bulletin, &bulletin->sections[i], &formats);
        }
        error = workbook_close(workbook);
    }
    if (error == LXW_NO_ERROR)
        return true;
    fprintf(stderr, "anlan: %s: %s\n", path, lxw_strerror(error));
    remove(path);
    return false;
}

// SPDX-License-Identifier: Apache-2.0
#include "sheet.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "csv.h"

#define SPACES " \t\r\n"

static char *copy_trimmed(const char *text)
{
    text += strspn(text, SPACES);
    size_t length = strlen(text);
    while (length > 0 && strchr(SPACES, text[length - 1]))
        length--;
    char *made = strndup(text, length);
    CHECK(made);
    return made;
}

static char **copy_fields(const struct csv *csv)
{
    char **fields = calloc(csv->count + 1, sizeof(*fields));
    CHECK(fields);
    for (size_t i = 0; i < csv->count; i++)
        fields[i] = copy_trimmed(csv->fields[i]);
    return fields;
}

const char *sheet_cell(const struct sheet_row *row, size_t column)
{
    int place = row->sheet->places[column];
    return place >= 0 && (size_t)place < row->count ? row->fields[place] : "";
}

void sheet_reject(struct sheet_row *row, struct cli_text reason, const char *what)
{
    const struct cli *cli = row->sheet->cli;
    if (row->fault[0])
        return;
    snprintf(row->fault, sizeof(row->fault), "%s%s%.120s", cli_say(cli, reason),
             *what ? cli_say(cli, (struct cli_text){": ", "："}) : "", what);
}

void sheet_notice(struct sheet_row *row, struct cli_text text)
{
    const struct cli *cli = row->sheet->cli;
    size_t used = strlen(row->notice);
    snprintf(row->notice + used, sizeof(row->notice) - used, "%s%s",
             used ? cli_say(cli, (struct cli_text){"; ", "；"}) : "", cli_say(cli, text));
}

// The heading of a request's field: that of its name, whatever it stands in. NULL where no column is called so.
static const struct cli_text *heading_of(const struct sheet *sheet, const char *field)
{
    const char *name = strrchr(field, '.') ? strrchr(field, '.') + 1 : field;
    for (size_t i = 0; i < sheet->form->columns; i++)
        if (strcmp(sheet->form->headings[i].en, name) == 0)
            return &sheet->form->headings[i];
    return NULL;
}

void sheet_reject_call(struct sheet_row *row, const struct status *status)
{
    const struct status_reason_text *reason = status_reason_text(status->reason);
    if (status->violation_count == 0) {
        sheet_reject(row, (struct cli_text){reason->en, reason->zh}, status->message);
        return;
    }
    char zh[120];
    const char *field = status->violations[0].field;
    const struct cli_text *heading = heading_of(row->sheet, field);
    snprintf(zh, sizeof(zh), "%s不合格", heading ? heading->zh : field);
    sheet_reject(row, (struct cli_text){heading ? heading->en : field, zh}, status->violations[0].description);
}

static void add_row(struct sheet *sheet, const struct csv *csv)
{
    struct sheet_row *row = calloc(1, sizeof(*row));
    struct sheet_row **grown = realloc(sheet->rows, (sheet->count + 1) * sizeof(*grown));
    CHECK(row && grown);
    sheet->rows = grown;
    sheet->rows[sheet->count++] = row;
    row->sheet = sheet;
    row->number = csv->row;
    row->fields = copy_fields(csv);
    row->count = csv->count;
    if (csv->fault)
        sheet_reject(row, (struct cli_text){"is no CSV", "不是合格的 CSV"}, csv->fault);
    else if (csv->count != sheet->header_count)
        sheet_reject(row, (struct cli_text){"has more or fewer fields than there are headings", "列数与表头不符"}, "");
}

// A file of rejects begins with these; it may be imported again, once it is put right.
static bool is_of_rejects(const char *heading)
{
    return strcmp(heading, "row") == 0 || strcmp(heading, "reason") == 0;
}

static bool told(const char *heading, const char *what)
{
    fprintf(stderr, "anlan: '%s' %s\n", heading, what);
    return false;
}

static bool read_heading(struct sheet *sheet, const struct sheet_form *form, size_t place)
{
    const char *heading = sheet->header[place];
    size_t column = 0;
    while (column < form->columns && strcmp(heading, form->headings[column].en) != 0 &&
           strcmp(heading, form->headings[column].zh) != 0)
        column++;
    if (column == form->columns)
        return form->others || is_of_rejects(heading) || told(heading, "is no heading");
    if (sheet->places[column] >= 0)
        return told(heading, "stands twice");
    sheet->places[column] = (int)place;
    return true;
}

static bool read_header(struct sheet *sheet, const struct csv *csv, const struct sheet_form *form)
{
    sheet->header = copy_fields(csv);
    sheet->header_count = csv->count;
    CHECK(form->columns <= SHEET_COLUMNS_MOST);
    memset(sheet->places, -1, sizeof(sheet->places));
    for (size_t i = 0; i < csv->count; i++)
        if (!read_heading(sheet, form, i))
            return false;
    for (size_t i = 0; i < form->required; i++)
        if (sheet->places[i] < 0) {
            fprintf(stderr, "anlan: %s (%s) is needed\n", form->headings[i].en, form->headings[i].zh);
            return false;
        }
    return true;
}

bool sheet_read(struct sheet *sheet, const char *path, const struct sheet_form *form)
{
    struct csv *csv = calloc(1, sizeof(*csv));
    CHECK(csv);
    csv->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    bool good = csv->file != NULL;
    sheet->form = form;
    if (!good)
        fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
    if (good && (!csv_read(csv) || csv->fault))
        good = told(path, csv->fault ? csv->fault : "is empty");
    good = good && read_header(sheet, csv, form);
    while (good && csv_read(csv))
        add_row(sheet, csv);
    if (csv->file && csv->file != stdin)
        fclose(csv->file);
    free(csv);
    return good;
}

void sheet_progress(const struct sheet *sheet, size_t done)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu / %zu%s", done, sheet->count, done == sheet->count ? "\n" : "");
}

static void write_fields(FILE *file, char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputc(',', file);
        csv_write_field(file, fields[i]);
    }
    fputc('\n', file);
}

// The rejects as a file of their own; false where it cannot be written.
static bool write_rejects(const struct sheet *sheet, const char *path)
{
    FILE *file = NULL;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_row *row = sheet->rows[i];
        if (!row->fault[0])
            continue;
        if (!file && !(file = fopen(path, "w")))
            return told(path, strerror(errno));
        if (ftell(file) == 0) {
            fputs("row,reason", file);
            write_fields(file, sheet->header, sheet->header_count);
        }
        fprintf(file, "%zu,", row->number);
        csv_write_field(file, row->fault);
        write_fields(file, row->fields, row->count);
    }
    return !file || fclose(file) == 0;
}

static void tell_rows(const struct cli *cli, const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_row *row = sheet->rows[i];
        if (row->fault[0])
            fprintf(stderr, cli_say(cli, (struct cli_text){"row %zu: rejected: %s\n", "第 %zu 行：退回：%s\n"}),
                    row->number, row->fault);
        else if (row->notice[0])
            fprintf(stderr, cli_say(cli, (struct cli_text){"row %zu: note: %s\n", "第 %zu 行：提示：%s\n"}),
                    row->number, row->notice);
    }
}

int sheet_close(struct cli *cli, const struct sheet *sheet, const char *path)
{
    size_t created = 0;
    size_t present = 0;
    size_t rejected = 0;
    const char *rejects = cli_option(cli, "rejects");
    if (!rejects)
        rejects = arena_printf(&cli->arena, "%s.rejects.csv", strcmp(path, "-") == 0 ? "import" : path);
    for (size_t i = 0; i < sheet->count; i++) {
        created += sheet->rows[i]->created;
        present += sheet->rows[i]->present;
        rejected += sheet->rows[i]->fault[0] != '\0';
    }
    tell_rows(cli, sheet);
    if (!write_rejects(sheet, rejects))
        return CLI_FAILED;
    printf(cli_say(cli, (struct cli_text){"%zu rows: %zu created, %zu present already, %zu rejected\n",
                                          "共 %zu 行：新建 %zu，已存在 %zu，退回 %zu\n"}),
           sheet->count, created, present, rejected);
    if (rejected > 0)
        fprintf(stderr, cli_say(cli, (struct cli_text){"Rejected rows, with reasons: %s\n", "退回的行及原因：%s\n"}),
                rejects);
    return rejected > 0 ? CLI_REJECTS : CLI_OK;
}

static void free_fields(char **fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(fields[i]);
    free(fields);
}

void sheet_fini(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        free_fields(sheet->rows[i]->fields, sheet->rows[i]->count);
        free(sheet->rows[i]);
    }
    free(sheet->rows);
    free_fields(sheet->header, sheet->header_count);
}

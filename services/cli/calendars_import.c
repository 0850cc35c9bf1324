// SPDX-License-Identifier: Apache-2.0
// Import of a year's holidays from CSV: date, off or worked, and what else there is. All rows are of one year and make
// one calendar: where one of them is no good nothing is published.
#include <stdlib.h>
#include <string.h>

#include "anlan/tasks/v1/clocks.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "commands.h"
#include "sheet.h"

#define SERVICE "anlan.tasks.v1.ClocksService/"

enum { DATE, KIND, COLUMNS };

static const struct cli_text headings[COLUMNS] = {{"date", "日期"}, {"kind", "类别"}};

static bool is_off(const struct sheet_row *row)
{
    return strcmp(sheet_cell(row, KIND), "off") == 0 || strcmp(sheet_cell(row, KIND), "放假") == 0;
}

static bool is_worked(const struct sheet_row *row)
{
    return strcmp(sheet_cell(row, KIND), "worked") == 0 || strcmp(sheet_cell(row, KIND), "上班") == 0;
}

static bool check_rows(struct cli *cli, struct sheet *sheet, int32_t *year)
{
    size_t bad = 0;
    for (size_t i = 0; i < sheet->count; i++) {
        struct sheet_row *row = sheet->rows[i];
        clock_time time = 0;
        const char *date = sheet_cell(row, DATE);
        int32_t of = (int32_t)strtol(date, NULL, 10);
        if (*year == 0)
            *year = of;
        if (!clock_parse(arena_printf(&cli->arena, "%sT00:00:00Z", date), &time))
            sheet_reject(row, (struct cli_text){"no date: 2026-10-01", "日期须如 2026-10-01"}, date);
        else if (of != *year)
            sheet_reject(row, (struct cli_text){"another year than the first row's", "与首行年份不同"}, date);
        if (!is_off(row) && !is_worked(row))
            sheet_reject(row, (struct cli_text){"off or worked", "类别须为“放假”或“上班”"}, sheet_cell(row, KIND));
        bad += row->fault[0] != '\0';
    }
    return bad == 0 && sheet->count > 0;
}

static void publish(struct cli *cli, const char *unit, const char *document, struct sheet *sheet, int32_t year)
{
    int exit_status = CLI_OK;
    Anlan__Tasks__V1__PublishCalendarRequest request = ANLAN__TASKS__V1__PUBLISH_CALENDAR_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.unit_id = (char *)unit;
    request.year = year;
    request.document = (char *)document;
    request.off = arena_array(&cli->arena, sheet->count, sizeof(char *));
    request.worked = arena_array(&cli->arena, sheet->count, sizeof(char *));
    CHECK(request.off && request.worked);
    for (size_t i = 0; i < sheet->count; i++) {
        if (is_off(sheet->rows[i]))
            request.off[request.n_off++] = (char *)sheet_cell(sheet->rows[i], DATE);
        else
            request.worked[request.n_worked++] = (char *)sheet_cell(sheet->rows[i], DATE);
    }
    const ProtobufCMessage *reply = cli_call(cli, CLI_TASKS, SERVICE "PublishCalendar", &request.base, &exit_status);
    for (size_t i = 0; i < sheet->count; i++) {
        sheet->rows[i]->created = reply != NULL;
        if (!reply)
            sheet_reject(sheet->rows[i], (struct cli_text){"the service refuses it, see above", "服务拒绝，见上"}, "");
    }
}

int calendars_command_import(struct cli *cli)
{
    static const struct sheet_form form = {headings, COLUMNS, COLUMNS, true};
    struct sheet sheet = {.cli = cli};
    int exit_status = CLI_USAGE;
    int32_t year = 0;
    const char *unit = cli_required(cli, "unit");
    const char *document = unit ? cli_required(cli, "document") : NULL;
    unit = document && cli_credential(cli) ? cli_unit(cli, unit, &exit_status) : NULL;
    if (!unit)
        return exit_status;
    if (!sheet_read(&sheet, cli->arguments[0], &form)) {
        sheet_fini(&sheet);
        return CLI_FAILED;
    }
    if (check_rows(cli, &sheet, &year))
        publish(cli, unit, document, &sheet, year);
    exit_status = sheet_close(cli, &sheet, cli->arguments[0]);
    sheet_fini(&sheet);
    return exit_status;
}

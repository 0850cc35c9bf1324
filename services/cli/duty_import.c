// SPDX-License-Identifier: Apache-2.0
// Import of a roster from CSV, of a month or a holiday: a row is a shift. People are named, or given by their ids; a
// shift that is there as the row says is left alone.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "commands.h"
#include "duty.h"
#include "flight.h"
#include "service/values.h"
#include "sheet.h"

enum { DATE, LEADERS, OFFICERS, FROM, TO, UNIT, OCCASION, COLUMNS };

static const struct cli_text headings[COLUMNS] = {
    {"date", "日期"}, {"leaders", "带班领导"}, {"officers", "值班员"}, {"from", "起"},
    {"to", "止"},     {"unit", "单位"},        {"occasion", "事由"},
};

#define UNITS_MOST 256
#define HANDOVER "08:00"    // where a row gives no times: from then until then

typedef Anlan__Organisations__V1__CreateDutyShiftRequest create_request;

// A unit that rows name, its people, and the shifts that it has.
struct roster {
    const char *word;    // as the rows have it
    const char *id;      // NULL: there is none such
    struct duty_people people;
    const Anlan__Organisations__V1__DutyShift **shifts;
    size_t shift_count;
    clock_time since;
    clock_time until;
};

struct import {
    struct cli *cli;
    struct sheet sheet;
    struct flight flight;
    struct roster rosters[UNITS_MOST];
    size_t roster_count;
    create_request *requests;    // one for each row
    int exit_status;
};

// The rows' own word for a unit, once.
static struct roster *roster_of(struct import *import, const struct sheet_row *row)
{
    const char *word = sheet_cell(row, UNIT);
    if (!*word)
        word = cli_option(import->cli, "unit");
    for (size_t i = 0; i < import->roster_count; i++)
        if (strcmp(import->rosters[i].word, word) == 0)
            return &import->rosters[i];
    if (import->roster_count == UNITS_MOST)
        return NULL;
    struct roster *roster = &import->rosters[import->roster_count++];
    roster->word = word;
    roster->id = cli_unit(import->cli, word, &import->exit_status);
    if (roster->id && !duty_people_read(import->cli, roster->id, &roster->people, &import->exit_status))
        roster->id = NULL;
    return roster;
}

// The names of a cell, between 、 ， ； , ; and blanks. False, rejected, where one is nobody's.
static bool read_names(struct import *import, struct sheet_row *row, const struct roster *roster, int column,
                       size_t most, char ***ids, size_t *count)
{
    static const char *const separators[] = {"、", "，", "；", ",", ";", " ", "\xe3\x80\x80"};
    struct arena *arena = &import->cli->arena;
    char *text = arena_text(arena, sheet_cell(row, (size_t)column), strlen(sheet_cell(row, (size_t)column)));
    char **made = arena_array(arena, most, sizeof(*made));
    CHECK(text && made);
    for (size_t s = 0; s < COUNT_OF(separators); s++)
        for (char *at = strstr(text, separators[s]); at; at = strstr(at + 1, separators[s]))
            memset(at, '\n', strlen(separators[s]));
    *ids = made;
    *count = 0;
    char *next = NULL;
    for (char *name = strtok_r(text, "\n", &next); name; name = strtok_r(NULL, "\n", &next)) {
        struct cli_text reason = {"has too many names", "人数过多"};
        const char *id = *count < most ? duty_person(&roster->people, name, &reason) : NULL;
        if (!id) {
            sheet_reject(row, reason, name);
            return false;
        }
        made[(*count)++] = (char *)id;
    }
    return true;
}

// Reads the times of a row: to an hour that is not later than the beginning is the next day's.
static bool read_times(struct import *import, struct sheet_row *row, create_request *request)
{
    struct arena *arena = &import->cli->arena;
    clock_time day = 0;
    clock_time from = 0;
    clock_time until = 0;
    const char *said_from = *sheet_cell(row, FROM) ? sheet_cell(row, FROM) : HANDOVER;
    const char *said_to = *sheet_cell(row, TO) ? sheet_cell(row, TO) : HANDOVER;
    if (!duty_time(sheet_cell(row, DATE), false, &day)) {
        sheet_reject(row, (struct cli_text){"no date: 2026-10-01", "日期须如 2026-10-01"}, sheet_cell(row, DATE));
        return false;
    }
    const char *date = sheet_cell(row, DATE);
    if ((!duty_time(arena_printf(arena, "%s %s", date, said_from), false, &from) &&
         !duty_time(said_from, false, &from)) ||
        (!duty_time(arena_printf(arena, "%s %s", date, said_to), false, &until) &&
         !duty_time(said_to, false, &until))) {
        sheet_reject(row, (struct cli_text){"no time: 08:00", "时间须如 08:00"},
                     arena_printf(arena, "%s %s", said_from, said_to));
        return false;
    }
    if (until <= from && from - until < CLOCK_DAY)
        until += CLOCK_DAY;
    request->starts_at = service_timestamp(from, arena);
    request->ends_at = service_timestamp(until, arena);
    return true;
}

static void check_row(struct import *import, struct sheet_row *row, create_request *request)
{
    anlan__organisations__v1__create_duty_shift_request__init(request);
    if (row->fault[0])
        return;
    if (!*sheet_cell(row, UNIT) && !cli_option(import->cli, "unit")) {
        sheet_reject(row, (struct cli_text){"no unit: in the row, or by --unit", "缺少单位：在行中或以 --unit 给出"},
                     "");
        return;
    }
    struct roster *roster = roster_of(import, row);
    if (!roster || !roster->id) {
        sheet_reject(row, (struct cli_text){"the unit is not to be found", "找不到该单位"}, sheet_cell(row, UNIT));
        return;
    }
    request->unit_id = (char *)roster->id;
    request->occasion = (char *)sheet_cell(row, OCCASION);
    if (!read_times(import, row, request) ||
        !read_names(import, row, roster, LEADERS, DUTY_LEADERS_MOST, &request->leader_ids, &request->n_leader_ids) ||
        !read_names(import, row, roster, OFFICERS, DUTY_OFFICERS_MOST, &request->officer_ids, &request->n_officer_ids))
        return;
    clock_time from = service_time(request->starts_at);
    clock_time until = service_time(request->ends_at);
    roster->since = roster->since && roster->since < from ? roster->since : from;
    roster->until = roster->until > until ? roster->until : until;
}

static bool add_shifts(struct import *import, struct roster *roster,
                       const Anlan__Organisations__V1__ListDutyShiftsResponse *page)
{
    size_t room = roster->shift_count + page->n_shifts;
    const Anlan__Organisations__V1__DutyShift **grown =
        arena_array(&import->cli->arena, room ? room : 1, sizeof(*grown));
    CHECK(grown);
    for (size_t i = 0; i < roster->shift_count; i++)
        grown[i] = roster->shifts[i];
    for (size_t i = 0; i < page->n_shifts; i++)
        grown[roster->shift_count++] = page->shifts[i];
    roster->shifts = grown;
    return true;
}

// What stands in the rosters already.
static bool read_shifts(struct import *import, struct roster *roster)
{
    struct cli *cli = import->cli;
    Anlan__Organisations__V1__ListDutyShiftsRequest request = ANLAN__ORGANISATIONS__V1__LIST_DUTY_SHIFTS_REQUEST__INIT;
    if (!roster->id || !roster->since)
        return true;
    request.unit_id = (char *)roster->id;
    request.since = service_timestamp(roster->since, &cli->arena);
    request.until = service_timestamp(roster->until, &cli->arena);
    request.page_size = 500;
    do {
        const Anlan__Organisations__V1__ListDutyShiftsResponse *page = (const void *)cli_call(
            cli, CLI_ORGANISATIONS, DUTY_SERVICE "ListDutyShifts", &request.base, &import->exit_status);
        if (!page || !add_shifts(import, roster, page))
            return false;
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static bool same_people(const Anlan__Organisations__V1__DutyPeople *people, char *const *ids, size_t count)
{
    if ((people ? people->n_person_ids : 0) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(people->person_ids[i], ids[i]) != 0)
            return false;
    return true;
}

static bool is_there(const struct roster *roster, const create_request *request)
{
    for (size_t i = 0; i < roster->shift_count; i++) {
        const Anlan__Organisations__V1__DutyShift *shift = roster->shifts[i];
        if (service_time(shift->starts_at) == service_time(request->starts_at) &&
            service_time(shift->ends_at) == service_time(request->ends_at) &&
            same_people(shift->leaders, request->leader_ids, request->n_leader_ids) &&
            same_people(shift->officers, request->officer_ids, request->n_officer_ids))
            return true;
    }
    return false;
}

static void take_created(void *user, const struct rpc_result *result)
{
    struct sheet_row *row = user;
    row->created = status_ok(&result->status);
    if (!row->created)
        sheet_reject_call(row, &result->status);
}

static void send_rows(struct import *import)
{
    for (size_t i = 0; i < import->sheet.count; i++) {
        struct sheet_row *row = import->sheet.rows[i];
        create_request *request = &import->requests[i];
        if (row->fault[0])
            continue;
        row->present = is_there(roster_of(import, row), request);
        if (row->present || cli_option(import->cli, "dry-run"))
            continue;
        request->request_id = cli_request_id(import->cli);
        flight_send(&import->flight, DUTY_SERVICE "CreateDutyShift", &request->base, take_created, row);
        if (i % 50 == 0)
            sheet_progress(&import->sheet, i);
    }
    flight_wait(&import->flight);
}

static int run_import(struct import *import, const char *path)
{
    static const struct sheet_form form = {headings, COLUMNS, FROM, true};
    if (!sheet_read(&import->sheet, path, &form))
        return CLI_FAILED;
    import->exit_status = CLI_FAILED;
    import->requests = calloc(import->sheet.count + 1, sizeof(*import->requests));
    CHECK(import->requests);
    for (size_t i = 0; i < import->sheet.count; i++)
        check_row(import, import->sheet.rows[i], &import->requests[i]);
    for (size_t i = 0; i < import->roster_count; i++)
        if (!read_shifts(import, &import->rosters[i]))
            return import->exit_status;
    send_rows(import);
    return sheet_close(import->cli, &import->sheet, path);
}

int duty_command_import(struct cli *cli)
{
    struct import *import = calloc(1, sizeof(*import));
    CHECK(import);
    import->cli = cli;
    import->sheet.cli = cli;
    int exit_status = CLI_USAGE;
    if (cli_credential(cli) && flight_init(&import->flight, cli, CLI_ORGANISATIONS)) {
        exit_status = run_import(import, cli->arguments[0]);
        flight_fini(&import->flight);
        sheet_fini(&import->sheet);
    }
    free(import->requests);
    free(import);
    return exit_status;
}

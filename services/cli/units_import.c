// SPDX-License-Identifier: Apache-2.0
// Import of divisions from CSV: code,parent,tier,name. Good rows go in, a level of the tree at a time and many calls at
// once. A row whose unit exists as it says is counted and left alone.
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "commands.h"
#include "flight.h"
#include "sheet.h"
#include "units.h"

enum { CODE, PARENT, TIER, NAME, COLUMNS };

static const struct cli_text headings[COLUMNS] = {
    {"code", "代码"},
    {"parent", "上级"},
    {"tier", "层级"},
    {"name", "名称"},
};

static const struct sheet_form form = {.headings = headings, .columns = COLUMNS, .required = COLUMNS};

// The levels of the tree from the top; that of a row is its `kind`.
static const struct tier {
    struct cli_text name;
    Anlan__Organisations__V1__UnitKind kind;
    size_t digits;
} tiers[] = {
    {{"region", "省级"}, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_REGION, 2},
    {{"city", "地级"}, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_CITY, 4},
    {{"county", "县级"}, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, 6},
    {{"township", "乡级"}, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_TOWNSHIP, 9},
};

// A division: of the file, of the directory, or of both.
struct division {
    char *code;
    struct sheet_row *row;    // NULL: the directory only
    char id[UUID_TEXT_SIZE];
    UT_hash_handle hh;
};

struct import {
    struct cli *cli;
    struct flight flight;
    struct sheet sheet;
    struct division *by_code;
};

static struct division *division_with(const struct import *import, const char *code)
{
    struct division *division = NULL;
    HASH_FIND_STR(import->by_code, code, division);
    return division;
}

static struct division *add_division(struct import *import, const char *code, struct sheet_row *row)
{
    struct division *division = calloc(1, sizeof(*division));
    CHECK(division && (division->code = strdup(code)));
    division->row = row;
    HASH_ADD_KEYPTR(hh, import->by_code, division->code, strlen(division->code), division);
    return division;
}

// "" where the division is not made.
static const char *division_id(const struct division *division)
{
    return division->row ? division->row->id : division->id;
}

static int level_of(const char *tier)
{
    for (size_t i = 0; i < COUNT_OF(tiers); i++)
        if (strcmp(tiers[i].name.en, tier) == 0 || strcmp(tiers[i].name.zh, tier) == 0)
            return (int)i;
    return -1;
}

static void check_row(struct import *import, struct sheet_row *row)
{
    const char *code = sheet_cell(row, CODE);
    size_t characters = text_characters(sheet_cell(row, NAME));
    row->kind = level_of(sheet_cell(row, TIER));
    if (row->fault[0])
        return;
    if (row->kind < 0)
        sheet_reject(
            row, (struct cli_text){"the tier is region, city, county or township", "层级应为省级、地级、县级或乡级"},
            sheet_cell(row, TIER));
    else if (strlen(code) != tiers[row->kind].digits || strspn(code, "0123456789") != strlen(code))
        sheet_reject(row, (struct cli_text){"the code has not the digits of its tier", "代码位数与层级不符"}, code);
    else if (characters == 0 || characters > 100)
        sheet_reject(row, (struct cli_text){"the name has 1 to 100 characters", "名称应为 1 至 100 字"}, "");
    else if (division_with(import, code))
        sheet_reject(row, (struct cli_text){"the code stands in the file twice", "代码在文件中重复"}, code);
    else
        add_division(import, code, row);
}

// Holds a row of the file against the unit that has its code already.
static void note_present(struct import *import, const Anlan__Organisations__V1__Unit *unit)
{
    struct division *division = division_with(import, unit->code);
    if (!division)
        division = add_division(import, unit->code, NULL);
    snprintf(division->id, sizeof(division->id), "%s", unit->id);
    struct sheet_row *row = division->row;
    if (!row)
        return;
    snprintf(row->id, sizeof(row->id), "%s", unit->id);
    row->present = strcmp(sheet_cell(row, NAME), unit->name) == 0 && unit->kind == tiers[row->kind].kind;
    if (!row->present)
        sheet_reject(row, (struct cli_text){"exists with another name or tier", "已存在，名称或层级不同"}, unit->name);
}

static bool read_present(struct import *import, int *exit_status)
{
    Anlan__Organisations__V1__ListUnitsRequest request = ANLAN__ORGANISATIONS__V1__LIST_UNITS_REQUEST__INIT;
    request.page_size = 1000;
    request.include_retired = true;    // they keep their codes
    do {
        const Anlan__Organisations__V1__ListUnitsResponse *page = (const void *)cli_call(
            import->cli, CLI_ORGANISATIONS, UNITS_SERVICE "ListUnits", &request.base, exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_units; i++)
            if (*page->units[i]->code)
                note_present(import, page->units[i]);
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

void units_take_created(void *user, const struct rpc_result *result)
{
    struct sheet_row *row = user;
    Anlan__Organisations__V1__CreateUnitResponse *reply =
        status_ok(&result->status)
            ? anlan__organisations__v1__create_unit_response__unpack(NULL, result->body.length, result->body.data)
            : NULL;
    row->created = reply && reply->unit;
    if (row->created)
        snprintf(row->id, sizeof(row->id), "%s", reply->unit->id);
    else
        sheet_reject_call(row, &result->status);
    if (reply)
        anlan__organisations__v1__create_unit_response__free_unpacked(reply, NULL);
}

static void send_row(struct import *import, struct sheet_row *row, const char *parent_id)
{
    char request_id[UUID_TEXT_SIZE];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, request_id);
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    request.request_id = request_id;
    request.parent_id = (char *)parent_id;
    request.kind = tiers[row->kind].kind;
    request.name = (char *)sheet_cell(row, NAME);
    request.code = (char *)sheet_cell(row, CODE);
    flight_send(&import->flight, UNITS_SERVICE "CreateUnit", &request.base, units_take_created, row);
}

static void import_row(struct import *import, struct sheet_row *row)
{
    const char *code = sheet_cell(row, PARENT);
    const struct division *parent = *code ? division_with(import, code) : NULL;
    if (*code && (!parent || !*division_id(parent)))
        sheet_reject(row,
                     (struct cli_text){"its parent is neither in the file nor in the directory",
                                       "上级既不在文件中，也不在机构目录中"},
                     code);
    else if (cli_option(import->cli, "dry-run"))
        snprintf(row->id, sizeof(row->id), "-");    // for those below it
    else
        send_row(import, row, parent ? division_id(parent) : "");
}

static void import_levels(struct import *import)
{
    size_t done = 0;
    for (int level = 0; level < (int)COUNT_OF(tiers); level++) {
        for (size_t i = 0; i < import->sheet.count; i++) {
            struct sheet_row *row = import->sheet.rows[i];
            if (row->kind != level)
                continue;
            if (++done % 100 == 0)
                sheet_progress(&import->sheet, done);
            if (!row->fault[0] && !row->present)
                import_row(import, row);
        }
        flight_wait(&import->flight);
    }
    sheet_progress(&import->sheet, import->sheet.count);
}

static int run_import(struct import *import, const char *path)
{
    int exit_status = CLI_FAILED;
    if (!sheet_read(&import->sheet, path, &form))
        return CLI_FAILED;
    for (size_t i = 0; i < import->sheet.count; i++)
        check_row(import, import->sheet.rows[i]);
    if (!read_present(import, &exit_status))
        return exit_status;
    import_levels(import);
    return sheet_close(import->cli, &import->sheet, path);
}

static void free_divisions(struct import *import)
{
    struct division *division = NULL;
    struct division *next = NULL;
    HASH_ITER(hh, import->by_code, division, next)
    {
        HASH_DEL(import->by_code, division);
        free(division->code);
        free(division);
    }
}

int units_command_import(struct cli *cli)
{
    struct import import = {.cli = cli, .sheet = {.cli = cli}};
    if (!flight_init(&import.flight, cli, CLI_ORGANISATIONS))
        return CLI_USAGE;
    int exit_status = run_import(&import, cli->arguments[0]);
    flight_fini(&import.flight);
    free_divisions(&import);
    sheet_fini(&import.sheet);
    return exit_status;
}

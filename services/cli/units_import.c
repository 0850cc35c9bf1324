// SPDX-License-Identifier: Apache-2.0
// Import of divisions from CSV: code,parent,tier,name. Good rows go in, a level of the tree at a time and many calls at
// once; bad rows go to a file of rejects with their number and what is wrong. A row whose unit exists as it says is
// counted and left alone.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "commands.h"
#include "csv.h"
#include "flight.h"
#include "units.h"

#define LEVELS 4

struct import;

// A row, and what became of it.
struct row {
    struct import *import;
    size_t number;
    char *code;
    char *parent;
    char *tier;
    char *name;
    int level;
    bool present;
    char id[UUID_TEXT_SIZE];
    char fault[200];
    UT_hash_handle hh;
};

struct import {
    struct cli *cli;
    struct row **rows;
    size_t count;
    struct row *by_code;    // rows and units that exist, by their code
    struct flight flight;
    size_t created;
    size_t present;
    size_t rejected;
};

static const char *const tiers[LEVELS] = {"region", "city", "county", "township"};
static const size_t digits[LEVELS] = {2, 4, 6, 9};

static void reject(struct row *row, const char *format, const char *detail)
{
    if (!row->fault[0])
        snprintf(row->fault, sizeof(row->fault), format, detail);
}

static struct row *row_with(const struct import *import, const char *code)
{
    struct row *row = NULL;
    HASH_FIND_STR(import->by_code, code, row);
    return row;
}

static int level_of(const char *tier)
{
    for (int i = 0; i < LEVELS; i++)
        if (strcmp(tiers[i], tier) == 0)
            return i;
    return -1;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    CHECK(made);
    return made;
}

static void check_row(struct import *import, struct row *row)
{
    row->level = level_of(row->tier);
    size_t characters = text_characters(row->name);
    if (row->level < 0)
        reject(row, "tier '%s': region, city, county or township", row->tier);
    else if (strlen(row->code) != digits[row->level] || strspn(row->code, "0123456789") != strlen(row->code))
        reject(row, "code '%s' has not the digits of its tier", row->code);
    else if (characters == 0 || characters > 100)
        reject(row, "%s", "name: 1 to 100 characters");
    else if (row_with(import, row->code) && !row_with(import, row->code)->present)
        reject(row, "code '%s' stands in the file twice", row->code);
}

static void add_row(struct import *import, const struct csv *csv)
{
    struct row *row = calloc(1, sizeof(*row));
    struct row **grown = realloc(import->rows, (import->count + 1) * sizeof(*grown));
    CHECK(row && grown);
    import->rows = grown;
    import->rows[import->count++] = row;
    row->import = import;
    row->number = csv->row;
    row->level = -1;
    bool whole = !csv->fault && csv->count == 4;
    row->code = copy(whole ? csv->fields[0] : "");
    row->parent = copy(whole ? csv->fields[1] : "");
    row->tier = copy(whole ? csv->fields[2] : "");
    row->name = copy(whole ? csv->fields[3] : "");
    if (csv->fault)
        reject(row, "%s", csv->fault);
    else if (!whole)
        reject(row, "%s", "must have 4 columns: code,parent,tier,name");
    else
        check_row(import, row);
    if (!row->fault[0] && !row_with(import, row->code))
        HASH_ADD_KEYPTR(hh, import->by_code, row->code, strlen(row->code), row);
}

static bool read_file(struct import *import, const char *path)
{
    struct csv *csv = calloc(1, sizeof(*csv));
    CHECK(csv);
    csv->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!csv->file) {
        fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
        free(csv);
        return false;
    }
    bool headed = csv_read(csv) && csv->count == 4 && strcmp(csv->fields[0], "code") == 0 &&
                  strcmp(csv->fields[1], "parent") == 0 && strcmp(csv->fields[2], "tier") == 0 &&
                  strcmp(csv->fields[3], "name") == 0;
    if (!headed)
        fprintf(stderr, "anlan: %s: the first row must be code,parent,tier,name\n", path);
    while (headed && csv_read(csv))
        add_row(import, csv);
    if (csv->file != stdin)
        fclose(csv->file);
    free(csv);
    return headed;
}

// Holds a row of the file against the unit that has its code already.
static void note_present(struct import *import, const Anlan__Organisations__V1__Unit *unit)
{
    struct row *row = row_with(import, unit->code);
    if (!row) {
        row = calloc(1, sizeof(*row));
        CHECK(row);
        row->code = copy(unit->code);
        row->parent = copy("");
        row->tier = copy("");
        row->name = copy(unit->name);
        HASH_ADD_KEYPTR(hh, import->by_code, row->code, strlen(row->code), row);
    } else if (strcmp(row->name, unit->name) != 0 || (int)unit->kind - 1 != row->level) {
        reject(row, "exists with another name or tier: %s", unit->name);
    }
    row->present = true;
    snprintf(row->id, sizeof(row->id), "%s", unit->id);
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

static void on_created(void *user, const struct rpc_result *result)
{
    struct row *row = user;
    struct import *import = row->import;
    Anlan__Organisations__V1__CreateUnitResponse *reply =
        status_ok(&result->status)
            ? anlan__organisations__v1__create_unit_response__unpack(NULL, result->body.length, result->body.data)
            : NULL;
    if (reply && reply->unit)
        snprintf(row->id, sizeof(row->id), "%s", reply->unit->id);
    else
        reject(row, "%s",
               result->status.violation_count ? result->status.violations[0].description : result->status.message);
    if (reply)
        anlan__organisations__v1__create_unit_response__free_unpacked(reply, NULL);
    import->created += row->id[0] != '\0';
}

static void send_row(struct import *import, struct row *row, const char *parent_id)
{
    char request_id[UUID_TEXT_SIZE];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, request_id);
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    request.request_id = request_id;
    request.parent_id = (char *)parent_id;
    CHECK(units_kind(row->tier, &request.kind));
    request.name = row->name;
    request.code = row->code;
    flight_send(&import->flight, UNITS_SERVICE "CreateUnit", &request.base, on_created, row);
}

static void import_row(struct import *import, struct row *row)
{
    const struct row *parent = *row->parent ? row_with(import, row->parent) : NULL;
    if (*row->parent && (!parent || !parent->id[0])) {
        reject(row, "its parent '%s' is neither in the file nor in the directory", row->parent);
        return;
    }
    send_row(import, row, parent ? parent->id : "");
}

static void progress(const struct import *import, size_t done)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu / %zu", done, import->count);
}

static void import_levels(struct import *import)
{
    size_t done = 0;
    for (int level = 0; level < LEVELS; level++) {
        for (size_t i = 0; i < import->count; i++) {
            struct row *row = import->rows[i];
            if (row->level != level)
                continue;
            if (++done % 100 == 0)
                progress(import, done);
            if (!row->fault[0] && !row->present)
                import_row(import, row);
        }
        flight_wait(&import->flight);
    }
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
}

// Writes the rejects, if there are any; false where the file cannot be written.
static bool write_rejects(struct import *import, const char *path)
{
    FILE *file = NULL;
    for (size_t i = 0; i < import->count; i++) {
        const struct row *row = import->rows[i];
        if (!row->fault[0]) {
            import->present += row->present;
            continue;
        }
        import->rejected++;
        if (!file && !(file = fopen(path, "w"))) {
            fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
            return false;
        }
        if (import->rejected == 1)
            fputs("row,reason,code,parent,tier,name\n", file);
        fprintf(file, "%zu,", row->number);
        csv_write_field(file, row->fault);
        const char *const fields[] = {row->code, row->parent, row->tier, row->name};
        for (size_t f = 0; f < COUNT_OF(fields); f++) {
            fputc(',', file);
            csv_write_field(file, fields[f]);
        }
        fputc('\n', file);
    }
    return !file || fclose(file) == 0;
}

static int run_import(struct import *import, const char *path)
{
    int exit_status = CLI_FAILED;
    struct cli *cli = import->cli;
    const char *rejects = cli_option(cli, "rejects");
    if (!rejects)
        rejects = arena_printf(&cli->arena, "%s.rejects.csv", strcmp(path, "-") == 0 ? "divisions" : path);
    if (!read_file(import, path))
        return CLI_FAILED;
    if (!read_present(import, &exit_status))
        return exit_status;
    if (!cli_option(cli, "dry-run"))
        import_levels(import);
    if (!write_rejects(import, rejects))
        return CLI_FAILED;
    printf(cli_say(cli, (struct cli_text){"%zu rows: %zu created, %zu present already, %zu rejected\n",
                                          "共 %zu 行：新建 %zu，已存在 %zu，退回 %zu\n"}),
           import->count, import->created, import->present, import->rejected);
    if (import->rejected > 0)
        fprintf(stderr, cli_say(cli, (struct cli_text){"Rejected rows, with reasons: %s\n", "退回的行及原因：%s\n"}),
                rejects);
    return import->rejected > 0 ? CLI_REJECTS : CLI_OK;
}

static void free_row(struct row *row)
{
    free(row->code);
    free(row->parent);
    free(row->tier);
    free(row->name);
    free(row);
}

static void free_import(struct import *import)
{
    struct row *row = NULL;
    struct row *next = NULL;
    HASH_ITER(hh, import->by_code, row, next)
    {
        HASH_DEL(import->by_code, row);
        if (!row->import)
            free_row(row);
    }
    for (size_t i = 0; i < import->count; i++)
        free_row(import->rows[i]);
    free(import->rows);
}

int units_command_import(struct cli *cli)
{
    struct import import = {.cli = cli};
    if (!flight_init(&import.flight, cli, CLI_ORGANISATIONS))
        return CLI_USAGE;
    int exit_status = run_import(&import, cli->arguments[0]);
    flight_fini(&import.flight);
    free_import(&import);
    return exit_status;
}

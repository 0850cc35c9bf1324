// SPDX-License-Identifier: Apache-2.0
// Import of enterprises and places from CSV, by headings in English or Chinese and in any order. Good rows go in,
// enterprises before the places that stand below them; bad rows go to a file of rejects as they were, with their number
// and what is wrong. A row whose unit exists is counted and left alone.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "commands.h"
#include "csv.h"
#include "flight.h"
#include "rpc/codes.h"
#include "units.h"

#define REGULATORS_MOST 8
#define SPACES " \t\r\n"

enum column {
    NAME,
    PARENT,
    KIND,
    CREDIT_CODE,
    INDUSTRY,
    ADDRESS,
    REGULATORS,
    RESPONSIBLE_PERSON,
    RESPONSIBLE_PHONE,
    SAFETY_OFFICER,
    SAFETY_PHONE,
    RISK,
    COLUMNS,
};

static const struct cli_text headings[COLUMNS] = {
    [NAME] = {"name", "名称"},
    [PARENT] = {"parent", "上级"},
    [KIND] = {"kind", "类别"},
    [CREDIT_CODE] = {"credit_code", "统一社会信用代码"},
    [INDUSTRY] = {"industry", "行业代码"},
    [ADDRESS] = {"address", "地址"},
    [REGULATORS] = {"regulators", "监管部门"},
    [RESPONSIBLE_PERSON] = {"responsible_person", "主要负责人"},
    [RESPONSIBLE_PHONE] = {"responsible_phone", "主要负责人电话"},
    [SAFETY_OFFICER] = {"safety_officer", "安全管理员"},
    [SAFETY_PHONE] = {"safety_phone", "安全管理员电话"},
    [RISK] = {"risk", "风险等级"},
};

#define KIND_OF(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name
#define RISK_OF(name) ANLAN__ORGANISATIONS__V1__RISK_LEVEL__RISK_LEVEL_##name

// Words of a cell, in the order of trying.
static const struct word {
    const char *text;
    int value;
} kinds[] = {{"", KIND_OF(ENTERPRISE)},     {"enterprise", KIND_OF(ENTERPRISE)},
             {"企业", KIND_OF(ENTERPRISE)}, {"生产经营单位", KIND_OF(ENTERPRISE)},
             {"place", KIND_OF(PLACE)},     {"场所", KIND_OF(PLACE)}},
  risks[] = {{"", RISK_OF(UNSPECIFIED)},  {"red", RISK_OF(RED)},   {"红", RISK_OF(RED)},
             {"orange", RISK_OF(ORANGE)}, {"橙", RISK_OF(ORANGE)}, {"yellow", RISK_OF(YELLOW)},
             {"黄", RISK_OF(YELLOW)},     {"blue", RISK_OF(BLUE)}, {"蓝", RISK_OF(BLUE)}};

// A unit that a row may stand below, be overseen by, or be already: by a key.
struct known {
    char *key;    // a code, or "parent id/name"
    char id[UUID_TEXT_SIZE];
    bool several;    // the name of several units: names none
    UT_hash_handle hh;
};

struct import;

// A row, and what became of it.
struct row {
    struct import *import;
    size_t number;
    char **fields;    // as they were
    size_t field_count;
    int kind;
    int risk;
    bool present;
    char id[UUID_TEXT_SIZE];
    char fault[200];
};

struct import {
    struct cli *cli;
    struct flight flight;
    char **header;
    size_t header_count;
    int places[COLUMNS];    // of columns in a row; -1: the file has none
    struct row **rows;
    size_t count;
    struct known *known;
    size_t created;
    size_t present;
    size_t rejected;
};

static void reject(struct row *row, const char *format, const char *detail)
{
    if (!row->fault[0])
        snprintf(row->fault, sizeof(row->fault), format, detail);
}

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

static const char *cell(const struct row *row, enum column column)
{
    int place = row->import->places[column];
    return place >= 0 && (size_t)place < row->field_count ? row->fields[place] : "";
}

static struct known *known_by(const struct import *import, const char *key)
{
    struct known *known = NULL;
    HASH_FIND_STR(import->known, key, known);
    return known;
}

static void note(struct import *import, char *key, const char *id)
{
    struct known *known = known_by(import, key);
    if (known) {
        known->several = known->several || strcmp(known->id, id) != 0;
        free(key);
        return;
    }
    known = calloc(1, sizeof(*known));
    CHECK(known && key);
    known->key = key;
    snprintf(known->id, sizeof(known->id), "%s", id);
    HASH_ADD_KEYPTR(hh, import->known, known->key, strlen(known->key), known);
}

static char *joined(const char *first, const char *second)
{
    char *made = NULL;
    CHECK(asprintf(&made, "%s/%s", first, second) >= 0);
    return made;
}

// What names a unit: its codes, and its name, by itself (for regulators) and below its parent.
static void note_unit(struct import *import, const char *parent_id, const char *name, const char *code,
                      const char *credit_code, const char *id)
{
    if (*code)
        note(import, copy_trimmed(code), id);
    if (*credit_code)
        note(import, copy_trimmed(credit_code), id);
    note(import, joined("", name), id);
    note(import, joined(parent_id, name), id);
}

static const struct word *word_of(const struct word *words, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].text, text) == 0)
            return &words[i];
    return NULL;
}

static void check_row(struct row *row)
{
    const struct word *kind = word_of(kinds, COUNT_OF(kinds), cell(row, KIND));
    const struct word *risk = word_of(risks, COUNT_OF(risks), cell(row, RISK));
    size_t characters = text_characters(cell(row, NAME));
    row->kind = kind ? kind->value : 0;
    row->risk = risk ? risk->value : 0;
    if (characters == 0 || characters > 100)
        reject(row, "%s", "name: 1 to 100 characters");
    if (!kind)
        reject(row, "kind '%s': enterprise (企业) or place (场所)", cell(row, KIND));
    if (!risk)
        reject(row, "risk '%s': red (红), orange (橙), yellow (黄) or blue (蓝)", cell(row, RISK));
    if (*cell(row, CREDIT_CODE) && !rpc_code_credit(cell(row, CREDIT_CODE)))
        reject(row, "credit code '%s' fails its check", cell(row, CREDIT_CODE));
    if (*cell(row, INDUSTRY) && !rpc_code_industry(cell(row, INDUSTRY)))
        reject(row, "industry '%s': a letter A to T and 2 to 4 digits", cell(row, INDUSTRY));
    if (!rpc_code_division(cell(row, PARENT)) && !rpc_code_credit(cell(row, PARENT)))
        reject(row, "parent '%s': a division or credit code", cell(row, PARENT));
}

static void add_row(struct import *import, const struct csv *csv)
{
    struct row *row = calloc(1, sizeof(*row));
    struct row **grown = realloc(import->rows, (import->count + 1) * sizeof(*grown));
    CHECK(row && grown);
    import->rows = grown;
    import->rows[import->count++] = row;
    *row = (struct row){.import = import, .number = csv->row, .fields = copy_fields(csv), .field_count = csv->count};
    if (csv->fault)
        reject(row, "%s", csv->fault);
    else if (csv->count != import->header_count)
        reject(row, "%s", "has not as many columns as the first row");
    else
        check_row(row);
}

// A file of rejects may be imported again, once it is put right.
static bool is_of_rejects(const char *heading)
{
    return strcmp(heading, "row") == 0 || strcmp(heading, "reason") == 0;
}

// Finds each heading's column. False, told, for one that is none, stands twice, or is missing.
static bool read_header(struct import *import, const struct csv *csv)
{
    import->header = copy_fields(csv);
    import->header_count = csv->count;
    memset(import->places, -1, sizeof(import->places));
    for (size_t i = 0; i < csv->count; i++) {
        int column = 0;
        if (is_of_rejects(import->header[i]))
            continue;
        while (column < COLUMNS && strcmp(import->header[i], headings[column].en) != 0 &&
               strcmp(import->header[i], headings[column].zh) != 0)
            column++;
        if (column == COLUMNS || import->places[column] >= 0) {
            fprintf(stderr, "anlan: '%s' is no heading, or stands twice\n", import->header[i]);
            return false;
        }
        import->places[column] = (int)i;
    }
    if (import->places[NAME] >= 0 && import->places[PARENT] >= 0)
        return true;
    fprintf(stderr, "anlan: name (名称) and parent (上级) are needed\n");
    return false;
}

static bool read_file(struct import *import, const char *path)
{
    struct csv *csv = calloc(1, sizeof(*csv));
    CHECK(csv);
    csv->file = fopen(path, "r");
    bool good = csv->file != NULL;
    if (!good)
        fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
    if (good && (!csv_read(csv) || csv->fault)) {
        fprintf(stderr, "anlan: %s: %s\n", path, csv->fault ? csv->fault : "is empty");
        good = false;
    }
    good = good && read_header(import, csv);
    while (good && csv_read(csv))
        add_row(import, csv);
    if (csv->file)
        fclose(csv->file);
    free(csv);
    return good;
}

static bool read_known(struct import *import, int *exit_status)
{
    Anlan__Organisations__V1__ListUnitsRequest request = ANLAN__ORGANISATIONS__V1__LIST_UNITS_REQUEST__INIT;
    request.page_size = 1000;
    do {
        const Anlan__Organisations__V1__ListUnitsResponse *page = (const void *)cli_call(
            import->cli, CLI_ORGANISATIONS, UNITS_SERVICE "ListUnits", &request.base, exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_units; i++) {
            const Anlan__Organisations__V1__Unit *unit = page->units[i];
            note_unit(import, unit->parent_id, unit->name, unit->code, unit->credit_code, unit->id);
        }
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static void on_created(void *user, const struct rpc_result *result)
{
    struct row *row = user;
    const struct status *status = &result->status;
    Anlan__Organisations__V1__CreateUnitResponse *reply =
        status_ok(status)
            ? anlan__organisations__v1__create_unit_response__unpack(NULL, result->body.length, result->body.data)
            : NULL;
    if (reply && reply->unit)
        snprintf(row->id, sizeof(row->id), "%s", reply->unit->id);
    else if (status->violation_count)
        snprintf(row->fault, sizeof(row->fault), "%.60s: %.120s", status->violations[0].field,
                 status->violations[0].description);
    else
        reject(row, "%s", status->message);
    if (reply)
        anlan__organisations__v1__create_unit_response__free_unpacked(reply, NULL);
    row->import->created += row->id[0] != '\0';
}

// The regulators of a row, by codes, ids or names between semicolons. False where one is not known.
static bool find_regulators(struct row *row, Anlan__Organisations__V1__Profile *profile, char **ids)
{
    char *text = copy_trimmed(cell(row, REGULATORS));
    char *rest = text;
    for (char *at = text; *at; at++)    // the Chinese semicolon as the other
        if (strncmp(at, "；", strlen("；")) == 0)
            memcpy(at, ";  ", strlen("；"));
    for (char *part = strsep(&rest, ";"); part; part = strsep(&rest, ";")) {
        char *name = copy_trimmed(part);
        char *by_name = joined("", name);
        struct known *known = known_by(row->import, name);
        known = known ? known : known_by(row->import, by_name);
        if (*name && (!known || known->several))
            reject(row, "regulator '%s' is not known, or not one unit", name);
        else if (*name && profile->n_regulator_ids == REGULATORS_MOST)
            reject(row, "%s", "more than 8 regulators");
        else if (*name)
            ids[profile->n_regulator_ids++] = known->id;
        free(by_name);
        free(name);
    }
    free(text);
    profile->regulator_ids = ids;
    return !row->fault[0];
}

static void send_row(struct import *import, struct row *row, const char *parent_id)
{
    char request_id[UUID_TEXT_SIZE];
    char *regulators[REGULATORS_MOST];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, request_id);
    Anlan__Organisations__V1__Profile profile = ANLAN__ORGANISATIONS__V1__PROFILE__INIT;
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    profile.industry = (char *)cell(row, INDUSTRY);
    profile.address = (char *)cell(row, ADDRESS);
    profile.responsible_person = (char *)cell(row, RESPONSIBLE_PERSON);
    profile.responsible_phone = (char *)cell(row, RESPONSIBLE_PHONE);
    profile.safety_officer = (char *)cell(row, SAFETY_OFFICER);
    profile.safety_phone = (char *)cell(row, SAFETY_PHONE);
    profile.risk = (Anlan__Organisations__V1__RiskLevel)row->risk;
    request.request_id = request_id;
    request.parent_id = (char *)parent_id;
    request.kind = (Anlan__Organisations__V1__UnitKind)row->kind;
    request.name = (char *)cell(row, NAME);
    request.credit_code = (char *)cell(row, CREDIT_CODE);
    request.profile = &profile;
    if (find_regulators(row, &profile, regulators))
        flight_send(&import->flight, UNITS_SERVICE "CreateUnit", &request.base, on_created, row);
}

// Finds out whether the row's unit is there already. By its credit code it must be the unit of its name and parent;
// without one, name and parent say it.
static void find_present(const struct import *import, struct row *row, const char *parent_id)
{
    const char *credit_code = cell(row, CREDIT_CODE);
    char *name = joined(parent_id, cell(row, NAME));
    const struct known *by_code = *credit_code ? known_by(import, credit_code) : NULL;
    const struct known *by_name = known_by(import, name);
    free(name);
    row->present = by_name && (!*credit_code || (by_code && strcmp(by_code->id, by_name->id) == 0));
    if (row->present)
        return;
    if (by_code)
        reject(row, "a unit with the credit code %s exists, with another name or parent", credit_code);
    else if (by_name)
        reject(row, "'%s' exists there, without this credit code", cell(row, NAME));
}

// True if the row waits for its parent, which stands in the file too and is not made yet.
static bool take_row(struct import *import, struct row *row, bool last)
{
    const struct known *parent = known_by(import, cell(row, PARENT));
    if (!parent && !last)
        return true;
    if (!parent) {
        reject(row, "its parent '%s' is neither in the file nor in the directory", cell(row, PARENT));
        return false;
    }
    find_present(import, row, parent->id);
    if (row->fault[0] || row->present)
        return false;
    if (cli_option(import->cli, "dry-run"))
        snprintf(row->id, sizeof(row->id), "-");    // for those below it
    else
        send_row(import, row, parent->id);
    // A second row of the same unit finds the first.
    note_unit(import, parent->id, cell(row, NAME), "", "", "-");
    return false;
}

// Rows whose parents are known go first; what they make is then known to the others.
static void import_rows(struct import *import)
{
    struct row **waiting = calloc(import->count + 1, sizeof(*waiting));
    CHECK(waiting);
    size_t count = 0;
    for (size_t i = 0; i < import->count; i++)
        if (!import->rows[i]->fault[0])
            waiting[count++] = import->rows[i];
    for (bool last = false; count > 0;) {
        size_t left = 0;
        size_t sent = count;
        for (size_t i = 0; i < count; i++)
            if (take_row(import, waiting[i], last))
                waiting[left++] = waiting[i];
        flight_wait(&import->flight);
        for (size_t i = 0; i < import->count; i++) {
            const struct row *row = import->rows[i];
            if (*cell(row, CREDIT_CODE) && row->id[0])
                note(import, copy_trimmed(cell(row, CREDIT_CODE)), row->id);
        }
        last = left == sent;
        count = left;
    }
    free(waiting);
}

static void write_row(FILE *file, const struct row *row)
{
    fprintf(file, "%zu,", row->number);
    csv_write_field(file, row->fault);
    for (size_t i = 0; i < row->field_count; i++) {
        fputc(',', file);
        csv_write_field(file, row->fields[i]);
    }
    fputc('\n', file);
}

// Writes the rejects, if there are any; false where the file cannot be written.
static bool write_rejects(struct import *import, const char *path)
{
    FILE *file = NULL;
    for (size_t i = 0; i < import->count; i++) {
        const struct row *row = import->rows[i];
        import->present += row->present;
        if (!row->fault[0])
            continue;
        if (!file && !(file = fopen(path, "w"))) {
            fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
            return false;
        }
        if (import->rejected++ == 0) {
            fputs("row,reason", file);
            for (size_t h = 0; h < import->header_count; h++) {
                fputc(',', file);
                csv_write_field(file, import->header[h]);
            }
            fputc('\n', file);
        }
        write_row(file, row);
    }
    return !file || fclose(file) == 0;
}

static int run_import(struct import *import, const char *path)
{
    int exit_status = CLI_FAILED;
    struct cli *cli = import->cli;
    const char *rejects = cli_option(cli, "rejects");
    if (!rejects)
        rejects = arena_printf(&cli->arena, "%s.rejects.csv", path);
    if (!read_file(import, path))
        return CLI_FAILED;
    if (!read_known(import, &exit_status))
        return exit_status;
    import_rows(import);
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

static void free_fields(char **fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(fields[i]);
    free(fields);
}

static void free_import(struct import *import)
{
    struct known *known = NULL;
    struct known *next = NULL;
    HASH_ITER(hh, import->known, known, next)
    {
        HASH_DEL(import->known, known);
        free(known->key);
        free(known);
    }
    for (size_t i = 0; i < import->count; i++) {
        free_fields(import->rows[i]->fields, import->rows[i]->field_count);
        free(import->rows[i]);
    }
    free(import->rows);
    free_fields(import->header, import->header_count);
}

int sites_command_import(struct cli *cli)
{
    struct import import = {.cli = cli};
    if (!flight_init(&import.flight, cli))
        return CLI_USAGE;
    int exit_status = run_import(&import, cli->arguments[0]);
    flight_fini(&import.flight);
    free_import(&import);
    return exit_status;
}

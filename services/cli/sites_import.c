// SPDX-License-Identifier: Apache-2.0
// Import of enterprises and places from CSV. Good rows go in, enterprises before the places that stand below them. A
// row whose unit exists is counted and left alone.
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "commands.h"
#include "flight.h"
#include "rpc/codes.h"
#include "sheet.h"
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

static const struct sheet_form form = {.headings = headings, .columns = COLUMNS, .required = PARENT + 1};

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

struct import {
    struct cli *cli;
    struct flight flight;
    struct sheet sheet;
    struct known *known;
};

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

static void check_codes(struct sheet_row *row)
{
    const char *credit_code = sheet_cell(row, CREDIT_CODE);
    const char *industry = sheet_cell(row, INDUSTRY);
    const char *parent = sheet_cell(row, PARENT);
    if (*credit_code && !rpc_code_credit(credit_code))
        sheet_reject(row, (struct cli_text){"the credit code fails its check", "统一社会信用代码校验不通过"},
                     credit_code);
    if (*industry && !rpc_code_industry(industry))
        sheet_reject(row,
                     (struct cli_text){"the industry is a letter A to T and 2 to 4 digits",
                                       "行业代码应为字母 A 至 T 加 2 至 4 位数字"},
                     industry);
    if (!rpc_code_division(parent) && !rpc_code_credit(parent))
        sheet_reject(row,
                     (struct cli_text){"the parent is a division or credit code", "上级应为区划代码或统一社会信用代码"},
                     parent);
}

static void check_row(struct sheet_row *row)
{
    const struct word *kind = word_of(kinds, COUNT_OF(kinds), sheet_cell(row, KIND));
    size_t characters = text_characters(sheet_cell(row, NAME));
    row->kind = kind ? kind->value : 0;
    if (characters == 0 || characters > 100)
        sheet_reject(row, (struct cli_text){"the name has 1 to 100 characters", "名称应为 1 至 100 字"}, "");
    if (!kind)
        sheet_reject(row, (struct cli_text){"the kind is enterprise or place", "类别应为企业或场所"},
                     sheet_cell(row, KIND));
    if (!word_of(risks, COUNT_OF(risks), sheet_cell(row, RISK)))
        sheet_reject(row, (struct cli_text){"the risk is red, orange, yellow or blue", "风险等级应为红、橙、黄或蓝"},
                     sheet_cell(row, RISK));
    check_codes(row);
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

// The regulators of a row, by codes, ids or names between semicolons. False where one is not known.
static bool find_regulators(const struct import *import, struct sheet_row *row,
                            Anlan__Organisations__V1__Profile *profile, char **ids)
{
    char *text = copy_trimmed(sheet_cell(row, REGULATORS));
    char *rest = text;
    for (char *at = text; *at; at++)    // the Chinese semicolon as the other
        if (strncmp(at, "；", strlen("；")) == 0)
            memcpy(at, ";  ", strlen("；"));
    for (char *part = strsep(&rest, ";"); part; part = strsep(&rest, ";")) {
        char *name = copy_trimmed(part);
        char *by_name = joined("", name);
        struct known *known = known_by(import, name);
        known = known ? known : known_by(import, by_name);
        if (*name && (!known || known->several))
            sheet_reject(row,
                         (struct cli_text){"no such regulator, or several units", "监管部门不存在，或有多个同名单位"},
                         name);
        else if (*name && profile->n_regulator_ids == REGULATORS_MOST)
            sheet_reject(row, (struct cli_text){"more than 8 regulators", "监管部门超过 8 个"}, "");
        else if (*name)
            ids[profile->n_regulator_ids++] = known->id;
        free(by_name);
        free(name);
    }
    free(text);
    profile->regulator_ids = ids;
    return !row->fault[0];
}

static void send_row(struct import *import, struct sheet_row *row, const char *parent_id)
{
    char request_id[UUID_TEXT_SIZE];
    char *regulators[REGULATORS_MOST];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, request_id);
    Anlan__Organisations__V1__Profile profile = ANLAN__ORGANISATIONS__V1__PROFILE__INIT;
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    profile.industry = (char *)sheet_cell(row, INDUSTRY);
    profile.address = (char *)sheet_cell(row, ADDRESS);
    profile.responsible_person = (char *)sheet_cell(row, RESPONSIBLE_PERSON);
    profile.responsible_phone = (char *)sheet_cell(row, RESPONSIBLE_PHONE);
    profile.safety_officer = (char *)sheet_cell(row, SAFETY_OFFICER);
    profile.safety_phone = (char *)sheet_cell(row, SAFETY_PHONE);
    profile.risk = (Anlan__Organisations__V1__RiskLevel)word_of(risks, COUNT_OF(risks), sheet_cell(row, RISK))->value;
    request.request_id = request_id;
    request.parent_id = (char *)parent_id;
    request.kind = (Anlan__Organisations__V1__UnitKind)row->kind;
    request.name = (char *)sheet_cell(row, NAME);
    request.credit_code = (char *)sheet_cell(row, CREDIT_CODE);
    request.profile = &profile;
    if (find_regulators(import, row, &profile, regulators))
        flight_send(&import->flight, UNITS_SERVICE "CreateUnit", &request.base, units_take_created, row);
}

// Finds out whether the row's unit is there already. By its credit code it must be the unit of its name and parent;
// without one, name and parent say it.
static void find_present(const struct import *import, struct sheet_row *row, const char *parent_id)
{
    const char *credit_code = sheet_cell(row, CREDIT_CODE);
    char *name = joined(parent_id, sheet_cell(row, NAME));
    const struct known *by_code = *credit_code ? known_by(import, credit_code) : NULL;
    const struct known *by_name = known_by(import, name);
    free(name);
    row->present = by_name && (!*credit_code || (by_code && strcmp(by_code->id, by_name->id) == 0));
    if (row->present)
        return;
    if (by_code)
        sheet_reject(row,
                     (struct cli_text){"a unit with this credit code exists, with another name or parent",
                                       "该统一社会信用代码的单位已存在，名称或上级不同"},
                     credit_code);
    else if (by_name)
        sheet_reject(
            row, (struct cli_text){"it exists there, without this credit code", "该处已有此单位，统一社会信用代码不同"},
            sheet_cell(row, NAME));
}

// True if the row waits for its parent, which stands in the file too and is not made yet.
static bool take_row(struct import *import, struct sheet_row *row, bool last)
{
    const struct known *parent = known_by(import, sheet_cell(row, PARENT));
    if (!parent && !last)
        return true;
    if (!parent) {
        sheet_reject(row,
                     (struct cli_text){"its parent is neither in the file nor in the directory",
                                       "上级既不在文件中，也不在机构目录中"},
                     sheet_cell(row, PARENT));
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
    note_unit(import, parent->id, sheet_cell(row, NAME), "", "", "-");
    return false;
}

// Rows whose parents are known go first; what they make is then known to the others.
static void import_rows(struct import *import)
{
    struct sheet_row **waiting = calloc(import->sheet.count + 1, sizeof(*waiting));
    CHECK(waiting);
    size_t count = 0;
    for (size_t i = 0; i < import->sheet.count; i++)
        if (!import->sheet.rows[i]->fault[0])
            waiting[count++] = import->sheet.rows[i];
    for (bool last = false; count > 0;) {
        size_t left = 0;
        size_t sent = count;
        for (size_t i = 0; i < count; i++) {
            if (take_row(import, waiting[i], last))
                waiting[left++] = waiting[i];
            if (i % 100 == 0)
                sheet_progress(&import->sheet, import->sheet.count - count + i - left);
        }
        flight_wait(&import->flight);
        for (size_t i = 0; i < import->sheet.count; i++) {
            const struct sheet_row *row = import->sheet.rows[i];
            if (*sheet_cell(row, CREDIT_CODE) && row->id[0])
                note(import, copy_trimmed(sheet_cell(row, CREDIT_CODE)), row->id);
        }
        last = left == sent;
        count = left;
    }
    sheet_progress(&import->sheet, import->sheet.count);
    free(waiting);
}

static int run_import(struct import *import, const char *path)
{
    int exit_status = CLI_FAILED;
    if (!sheet_read(&import->sheet, path, &form))
        return CLI_FAILED;
    for (size_t i = 0; i < import->sheet.count; i++)
        check_row(import->sheet.rows[i]);
    if (!read_known(import, &exit_status))
        return exit_status;
    import_rows(import);
    return sheet_close(import->cli, &import->sheet, path);
}

static void free_known(struct import *import)
{
    struct known *known = NULL;
    struct known *next = NULL;
    HASH_ITER(hh, import->known, known, next)
    {
        HASH_DEL(import->known, known);
        free(known->key);
        free(known);
    }
}

int sites_command_import(struct cli *cli)
{
    struct import import = {.cli = cli, .sheet = {.cli = cli}};
    if (!flight_init(&import.flight, cli, CLI_ORGANISATIONS))
        return CLI_USAGE;
    int exit_status = run_import(&import, cli->arguments[0]);
    flight_fini(&import.flight);
    free_known(&import);
    sheet_fini(&import.sheet);
    return exit_status;
}

// SPDX-License-Identifier: Apache-2.0
// Import of a ledger from CSV (隐患台账). Each row becomes a hazard found at --unit: closed, where the row says that it
// was fixed on the spot; assigned to that unit, where it names person and deadline; registered otherwise. Nothing is
// closed that nobody has accepted. A row's own digest is its external_id: the same row enters once, however often it is
// imported. What has no field in the contract goes into the note of the first step.
#include <stdlib.h>
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "commands.h"
#include "crypto/crypto.h"
#include "dates.h"
#include "flight.h"
#include "service/values.h"
#include "sheet.h"
#include "words.h"

#define METHOD "anlan.hazards.v1.HazardsService/CreateHazard"

enum column {
    DESCRIPTION,
    FOUND_AT,
    FINDER,
    NUMBER,
    LOCATION,
    GRADE,
    PERSON,
    MEASURES,
    DEADLINE,
    FIXED_AT,
    STATE,
    COLUMNS,
};

static const struct cli_text headings[COLUMNS] = {
    [DESCRIPTION] = {"description", "存在的问题或隐患"},
    [FOUND_AT] = {"found_at", "检查时间"},
    [FINDER] = {"found_by", "检查人"},
    [NUMBER] = {"number", "序号"},
    [LOCATION] = {"location", "检查部位"},
    [GRADE] = {"grade", "隐患类别"},
    [PERSON] = {"responsible_person", "责任人"},
    [MEASURES] = {"measures", "整改措施"},
    [DEADLINE] = {"deadline", "整改期限"},
    [FIXED_AT] = {"fixed_at", "整改完成时间"},
    [STATE] = {"state", "状态"},
};

static const struct sheet_form form = {.headings = headings, .columns = COLUMNS, .required = 3, .others = true};

// What a row becomes.
enum outcome { REGISTERED, ASSIGNED, FIXED };

struct import {
    struct cli *cli;
    struct flight flight;
    struct sheet sheet;
    const char *unit_id;
    const char *sector;
};

// The request of a row, with what it points to.
struct draft {
    Anlan__Hazards__V1__CreateHazardRequest request;
    Anlan__Hazards__V1__Assignment assignment;
    Anlan__Hazards__V1__Fix fix;
    char request_id[UUID_TEXT_SIZE];
    char external_id[80];
    char evidence[120];
    char *evidences[1];
    char note[2048];
};

// Grades as the contract has them, or as --grade-of WORD=general|major says.
static bool read_grade(const struct cli *cli, const char *word, int *grade)
{
    size_t length = strlen(word);
    if (words_parse(&anlan__hazards__v1__grade__descriptor, word, grade))
        return true;
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, "grade-of") == 0 && strncmp(cli->given[i].value, word, length) == 0 &&
            cli->given[i].value[length] == '=')
            return words_parse(&anlan__hazards__v1__grade__descriptor, cli->given[i].value + length + 1, grade);
    return false;
}

// Rows that forms bring with them and nobody filled in.
static bool is_placeholder(const struct sheet_row *row)
{
    static const char *const texts[] = {"隐患内容", "存在的问题或隐患", "示例", "例"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strcmp(sheet_cell(row, DESCRIPTION), texts[i]) == 0)
            return true;
    return false;
}

static bool says_nothing(const char *text)
{
    static const char *const texts[] = {"已整改", "整改", "无", "有隐患", "存在隐患", "已处理", "同上"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strcmp(text, texts[i]) == 0)
            return true;
    return false;
}

static void check_texts(struct sheet_row *row)
{
    const char *text = sheet_cell(row, DESCRIPTION);
    if (is_placeholder(row))
        sheet_reject(row, (struct cli_text){"is a form's own row: nobody filled it in", "是表格自带的行，没有填写"},
                     "");
    else if (says_nothing(text))
        sheet_reject(row, (struct cli_text){"does not say what is wrong", "没有写明问题"}, text);
    else if (text_characters(text) < 2 || text_characters(text) > 1000)
        sheet_reject(row, (struct cli_text){"what is wrong: 2 to 1,000 characters", "存在的问题应为 2 至 1000 字"}, "");
    if (strstr(text, "...") || strstr(text, "…"))
        sheet_notice(row, (struct cli_text){"the text was cut off before it came here", "文字在来源处已被截断"});
    if (text_characters(sheet_cell(row, FINDER)) > 50)
        sheet_reject(row, (struct cli_text){"who found it: at most 50 characters", "检查人不超过 50 字"}, "");
}

static bool fixed_on_the_spot(const struct sheet_row *row)
{
    return strstr(sheet_cell(row, STATE), "现场处理") != NULL;
}

// Times in their order, and what the row becomes by them. False where the row is rejected.
static bool read_times(struct import *import, struct sheet_row *row, struct draft *draft)
{
    struct arena *arena = &import->cli->arena;
    clock_time found = 0, due = 0, fixed = 0;
    bool whole_day = false;
    if (!dates_read(sheet_cell(row, FOUND_AT), &found, &whole_day)) {
        sheet_reject(row, (struct cli_text){"is no time at which it was found", "检查时间不可识别"},
                     sheet_cell(row, FOUND_AT));
        return false;
    }
    draft->request.occurred_at = service_timestamp(found, arena);
    const char *deadline = sheet_cell(row, DEADLINE);
    const char *fixed_at = sheet_cell(row, FIXED_AT);
    if (*deadline && !dates_read_deadline(deadline, found, &due))
        sheet_reject(row, (struct cli_text){"is no deadline", "整改期限不可识别"}, deadline);
    else if (*deadline && due < found)
        sheet_reject(row, (struct cli_text){"the deadline is before the finding", "整改期限早于检查时间"}, deadline);
    if (*fixed_at && !dates_read(fixed_at, &fixed, &whole_day))
        sheet_reject(row, (struct cli_text){"is no time of rectification", "整改完成时间不可识别"}, fixed_at);
    else if (*fixed_at && (whole_day ? fixed + CLOCK_DAY : fixed) < found)
        sheet_reject(row, (struct cli_text){"was rectified before it was found", "整改完成时间早于检查时间"}, fixed_at);
    if (row->fault[0])
        return false;
    if (fixed_on_the_spot(row)) {
        row->kind = FIXED;
        draft->fix.fixed_at = *fixed_at ? service_timestamp(fixed < found ? found : fixed, arena) : NULL;
    } else if (*deadline && *sheet_cell(row, PERSON)) {
        row->kind = ASSIGNED;
        draft->assignment.deadline = service_timestamp(due, arena);
    } else {
        row->kind = REGISTERED;
    }
    return true;
}

// The row's digest: its unit and its cells, but for its number, which changes with the sheet.
static void name_row(const struct import *import, const struct sheet_row *row, char name[80])
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    struct bytes parts[SHEET_COLUMNS_MOST + 1];
    size_t count = 0;
    parts[count++] = (struct bytes){(const uint8_t *)import->unit_id, strlen(import->unit_id) + 1};
    for (size_t i = 0; i < row->count && count < COUNT_OF(parts); i++)
        if ((int)i != row->sheet->places[NUMBER])
            parts[count++] = (struct bytes){(const uint8_t *)row->fields[i], strlen(row->fields[i]) + 1};
    crypto_sha256(parts, count, digest);
    size_t used = (size_t)snprintf(name, 80, "sheet:");
    for (size_t i = 0; i < sizeof(digest) && used + 3 < 80; i++)
        used += (size_t)snprintf(name + used, 80 - used, "%02x", digest[i]);
}

static bool has_field(const struct sheet_row *row, size_t place)
{
    for (size_t c = 0; c < COLUMNS; c++)
        if (row->sheet->places[c] == (int)place)
            return c != NUMBER && c != STATE && (c != MEASURES || row->kind == FIXED);
    return false;
}

// What has no field of its own: "班次：零点班；专业：其他".
static void write_note(const struct sheet_row *row, char *note, size_t size)
{
    size_t used = 0;
    note[0] = '\0';
    for (size_t i = 0; i < row->count; i++) {
        const char *heading = row->sheet->header[i];
        if (!row->fields[i][0] || has_field(row, i) || strcmp(heading, "row") == 0 || strcmp(heading, "reason") == 0)
            continue;
        int length = snprintf(note + used, size - used, "%s%s：%s", used ? "；" : "", heading, row->fields[i]);
        if (length < 0 || (size_t)length >= size - used)
            break;
        used += (size_t)length;
    }
}

// Makes a row's request; false where the row is rejected.
static bool draft_row(struct import *import, struct sheet_row *row, struct draft *draft)
{
    int grade = 0;
    memset(draft, 0, sizeof(*draft));
    anlan__hazards__v1__create_hazard_request__init(&draft->request);
    anlan__hazards__v1__assignment__init(&draft->assignment);
    anlan__hazards__v1__fix__init(&draft->fix);
    check_texts(row);
    if (!read_grade(import->cli, sheet_cell(row, GRADE), &grade))
        sheet_reject(row,
                     (struct cli_text){"the grade is 一般, 重大, or what --grade-of says",
                                       "级别应为一般、重大，或由 --grade-of 指明"},
                     sheet_cell(row, GRADE));
    if (row->fault[0] || !read_times(import, row, draft))
        return false;
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, draft->request_id);
    name_row(import, row, draft->external_id);
    write_note(row, draft->note, sizeof(draft->note));
    if (text_characters(draft->note) > 500) {
        sheet_reject(
            row,
            (struct cli_text){"what stands in other columns is more than 500 characters", "其他列的内容超过 500 字"},
            "");
        return false;
    }
    Anlan__Hazards__V1__CreateHazardRequest *request = &draft->request;
    request->request_id = draft->request_id;
    request->unit_id = (char *)import->unit_id;
    request->grade = (Anlan__Hazards__V1__Grade)grade;
    request->sector = (char *)import->sector;
    request->location = (char *)sheet_cell(row, LOCATION);
    request->description = (char *)sheet_cell(row, DESCRIPTION);
    request->found_by = (char *)sheet_cell(row, FINDER);
    request->external_id = draft->external_id;
    request->note = draft->note;
    if (row->kind == ASSIGNED) {
        draft->assignment.responsible_unit_id = (char *)import->unit_id;
        draft->assignment.responsible_person = (char *)sheet_cell(row, PERSON);
        request->assignment = &draft->assignment;
    } else if (row->kind == FIXED) {
        const char *measures = sheet_cell(row, MEASURES);
        snprintf(draft->evidence, sizeof(draft->evidence), "%.80s 第 %zu 行",
                 cli_option(import->cli, "source") ? cli_option(import->cli, "source") : "台账", row->number);
        draft->evidences[0] = draft->evidence;
        draft->fix.measures = (char *)(*measures ? measures : "现场处理");
        draft->fix.fixed_by = (char *)(*sheet_cell(row, PERSON) ? sheet_cell(row, PERSON) : sheet_cell(row, FINDER));
        draft->fix.evidence = draft->evidences;
        draft->fix.n_evidence = 1;
        request->fix = &draft->fix;
    }
    return true;
}

static void on_created(void *user, const struct rpc_result *result)
{
    struct sheet_row *row = user;
    row->created = status_ok(&result->status);
    row->present = result->status.reason == REASON(RECORD_EXISTS);
    if (!row->created && !row->present)
        sheet_reject_call(row, &result->status);
}

static void preview(const struct import *import)
{
    size_t counts[3] = {0};
    for (size_t i = 0; i < import->sheet.count; i++)
        if (!import->sheet.rows[i]->fault[0])
            counts[import->sheet.rows[i]->kind]++;
    printf(cli_say(import->cli,
                   (struct cli_text){"%zu to be closed (fixed on the spot), %zu assigned, %zu registered only\n",
                                     "现场处理（销号）%zu，交办 %zu，仅登记 %zu\n"}),
           counts[FIXED], counts[ASSIGNED], counts[REGISTERED]);
}

static int run_import(struct import *import, const char *path)
{
    struct draft draft;
    bool dry = cli_option(import->cli, "dry-run") != NULL;
    if (!sheet_read(&import->sheet, path, &form))
        return CLI_FAILED;
    for (size_t i = 0; i < import->sheet.count; i++) {
        struct sheet_row *row = import->sheet.rows[i];
        if (!row->fault[0] && draft_row(import, row, &draft) && !dry)
            flight_send(&import->flight, METHOD, &draft.request.base, on_created, row);
        sheet_progress(&import->sheet, i + 1);
    }
    flight_wait(&import->flight);
    preview(import);
    return sheet_close(import->cli, &import->sheet, path);
}

int hazards_command_import(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    const char *unit = cli_required(cli, "unit");
    struct import import = {.cli = cli, .sheet = {.cli = cli}, .sector = cli_required(cli, "sector")};
    if (!unit || !import.sector || !(import.unit_id = cli_unit(cli, unit, &exit_status)))
        return exit_status;
    if (!flight_init(&import.flight, cli, CLI_HAZARDS))
        return CLI_USAGE;
    exit_status = run_import(&import, cli->arguments[0]);
    flight_fini(&import.flight);
    sheet_fini(&import.sheet);
    return exit_status;
}

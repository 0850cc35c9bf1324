// SPDX-License-Identifier: Apache-2.0
// The ledger.
#include <stdlib.h>
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "commands.h"
#include "json.h"
#include "service/values.h"
#include "table.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"
// Deadlines are said in China's time, the whole year round.
#define CHINA (8 * 3600 * CLOCK_SECOND)

static const struct {
    Anlan__Hazards__V1__Grade grade;
    struct cli_text name;
} grades[] = {
    {ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL, {"general", "一般"}},
    {ANLAN__HAZARDS__V1__GRADE__GRADE_MAJOR, {"major", "重大"}},
};

static const struct {
    Anlan__Hazards__V1__State state;
    struct cli_text name;
} states[] = {
    {ANLAN__HAZARDS__V1__STATE__STATE_REGISTERED, {"registered", "登记"}},
    {ANLAN__HAZARDS__V1__STATE__STATE_ASSIGNED, {"assigned", "交办"}},
};

static const char *grade_name(const struct cli *cli, Anlan__Hazards__V1__Grade grade)
{
    for (size_t i = 0; i < COUNT_OF(grades); i++)
        if (grades[i].grade == grade)
            return cli_say(cli, grades[i].name);
    return "?";
}

static const char *state_name(const struct cli *cli, Anlan__Hazards__V1__State state)
{
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (states[i].state == state)
            return cli_say(cli, states[i].name);
    return "?";
}

static bool parse_grade(const char *text, Anlan__Hazards__V1__Grade *grade)
{
    for (size_t i = 0; i < COUNT_OF(grades); i++)
        if (strcmp(grades[i].name.en, text) == 0 || strcmp(grades[i].name.zh, text) == 0) {
            *grade = grades[i].grade;
            return true;
        }
    return false;
}

// RFC 3339, or a date: the end of that day in China.
static bool parse_deadline(const char *text, clock_time *time)
{
    char full[64];
    if (strlen(text) != strlen("2026-11-30"))
        return clock_parse(text, time);
    snprintf(full, sizeof(full), "%sT23:59:59+08:00", text);
    return clock_parse(full, time);
}

// The day and time in China.
static char *china_time(struct cli *cli, const Google__Protobuf__Timestamp *timestamp, size_t length)
{
    char text[CLOCK_TEXT_SIZE];
    if (!timestamp)
        return (char *)"";
    clock_format(service_time(timestamp) + CHINA, text);
    text[10] = ' ';
    return arena_text(&cli->arena, text, length);
}

static int usage(const char *option, const char *value)
{
    fprintf(stderr, "anlan: --%s=%s\n", option, value);
    return CLI_USAGE;
}

static int show(const struct cli *cli, const Anlan__Hazards__V1__Hazard *hazard)
{
    if (cli->json) {
        json_t *json = json_from_message(&hazard->base, false);
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        printf("\n");
        json_decref(json);
    } else {
        printf("%s  %s  %s  v%lld  %s\n", hazard->id, state_name(cli, hazard->state), grade_name(cli, hazard->grade),
               (long long)hazard->version, hazard->description);
    }
    return CLI_OK;
}

int hazards_command_create(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    const char *unit = cli_required(cli, "unit");
    const char *grade = cli_required(cli, "grade");
    const char *sector = cli_required(cli, "sector");
    const char *description = cli_required(cli, "description");
    const char *found_at = cli_option(cli, "found-at");
    clock_time time = 0;
    if (!unit || !grade || !sector || !description)
        return CLI_USAGE;
    if (!parse_grade(grade, &request.grade))
        return usage("grade", grade);
    if (found_at && !clock_parse(found_at, &time))
        return usage("found-at", found_at);
    request.request_id = cli_request_id(cli);
    request.unit_id = (char *)cli_unit(cli, unit, &exit_status);
    request.sector = (char *)sector;
    request.description = (char *)description;
    request.location = (char *)(cli_option(cli, "location") ? cli_option(cli, "location") : "");
    request.found_by = (char *)(cli_option(cli, "found-by") ? cli_option(cli, "found-by") : "");
    request.occurred_at = found_at ? service_timestamp(time, &cli->arena) : NULL;
    if (!request.unit_id)
        return exit_status;
    const Anlan__Hazards__V1__CreateHazardResponse *reply =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "CreateHazard", &request.base, &exit_status);
    return reply ? show(cli, reply->hazard) : exit_status;
}

int hazards_command_get(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    const char *tenant = cli_required(cli, "tenant");
    const char *id = cli_required(cli, "id");
    if (!tenant || !id)
        return CLI_USAGE;
    request.tenant_id = (char *)cli_unit(cli, tenant, &exit_status);
    request.id = (char *)id;
    if (!request.tenant_id)
        return exit_status;
    const Anlan__Hazards__V1__GetHazardResponse *reply =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "GetHazard", &request.base, &exit_status);
    return reply ? show(cli, reply->hazard) : exit_status;
}

int hazards_command_assign(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    clock_time time = 0;
    Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
    const char *tenant = cli_required(cli, "tenant");
    const char *id = cli_required(cli, "id");
    const char *version = cli_required(cli, "version");
    const char *unit = cli_required(cli, "responsible-unit");
    const char *person = cli_required(cli, "responsible-person");
    const char *deadline = cli_required(cli, "deadline");
    if (!tenant || !id || !version || !unit || !person || !deadline)
        return CLI_USAGE;
    if (!parse_deadline(deadline, &time))
        return usage("deadline", deadline);
    request.request_id = cli_request_id(cli);
    request.id = (char *)id;
    request.version = strtoll(version, NULL, 10);
    request.responsible_person = (char *)person;
    request.deadline = service_timestamp(time, &cli->arena);
    request.tenant_id = (char *)cli_unit(cli, tenant, &exit_status);
    request.responsible_unit_id = request.tenant_id ? (char *)cli_unit(cli, unit, &exit_status) : NULL;
    if (!request.responsible_unit_id)
        return exit_status;
    const Anlan__Hazards__V1__AssignHazardResponse *reply =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "AssignHazard", &request.base, &exit_status);
    return reply ? show(cli, reply->hazard) : exit_status;
}

static void add_row(struct cli *cli, struct table *table, const Anlan__Hazards__V1__Hazard *hazard)
{
    table_add(table,
              (const char *const[]){hazard->id, china_time(cli, hazard->entered_at, 16), state_name(cli, hazard->state),
                                    grade_name(cli, hazard->grade), hazard->sector, hazard->description,
                                    hazard->responsible_person, china_time(cli, hazard->deadline, 10)});
}

static void print_json(const Anlan__Hazards__V1__ListHazardsResponse *page)
{
    for (size_t i = 0; i < page->n_hazards; i++) {
        json_t *json = json_from_message(&page->hazards[i]->base, false);
        json_dumpf(json, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        printf("\n");
        json_decref(json);
    }
}

int hazards_command_list(struct cli *cli)
{
    static const struct cli_text headings[] = {
        {"id", "编号"},     {"entered", "登记时间"},   {"state", "状态"},         {"grade", "级别"},
        {"sector", "行业"}, {"what is wrong", "隐患"}, {"responsible", "责任人"}, {"by", "整改期限"},
    };
    int exit_status = CLI_OK;
    const char *texts[COUNT_OF(headings)];
    struct table table;
    const char *unit = cli_option(cli, "unit");
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    if (unit && !(request.unit_id = (char *)cli_unit(cli, unit, &exit_status)))
        return exit_status;
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = cli_say(cli, headings[i]);
    request.page_token = (char *)(cli_option(cli, "page") ? cli_option(cli, "page") : "");
    table_init(&table, COUNT_OF(texts), texts);
    const Anlan__Hazards__V1__ListHazardsResponse *page = NULL;
    do {
        page = (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "ListHazards", &request.base, &exit_status);
        for (size_t i = 0; page && !cli->json && i < page->n_hazards; i++)
            add_row(cli, &table, page->hazards[i]);
        if (page && cli->json)
            print_json(page);
        if (page)
            request.page_token = page->next_page_token;
    } while (page && *request.page_token && cli_option(cli, "all"));
    if (page && !cli->json)
        table_print_page(cli, &table, request.page_token,
                         (struct cli_text){"No hazard within your scope.", "您的权限范围内没有隐患。"});
    table_fini(&table);
    return exit_status;
}

// SPDX-License-Identifier: Apache-2.0
// The ledger.
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "method_command.h"
#include "service/values.h"
#include "table.h"
#include "words.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"

static void add_row(struct cli *cli, struct table *table, const Anlan__Hazards__V1__Hazard *hazard)
{
    table_add(table, (const char *const[]){hazard->id, hazards_show_time(cli, hazard->entered_at, 16),
                                           words_say(cli, &anlan__hazards__v1__state__descriptor, (int)hazard->state),
                                           words_say(cli, &anlan__hazards__v1__grade__descriptor, (int)hazard->grade),
                                           cli_sector_name(cli, hazard->sector), hazards_show_description(cli, hazard),
                                           hazard->responsible_person, hazards_show_time(cli, hazard->deadline, 10)});
}

static bool told(const char *option, const char *value)
{
    fprintf(stderr, "anlan: --%s=%s\n", option, value);
    return false;
}

bool hazards_read_word(const struct cli *cli, const char *option, const ProtobufCEnumDescriptor *descriptor, int *value)
{
    const char *word = cli_option(cli, option);
    *value = 0;
    return !word || words_parse(descriptor, word, value) || told(option, word);
}

static bool read_states(struct cli *cli, struct hazards_filters *filters)
{
    filters->states = arena_array(&cli->arena, cli->given_count, sizeof(*filters->states));
    for (size_t i = 0; i < cli->given_count; i++) {
        int state = 0;
        if (strcmp(cli->given[i].name, "state") != 0)
            continue;
        if (!words_parse(&anlan__hazards__v1__state__descriptor, cli->given[i].value, &state))
            return told("state", cli->given[i].value);
        filters->states[filters->state_count++] = (Anlan__Hazards__V1__State)state;
    }
    return true;
}

bool hazards_filters_read(struct cli *cli, struct hazards_filters *filters, int *exit_status)
{
    int grade = 0;
    const char *unit = cli_option(cli, "unit");
    *filters = (struct hazards_filters){.unit_id = (char *)"", .sector = (char *)""};
    *exit_status = CLI_USAGE;
    if (!hazards_read_word(cli, "grade", &anlan__hazards__v1__grade__descriptor, &grade) || !read_states(cli, filters))
        return false;
    filters->grade = (Anlan__Hazards__V1__Grade)grade;
    if (cli_option(cli, "sector"))
        filters->sector = (char *)cli_option(cli, "sector");
    return !unit || (filters->unit_id = (char *)cli_unit(cli, unit, exit_status));
}

// The filters of the list. False, told, where one is no good; *exit_status says what to end with.
static bool read_filters(struct cli *cli, Anlan__Hazards__V1__ListHazardsRequest *request, int *exit_status)
{
    int order = 0;
    clock_time due = 0;
    struct hazards_filters filters;
    const char *before = cli_option(cli, "due-before");
    const char *party = cli_option(cli, "party");
    if (!hazards_filters_read(cli, &filters, exit_status))
        return false;
    *exit_status = CLI_USAGE;
    if (!hazards_read_word(cli, "order", &anlan__hazards__v1__hazard_order__descriptor, &order))
        return false;
    if (before && !method_command_time(before, &due))
        return told("due-before", before);
    request->unit_id = filters.unit_id;
    request->states = filters.states;
    request->n_states = filters.state_count;
    request->grade = filters.grade;
    request->sector = filters.sector;
    request->order = (Anlan__Hazards__V1__HazardOrder)order;
    request->overdue = cli_option(cli, "overdue") != NULL;
    request->listed = cli_option(cli, "listed") != NULL;
    request->deadline_before = before ? service_timestamp(due, &cli->arena) : NULL;
    request->page_token = (char *)(cli_option(cli, "page") ? cli_option(cli, "page") : "");
    if (party && !(request->party_unit_id = (char *)cli_unit(cli, party, exit_status)))
        return false;
    *exit_status = CLI_OK;
    return true;
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
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    if (!read_filters(cli, &request, &exit_status))
        return exit_status;
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = cli_say(cli, headings[i]);
    table_init(&table, COUNT_OF(texts), texts);
    const Anlan__Hazards__V1__ListHazardsResponse *page = NULL;
    do {
        page = (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "ListHazards", &request.base, &exit_status);
        for (size_t i = 0; page && !cli->json && i < page->n_hazards; i++)
            add_row(cli, &table, page->hazards[i]);
        for (size_t i = 0; page && cli->json && i < page->n_hazards; i++)
            cli_print_json(&page->hazards[i]->base, false);
        if (page)
            request.page_token = page->next_page_token;
    } while (page && *request.page_token && cli_option(cli, "all"));
    if (page && !cli->json)
        table_print_page(cli, &table, request.page_token,
                         (struct cli_text){"No hazard within your scope.", "您的权限范围内没有隐患。"});
    table_fini(&table);
    return exit_status;
}

int hazards_command_sectors(struct cli *cli)
{
    int exit_status = CLI_OK;
    struct table table;
    Anlan__Hazards__V1__ListSectorsRequest request = ANLAN__HAZARDS__V1__LIST_SECTORS_REQUEST__INIT;
    table_init(&table, 2,
               (const char *const[]){cli_say(cli, (struct cli_text){"code", "代码"}),
                                     cli_say(cli, (struct cli_text){"sector", "行业领域"})});
    const Anlan__Hazards__V1__ListSectorsResponse *page =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "ListSectors", &request.base, &exit_status);
    for (size_t i = 0; page && i < page->n_sectors; i++) {
        const Anlan__Hazards__V1__Sector *sector = page->sectors[i];
        if (cli->json)
            cli_print_json(&sector->base, false);
        else
            table_add(&table,
                      (const char *const[]){sector->code, cli_say(cli, (struct cli_text){sector->en, sector->zh})});
    }
    if (page && !cli->json)
        table_print_page(cli, &table, page->next_page_token,
                         (struct cli_text){"There is no sector.", "没有行业领域。"});
    table_fini(&table);
    return exit_status;
}

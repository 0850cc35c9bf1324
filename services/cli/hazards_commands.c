// SPDX-License-Identifier: Apache-2.0
// The ledger.
#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "table.h"
#include "words.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"

static void add_row(struct cli *cli, struct table *table, const Anlan__Hazards__V1__Hazard *hazard)
{
    table_add(table, (const char *const[]){hazard->id, hazards_show_time(cli, hazard->entered_at, 16),
                                           words_say(cli, &anlan__hazards__v1__state__descriptor, (int)hazard->state),
                                           words_say(cli, &anlan__hazards__v1__grade__descriptor, (int)hazard->grade),
                                           hazard->sector, hazard->description, hazard->responsible_person,
                                           hazards_show_time(cli, hazard->deadline, 10)});
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

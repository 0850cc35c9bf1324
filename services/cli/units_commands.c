// SPDX-License-Identifier: Apache-2.0
// Units.
#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "commands.h"
#include "json.h"
#include "table.h"

static const struct {
    Anlan__Organisations__V1__UnitKind kind;
    struct cli_text name;
} kinds[] = {
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_REGION, {"region", "自治区 / 省"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_CITY, {"city", "盟 / 市"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, {"county", "旗 / 县 / 区"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_TOWNSHIP, {"township", "苏木 / 乡 / 镇 / 街道"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT, {"department", "应急管理局"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_OFFICE, {"office", "安委办"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_REGULATOR, {"regulator", "行业主管部门"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_PARK, {"park", "开发区 / 园区"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_TEAM, {"team", "专项检查组"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_ENTERPRISE, {"enterprise", "生产经营单位"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_PLACE, {"place", "场所"}},
    {ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_VILLAGE, {"village", "村 / 社区"}},
};

bool units_kind(const char *text, Anlan__Organisations__V1__UnitKind *kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].name.en, text) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

static const char *kind_name(const struct cli *cli, Anlan__Organisations__V1__UnitKind kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].kind == kind)
            return cli_say(cli, kinds[i].name);
    return "?";
}

static void print_json(const Anlan__Organisations__V1__Unit *unit, size_t flags)
{
    json_t *json = json_from_message(&unit->base, false);
    json_dumpf(json, stdout, flags | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(json);
}

static int show(const struct cli *cli, const Anlan__Organisations__V1__Unit *unit)
{
    if (cli->json)
        print_json(unit, JSON_INDENT(2));
    else
        printf("%s  %s  %s  %s\n", unit->id, unit->code, kind_name(cli, unit->kind), unit->name);
    return CLI_OK;
}

int units_command_get(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    Anlan__Organisations__V1__GetUnitRequest request = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__INIT;
    const char *id = cli_option(cli, "id");
    const char *credit_code = id ? NULL : cli_option(cli, "credit-code");
    const char *code = id || credit_code ? NULL : cli_required(cli, "code");
    if (id) {
        request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_ID;
        request.id = (char *)id;
    } else if (credit_code) {
        request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_CREDIT_CODE;
        request.credit_code = (char *)credit_code;
    } else if (code) {
        request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_CODE;
        request.code = (char *)code;
    } else {
        return CLI_USAGE;
    }
    const Anlan__Organisations__V1__GetUnitResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, UNITS_SERVICE "GetUnit", &request.base, &exit_status);
    return reply ? show(cli, reply->unit) : exit_status;
}

int units_command_list(struct cli *cli)
{
    static const struct cli_text headings[] = {
        {"id", "编号"}, {"code", "区划代码"}, {"kind", "类别"}, {"name", "名称"}};
    int exit_status = CLI_OK;
    const char *texts[COUNT_OF(headings)];
    struct table table;
    const char *unit = cli_option(cli, "unit");
    Anlan__Organisations__V1__ListUnitsRequest request = ANLAN__ORGANISATIONS__V1__LIST_UNITS_REQUEST__INIT;
    if (unit && !(request.unit_id = (char *)cli_unit(cli, unit, &exit_status)))
        return exit_status;
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = cli_say(cli, headings[i]);
    request.page_token = (char *)(cli_option(cli, "page") ? cli_option(cli, "page") : "");
    table_init(&table, COUNT_OF(texts), texts);
    const Anlan__Organisations__V1__ListUnitsResponse *page = NULL;
    do {
        page = (const void *)cli_call(cli, CLI_ORGANISATIONS, UNITS_SERVICE "ListUnits", &request.base, &exit_status);
        for (size_t i = 0; page && i < page->n_units; i++) {
            const Anlan__Organisations__V1__Unit *row = page->units[i];
            if (cli->json)
                print_json(row, JSON_COMPACT);
            else
                table_add(&table, (const char *const[]){row->id, row->code, kind_name(cli, row->kind), row->name});
        }
        if (page)
            request.page_token = page->next_page_token;
    } while (page && *request.page_token && cli_option(cli, "all"));
    if (page && !cli->json)
        table_print_page(cli, &table, request.page_token,
                         (struct cli_text){"No unit within your scope.", "您的权限范围内没有单位。"});
    table_fini(&table);
    return exit_status;
}

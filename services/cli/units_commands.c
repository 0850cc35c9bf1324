// SPDX-License-Identifier: Apache-2.0
// Units.
#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "commands.h"
#include "json.h"

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

static const char *kind_name(const struct cli *cli, Anlan__Organisations__V1__UnitKind kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].kind == kind)
            return cli_say(cli, kinds[i].name);
    return "?";
}

static int show(const struct cli *cli, const Anlan__Organisations__V1__Unit *unit)
{
    if (cli->json) {
        json_t *json = json_from_message(&unit->base, false);
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        printf("\n");
        json_decref(json);
    } else {
        printf("%s  %s  %s  %s\n", unit->id, unit->code, kind_name(cli, unit->kind), unit->name);
    }
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

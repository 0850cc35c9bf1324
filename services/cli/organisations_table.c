// SPDX-License-Identifier: Apache-2.0
// The commands about what organisations keep: their options, examples and forms.
#include "base/check.h"
#include "commands.h"
#include "record_commands.h"
#include "units.h"

#define OPTIONS(list) .options = (list), .option_count = COUNT_OF(list)
#define COLUMNS(list) .columns = (list), .column_count = COUNT_OF(list)

#define OPTION_VERSION                                                                                                 \
    {                                                                                                                  \
        "version", "N", NULL,                                                                                          \
        {                                                                                                              \
            "the version that you have read; the present one if not given", "所读版本，默认当前版本"        \
        }                                                                                                              \
    }
#define OPTION_DATE                                                                                                    \
    {                                                                                                                  \
        "date", "DATE|TIME", NULL,                                                                                     \
        {                                                                                                              \
            "when it happened; now, if not given", "发生日期，默认现在"                                       \
        }                                                                                                              \
    }
#define PROFILE_OPTIONS                                                                                                \
    {"credit-code", "CODE", NULL, {"unified social credit code", "统一社会信用代码"}},                                 \
        {"industry", "CODE", NULL, {"industry, as C2614 (GB/T 4754)", "国民经济行业代码"}},                            \
        {"address", "TEXT", NULL, {"where it is", "地址"}},                                                            \
        {"regulator",                                                                                                  \
         "UUID|CODE",                                                                                                  \
         NULL,                                                                                                         \
         {"a department or regulator that answers for it; up to 8 times", "监管部门，最多 8 个"}},                     \
        {"responsible-person", "NAME", NULL, {"who is first responsible", "主要负责人"}},                              \
        {"responsible-phone", "NUMBER", NULL, {"his phone", "主要负责人电话"}},                                        \
        {"safety-officer", "NAME", NULL, {"safety officer", "安全管理员"}},                                            \
        {"safety-phone", "NUMBER", NULL, {"his phone", "安全管理员电话"}},                                             \
        {"risk", "red|orange|yellow|blue", NULL, {"risk level", "风险等级：红、橙、黄、蓝（英文词）"}},                \
    {                                                                                                                  \
        "sector", "SECTOR", NULL,                                                                                      \
        {                                                                                                              \
            "a sector that it regulates; may be given several times", "监管的行业领域，可多次给出"        \
        }                                                                                                              \
    }

static const struct cli_option unit_create_options[] = {
    {"parent", "UUID|CODE", NULL, {"the unit above; without it a top of the tree", "上级单位；不给则为顶级"}},
    {"kind",
     "KIND",
     NULL,
     {"region, city, county, township, department, office, regulator, park, team, enterprise, place, village",
      "类别（英文词）"}},
    {"name", "NAME", NULL, {"its name", "名称"}},
    {"code", "CODE", NULL, {"division code of a tier or village", "行政区划代码"}},
    OPTION_DATE,
    PROFILE_OPTIONS,
};

static const struct cli_option unit_update_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit", "单位"}},
    {"name", "NAME", NULL, {"its name from now on", "新名称"}},
    OPTION_VERSION,
    OPTION_DATE,
    PROFILE_OPTIONS,
};

static const struct cli_option unit_code_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit", "单位"}},
    {"code", "CODE", NULL, {"its division code from now on", "新行政区划代码"}},
    OPTION_VERSION,
    OPTION_DATE,
};

static const struct cli_option unit_retire_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit", "单位"}},
    {"reason", "TEXT", NULL, {"why", "原因"}},
    {"successor", "UUID|CODE", NULL, {"the unit that takes its place", "承接单位"}},
    OPTION_VERSION,
    OPTION_DATE,
};

static const struct cli_option unit_history_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit", "单位"}},
};

static const struct cli_option unit_search_options[] = {
    {"query", "TEXT", NULL, {"a part of a name, or the beginning of a code", "名称的一部分，或代码开头"}},
    {"unit", "UUID|CODE", NULL, {"the top of the part of the tree", "范围的顶级单位"}},
    {"retired", NULL, NULL, {"retired units too", "包括已撤销的单位"}},
    {"page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}},
    {"all", NULL, NULL, {"all pages", "全部"}},
};

static const struct record_column unit_columns[] = {
    {"id", {"id", "编号"}},     {"code", {"code", "区划代码"}}, {"creditCode", {"credit code", "信用代码"}},
    {"kind", {"kind", "类别"}}, {"name", {"name", "名称"}},     {"profile.risk", {"risk", "风险"}},
};

static const struct record_column history_columns[] = {
    {"name", {"name", "名称"}},
    {"former.names", {"former names", "曾用名"}},
    {"former.namesUntil", {"until", "截止"}},
    {"code", {"code", "区划代码"}},
    {"former.codes", {"former codes", "原代码"}},
    {"former.codesUntil", {"until", "截止"}},
    {"retiredAt", {"retired", "撤销时间"}},
    {"retiredReason", {"why", "原因"}},
};

const struct cli_command organisations_commands[] = {
    {"units create",
     OPTIONS(unit_create_options),
     NULL,
     {"creates a unit", "新建单位"},
     "anlan units create --parent 150424100 --kind enterprise --name 林西某化工厂 --credit-code 91350100M000100Y43 "
     "--industry C2614 --risk orange",
     record_command_run},
    {"units update",
     OPTIONS(unit_update_options),
     NULL,
     {"renames a unit or changes its profile; what is not given stays", "更名或更新单位信息；未给出的不变"},
     "anlan units update --id 91350100M000100Y43 --name 林西某化工有限公司",
     record_command_run},
    {"units code",
     OPTIONS(unit_code_options),
     NULL,
     {"renumbers a unit", "变更行政区划代码"},
     "anlan units code --id 150424100 --code 150424103",
     record_command_run},
    {"units retire",
     OPTIONS(unit_retire_options),
     NULL,
     {"retires a unit for ever", "撤销或注销单位"},
     "anlan units retire --id 91350100M000100Y43 --reason 注销登记",
     record_command_run},
    {"units search",
     OPTIONS(unit_search_options),
     NULL,
     {"finds units by name or code", "按名称或代码搜索单位"},
     "anlan units search --query 化工 --unit 150424",
     record_command_run},
    {"units history",
     OPTIONS(unit_history_options),
     NULL,
     {"shows what a unit was called before", "查看曾用名和原代码"},
     "anlan units history --id 150424",
     record_command_run},
};
const size_t organisations_command_count = COUNT_OF(organisations_commands);

const struct record_form organisations_forms[] = {
    {"units create", UNITS_SERVICE "CreateUnit", NULL, COLUMNS(unit_columns)},
    {"units update", UNITS_SERVICE "UpdateUnit", UNITS_SERVICE "GetUnit", COLUMNS(unit_columns)},
    {"units code", UNITS_SERVICE "SetUnitCode", UNITS_SERVICE "GetUnit", COLUMNS(unit_columns)},
    {"units retire", UNITS_SERVICE "RetireUnit", UNITS_SERVICE "GetUnit", COLUMNS(unit_columns)},
    {"units search", UNITS_SERVICE "SearchUnits", NULL, COLUMNS(unit_columns)},
    {"units history", UNITS_SERVICE "GetUnit", NULL, COLUMNS(history_columns)},
};
const size_t organisations_form_count = COUNT_OF(organisations_forms);

// SPDX-License-Identifier: Apache-2.0
// Accidents and the bulletin: the contents page.
#include "base/check.h"
#include "task_options.h"

#define SERVICE_NAME "anlan.tasks.v1.AccidentsService/"

static const struct cli_option enter_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit at which it happened", "事故单位"}, "unit_id", true},
    {"sector", "SECTOR", NULL, {"its sector", "行业领域代码"}, "sector", true},
    {"deaths", "N", NULL, {"dead, the missing among them", "死亡（含失踪）人数"}, "deaths"},
    {"hurt", "N", NULL, {"seriously hurt", "重伤人数"}, "hurt"},
    {"loss", "YUAN", NULL, {"direct loss", "直接经济损失（元）"}, "loss"},
    {"description", "TEXT", NULL, {"what happened", "简要情况"}, "description", true},
    {"source", "TEXT", NULL, {"from where it is known", "信息来源"}, "source", true},
    {"happened", "TIME", NULL, {"when it happened", "发生时间"}, "occurred_at", true},
    {"demonstration", NULL, NULL, {"made up to show the system", "演示数据"}, "demonstration"},
};
static const struct cli_option supplement_options[] = {
    TENANT,
    ID,
    VERSION,
    {"deaths", "N", NULL, {"dead, all in all", "累计死亡人数"}, "deaths"},
    {"hurt", "N", NULL, {"seriously hurt, all in all", "累计重伤人数"}, "hurt"},
    {"loss", "YUAN", NULL, {"direct loss, all in all", "累计直接经济损失（元）"}, "loss"},
    {"source", "TEXT", NULL, {"from where it is known", "信息来源"}, "source", true},
};
static const struct cli_option get_options[] = {TENANT, ID};
static const struct cli_option list_options[] = {
    TOP,
    {"from", "DATE|TIME", NULL, {"happened from", "发生时间起"}, "happened_from"},
    {"until", "DATE|TIME", NULL, {"happened before", "发生时间止"}, "happened_until"},
    PAGE,
    ALL,
};
static const struct cli_option bulletin_options[] = {
    {"unit", "UUID|CODE", NULL, {"the tier", "地区"}},
    {"quarter", "YEARQN", NULL, {"the quarter: 2026Q3", "季度，如 2026Q3"}},
    {"html", "FILE", NULL, {"writes a page for printing", "生成可打印网页"}},
    {"xlsx", "FILE", NULL, {"writes a workbook", "生成工作簿"}},
    {"demonstration", NULL, NULL, {"marks it as made up, even where no accident is", "标明为演示数据"}},
};

static const struct cli_command commands[] = {
    CALL("accidents enter", "EnterAccident", NULL, enter_options, TEXT("enters an accident", "登记事故"),
         "anlan accidents enter --unit 150424100 --sector road_traffic --deaths 1 --description 货车侧翻 --source "
         "交警大队快报 "
         "--happened 2026-08-01T09:30:00+08:00"),
    CALL("accidents supplement", "SupplementAccident", SERVICE_NAME "GetAccident", supplement_options,
         TEXT("supplements what is known", "事故续报"),
         "anlan accidents supplement --tenant 150424 --id 0193… --deaths 3 --source 县医院"),
    CALL("accidents get", "GetAccident", NULL, get_options, TEXT("shows an accident", "查看事故"),
         "anlan accidents get --tenant 150424 --id 0193…"),
    CALL("accidents list", "ListAccidents", NULL, list_options, TEXT("lists accidents", "列出事故"),
         "anlan accidents list --unit 150424 --from 2026-07-01"),
    {.name = "bulletin",
     OPTIONS(bulletin_options),
     .help = {"writes the bulletin of a quarter", "编制季度通报"},
     .example = "anlan bulletin --unit 150424 --quarter 2026Q3 --xlsx 通报.xlsx --html 通报.html",
     .run = bulletin_command_write},
};

const struct cli_commands accidents_table = {commands, COUNT_OF(commands)};

static const struct task_column accident_columns[] = {
    {"id", {"id", "编号"}},
    {"occurred_at", {"when", "时间"}},
    {"unit_id", {"unit", "单位"}},
    {"sector", {"sector", "行业领域"}},
    {"grade", {"grade", "事故等级"}},
    {"deaths", {"dead", "死亡"}},
    {"hurt", {"hurt", "重伤"}},
    {"loss", {"loss", "损失（元）"}},
    {"description", {"what", "简要情况"}},
    {"source", {"source", "信息来源"}},
    {"demonstration", {"made up", "演示"}},
};
static const struct task_column report_columns[] = {
    {"deaths", {"dead", "死亡"}},       {"hurt", {"hurt", "重伤"}},      {"loss", {"loss", "损失（元）"}},
    {"source", {"source", "信息来源"}}, {"by.person", {"by", "录入人"}}, {"by.entered_at", {"entered", "录入时间"}},
};

#define ONE(words)                                                                                                     \
    {                                                                                                                  \
        .command = (words), COLUMNS(accident_columns), PART("detail.reports", report_columns)                          \
    }

const struct task_form accident_forms[] = {
    ONE("accidents enter"),
    ONE("accidents supplement"),
    ONE("accidents get"),
    {.command = "accidents list",
     COLUMNS(accident_columns),
     .none = {"No accident within your scope.", "您的权限范围内没有事故。"}},
};
const size_t accident_form_count = COUNT_OF(accident_forms);

// SPDX-License-Identifier: Apache-2.0
// The contents page of the ledger's readers.
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "method_command.h"

#define SERVICE_NAME "anlan.hazards.v1.HazardsService/"

static const struct cli_option get_options[] = {
    {"tenant", "UUID|CODE", "ANLAN_TENANT", {"tenant that owns it", "所属租户（县）"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
};

static const struct cli_option reveal_options[] = {
    {"tenant", "UUID|CODE", "ANLAN_TENANT", {"tenant that owns it", "所属租户（县）"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
    {"purpose",
     "TEXT",
     NULL,
     {"what it is needed for; stands in the access log", "查看用途，记入访问日志"},
     "purpose",
     true},
};

static const struct cli_option list_options[] = {
    {"unit", "UUID|CODE", NULL, {"the top of the part of the tree", "所列范围的顶级单位"}},
    {"state", "STATE", NULL, {"only this state; may be given several times", "状态，可多次给出"}},
    {"grade", "general|major", NULL, {"only this grade", "级别：一般、重大"}},
    {"sector", "SECTOR", NULL, {"only this sector", "行业领域代码"}},
    {"party", "UUID|CODE", NULL, {"only what this unit is party to", "相关单位"}},
    {"overdue", NULL, NULL, {"only what should have been rectified by now", "仅列逾期未整改"}},
    {"listed", NULL, NULL, {"only what is listed for supervision now", "仅列挂牌督办的隐患"}},
    {"due-before", "DATE|TIME", NULL, {"only what is to be rectified before", "整改期限早于"}},
    {"order", "newest|oldest|deadline", NULL, {"in which order", "排序：最新、最早、期限"}},
    {"page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}},
    {"all", NULL, NULL, {"all pages", "全部"}},
};

static const struct cli_option counts_options[] = {
    {"unit", "UUID|CODE", NULL, {"the top of the part of the tree", "统计范围的顶级单位"}},
    {"by", "tenant|township|unit|responsible", NULL, {"for each unit of a part", "按县、乡镇、被检查单位、责任单位"}},
    {"sector", "SECTOR", NULL, {"only this sector", "行业领域代码"}},
};

static const struct cli_option export_options[] = {
    {"unit", "UUID|CODE", NULL, {"the top of the part of the tree", "所导范围的顶级单位"}},
    {"state", "STATE", NULL, {"only this state; may be given several times", "状态，可多次给出"}},
    {"grade", "general|major", NULL, {"only this grade", "级别：一般、重大"}},
    {"sector", "SECTOR", NULL, {"only this sector", "行业领域代码"}},
    {"purpose", "TEXT", NULL, {"what it is for; stands in the access log", "导出用途，记入访问日志"}},
};

static const struct cli_command commands[] = {
    {.name = "hazards get",
     OPTIONS(get_options),
     .help = {"shows a hazard with its life", "查看隐患及办理过程"},
     .example = "anlan hazards get --tenant 150424 --id 0193…",
     .run = method_command_run,
     .service = CLI_HAZARDS,
     .method = SERVICE_NAME "GetHazard",
     .show = hazards_show_card},
    {.name = "hazards reveal",
     OPTIONS(reveal_options),
     .help = {"shows what is withheld of a restricted hazard", "查看限制查看隐患的内容"},
     .example = "anlan hazards reveal --tenant 150424 --id 0193… --purpose 核查举报线索",
     .run = method_command_run,
     .service = CLI_HAZARDS,
     .method = SERVICE_NAME "RevealHazard",
     .show = hazards_show_revealed},
    {.name = "hazards list",
     OPTIONS(list_options),
     .help = {"lists the ledger, the latest first", "列出台账，最新在前"},
     .example = "anlan hazards list --unit 150424",
     .run = hazards_command_list},
    {.name = "hazards counts",
     OPTIONS(counts_options),
     .help = {"counts by state, grade, sector and unit", "按状态、级别、行业、单位统计"},
     .example = "anlan hazards counts --unit 150424 --by township",
     .run = hazards_command_counts},
    {.name = "hazards sectors",
     .help = {"lists the sectors with their codes", "列出行业领域及其代码"},
     .example = "anlan hazards sectors",
     .run = hazards_command_sectors},
    {.name = "hazards export",
     OPTIONS(export_options),
     .arguments = "FILE",
     .help = {"exports the ledger as CSV in the form's eleven columns; each page is entered in the access log",
              "按台账十一列导出 CSV，每页记入访问日志"},
     .example = "anlan hazards export ledger.csv --unit 150424 --purpose 迎接督查",
     .run = hazards_command_export},
};

const struct cli_commands hazards_views_table = {commands, COUNT_OF(commands)};

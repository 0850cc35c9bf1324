// SPDX-License-Identifier: Apache-2.0
// Checklists and inspections: the contents page.
#include "base/check.h"
#include "task_options.h"

#define SERVICE_NAME "anlan.tasks.v1.InspectionsService/"
#define CHECKLISTS "anlan.tasks.v1.ChecklistsService/"
#define INSPECTION SERVICE_NAME "GetInspection"

static const struct cli_option import_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that publishes them", "发布单位"}},
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
    {"dry-run", NULL, NULL, {"check only, enter nothing", "只检查，不写入"}},
};

static const struct cli_option get_options[] = {TENANT, ID};

static const struct cli_option checklist_list_options[] = {
    {"sector", "SECTOR", NULL, {"only this sector", "行业领域代码"}, "of_sector"},
    {"list", "CODE", NULL, {"only this list", "检查表代码"}, "code"},
    {"withdrawn", NULL, NULL, {"those that were withdrawn too", "含已停用"}, "include_withdrawn"},
    PAGE,
    ALL,
};

static const struct cli_option end_options[] = {TENANT, ID, VERSION, REASON_OPTION, AT};

static const struct cli_option plan_options[] = {
    {"team", "UUID|CODE", NULL, {"unit that inspects", "检查组（单位）"}, "unit_id", true},
    {"site", "UUID|CODE", NULL, {"place that is inspected", "被检查单位"}, "site_id", true},
    {"sector", "SECTOR", NULL, {"its sector", "行业领域代码"}, "sector", true},
    {"on", "DATE|TIME", NULL, {"for which day", "检查日期"}, "planned_for", true},
    {"member", "NAME", NULL, {"who goes; may be given several times", "检查人员，可多次给出"}, "members"},
    {"checklist-tenant", "UUID|CODE", NULL, {"tenant of the checklist", "检查表所属租户"}, "checklist_tenant_id"},
    {"checklist", "UUID", NULL, {"the edition by which it is made", "检查表编号"}, "checklist_id"},
    {"campaign", "UUID", NULL, {"its campaign", "所属专项行动"}, "campaign_id"},
    {"announced", NULL, NULL, {"the place is told beforehand", "事先通知"}, "announced"},
    {"purpose", "TEXT", NULL, {"what it is to look at", "检查事项"}, "purpose"},
    AT,
};

static const struct cli_option answer_options[] = {
    TENANT,
    ID,
    VERSION,
    {"answer",
     "item=N,kind=yes|no|not-applicable[,note=TEXT]",
     NULL,
     {"an answer; may be given several times", "检查结果，可多次给出"},
     "answers",
     true},
    AT,
};

static const struct cli_option find_options[] = {
    TENANT,
    ID,
    VERSION,
    {"item", "N", NULL, {"item of the checklist that it violates", "对应检查项"}, "item"},
    {"grade", "general|major", NULL, {"its grade", "级别：一般、重大"}, "grade", true},
    {"description", "TEXT", NULL, {"what is wrong", "存在的问题或隐患"}, "description", true},
    {"location", "TEXT", NULL, {"where exactly", "检查部位"}, "location"},
    {"criterion", "STANDARD", NULL, {"major: the standard by which", "重大：判定标准"}, "criterion.standard"},
    {"criterion-version", "TEXT", NULL, {"major: its version", "重大：标准版本"}, "criterion.version"},
    {"criterion-item", "TEXT", NULL, {"major: its item", "重大：标准条款"}, "criterion.item"},
    {"criterion-from", "DATE", NULL, {"major: in force from", "重大：施行日期"}, "criterion.in_force_from"},
    AT,
};

static const struct cli_option conclude_options[] = {
    TENANT, ID, VERSION, {"note", "TEXT", NULL, {"what is to be said of it", "说明"}, "note"}, AT,
};

static const struct cli_option list_options[] = {
    TOP,
    {"state", "planned|under-way|done|cancelled", NULL, {"only this state", "状态"}, "state"},
    {"site", "UUID|CODE", NULL, {"only this place", "被检查单位"}, "site_id"},
    {"campaign", "UUID", NULL, {"only this campaign", "所属专项行动"}, "campaign_id"},
    {"sector", "SECTOR", NULL, {"only this sector", "行业领域代码"}, "of_sector"},
    PAGE,
    ALL,
};

static const struct cli_option coverage_options[] = {
    {"unit", "UUID|CODE", NULL, {"below which unit", "所列范围的顶级单位"}},
    {"days", "N", NULL, {"visited within so many days; 365, if not given", "检查期限（日），默认 365"}},
    {"all", NULL, NULL, {"places that are covered too", "含已覆盖单位"}},
};

// A command that is one call of checklists.
#define LIST_CALL(words, method_name, list, text, example_text)                                                        \
    {                                                                                                                  \
        .name = (words), OPTIONS(list), .help = text, .example = (example_text), .run = task_command_run,              \
        .service = CLI_TASKS, .method = CHECKLISTS method_name, .get = NULL                                            \
    }

static const struct cli_command commands[] = {
    {.name = "checklists import",
     OPTIONS(import_options),
     .arguments = "FILE|-",
     .help = {"publishes checklists from CSV", "从 CSV 发布检查表"},
     .example = "anlan checklists import checklists.csv --unit 150424",
     .run = checklists_command_import},
    LIST_CALL("checklists get", "GetChecklist", get_options, TEXT("shows a checklist", "查看检查表"),
              "anlan checklists get --tenant 150424 --id 0193…"),
    LIST_CALL("checklists list", "ListChecklists", checklist_list_options, TEXT("lists checklists", "列出检查表"),
              "anlan checklists list --sector fireworks"),
    {.name = "checklists withdraw",
     OPTIONS(end_options),
     .help = {"withdraws an edition", "停用检查表"},
     .example = "anlan checklists withdraw --tenant 150424 --id 0193… --reason 标准已更新",
     .run = task_command_run,
     .service = CLI_TASKS,
     .method = CHECKLISTS "WithdrawChecklist",
     .get = CHECKLISTS "GetChecklist"},
    CALL(
        "inspections plan", "PlanInspection", NULL, plan_options, TEXT("plans an inspection", "安排检查"),
        "anlan inspections plan --team 150424100 --site 91350100M000100Y43 --sector fireworks --on 2026-12-01 --member "
        "李娜"),
    CALL("inspections answer", "AnswerInspection", INSPECTION, answer_options,
         TEXT("answers items of the checklist", "填报检查结果"),
         "anlan inspections answer --tenant 150424 --id 0193… --answer item=1,kind=yes --answer item=2,kind=no"),
    CALL("inspections find", "RecordFinding", INSPECTION, find_options,
         TEXT("records a finding, which becomes a hazard", "记录隐患，自动登记台账"),
         "anlan inspections find --tenant 150424 --id 0193… --item 2 --grade general --description 灭火器失效"),
    CALL("inspections conclude", "ConcludeInspection", INSPECTION, conclude_options, TEXT("concludes it", "办结检查"),
         "anlan inspections conclude --tenant 150424 --id 0193…"),
    CALL("inspections cancel", "CancelInspection", INSPECTION, end_options,
         TEXT("cancels one that has not begun", "取消检查"),
         "anlan inspections cancel --tenant 150424 --id 0193… --reason 企业停业"),
    CALL("inspections get", "GetInspection", NULL, get_options, TEXT("shows an inspection", "查看检查"),
         "anlan inspections get --tenant 150424 --id 0193…"),
    CALL("inspections list", "ListInspections", NULL, list_options, TEXT("lists inspections", "列出检查"),
         "anlan inspections list --unit 150424 --state planned"),
    {.name = "coverage",
     OPTIONS(coverage_options),
     .help = {"tells places that nobody visits or answers for", "查找检查死角：未检查、无主管部门的单位"},
     .example = "anlan coverage --unit 150424 --days 90",
     .run = coverage_command_show},
};

const struct cli_commands inspections_table = {commands, COUNT_OF(commands)};

static const struct task_column checklist_lines[] = {
    {"id", {"id", "编号"}},
    {"name", {"name", "名称"}},
    {"code", {"list", "检查表"}},
    {"edition", {"edition", "版本"}},
    {"sector", {"sector", "行业领域"}},
    {"state", {"state", "状态"}},
    {"unit_id", {"published by", "发布单位"}},
    {"item_count", {"items", "项数"}},
    {"unchecked_count", {"bases not checked", "依据未核对"}},
};
static const struct task_column item_columns[] = {
    {"text", {"what must be so", "检查内容"}},
    {"basis", {"basis", "检查依据"}},
    {"basis_checked", {"checked", "已核对"}},
    {"method", {"how", "检查方法"}},
};
static const struct task_column inspection_lines[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"team", "检查组"}},
    {"site_id", {"place", "被检查单位"}},
    {"sector", {"sector", "行业领域"}},
    {"state", {"state", "状态"}},
    {"version", {"version", "版本"}},
    {"planned_for", {"for", "检查日期"}, 10},
    {"visited_at", {"visited", "到场时间"}},
    {"members", {"members", "检查人员"}},
    {"campaign_id", {"campaign", "专项行动"}},
    {"checklist_id", {"checklist", "检查表"}},
    {"detail.answers", {"answers", "已填项数"}},
    {"detail.item_count", {"items", "项数"}},
    {"finding_count", {"findings", "发现隐患"}},
    {"detail.note", {"note", "说明"}},
};
static const struct task_column finding_columns[] = {
    {"number", {"no.", "序号"}},
    {"item", {"item", "检查项"}},
    {"grade", {"grade", "级别"}},
    {"description", {"what is wrong", "存在的问题或隐患"}},
    {"location", {"where", "检查部位"}},
    {"found.person", {"found by", "检查人"}},
    {"found.occurred_at", {"when", "时间"}},
};
static const struct task_column inspection_columns[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"team", "检查组"}},
    {"site_id", {"place", "被检查单位"}},
    {"sector", {"sector", "行业领域"}},
    {"state", {"state", "状态"}},
    {"planned_for", {"for", "检查日期"}, 10},
    {"visited_at", {"visited", "到场时间"}},
    {"finding_count", {"findings", "隐患"}},
    {"members", {"members", "检查人员"}},
};

#define ONE(words)                                                                                                     \
    {                                                                                                                  \
        .command = (words), COLUMNS(inspection_lines), PART("detail.findings", finding_columns)                        \
    }

const struct task_form inspection_forms[] = {
    {.command = "checklists get", COLUMNS(checklist_lines), PART("detail.items", item_columns)},
    {.command = "checklists withdraw", COLUMNS(checklist_lines)},
    {.command = "checklists list", COLUMNS(checklist_lines), .none = {"No checklist.", "没有检查表。"}},
    ONE("inspections plan"),
    ONE("inspections answer"),
    ONE("inspections find"),
    ONE("inspections conclude"),
    ONE("inspections cancel"),
    ONE("inspections get"),
    {.command = "inspections list",
     COLUMNS(inspection_columns),
     .none = {"No inspection within your scope.", "您的权限范围内没有检查。"}},
};
const size_t inspection_form_count = COUNT_OF(inspection_forms);

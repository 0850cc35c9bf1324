// SPDX-License-Identifier: Apache-2.0
// Clocks: the contents page.
#include "base/check.h"
#include "task_options.h"

#define SERVICE_NAME "anlan.tasks.v1.ClocksService/"

static const struct cli_option rule_options[] = {
    {"unit", "UUID|CODE", NULL, {"for this unit and all below it", "适用单位及其下级"}, "unit_id", true},
    {"document", "NUMBER", NULL, {"document that decides it", "文号"}, "document", true},
    {"warn", "DAYS", NULL, {"nearly due so many days before", "到期前几日临期提醒"}, "warn_days"},
    {"overdue",
     "DAYS",
     NULL,
     {"overdue so many days behind; may be given several times", "到期后几日逾期提醒，可多次给出"},
     "overdue_days"},
    {"working-days", NULL, NULL, {"days are working days", "按工作日计"}, "working_days"},
    AT,
};
static const struct cli_option pages_options[] = {PAGE, ALL};
static const struct cli_option import_options[] = {
    {"unit", "UUID|CODE", NULL, {"for this unit and all below it", "适用单位及其下级"}},
    {"document", "NUMBER", NULL, {"document that decides it", "文号"}},
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
};
static const struct cli_option due_options[] = {
    TOP,
    {"struck", NULL, NULL, {"only what is nearly due or overdue", "仅列临期和逾期"}, "struck"},
    {"alarmed", NULL, NULL, {"only what lacks a calendar", "仅列缺少节假日安排的"}, "alarmed"},
    PAGE,
    ALL,
};

static const struct cli_command commands[] = {
    CALL(
        "clocks rule", "SetClockRule", NULL, rule_options, TEXT("sets when clocks strike", "设定时限规则"),
        "anlan clocks rule --unit 150424 --document 林安委〔2026〕9号 --warn 3 --overdue 0 --overdue 5 --working-days"),
    CALL("clocks rules", "ListClockRules", NULL, pages_options, TEXT("lists the rules", "列出时限规则"),
         "anlan clocks rules"),
    {.name = "clocks import",
     OPTIONS(import_options),
     .arguments = "FILE|-",
     .help = {"publishes the holidays of a year from CSV", "从 CSV 发布节假日安排"},
     .example = "anlan clocks import holidays-2026.csv --unit 15 --document 国办发明电〔2025〕7号",
     .run = calendars_command_import},
    CALL("clocks calendars", "ListCalendars", NULL, pages_options, TEXT("lists calendars", "列出节假日安排"),
         "anlan clocks calendars"),
    {.name = "clocks due",
     OPTIONS(due_options),
     .help = {"lists hazards with their clocks", "列出隐患时限"},
     .example = "anlan clocks due --unit 150424 --struck",
     .run = task_command_run,
     .service = CLI_TASKS,
     .method = "anlan.tasks.v1.TrackingService/ListTrackedHazards"},
};

const struct cli_commands clocks_table = {commands, COUNT_OF(commands)};

static const struct task_column rule_columns[] = {
    {"unit_id", {"unit", "单位"}},
    {"document", {"document", "文号"}},
    {"warn_days", {"warns before", "提前提醒"}},
    {"overdue_days", {"overdue behind", "逾期提醒"}},
    {"working_days", {"working days", "工作日"}},
    {"entered_at", {"entered", "录入时间"}},
};
static const struct task_column calendar_columns[] = {
    {"unit_id", {"unit", "单位"}}, {"year", {"year", "年度"}},     {"document", {"document", "文号"}},
    {"off", {"off", "放假"}},      {"worked", {"worked", "上班"}},
};
static const struct task_column due_columns[] = {
    {"id", {"hazard", "隐患编号"}},
    {"unit_id", {"place", "被检查单位"}},
    {"description", {"what is wrong", "隐患"}},
    {"responsible_unit_id", {"responsible", "责任单位"}},
    {"deadline", {"by", "整改期限"}, 10},
    {"clock_stage", {"struck", "已提醒"}},
    {"clock_next_at", {"next", "下次提醒"}},
    {"clock_alarm_year", {"no calendar", "缺年度安排"}},
};

const struct task_form clock_forms[] = {
    {.command = "clocks rule", COLUMNS(rule_columns)},
    {.command = "clocks rules", COLUMNS(rule_columns), .none = {"No rule.", "没有时限规则。"}},
    {.command = "clocks calendars", COLUMNS(calendar_columns), .none = {"No calendar.", "没有节假日安排。"}},
    {.command = "clocks due",
     COLUMNS(due_columns),
     .none = {"No hazard within your scope.", "您的权限范围内没有隐患。"}},
};
const size_t clock_form_count = COUNT_OF(clock_forms);

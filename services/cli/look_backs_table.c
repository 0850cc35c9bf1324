// SPDX-License-Identifier: Apache-2.0
// Look-backs: the contents page.
#include "base/check.h"
#include "task_options.h"

#define SERVICE_NAME "anlan.tasks.v1.LookBacksService/"

static const struct cli_option rule_options[] = {
    {"unit", "UUID|CODE", NULL, {"for this unit and all below it", "适用单位及其下级"}, "unit_id", true},
    {"document", "NUMBER", NULL, {"document that decides it", "文号"}, "document", true},
    {"all-major", NULL, NULL, {"all major hazards are drawn", "重大隐患全部抽取"}, "all_major"},
    {"share", "N", NULL, {"of the others so many of a thousand", "一般隐患抽取千分比"}, "share_permille"},
    {"at-least", "N", NULL, {"and so many at least", "至少抽取数"}, "at_least"},
    AT,
};
static const struct cli_option rules_options[] = {PAGE, ALL};
static const struct cli_option draw_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that draws", "抽取单位"}, "unit_id", true},
    {"from", "DATE|TIME", NULL, {"closed from", "销号时间起"}, "closed_from", true},
    {"until", "DATE|TIME", NULL, {"closed before", "销号时间止"}, "closed_until", true},
    {"of", "UUID|CODE", NULL, {"only of this tier or place", "仅限此地区或单位"}, "of_unit_id"},
    {"seed", "TEXT", NULL, {"what nobody could choose; made here, if not given", "随机种子，默认由系统产生"}, "seed"},
    AT,
};
static const struct cli_option get_options[] = {TENANT, ID};
static const struct cli_option list_options[] = {TOP, PAGE, ALL};
static const struct cli_option assign_options[] = {
    TENANT,
    ID,
    VERSION,
    {"to", "UUID|CODE", NULL, {"unit that is to re-check it", "复查单位"}, "assigned_unit_id", true},
    {"person", "NAME", NULL, {"person who is to", "复查人"}, "assigned_person", true},
    {"by", "DATE|TIME", NULL, {"by when", "复查期限"}, "due_at", true},
    AT,
};
static const struct cli_option rechecks_options[] = {
    TOP,
    {"state", "open|assigned|checked", NULL, {"only this state", "状态"}, "state"},
    {"draw", "UUID", NULL, {"only of this draw", "抽取批次编号"}, "draw_id"},
    PAGE,
    ALL,
};

static const struct cli_command commands[] = {
    CALL("look-backs rule", "SetDrawRule", NULL, rule_options,
         TEXT("sets how look-backs are drawn", "设定回头看抽取规则"),
         "anlan look-backs rule --unit 150424 --document 林安委〔2026〕9号 --all-major --share 200 --at-least 1"),
    CALL("look-backs rules", "ListDrawRules", NULL, rules_options, TEXT("lists the rules", "列出抽取规则"),
         "anlan look-backs rules"),
    CALL("look-backs draw", "DrawLookBacks", NULL, draw_options,
         TEXT("draws closed hazards for a re-check", "抽取已销号隐患回头看"),
         "anlan look-backs draw --unit 150424 --from 2026-07-01 --until 2026-10-01 --seed 20261001"),
    CALL("look-backs get", "GetDraw", NULL, get_options, TEXT("shows a draw", "查看抽取结果"),
         "anlan look-backs get --tenant 150424 --id 0193… --json | tests/support/redraw.py"),
    CALL("look-backs list", "ListDraws", NULL, list_options, TEXT("lists draws", "列出抽取批次"),
         "anlan look-backs list --unit 150424"),
    CALL("look-backs assign", "AssignRecheck", SERVICE_NAME "GetRecheck", assign_options,
         TEXT("assigns a re-check", "安排复查"),
         "anlan look-backs assign --tenant 150424 --id 0193… --to 150424100 --person 李娜 --by 2026-12-31"),
    CALL("look-backs rechecks", "ListRechecks", NULL, rechecks_options,
         TEXT("lists re-checks; their verdicts are given by anlan hazards look-back", "列出复查任务，结论在台账中作出"),
         "anlan look-backs rechecks --unit 150424 --state open"),
};

const struct cli_commands look_backs_table = {commands, COUNT_OF(commands)};

static const struct task_column rule_columns[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"unit", "单位"}},
    {"document", {"document", "文号"}},
    {"all_major", {"all major", "重大全抽"}},
    {"share_permille", {"share ‰", "比例‰"}},
    {"at_least", {"at least", "至少"}},
    {"entered_at", {"entered", "录入时间"}},
};
static const struct task_column draw_columns[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"unit", "单位"}},
    {"seed", {"seed", "种子"}},
    {"closed_from", {"closed from", "销号起"}, 10},
    {"closed_until", {"until", "销号止"}, 10},
    {"all_major", {"all major", "重大全抽"}},
    {"share_permille", {"share ‰", "比例‰"}},
    {"at_least", {"at least", "至少"}},
    {"pool_count", {"drawn from", "总数"}},
    {"drawn_count", {"drawn", "抽中"}},
    {"entered_at", {"entered", "录入时间"}},
};
static const struct task_column recheck_columns[] = {
    {"id", {"id", "编号"}},
    {"hazard_id", {"hazard", "隐患编号"}},
    {"site_id", {"place", "被检查单位"}},
    {"grade", {"grade", "级别"}},
    {"description", {"what was wrong", "隐患"}},
    {"state", {"state", "状态"}},
    {"assigned_unit_id", {"to", "复查单位"}},
    {"assigned_person", {"person", "复查人"}},
    {"due_at", {"by", "期限"}, 10},
    {"verdict", {"verdict", "结论"}},
    {"checked_by", {"checked by", "核查人"}},
};

const struct task_form look_back_forms[] = {
    {.command = "look-backs rule", COLUMNS(rule_columns)},
    {.command = "look-backs rules", COLUMNS(rule_columns), .none = {"No rule.", "没有抽取规则。"}},
    {.command = "look-backs draw", COLUMNS(draw_columns)},
    {.command = "look-backs get", COLUMNS(draw_columns)},
    {.command = "look-backs list", COLUMNS(draw_columns), .none = {"No draw within your scope.", "没有抽取批次。"}},
    {.command = "look-backs assign", COLUMNS(recheck_columns)},
    {.command = "look-backs rechecks",
     COLUMNS(recheck_columns),
     .none = {"No re-check within your scope.", "没有复查任务。"}},
};
const size_t look_back_form_count = COUNT_OF(look_back_forms);

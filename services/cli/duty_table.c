// SPDX-License-Identifier: Apache-2.0
// Duty rosters: the contents page.
#include "base/check.h"
#include "duty.h"
#include "task_options.h"

#define UNIT                                                                                                           \
    {                                                                                                                  \
        "unit", "UUID|CODE", NULL, {"the unit", "单位"}, "unit_id", true                                               \
    }
#define TELEPHONE                                                                                                      \
    {                                                                                                                  \
        "telephone", "NUMBER", NULL,                                                                                   \
            {"the number under which its duty is reached; everybody sees it", "值班电话，全员可见"}, "telephone", true \
    }
#define WARN_DAYS                                                                                                      \
    {                                                                                                                  \
        "warn-days", "DAYS", NULL, {"warned of gaps so many days ahead; 3 by default", "提前几日提醒缺岗，默认 3 日"}, \
            "warn_days"                                                                                                \
    }
#define CREW                                                                                                           \
    {"leader", "NAME|UUID", NULL, {"who leads the duty; may be given several times", "带班领导，可多次给出"}},         \
    {                                                                                                                  \
        "officer", "NAME|UUID", NULL,                                                                                  \
        {                                                                                                              \
            "who is on duty; may be given several times", "值班员，可多次给出"                                \
        }                                                                                                              \
    }
#define DUTY_CALL(words, method_name, get_name, list, text, example_text)                                              \
    {                                                                                                                  \
        .name = (words), OPTIONS(list), .help = text, .example = (example_text), .run = task_command_run,              \
        .service = CLI_ORGANISATIONS, .method = DUTY_SERVICE method_name, .get = (get_name)                            \
    }
#define DUTY_RUN(words, method_name, command, list, text, example_text)                                                \
    {                                                                                                                  \
        .name = (words), OPTIONS(list), .help = text, .example = (example_text), .run = (command),                     \
        .service = CLI_ORGANISATIONS, .method = DUTY_SERVICE method_name                                               \
    }

static const struct cli_option open_options[] = {UNIT, TELEPHONE, WARN_DAYS, AT};
static const struct cli_option desk_options[] = {
    ID, TELEPHONE, {"closed", NULL, NULL, {"it keeps no roster", "停止单独值班"}, "closed"}, WARN_DAYS, VERSION, AT,
};
static const struct cli_option desks_options[] = {TOP, PAGE, ALL};
static const struct cli_option show_options[] = {
    UNIT,
    {"at", "DATE|TIME", NULL, {"when; now, if not given", "时间，默认现在"}},
    {"known", "TIME", NULL, {"as it was known then", "按当时已登记的情况"}},
};
static const struct cli_option enter_options[] = {
    UNIT,
    {"from", "DATE|TIME", NULL, {"from when, as 2026-10-01T08:00; of a day its beginning", "起"}},
    {"to", "DATE|TIME", NULL, {"until when, itself not included", "止（不含）"}},
    CREW,
    {"occasion", "TEXT", NULL, {"why there is a duty of its own, as a holiday", "值班事由，如节假日名称"}},
};
static const struct cli_option change_options[] = {
    ID,
    {"kind",
     "swap|replacement|correction",
     NULL,
     {"two exchange, somebody steps in, or it was entered wrongly", "换班、顶班、更正（英文词）"},
     NULL,
     true},
    CREW,
    REASON_OPTION,
};
static const struct cli_option cancel_options[] = {ID, REASON_OPTION, VERSION, AT};
static const struct cli_option list_options[] = {
    UNIT,
    {"from", "DATE|TIME", NULL, {"those that end after; now, if not given", "起，默认现在"}, "since"},
    {"to", "DATE|TIME", NULL, {"those that begin before; 31 days after, if not given", "止，默认其后 31 日"}, "until"},
    {"history", NULL, NULL, {"what they were before, too", "包括变更前和已取消的"}, "history"},
    PAGE,
    ALL,
};
static const struct cli_option gaps_options[] = {
    TOP,
    {"from", "DATE|TIME", NULL, {"from when; now, if not given", "起，默认现在"}},
    {"days", "N", NULL, {"how many days from then, 14 by default, 92 at most", "查看几日，默认 14，最多 92"}, "days"},
};
static const struct cli_option leave_options[] = {
    UNIT,
    {"person", "NAME|UUID", NULL, {"who is away", "请假人"}},
    {"from", "DATE|TIME", NULL, {"from when; of a day its beginning", "起"}},
    {"to", "DATE|TIME", NULL, {"until when; of a day its end", "止（日期含当日）"}},
    REASON_OPTION,
};
static const struct cli_option back_options[] = {
    ID,
    {"to",
     "DATE|TIME",
     NULL,
     {"until when; now, or never taken, if not given", "止，默认现在（未开始的视为未休）"},
     "ends_at"},
    VERSION,
    AT,
};
static const struct cli_option leaves_options[] = {
    UNIT, {"past", NULL, NULL, {"those that are over, too", "包括已结束的"}, "include_past"}, PAGE, ALL};
static const struct cli_option import_options[] = {
    {"unit", "UUID|CODE", NULL, {"of the rows that name no unit", "未注明单位的行所属单位"}},
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
    {"dry-run", NULL, NULL, {"check only, enter nothing", "只检查，不写入"}},
};

static const struct cli_command commands[] = {
    DUTY_RUN("duty show", "GetDuty", duty_command_show, show_options,
             TEXT("tells who is on duty, the number first; exit status 1 where nobody is",
                  "查询值班人员，值班电话在先；无人值班时退出码为 1"),
             "anlan duty show --unit 150424 --at 2026-10-01T22:00"),
    DUTY_RUN("duty gaps", "ListDutyGaps", duty_command_gaps, gaps_options,
             TEXT("lists what is missing in the rosters ahead; exit status 1 where something is",
                  "列出今后值班缺岗；有缺岗时退出码为 1"),
             "anlan duty gaps --unit 150424 --days 14"),
    {.name = "duty import",
     OPTIONS(import_options),
     .arguments = "FILE|-",
     .help = {"enters a roster from CSV: unit, date, from, to, leaders, officers, occasion",
              "从 CSV 导入值班表：单位、日期、起、止、带班领导、值班员、事由"},
     .example = "anlan duty import 2026-10.csv --unit 150424",
     .run = duty_command_import},
    DUTY_CALL("duty list", "ListDutyShifts", NULL, list_options, TEXT("lists the shifts of a unit", "列出值班表"),
              "anlan duty list --unit 150424 --from 2026-10-01 --to 2026-10-31"),
    DUTY_RUN(
        "duty enter", "CreateDutyShift", duty_command_enter, enter_options, TEXT("enters a shift", "登记班次"),
        "anlan duty enter --unit 150424 --from 2026-10-01T08:00 --to 2026-10-02T08:00 --leader 王建国 --officer 李娜"),
    DUTY_RUN("duty change", "ChangeDutyShift", duty_command_change, change_options,
             TEXT("others are on duty; what it was stays in the history", "换班、顶班或更正，原班次留存"),
             "anlan duty change --id 0193… --kind replacement --officer 张三 --reason 李娜生病"),
    DUTY_CALL("duty cancel", "CancelDutyShift", DUTY_SERVICE "GetDutyShift", cancel_options,
              TEXT("takes a shift off the roster", "取消班次"), "anlan duty cancel --id 0193… --reason 停班"),
    DUTY_CALL("duty open", "OpenDutyDesk", NULL, open_options,
              TEXT("a unit keeps a roster of its own, around the clock", "设立值班室，24 小时值班"),
              "anlan duty open --unit 150424 --telephone 0476-5551234"),
    DUTY_CALL("duty desk", "UpdateDutyDesk", DUTY_SERVICE "GetDutyDesk", desk_options,
              TEXT("changes a desk's number, closes it or opens it again", "变更值班电话，停止或恢复值班"),
              "anlan duty desk --id 0193… --telephone 0476-5551235"),
    DUTY_CALL("duty desks", "ListDutyDesks", NULL, desks_options, TEXT("lists the desks", "列出值班室"),
              "anlan duty desks --unit 1504"),
    DUTY_RUN("duty leave", "EnterLeave", duty_command_leave, leave_options,
             TEXT("enters that somebody is away", "登记请假外出"),
             "anlan duty leave --unit 150424 --person 王建国 --from 2026-10-01 --to 2026-10-07 --reason 出差"),
    DUTY_CALL("duty back", "EndLeave", DUTY_SERVICE "GetLeave", back_options, TEXT("ends a leave", "销假"),
              "anlan duty back --id 0193…"),
    DUTY_CALL("duty leaves", "ListLeaves", NULL, leaves_options, TEXT("lists who is away", "列出请假"),
              "anlan duty leaves --unit 150424"),
};

const struct cli_commands duty_table = {commands, COUNT_OF(commands)};

static const struct task_column desk_columns[] = {
    {"telephone", {"telephone", "值班电话"}},
    {"unit_id", {"unit", "单位"}},
    {"id", {"desk", "编号"}},
    {"version", {"version", "版本"}},
    {"closed", {"closed", "已停止"}},
    {"warn_days", {"warned ahead", "提前提醒"}},
    {"warning.at", {"warned", "上次提醒"}},
};
static const struct task_column shift_columns[] = {
    {"starts_at", {"from", "起"}},
    {"ends_at", {"to", "止"}},
    {"leaders.names", {"leaders", "带班领导"}},
    {"officers.names", {"on duty", "值班员"}},
    {"occasion", {"occasion", "事由"}},
    {"change.kind", {"by", "方式"}},
    {"change.reason", {"why", "原因"}},
    {"change.person_name", {"who", "登记人"}},
    {"change.at", {"when", "登记时间"}},
    {"version", {"version", "版本"}},
    {"id", {"shift", "编号"}},
};
static const struct task_column leave_columns[] = {
    {"person_name", {"who", "请假人"}}, {"starts_at", {"from", "起"}},    {"ends_at", {"to", "止"}},
    {"reason", {"why", "事由"}},        {"version", {"version", "版本"}}, {"id", {"leave", "编号"}},
};

const struct task_form duty_forms[] = {
    {.command = "duty open", COLUMNS(desk_columns)},
    {.command = "duty desk", COLUMNS(desk_columns)},
    {.command = "duty desks", COLUMNS(desk_columns), .none = {"No desk.", "没有值班室。"}},
    {.command = "duty enter", COLUMNS(shift_columns)},
    {.command = "duty change", COLUMNS(shift_columns)},
    {.command = "duty cancel", COLUMNS(shift_columns)},
    {.command = "duty list", COLUMNS(shift_columns), .none = {"No shift.", "没有班次。"}},
    {.command = "duty leave", COLUMNS(leave_columns)},
    {.command = "duty back", COLUMNS(leave_columns)},
    {.command = "duty leaves", COLUMNS(leave_columns), .none = {"Nobody is away.", "没有请假。"}},
};
const size_t duty_form_count = COUNT_OF(duty_forms);

// SPDX-License-Identifier: Apache-2.0
// The commands about what organisations keep: their options, examples and forms.
#include "base/check.h"
#include "commands.h"
#include "record_commands.h"
#include "units.h"

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

#define PAGE_OPTIONS                                                                                                   \
    {"page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}},                                    \
    {                                                                                                                  \
        "all", NULL, NULL,                                                                                             \
        {                                                                                                              \
            "all pages", "全部"                                                                                      \
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

static const struct cli_option unit_move_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit", "单位"}},
    {"parent",
     "UUID|CODE",
     NULL,
     {"the unit above it from now on; the present one if not given", "新上级单位，默认现上级"}},
    {"document", "TEXT", NULL, {"document that decides it", "文号"}},
    OPTION_VERSION,
    OPTION_DATE,
};

static const struct cli_option unit_merge_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit that remains", "存续单位"}},
    {"merged", "UUID|CODE", NULL, {"a unit that is merged into it; up to 8 times", "被合并单位，最多 8 个"}},
    {"document", "TEXT", NULL, {"document that decides it", "文号"}},
    OPTION_VERSION,
    OPTION_DATE,
};

static const struct cli_option unit_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"the top of the part of the tree", "所列范围的顶级单位"}},
    {"retired", NULL, NULL, {"retired units too", "包括已撤销的单位"}},
    PAGE_OPTIONS,
};

static const struct cli_option unit_history_options[] = {
    {"id", "UUID|CODE", NULL, {"the unit", "单位"}},
};

static const struct cli_option unit_search_options[] = {
    {"query", "TEXT", NULL, {"a part of a name, or the beginning of a code", "名称的一部分，或代码开头"}},
    {"unit", "UUID|CODE", NULL, {"the top of the part of the tree", "范围的顶级单位"}},
    {"retired", NULL, NULL, {"retired units too", "包括已撤销的单位"}},
    PAGE_OPTIONS,
};

static const struct cli_option person_create_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit of record", "所属单位"}},
    {"name", "NAME", NULL, {"name", "姓名"}},
    {"phone", "NUMBER", NULL, {"phone; it is shown masked", "电话，显示时脱敏"}},
    OPTION_DATE,
};

static const struct cli_option person_update_options[] = {
    {"id", "UUID", NULL, {"the person", "人员编号"}},
    {"unit", "UUID|CODE", NULL, {"unit of record from now on", "新所属单位"}},
    {"name", "NAME", NULL, {"name", "姓名"}},
    {"phone", "NUMBER", NULL, {"phone", "电话"}},
    OPTION_VERSION,
    OPTION_DATE,
};

static const struct cli_option person_retire_options[] = {
    {"id", "UUID", NULL, {"the person", "人员编号"}},
    {"reason", "TEXT", NULL, {"why", "原因"}},
    OPTION_VERSION,
    OPTION_DATE,
};

static const struct cli_option person_get_options[] = {
    {"id", "UUID", NULL, {"the person", "人员编号"}},
};

static const struct cli_option reveal_options[] = {
    {"id", "UUID", NULL, {"the person, enterprise or place", "人员、企业或场所编号"}},
    {"of",
     "responsible_person|safety_officer",
     NULL,
     {"whose number of an enterprise or place", "企业或场所的主要负责人或安全管理员"}},
    {"purpose", "TEXT", NULL, {"what it is needed for; it is entered in the access log", "查看用途，记入访问日志"}},
};

static const struct cli_option people_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit of record", "所属单位"}},
    {"retired", NULL, NULL, {"those who left too", "包括已离职人员"}},
    PAGE_OPTIONS,
};

static const struct cli_option post_create_options[] = {
    {"person", "UUID", NULL, {"who holds it", "任职人员编号"}},
    {"unit", "UUID|CODE", NULL, {"where", "任职单位"}},
    {"role", "ROLE", NULL, {"role; anlan roles list tells them", "岗位角色；见 anlan roles list"}},
    {"sector", "SECTOR", NULL, {"confines the post; may be given several times", "限定行业领域，可多次给出"}},
    {"from", "DATE|TIME", NULL, {"from when; now, if not given", "任职起，默认现在"}},
    {"to", "DATE|TIME", NULL, {"until when; until further notice, if not given", "任职止，默认长期"}},
    {"document", "TEXT", NULL, {"document of the appointment", "任职文号"}},
};

static const struct cli_option post_end_options[] = {
    {"id", "UUID", NULL, {"the post", "岗位编号"}},
    {"version", "N", NULL, {"the version that you have read", "所读版本"}},
    {"to", "DATE|TIME", NULL, {"until when; now, if not given", "任职止，默认现在"}},
    {"document", "TEXT", NULL, {"document or reason", "免职文号或原因"}},
};

static const struct cli_option post_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"posts at this unit", "单位"}},
    {"person", "UUID", NULL, {"or of this person", "或人员编号"}},
    {"at", "DATE|TIME", NULL, {"as of when; now, if not given", "截至时间，默认现在"}},
    {"past", NULL, NULL, {"all there ever were", "包括历史岗位"}},
    PAGE_OPTIONS,
};

static const struct cli_option responsibility_create_options[] = {
    {"unit", "UUID|CODE", NULL, {"where: a tier, park, village, enterprise or place", "责任范围：地区或单位"}},
    {"sector", "SECTOR", NULL, {"sector; all, if not given", "行业领域；不给则为综合监管"}},
    {"overseer", "UUID|CODE", NULL, {"who oversees it", "监管单位"}},
    {"leader", "UUID", NULL, {"the leader who answers for it", "责任领导人员编号"}},
    {"position", "TEXT", NULL, {"his position", "职务"}},
    {"from", "DATE|TIME", NULL, {"from when; now, if not given", "起，默认现在"}},
    {"to", "DATE|TIME", NULL, {"until when; until further notice, if not given", "止，默认长期"}},
    {"document", "TEXT", NULL, {"document that decides it", "文号"}},
};

static const struct cli_option responsibility_end_options[] = {
    {"id", "UUID", NULL, {"the line", "责任编号"}},
    {"version", "N", NULL, {"the version that you have read", "所读版本"}},
    {"to", "DATE|TIME", NULL, {"until when; now, if not given", "止，默认现在"}},
    {"document", "TEXT", NULL, {"document or reason", "文号或原因"}},
};

static const struct cli_option responsibility_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"lines for this unit", "责任范围"}},
    {"overseer", "UUID|CODE", NULL, {"or of this overseer", "或监管单位"}},
    {"leader", "UUID", NULL, {"or of this leader", "或责任领导"}},
    {"at", "DATE|TIME", NULL, {"as of when; now, if not given", "截至时间，默认现在"}},
    {"past", NULL, NULL, {"all there ever were", "包括历史"}},
    PAGE_OPTIONS,
};

static const struct cli_option resolve_options[] = {
    {"unit", "UUID|CODE", NULL, {"the unit", "单位"}},
    {"sector", "SECTOR", NULL, {"sector; comprehensive supervision alone, if not given", "行业领域；默认只看综合监管"}},
    {"at", "DATE|TIME", NULL, {"as of when; now, if not given", "截至时间，默认现在"}},
};

static const struct cli_option site_import_options[] = {
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
    {"dry-run", NULL, NULL, {"check only, create nothing", "只检查，不写入"}},
};

static const struct record_column person_columns[] = {
    {"id", {"id", "编号"}},       {"version", {"version", "版本"}},    {"name", {"name", "姓名"}},
    {"phone", {"phone", "电话"}}, {"retiredAt", {"left", "离职时间"}},
};

static const struct record_column reveal_columns[] = {
    {"id", {"id", "编号"}},
    {"unitId", {"unit", "单位"}},
    {"number", {"phone", "电话"}},
};

static const struct record_column post_columns[] = {
    {"id", {"id", "编号"}},       {"version", {"version", "版本"}},   {"personName", {"person", "姓名"}},
    {"role", {"role", "角色"}},   {"sectors", {"sectors", "领域"}},   {"startsAt", {"from", "任职起"}},
    {"endsAt", {"to", "任职止"}}, {"document", {"document", "文号"}},
};

static const struct record_column responsibility_columns[] = {
    {"id", {"id", "编号"}},
    {"version", {"version", "版本"}},
    {"sector", {"sector", "领域"}},
    {"overseerUnitId", {"overseer", "监管单位"}},
    {"leaderName", {"leader", "责任领导"}},
    {"leaderPosition", {"position", "职务"}},
    {"startsAt", {"from", "起"}},
    {"endsAt", {"to", "止"}},
    {"document", {"document", "文号"}},
};

static const struct record_column resolution_columns[] = {
    {"comprehensive.name", {"comprehensive supervision", "综合监管"}},
    {"comprehensive.document", {"document", "文号"}},
    {"sectorOverseer.name", {"sector's overseer", "行业监管"}},
    {"sectorOverseer.document", {"document", "文号"}},
    {"leader.name", {"leader", "责任领导"}},
    {"leader.position", {"position", "职务"}},
};

static const struct record_column unit_columns[] = {
    {"id", {"id", "编号"}},     {"code", {"code", "区划代码"}}, {"creditCode", {"credit code", "信用代码"}},
    {"kind", {"kind", "类别"}}, {"name", {"name", "名称"}},     {"profile.risk", {"risk", "风险"}},
};

static const struct record_column list_columns[] = {
    {"id", {"id", "编号"}},
    {"code", {"code", "区划代码"}},
    {"kind", {"kind", "类别"}},
    {"name", {"name", "名称"}},
};

static const struct record_column move_columns[] = {
    {"id", {"id", "编号"}},     {"version", {"version", "版本"}}, {"code", {"code", "区划代码"}},
    {"name", {"name", "名称"}}, {"parentId", {"above", "上级"}},  {"following", {"still to follow", "待变更下级"}},
};

static const struct record_column moves_columns[] = {
    {"name", {"name", "名称"}},
    {"moves.moves.parentId", {"stood below", "原上级"}},
    {"moves.moves.until", {"until", "截止"}},
    {"moves.moves.document", {"by", "文号"}},
    {"moves.mergers.name", {"merged into it", "并入单位"}},
    {"moves.mergers.since", {"since", "起"}},
    {"moves.mergers.document", {"by", "文号"}},
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
    {"successorId", {"successor", "承接单位"}},
};

static const struct cli_command commands[] = {
    {"units create",
     OPTIONS(unit_create_options),
     NULL,
     {"creates a unit", "新建单位"},
     "anlan units create --parent 150424100 --kind enterprise --name 林西某化工厂 --credit-code 91350100M000100Y43 "
     "--industry C2614 --risk orange",
     record_command_run},
    {"units list",
     OPTIONS(unit_list_options),
     NULL,
     {"lists units", "列出单位"},
     "anlan units list --unit 1504",
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
    {"units move",
     OPTIONS(unit_move_options),
     NULL,
     {"moves a unit below another; run it again while units are still to follow", "划转单位；尚有下级待变更时再次执行"},
     "anlan units move --id 150424100 --parent 150423 --document 内政字〔2026〕1号",
     record_command_run},
    {"units merge",
     OPTIONS(unit_merge_options),
     NULL,
     {"merges units into another of their kind", "合并单位"},
     "anlan units merge --id 150424100 --merged 150424101 --document 内政字〔2026〕2号",
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
    {"units moves",
     OPTIONS(unit_history_options),
     NULL,
     {"shows where a unit stood before and what was merged into it", "查看原上级和合并情况"},
     "anlan units moves --id 150424100",
     record_command_run},
    {"enterprises import",
     OPTIONS(site_import_options),
     "FILE",
     {"imports enterprises and places from CSV", "从 CSV 导入企业和场所"},
     "anlan enterprises import enterprises.csv\n"
     "    headings, in English or Chinese and in any order; the first two are needed:\n"
     "    name parent kind credit_code industry address regulators responsible_person responsible_phone\n"
     "    safety_officer safety_phone risk\n"
     "    名称 上级 类别 统一社会信用代码 行业代码 地址 监管部门 主要负责人 主要负责人电话 安全管理员 安全管理员电话 "
     "风险等级",
     sites_command_import},
    {"people create",
     OPTIONS(person_create_options),
     NULL,
     {"enters a person", "登记人员"},
     "anlan people create --unit 150424100 --name 赵铁柱 --phone 13812341234",
     record_command_run},
    {"people update",
     OPTIONS(person_update_options),
     NULL,
     {"changes a person; what is not given stays", "更新人员；未给出的不变"},
     "anlan people update --id 0193… --phone 13900001111",
     record_command_run},
    {"people retire",
     OPTIONS(person_retire_options),
     NULL,
     {"a person leaves", "人员离职"},
     "anlan people retire --id 0193… --reason 退休",
     record_command_run},
    {"people get",
     OPTIONS(person_get_options),
     NULL,
     {"shows a person", "查看人员"},
     "anlan people get --id 0193…",
     record_command_run},
    {"people reveal",
     OPTIONS(reveal_options),
     NULL,
     {"shows a phone number in full, and enters that in the access log", "查看完整电话号码，并记入访问日志"},
     "anlan people reveal --id 0193… --purpose 通知撤离",
     record_command_run},
    {"people list",
     OPTIONS(people_list_options),
     NULL,
     {"lists the people of a unit", "列出单位人员"},
     "anlan people list --unit 150424100",
     record_command_run},
    {"posts create",
     OPTIONS(post_create_options),
     NULL,
     {"gives a person a post", "任命岗位"},
     "anlan posts create --person 0193… --unit 150424100 --role township_clerk --from 2026-01-01 --document "
     "林政发〔2026〕1 号",
     record_command_run},
    {"posts end",
     OPTIONS(post_end_options),
     NULL,
     {"ends a post", "免去岗位"},
     "anlan posts end --id 0193… --version 1 --document 林政发〔2026〕9 号",
     record_command_run},
    {"posts list",
     OPTIONS(post_list_options),
     NULL,
     {"lists the posts at a unit or of a person", "列出单位或人员的岗位"},
     "anlan posts list --unit 150424100 --at 2026-01-01",
     record_command_run},
    {"responsibilities create",
     OPTIONS(responsibility_create_options),
     NULL,
     {"enters a line of the responsibility list", "登记责任清单"},
     "anlan responsibilities create --unit 150424 --sector fireworks --overseer 0193… --leader 0193… --position 副县长 "
     "--document 林政办发〔2026〕3 号",
     record_command_run},
    {"responsibilities end",
     OPTIONS(responsibility_end_options),
     NULL,
     {"ends a line", "终止责任"},
     "anlan responsibilities end --id 0193… --version 1 --document 林政办发〔2026〕8 号",
     record_command_run},
    {"responsibilities list",
     OPTIONS(responsibility_list_options),
     NULL,
     {"lists the lines for a unit, of an overseer or of a leader", "列出责任清单"},
     "anlan responsibilities list --unit 150424 --at 2026-01-01",
     record_command_run},
    {"responsibilities resolve",
     OPTIONS(resolve_options),
     NULL,
     {"tells who answers for a unit in a sector", "查询综合监管、行业监管和责任领导"},
     "anlan responsibilities resolve --unit 91350100M000100Y43 --sector fireworks",
     record_command_run},
};
const struct cli_commands organisations_table = {commands, COUNT_OF(commands)};

const struct record_form organisations_forms[] = {
    {"units create", UNITS_SERVICE "CreateUnit", NULL, COLUMNS(unit_columns)},
    {"units list", UNITS_SERVICE "ListUnits", NULL, COLUMNS(list_columns)},
    {"units update", UNITS_SERVICE "UpdateUnit", UNITS_SERVICE "GetUnit", COLUMNS(unit_columns)},
    {"units code", UNITS_SERVICE "SetUnitCode", UNITS_SERVICE "GetUnit", COLUMNS(unit_columns)},
    {"units retire", UNITS_SERVICE "RetireUnit", UNITS_SERVICE "GetUnit", COLUMNS(unit_columns)},
    {"units move", UNITS_SERVICE "MoveUnit", UNITS_SERVICE "GetUnit", COLUMNS(move_columns)},
    {"units merge", UNITS_SERVICE "MergeUnits", UNITS_SERVICE "GetUnit", COLUMNS(move_columns)},
    {"units search", UNITS_SERVICE "SearchUnits", NULL, COLUMNS(unit_columns)},
    {"people create", PEOPLE_SERVICE "CreatePerson", NULL, COLUMNS(person_columns)},
    {"people update", PEOPLE_SERVICE "UpdatePerson", PEOPLE_SERVICE "GetPerson", COLUMNS(person_columns)},
    {"people retire", PEOPLE_SERVICE "RetirePerson", PEOPLE_SERVICE "GetPerson", COLUMNS(person_columns)},
    {"people get", PEOPLE_SERVICE "GetPerson", NULL, COLUMNS(person_columns)},
    {"people reveal", PEOPLE_SERVICE "RevealPhone", NULL, COLUMNS(reveal_columns)},
    {"people list", PEOPLE_SERVICE "ListPeople", NULL, COLUMNS(person_columns)},
    {"posts create", PEOPLE_SERVICE "CreatePost", NULL, COLUMNS(post_columns)},
    {"posts end", PEOPLE_SERVICE "EndPost", NULL, COLUMNS(post_columns)},
    {"posts list", PEOPLE_SERVICE "ListPosts", NULL, COLUMNS(post_columns)},
    {"responsibilities create", RESPONSIBILITIES_SERVICE "CreateResponsibility", NULL, COLUMNS(responsibility_columns)},
    {"responsibilities end", RESPONSIBILITIES_SERVICE "EndResponsibility", NULL, COLUMNS(responsibility_columns)},
    {"responsibilities list", RESPONSIBILITIES_SERVICE "ListResponsibilities", NULL, COLUMNS(responsibility_columns)},
    {"responsibilities resolve", RESPONSIBILITIES_SERVICE "ResolveResponsibility", NULL, COLUMNS(resolution_columns)},
    {"units history", UNITS_SERVICE "GetUnit", NULL, COLUMNS(history_columns)},
    {"units moves", UNITS_SERVICE "GetUnit", NULL, COLUMNS(moves_columns)},
};
const size_t organisations_form_count = COUNT_OF(organisations_forms);

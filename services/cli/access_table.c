// SPDX-License-Identifier: Apache-2.0
// The commands about roles and grants: their options, examples and forms.
#include "base/check.h"
#include "commands.h"
#include "record_commands.h"
#include "units.h"

#define COLUMNS(list) .columns = (list), .column_count = COUNT_OF(list)
#define ROLE_SERVICE "anlan.organisations.v1.RoleService/"
#define ACCESS_SERVICE "anlan.organisations.v1.AccessService/"
#define GRANT_SERVICE "anlan.organisations.v1.GrantService/"

#define PAGE_OPTIONS                                                                                                   \
    {"page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}},                                    \
    {                                                                                                                  \
        "all", NULL, NULL,                                                                                             \
        {                                                                                                              \
            "all pages", "全部"                                                                                      \
        }                                                                                                              \
    }
#define OPTION_ID                                                                                                      \
    {                                                                                                                  \
        "id", "UUID", NULL,                                                                                            \
        {                                                                                                              \
            "the grant", "授权编号"                                                                                \
        }                                                                                                              \
    }

static const struct cli_option role_import_options[] = {
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
    {"dry-run", NULL, NULL, {"check only, change nothing", "只检查，不写入"}},
};

static const struct cli_option role_list_options[] = {PAGE_OPTIONS};

static const struct cli_option request_options[] = {
    {"ground", "GROUND", NULL, {"authorised, assisting, lending, inspection, agency_data", "依据（英文词）"}},
    {"post", "UUID", NULL, {"post by which it is given", "授权岗位编号"}},
    {"parent", "UUID", NULL, {"grant that it is a part of", "所转授的授权编号"}},
    {"to-person", "UUID", NULL, {"who receives it: a person", "被授权人员编号"}},
    {"to-unit", "UUID|CODE", NULL, {"or all posts at a unit", "或被授权单位"}},
    {"to-client", "UUID", NULL, {"or a client", "或被授权客户端"}},
    {"unit", "UUID|CODE", NULL, {"unit to which it gives access, with all below it", "授权范围"}},
    {"sector", "SECTOR", NULL, {"sector; all of the grantor's, if not given; several times", "行业领域，可多次给出"}},
    {"permission", "NOUN.VERB", NULL, {"permission; may be given several times", "权限，可多次给出"}},
    {"from", "DATE|TIME", NULL, {"from when; from its approval, if not given", "起，默认自批准之时"}},
    {"to", "DATE|TIME", NULL, {"until when", "止"}},
    {"depth", "N", NULL, {"how many times it may be handed on; 0 by default", "可转授层数，默认 0"}},
    {"reason", "TEXT", NULL, {"why", "事由"}},
    {"document", "TEXT", NULL, {"number of the document", "文号"}},
};

static const struct cli_option decide_options[] = {
    OPTION_ID,
    {"version", "N", NULL, {"the version that you have read; the present one if not given", "所读版本，默认当前版本"}},
    {"note", "TEXT", NULL, {"reason or remark", "理由或备注"}},
};

static const struct cli_option renew_options[] = {
    OPTION_ID,
    {"to", "DATE|TIME", NULL, {"until when", "延续至"}},
    {"reason", "TEXT", NULL, {"why", "事由"}},
    {"document", "TEXT", NULL, {"number of the document", "文号"}},
};

static const struct cli_option break_options[] = {
    {"permission", "NOUN.read", NULL, {"permission to read; may be given several times", "只读权限，可多次给出"}},
    {"minutes", "N", NULL, {"for how long, 1 to 240", "分钟数，1 至 240"}},
    {"reason", "TEXT", NULL, {"why; it is reviewed", "事由，事后审查"}},
};

static const struct cli_option review_options[] = {
    OPTION_ID,
    {"version", "N", NULL, {"the version that you have read; the present one if not given", "所读版本，默认当前版本"}},
    {"verdict", "justified|unjustified", NULL, {"what the review found", "审查结论（英文词）"}},
    {"note", "TEXT", NULL, {"in words", "说明"}},
};

static const struct cli_option show_options[] = {OPTION_ID};

static const struct cli_option grant_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"grants on this unit", "授权范围"}},
    {"grantee", "UUID", NULL, {"or to this person, unit or client", "或被授权方编号"}},
    {"grantor", "UUID", NULL, {"or by this person", "或授权人编号"}},
    {"waiting", NULL, NULL, {"or those that wait for approval", "或待批的"}},
    {"unreviewed", NULL, NULL, {"or those taken in an emergency that wait for review", "或待审查的应急提权"}},
    {"at", "DATE|TIME", NULL, {"in force at this time; now, if not given", "在该时刻有效，默认现在"}},
    {"past", NULL, NULL, {"all there ever were", "包括历史"}},
    PAGE_OPTIONS,
};

static const struct cli_option explain_options[] = {
    {"person", "UUID", NULL, {"who: a person, by all posts and grants", "人员编号"}},
    {"post-id", "UUID", NULL, {"or a post", "或岗位编号"}},
    {"client", "UUID", NULL, {"or a client", "或客户端编号"}},
    {"permission", "NOUN.VERB", NULL, {"what", "权限"}},
    {"unit", "UUID|CODE", NULL, {"where", "单位"}},
    {"in-sector", "SECTOR", NULL, {"in which sector; any, if not given", "行业领域，默认任一"}},
    {"at", "DATE|TIME", NULL, {"when; now, if not given", "时刻，默认现在"}},
};

static const struct cli_option access_list_options[] = {
    {"permission", "NOUN.VERB", NULL, {"what", "权限"}},
    {"unit", "UUID|CODE", NULL, {"where", "单位"}},
    {"in-sector", "SECTOR", NULL, {"in which sector; any, if not given", "行业领域，默认任一"}},
    {"at", "DATE|TIME", NULL, {"when; now, if not given", "时刻，默认现在"}},
};

static const struct record_column way_columns[] = {
    {"condition", {"", "结论"}},    {"subjectName", {"who", "人员"}}, {"subjectId", {"id", "主体编号"}},
    {"role", {"role", "角色"}},     {"unitId", {"unit", "单位"}},     {"grants.0.grantId", {"grant", "授权"}},
    {"sector", {"sector", "领域"}},
};

static const struct record_column role_columns[] = {
    {"name", {"role", "角色"}},
    {"zh", {"Chinese", "名称"}},
    {"permissions", {"may", "权限"}},
    {"separateGroup", {"kept apart", "互斥组"}},
};

static const struct record_column grant_columns[] = {
    {"id", {"id", "编号"}},
    {"state", {"state", "状态"}},
    {"grantorPersonName", {"grantor", "授权人"}},
    {"granteeName", {"grantee", "被授权方"}},
    {"permissions", {"may", "权限"}},
    {"endsAt", {"to", "止"}},
};

static const struct record_column grant_show_columns[] = {
    {"id", {"id", "编号"}},
    {"version", {"version", "版本"}},
    {"state", {"state", "状态"}},
    {"ground", {"ground", "依据"}},
    {"grantorPersonName", {"grantor", "授权人"}},
    {"granteeName", {"grantee", "被授权方"}},
    {"unitId", {"unit", "范围"}},
    {"sectors", {"sectors", "领域"}},
    {"permissions", {"may", "权限"}},
    {"startsAt", {"from", "起"}},
    {"endsAt", {"to", "止"}},
    {"depth", {"depth", "可转授层数"}},
    {"reason", {"reason", "事由"}},
    {"document", {"document", "文号"}},
    {"requested.personName", {"requested by", "申请人"}},
    {"decided.personName", {"decided by", "审批人"}},
    {"decided.at", {"on", "审批时间"}},
    {"revoked.personName", {"revoked by", "撤销人"}},
    {"revoked.at", {"on", "撤销时间"}},
    {"revoked.note", {"why", "撤销理由"}},
    {"reviewed.personName", {"reviewed by", "审查人"}},
    {"verdict", {"verdict", "审查结论"}},
};

static const struct cli_command commands[] = {
    {"roles list",
     OPTIONS(role_list_options),
     NULL,
     {"lists roles and what they may do", "列出角色及权限"},
     "anlan roles list --all",
     record_command_run},
    {"roles import",
     OPTIONS(role_import_options),
     "FILE",
     {"makes roles what a CSV file says: name,zh,en,group,permissions", "从 CSV 导入角色"},
     "anlan roles import deploy/data/roles.csv",
     roles_command_import},
    {"grants request",
     OPTIONS(request_options),
     NULL,
     {"asks for a grant", "申请授权"},
     "anlan grants request --ground inspection --post 0193… --to-unit 0193… --unit 150424 --permission hazards.read "
     "--to 2026-12-31 --reason 延伸检查 --document 内安委〔2026〕12 号",
     record_command_run},
    {"grants approve",
     OPTIONS(decide_options),
     NULL,
     {"approves a grant", "批准授权"},
     "anlan grants approve --id 0193…",
     record_command_run},
    {"grants refuse",
     OPTIONS(decide_options),
     NULL,
     {"refuses a grant", "驳回授权"},
     "anlan grants refuse --id 0193… --note 范围过宽",
     record_command_run},
    {"grants revoke",
     OPTIONS(decide_options),
     NULL,
     {"revokes a grant at once, and what was made of it", "撤销授权，转授的一并失效"},
     "anlan grants revoke --id 0193… --note 检查结束",
     record_command_run},
    {"grants renew",
     OPTIONS(renew_options),
     NULL,
     {"asks for a grant to go on: a new approval", "申请延续授权"},
     "anlan grants renew --id 0193… --to 2027-01-31 --reason 检查延期 --document 内安委〔2026〕20 号",
     record_command_run},
    {"grants break-glass",
     OPTIONS(break_options),
     NULL,
     {"takes reading access in an emergency; alarmed, and reviewed", "应急提权，只读，事后审查"},
     "anlan grants break-glass --permission hazards.read --minutes 60 --reason 氨气泄漏处置",
     record_command_run},
    {"grants review",
     OPTIONS(review_options),
     NULL,
     {"reviews what was taken in an emergency", "审查应急提权"},
     "anlan grants review --id 0193… --verdict justified --note 属实",
     record_command_run},
    {"grants show",
     OPTIONS(show_options),
     NULL,
     {"shows a grant and its steps", "查看授权"},
     "anlan grants show --id 0193…",
     record_command_run},
    {"grants list",
     OPTIONS(grant_list_options),
     NULL,
     {"lists grants, as of any time", "列出授权，可按任一时刻"},
     "anlan grants list --unit 150424 --at 2026-05-03",
     record_command_run},
    {"access explain",
     OPTIONS(explain_options),
     NULL,
     {"tells why somebody may do something, or why not", "说明某人为何有或无权限"},
     "anlan access explain --person 0193… --permission hazards.read --unit 150424",
     record_command_run},
    {"access list",
     OPTIONS(access_list_options),
     NULL,
     {"tells who could do something at a unit, at any time", "列出某时刻对某单位有权限者"},
     "anlan access list --permission hazards.read --unit 150424 --at 2026-05-03",
     record_command_run},
};
const struct cli_commands access_table = {commands, COUNT_OF(commands)};

const struct record_form access_forms[] = {
    {"roles list", ROLE_SERVICE "ListRoles", NULL, COLUMNS(role_columns)},
    {"grants request", GRANT_SERVICE "RequestGrant", NULL, COLUMNS(grant_show_columns)},
    {"grants approve", GRANT_SERVICE "ApproveGrant", GRANT_SERVICE "GetGrant", COLUMNS(grant_show_columns)},
    {"grants refuse", GRANT_SERVICE "RefuseGrant", GRANT_SERVICE "GetGrant", COLUMNS(grant_show_columns)},
    {"grants revoke", GRANT_SERVICE "RevokeGrant", GRANT_SERVICE "GetGrant", COLUMNS(grant_show_columns)},
    {"grants renew", GRANT_SERVICE "RenewGrant", NULL, COLUMNS(grant_show_columns)},
    {"grants break-glass", GRANT_SERVICE "BreakGlass", NULL, COLUMNS(grant_show_columns)},
    {"grants review", GRANT_SERVICE "ReviewGrant", GRANT_SERVICE "GetGrant", COLUMNS(grant_show_columns)},
    {"grants show", GRANT_SERVICE "GetGrant", NULL, COLUMNS(grant_show_columns)},
    {"grants list", GRANT_SERVICE "ListGrants", NULL, COLUMNS(grant_columns)},
    {"access explain", ACCESS_SERVICE "ExplainAccess", NULL, COLUMNS(way_columns)},
    {"access list", ACCESS_SERVICE "ListAccess", NULL, COLUMNS(way_columns)},
};
const size_t access_form_count = COUNT_OF(access_forms);

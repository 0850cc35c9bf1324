// SPDX-License-Identifier: Apache-2.0
// Campaigns: the contents page.
#include "base/check.h"
#include "task_options.h"

#define SERVICE_NAME "anlan.tasks.v1.CampaignsService/"

#define CAMPAIGN SERVICE_NAME "GetCampaign"

static const struct cli_option issue_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that issues it", "部署单位"}, "unit_id", true},
    {"name", "TEXT", NULL, {"what it is called", "名称"}, "name", true},
    {"document", "NUMBER", NULL, {"document by which", "文号"}, "document", true},
    {"from", "DATE|TIME", NULL, {"from when", "开始时间"}, "starts_at", true},
    {"until", "DATE|TIME", NULL, {"until when", "结束时间"}, "ends_at", true},
    {"round",
     "starts_at=DATE,ends_at=DATE[,name=TEXT][,report_by=DATE]",
     NULL,
     {"a round; given once for each", "轮次，可多次给出"},
     "rounds",
     true},
    {"self-check", "DATE|TIME", NULL, {"by when units check themselves", "自查截止时间"}, "self_check_until"},
    SECTORS,
    {"requirements", "TEXT", NULL, {"what is to be done", "工作要求"}, "requirements"},
    AT,
};

static const struct cli_option get_options[] = {TENANT, ID};

static const struct cli_option list_options[] = {
    TOP,
    {"state", "open|ended", NULL, {"only this state", "状态：进行中、已结束"}, "state"},
    {"above", "UUID", NULL, {"only what comes from this campaign", "上级专项行动编号"}, "above_id"},
    PAGE,
    ALL,
};

static const struct cli_option deploy_options[] = {
    TENANT,
    ID,
    VERSION,
    {"to", "UUID|CODE", NULL, {"a unit; may be given up to 16 times", "下达单位，可多次给出"}, "unit_ids", true},
    SECTORS,
    {"from", "DATE|TIME", NULL, {"from when, within its time", "开始时间"}, "starts_at"},
    {"until", "DATE|TIME", NULL, {"until when, within its time", "结束时间"}, "ends_at"},
    {"requirements", "TEXT", NULL, {"what they are to do", "工作要求"}, "requirements"},
    AT,
};

static const struct cli_option receive_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that receives it", "签收单位"}, "unit_id", true},
    {"above-tenant", "UUID|CODE", NULL, {"tenant that has deployed it", "下达方租户"}, "above_tenant_id", true},
    {"above", "UUID", NULL, {"the campaign there", "上级专项行动编号"}, "above_id", true},
    {"note", "TEXT", NULL, {"what is to be said of it", "说明"}, "note"},
    AT,
};

static const struct cli_option confirm_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that receives it", "签收单位"}, "unit_id", true},
    {"campaign", "UUID", NULL, {"the campaign", "专项行动编号"}, "campaign_id", true},
    {"note", "TEXT", NULL, {"what is to be said of it", "说明"}, "note"},
    AT,
};

static const struct cli_option extend_options[] = {
    TENANT,
    ID,
    VERSION,
    {"round-from", "DATE|TIME", NULL, {"one more round: from when", "新增轮次：开始时间"}, "round.starts_at"},
    {"round-until", "DATE|TIME", NULL, {"one more round: until when", "新增轮次：结束时间"}, "round.ends_at"},
    {"round-name", "TEXT", NULL, {"one more round: its name", "新增轮次：名称"}, "round.name"},
    {"round-report-by", "DATE|TIME", NULL, {"one more round: reported by", "新增轮次：上报截止"}, "round.report_by"},
    SECTORS,
    {"until", "DATE|TIME", NULL, {"a later end", "延长至"}, "ends_at"},
    {"document", "NUMBER", NULL, {"document by which", "文号"}, "document", true},
    AT,
};

static const struct cli_option adopt_options[] = {TENANT, ID, VERSION, AT};

static const struct cli_option end_options[] = {
    TENANT, ID, VERSION, {"document", "TEXT", NULL, {"document or reason", "文号或理由"}, "document", true}, AT,
};

static const struct cli_option units_options[] = {
    TENANT,
    ID,
    {"round", "N", NULL, {"the round; 0, if not given: the self-check", "轮次，默认 0 即自查"}, "round"},
    {"missing", NULL, NULL, {"only who has not reported it", "仅列未上报单位"}, "missing"},
    {"not-received", NULL, NULL, {"only who has not received the campaign", "仅列未签收单位"}, "not_received"},
    PAGE,
    ALL,
};

static const struct cli_option counts_options[] = {
    TENANT,
    ID,
    {"by",
     "tenant|finding-unit|responsible-unit|sector",
     NULL,
     {"a line for each; one for all, if not given", "按租户、发现单位、责任单位、行业领域分列，默认合计"},
     "by"},
    PAGE,
    ALL,
};

static const struct cli_option hazards_options[] = {
    TOP,
    {"campaign", "UUID", NULL, {"only of this campaign", "专项行动编号"}, "campaign_id"},
    {"inspection", "UUID", NULL, {"only of this inspection", "检查编号"}, "inspection_id"},
    {"state", "STATE", NULL, {"only this state", "状态"}, "hazard_state"},
    PAGE,
    ALL,
};

static const struct cli_option report_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that reports", "上报单位"}, "unit_id", true},
    {"tenant", "UUID|CODE", "ANLAN_TENANT", {"tenant of the campaign", "专项行动所属租户"}, "campaign_tenant_id", true},
    {"campaign", "UUID", NULL, {"the campaign", "专项行动编号"}, "campaign_id", true},
    {"round", "N", NULL, {"the round; 0, if not given: the self-check", "轮次，默认 0 即自查"}, "round"},
    {"checked", "N", NULL, {"places that were checked", "检查单位数"}, "checked"},
    {"found", "N", NULL, {"hazards that were found; 0, if not given", "发现隐患数，默认 0（零报告）"}, "found"},
    {"note", "TEXT", NULL, {"what is to be said of it", "说明"}, "note"},
    AT,
};

static const struct cli_option correct_options[] = {
    TENANT,
    ID,
    VERSION,
    {"checked", "N", NULL, {"places that were checked", "检查单位数"}, "checked", true},
    {"found", "N", NULL, {"hazards that were found", "发现隐患数"}, "found", true},
    {"reason", "TEXT", NULL, {"why", "理由"}, "reason", true},
    AT,
};

static const struct cli_command commands[] = {
    CALL("campaigns issue", "IssueCampaign", NULL, issue_options, TEXT("issues a campaign", "部署专项行动"),
         "anlan campaigns issue --unit 15 --name 百日行动 --document 内安委〔2026〕8号 --from 2026-06-01 --until "
         "2026-09-10\n        --round starts_at=2026-06-01,ends_at=2026-07-10 --round "
         "starts_at=2026-07-11,ends_at=2026-09-10"),
    CALL("campaigns get", "GetCampaign", NULL, get_options, TEXT("shows a campaign", "查看专项行动"),
         "anlan campaigns get --tenant 15 --id 0193…"),
    CALL("campaigns list", "ListCampaigns", NULL, list_options, TEXT("lists campaigns", "列出专项行动"),
         "anlan campaigns list --unit 150424 --state open"),
    CALL("campaigns deploy", "DeployCampaign", CAMPAIGN, deploy_options,
         TEXT("deploys it to units below", "下达专项行动"),
         "anlan campaigns deploy --tenant 15 --id 0193… --to 1504 --to 150424"),
    CALL("campaigns receive", "ReceiveCampaign", NULL, receive_options,
         TEXT("receives one from another tenant", "签收上级专项行动"),
         "anlan campaigns receive --unit 150424 --above-tenant 15 --above 0193…"),
    CALL("campaigns confirm", "ConfirmCampaign", NULL, confirm_options,
         TEXT("confirms one of the own tenant", "签收本级专项行动"),
         "anlan campaigns confirm --unit 150424100 --campaign 0193…"),
    CALL("campaigns extend", "ExtendCampaign", CAMPAIGN, extend_options,
         TEXT("adds a round, sectors or time", "追加轮次、行业或时间"),
         "anlan campaigns extend --tenant 15 --id 0193… --round-from 2026-09-11 --round-until 2026-10-10 --document "
         "内安委〔2026〕15号"),
    CALL("campaigns adopt", "AdoptCampaign", CAMPAIGN, adopt_options,
         TEXT("adopts what was added above", "承接上级追加内容"), "anlan campaigns adopt --tenant 150424 --id 0193…"),
    CALL("campaigns end", "EndCampaign", CAMPAIGN, end_options, TEXT("ends it", "结束专项行动"),
         "anlan campaigns end --tenant 15 --id 0193… --document 内安委〔2026〕20号"),
    CALL("campaigns units", "ListCampaignUnits", NULL, units_options,
         TEXT("tells who has received it and reported", "查看签收和上报情况"),
         "anlan campaigns units --tenant 150424 --id 0193… --round 1 --missing"),
    {.name = "campaigns counts",
     OPTIONS(counts_options),
     .help = {"tells what a campaign has brought: found, fixed, overdue", "专项行动汇总：发现、整改、逾期"},
     .example = "anlan campaigns counts --tenant 15 --id 0193… --by tenant",
     .run = task_command_run,
     .service = CLI_TASKS,
     .method = "anlan.tasks.v1.TrackingService/ListCampaignCounts"},
    {.name = "campaigns hazards",
     OPTIONS(hazards_options),
     .help = {"lists hazards of a campaign or an inspection", "列出专项行动或检查的隐患"},
     .example = "anlan campaigns hazards --campaign 0193…",
     .run = task_command_run,
     .service = CLI_TASKS,
     .method = "anlan.tasks.v1.TrackingService/ListTrackedHazards"},
    CALL("campaigns report", "ReportRound", NULL, report_options,
         TEXT("reports a round, a zero too", "上报轮次情况（零报告）"),
         "anlan campaigns report --unit 150424100 --tenant 150424 --campaign 0193… --round 1 --checked 12 --found 0"),
    CALL("campaigns correct", "CorrectReport", SERVICE_NAME "GetReport", correct_options,
         TEXT("puts a report right", "更正上报"),
         "anlan campaigns correct --tenant 150424 --id 0193… --checked 12 --found 3 --reason 漏报三处"),
};

const struct cli_commands campaigns_table = {commands, COUNT_OF(commands)};

static const struct task_column campaign_lines[] = {
    {"id", {"id", "编号"}},
    {"name", {"name", "名称"}},
    {"document", {"document", "文号"}},
    {"unit_id", {"unit", "单位"}},
    {"state", {"state", "状态"}},
    {"version", {"version", "版本"}},
    {"starts_at", {"from", "开始"}, 10},
    {"ends_at", {"until", "结束"}, 10},
    {"self_check_until", {"self-check until", "自查截止"}, 10},
    {"sectors", {"sectors", "行业领域"}},
    {"rounds", {"rounds", "轮次"}},
    {"above_tenant_id", {"from above", "上级"}},
    {"above_id", {"campaign above", "上级编号"}},
    {"detail.issued.person", {"issued by", "部署人"}},
    {"received_by", {"received by", "签收人"}},
    {"detail.requirements", {"requirements", "工作要求"}},
    {"party_ids", {"deployed to", "下达"}},
};
static const struct task_column round_columns[] = {
    {"number", {"round", "轮次"}},
    {"name", {"name", "名称"}},
    {"starts_at", {"from", "开始"}, 10},
    {"ends_at", {"until", "结束"}, 10},
    {"report_by", {"reported by", "上报截止"}, 10},
    {"from_above", {"from above", "上级部署"}},
};
static const struct task_column deployment_columns[] = {
    {"unit_id", {"unit", "单位"}},         {"sectors", {"sectors", "行业领域"}},
    {"starts_at", {"from", "开始"}, 10},   {"ends_at", {"until", "结束"}, 10},
    {"deployed.person", {"by", "下达人"}}, {"requirements", {"requirements", "要求"}},
};
static const struct task_column campaign_columns[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"unit", "单位"}},
    {"name", {"name", "名称"}},
    {"document", {"document", "文号"}},
    {"state", {"state", "状态"}},
    {"starts_at", {"from", "开始"}, 10},
    {"ends_at", {"until", "结束"}, 10},
    {"rounds", {"rounds", "轮次"}},
    {"received_by", {"received by", "签收人"}},
};
static const struct task_column unit_columns[] = {
    {"unit_id", {"unit", "单位"}},     {"received_at", {"received", "签收时间"}},
    {"received_by", {"by", "签收人"}}, {"reported_at", {"reported", "上报时间"}},
    {"reported_by", {"by", "上报人"}}, {"checked", {"checked", "检查数"}},
    {"found", {"found", "隐患数"}},    {"late", {"late", "迟报"}},
};
static const struct task_column count_columns[] = {
    {"unit_id", {"unit", "单位"}}, {"sector", {"sector", "行业领域"}},
    {"found", {"found", "发现"}},  {"fixed", {"fixed", "已整改"}},
    {"open", {"open", "未整改"}},  {"overdue", {"overdue", "逾期"}},
    {"major", {"major", "重大"}},  {"rate_permille", {"rate ‰", "整改率‰"}},
};
static const struct task_column hazard_columns[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"place", "被检查单位"}},
    {"sector", {"sector", "行业领域"}},
    {"grade", {"grade", "级别"}},
    {"hazard_state", {"state", "状态"}},
    {"description", {"what is wrong", "隐患"}},
    {"responsible_unit_id", {"responsible", "责任单位"}},
    {"deadline", {"by", "整改期限"}, 10},
};
static const struct task_column receipt_lines[] = {
    {"id", {"id", "编号"}},
    {"campaign_id", {"campaign", "专项行动"}},
    {"unit_id", {"unit", "单位"}},
    {"received_by", {"received by", "签收人"}},
    {"entered_at", {"entered", "录入时间"}},
};
static const struct task_column report_lines[] = {
    {"id", {"id", "编号"}},
    {"unit_id", {"unit", "单位"}},
    {"campaign_id", {"campaign", "专项行动"}},
    {"round", {"round", "轮次"}},
    {"checked", {"checked", "检查数"}},
    {"found", {"found", "隐患数"}},
    {"reported_by", {"reported by", "上报人"}},
    {"entered_at", {"entered", "录入时间"}},
    {"late", {"late", "迟报"}},
    {"detail.reason", {"corrected because", "更正理由"}},
};

#define ONE(words)                                                                                                     \
    {                                                                                                                  \
        .command = (words), COLUMNS(campaign_lines), PART("rounds", round_columns)                                     \
    }

const struct task_form campaign_forms[] = {
    ONE("campaigns issue"),
    ONE("campaigns receive"),
    ONE("campaigns extend"),
    ONE("campaigns adopt"),
    ONE("campaigns end"),
    ONE("campaigns get"),
    {.command = "campaigns deploy", COLUMNS(campaign_lines), PART("detail.deployments", deployment_columns)},
    {.command = "campaigns confirm", COLUMNS(receipt_lines)},
    {.command = "campaigns report", COLUMNS(report_lines)},
    {.command = "campaigns correct", COLUMNS(report_lines)},
    {.command = "campaigns list",
     COLUMNS(campaign_columns),
     .none = {"No campaign within your scope.", "您的权限范围内没有专项行动。"}},
    {.command = "campaigns counts", COLUMNS(count_columns), .none = {"Nothing was found.", "没有发现隐患。"}},
    {.command = "campaigns hazards",
     COLUMNS(hazard_columns),
     .none = {"No hazard within your scope.", "您的权限范围内没有隐患。"}},
    {.command = "campaigns units", COLUMNS(unit_columns), .none = {"No such unit.", "没有符合条件的单位。"}},
};
const size_t campaign_form_count = COUNT_OF(campaign_forms);

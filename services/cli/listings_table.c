// SPDX-License-Identifier: Apache-2.0
// Listed supervision (挂牌督办): the contents page.
#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/hazards/v1/listings.pb-c.h"
#include "base/check.h"
#include "method_command.h"
#include "task_options.h"

#define SERVICE_NAME "anlan.hazards.v1.ListingsService/"
#define GET_HAZARD "anlan.hazards.v1.HazardsService/GetHazard"

// A command that is one call, or one with a hazard read before.
#define LISTING(words, method_name, get_name, list, runs, text, example_text)                                          \
    {                                                                                                                  \
        .name = (words), OPTIONS(list), .help = text, .example = (example_text), .run = (runs),                        \
        .service = CLI_HAZARDS, .method = SERVICE_NAME method_name, .get = (get_name)                                  \
    }

static const struct cli_option open_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that lists it: yours", "挂牌单位"}, "unit_id", true},
    {"tenant",
     "UUID|CODE",
     "ANLAN_TENANT",
     {"tenant that owns the hazard", "隐患所属租户（县）"},
     "hazard_tenant_id",
     true},
    {"id", "UUID", NULL, {"the hazard's id", "隐患编号"}, "hazard_id", true},
    {"document", "NUMBER", NULL, {"document that lists it", "文号"}, "document", true},
    {"level",
     "nation|region|city|county",
     NULL,
     {"of which tier", "督办级别：国家级、自治区级、盟市级、旗县级"},
     "level",
     true},
    {"until", "DATE|TIME", NULL, {"by when it is to be closed", "督办期限"}, "until", true},
    {"issuer",
     "NAME",
     NULL,
     {"who lists it, as the document says; the unit's name, if not given", "挂牌单位名称，默认本单位名称"},
     "issuer"},
    REASON_OPTION,
    AT,
};
static const struct cli_option decide_options[] = {
    TENANT,        ID, VERSION, {"decision", "granted|refused", NULL, {"yes or no", "同意、不同意"}, "decision", true},
    REASON_OPTION, AT,
};
static const struct cli_option withdraw_options[] = {TENANT, ID, VERSION, REASON_OPTION, AT};
static const struct cli_option get_options[] = {TENANT, ID};
static const struct cli_option list_options[] = {
    TOP,
    {"state",
     "asked|in-force|closing-asked|closing-granted|closing-refused|withdrawn|delisted",
     NULL,
     {"only this state", "状态"},
     "state"},
    {"hazard", "UUID", NULL, {"only of this hazard", "隐患编号"}, "hazard_id"},
    PAGE,
    ALL,
};

// The hazard says in which sector it is.
static int open_listing(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    Anlan__Hazards__V1__OpenListingRequest *request = (void *)method_command_request(cli, &exit_status);
    if (!request)
        return exit_status;
    Anlan__Hazards__V1__GetHazardRequest which = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    which.tenant_id = request->hazard_tenant_id;
    which.id = request->hazard_id;
    const Anlan__Hazards__V1__GetHazardResponse *found =
        (const void *)cli_call(cli, CLI_HAZARDS, GET_HAZARD, &which.base, &exit_status);
    if (!found || !found->hazard)
        return exit_status;
    request->sector = found->hazard->sector;
    if (!*request->issuer)
        request->issuer = (char *)cli_unit_name(cli, request->unit_id);
    return task_command_send(cli, &request->base);
}

static const struct cli_command commands[] = {
    LISTING("listings open", "OpenListing", NULL, open_options, open_listing,
            TEXT("lists a major hazard for supervision", "挂牌督办重大隐患"),
            "anlan listings open --unit 15 --tenant 150424 --id 0193… --document 内安委办〔2026〕12号 --level region "
            "--until 2026-12-31 --reason 重大隐患久拖不改"),
    LISTING("listings decide", "DecideClosing", SERVICE_NAME "GetListing", decide_options, task_command_run,
            TEXT("approves the closing that is asked for, or refuses it", "审批销号"),
            "anlan listings decide --tenant 15 --id 0193… --decision granted --reason 现场核查合格"),
    LISTING("listings withdraw", "WithdrawListing", SERVICE_NAME "GetListing", withdraw_options, task_command_run,
            TEXT("withdraws a listing", "撤销挂牌"),
            "anlan listings withdraw --tenant 15 --id 0193… --reason 挂牌对象有误"),
    LISTING("listings get", "GetListing", NULL, get_options, task_command_run,
            TEXT("shows a listing with its steps", "查看挂牌督办及办理过程"),
            "anlan listings get --tenant 15 --id 0193…"),
    LISTING("listings list", "ListListings", NULL, list_options, task_command_run,
            TEXT("lists what is listed for supervision", "列出挂牌督办的隐患"),
            "anlan listings list --unit 150424 --state closing-asked"),
};

const struct cli_commands listings_table = {commands, COUNT_OF(commands)};

static const struct task_column listing_columns[] = {
    {"id", {"id", "编号"}},
    {"state", {"state", "状态"}},
    {"level", {"level", "督办级别"}},
    {"document", {"document", "文号"}},
    {"issuer", {"listed by", "挂牌单位"}},
    {"until", {"until", "督办期限"}, 10},
    {"unit_id", {"place", "被检查单位"}},
    {"description", {"what is wrong", "隐患"}},
    {"hazard_tenant_id", {"tenant", "隐患所属"}},
    {"hazard_id", {"hazard", "隐患编号"}},
};
static const struct task_column step_columns[] = {
    {"by.occurred_at", {"when", "时间"}}, {"by.entered_at", {"entered", "录入"}}, {"action", {"step", "环节"}},
    {"state", {"state", "状态"}},         {"by.person", {"who", "经办人"}},       {"by.unit_id", {"unit", "单位"}},
    {"note", {"note", "说明"}},
};
#define STEPS .part = "detail.steps", .part_columns = step_columns, .part_count = COUNT_OF(step_columns)

const struct task_form listing_forms[] = {
    {.command = "listings open", COLUMNS(listing_columns), STEPS},
    {.command = "listings decide", COLUMNS(listing_columns), STEPS},
    {.command = "listings withdraw", COLUMNS(listing_columns), STEPS},
    {.command = "listings get", COLUMNS(listing_columns), STEPS},
    {.command = "listings list",
     COLUMNS(listing_columns),
     .none = {"No listing within your scope.", "您的权限范围内没有挂牌督办。"}},
};
const size_t listing_form_count = COUNT_OF(listing_forms);

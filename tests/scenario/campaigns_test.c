// SPDX-License-Identifier: Apache-2.0
// A campaign (百日行动) of the region goes down the tiers: received by named persons, broken down, more added and
// nothing dropped; what is not received and not reported is there by name.
#include <stdio.h>
#include <string.h>

#include "support/acting.h"
#include "support/ask.h"
#include "support/replay.h"

static struct instance *region;
static struct person office;      // of the region
static struct person county;      // 林西县
static struct person sibling;     // 巴林右旗
static struct person township;    // 林西镇
static const char *team;          // of 林西县
static struct person leader_of_team;
static const char *deployed;    // the region's campaign
static const char *received;    // the county's

#define ROUND_1 "{'startsAt': '2026-06-01T00:00:00+08:00', 'endsAt': '2026-07-01T00:00:00+08:00'}"
#define ROUND_2 "{'startsAt': '2026-07-01T00:00:00+08:00', 'endsAt': '2026-09-10T00:00:00+08:00'}"
#define PERIOD "'startsAt': '2026-06-01T00:00:00+08:00', 'endsAt': '2026-09-10T00:00:00+08:00'"

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    instance_start_tasks(region);
    office = as(region, "region_officer", REGION_15, "区应急厅");
    county = as(region, "county_officer", COUNTY_150424, "王建国");
    sibling = as(region, "county_officer", COUNTY_150423, "巴林右旗监管员");
    township = as(region, "township_clerk", TOWNSHIP_100, "李娜");
    team = unit_new(region, region->ids[COUNTY_150424], "UNIT_KIND_TEAM", "危化品专项检查组");
    leader_of_team = as_at(region, "inspector", team, "赵铁柱");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// The id of a campaign.
static const char *id_in(const char *reply)
{
    return reply_at(region, reply, "campaign.id");
}

static const char *version_of(struct person person, enum place tenant, const char *id)
{
    return reply_at(region,
                    ask_well(region, person, "GetCampaign", "{'tenantId': '%s', 'id': '%s'}", region->ids[tenant], id),
                    "campaign.version");
}

static void a_region_issues_a_campaign_in_two_rounds(void **state)
{
    (void)state;
    const char *reply =
        ask_well(region, office, "IssueCampaign",
                 "{'unitId': '%s', 'name': '百日行动', 'document': '内安委〔2026〕8号', " PERIOD
                 ", 'selfCheckUntil': '2026-06-15T00:00:00+08:00', 'sectors': ['fireworks', "
                 "'hazardous_chemicals'], 'rounds': [" ROUND_1 ", " ROUND_2 "], 'requirements': '全覆盖'}",
                 region->ids[REGION_15]);
    deployed = id_in(reply);
    assert_string_equal(reply_at(region, reply, "campaign.state"), "STATE_OPEN");
    assert_string_equal(reply_at(region, reply, "campaign.rounds.1.name"), "第2轮");
    assert_string_equal(reply_at(region, reply, "campaign.rounds.1.reportBy"), "2026-09-09T16:00:00Z");
    assert_string_equal(reply_at(region, reply, "campaign.detail.issued.person"), "区应急厅");
    assert_string_equal(reply_at(region, reply, "campaign.tenantId"), region->ids[REGION_15]);
}

// A campaign that is no good, and the field that says so.
static void refused(const char *field, const char *rest)
{
    struct status status = {0};
    assert_null(ask(region, office, "IssueCampaign", &status,
                    "{'unitId': '%s', 'name': '大检查', 'document': '1号', %s}", region->ids[REGION_15], rest));
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, field);
}

static void what_does_not_fit_is_refused_by_its_field(void **state)
{
    (void)state;
    struct status status = {0};
    refused("sectors", PERIOD ", 'sectors': ['space_travel'], 'rounds': [" ROUND_1 "]");
    refused("rounds", PERIOD);
    refused("rounds[1].starts_at", PERIOD ", 'rounds': [" ROUND_2 ", " ROUND_1 "]");
    refused("rounds[0].ends_at",
            "'startsAt': '2026-06-01T00:00:00Z', 'endsAt': '2026-06-15T00:00:00Z', 'rounds': [" ROUND_2 "]");
    refused("ends_at", "'startsAt': '2026-06-01T00:00:00Z', 'endsAt': '2026-06-01T00:00:00Z', 'rounds': [" ROUND_1 "]");
    refused("self_check_until", PERIOD ", 'selfCheckUntil': '2026-10-01T00:00:00Z', 'rounds': [" ROUND_1 "]");
    assert_null(ask(region, township, "IssueCampaign", &status,
                    "{'unitId': '%s', 'name': '大检查', 'document': '1号', " PERIOD ", 'rounds': [" ROUND_1 "]}",
                    region->ids[TOWNSHIP_100]));
    assert_reason(status, PERMISSION_MISSING);
}

static void nobody_below_sees_it_before_it_is_deployed(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(ask(region, county, "GetCampaign", &status, "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15],
                    deployed));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_null(ask(region, county, "ReceiveCampaign", &status,
                    "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}", region->ids[COUNTY_150424],
                    region->ids[REGION_15], deployed));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_string_equal(reply_at(region, ask_well(region, county, "ListCampaigns", "{}"), "campaigns"), "");
}

static void it_is_deployed_down_the_tree(void **state)
{
    (void)state;
    struct status status = {0};
    const char *reply = ask_well(
        region, office, "DeployCampaign",
        "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s', '%s', '%s'], 'requirements': '逐级压实'}",
        region->ids[REGION_15], deployed, region->ids[CITY_1504], region->ids[COUNTY_150424],
        region->ids[COUNTY_150423]);
    assert_string_equal(reply_at(region, reply, "campaign.detail.deployments"), "3");
    assert_null(ask(region, office, "DeployCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 2, 'unitIds': ['%s']}", region->ids[REGION_15], deployed,
                    region->ids[COUNTY_150424]));
    assert_reason(status, FIELD_INVALID);    // it has it already
    assert_null(ask(region, office, "DeployCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s']}", region->ids[REGION_15], deployed,
                    region->ids[TOWNSHIP_OTHER]));
    assert_reason(status, VERSION_CONFLICT);
    // The county sees it now, and changes nothing of it.
    reply = ask_well(region, county, "ListCampaigns", "{'unitId': '%s'}", region->ids[COUNTY_150424]);
    assert_string_equal(reply_at(region, reply, "campaigns.0.id"), deployed);
    assert_string_equal(reply_at(region, reply, "campaigns"), "1");
    assert_null(ask(region, county, "ExtendCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 2, 'sectors': ['coal_mines'], 'document': '2号'}",
                    region->ids[REGION_15], deployed));
    assert_reason(status, RECORD_NOT_FOUND);
}

static void it_is_received_once_by_a_named_person(void **state)
{
    (void)state;
    struct status status = {0};
    const char *reply = ask_well(region, county, "ReceiveCampaign",
                                 "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s', 'note': '已传达'}",
                                 region->ids[COUNTY_150424], region->ids[REGION_15], deployed);
    received = id_in(reply);
    assert_string_equal(reply_at(region, reply, "campaign.tenantId"), region->ids[COUNTY_150424]);
    assert_string_equal(reply_at(region, reply, "campaign.receivedBy"), "王建国");
    assert_string_equal(reply_at(region, reply, "campaign.ancestorIds.0"), deployed);
    assert_string_equal(reply_at(region, reply, "campaign.rounds"), "2");
    assert_string_equal(reply_at(region, reply, "campaign.sectors"), "2");
    assert_null(ask(region, county, "ReceiveCampaign", &status,
                    "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}", region->ids[COUNTY_150424],
                    region->ids[REGION_15], deployed));
    assert_reason(status, RECORD_EXISTS);
    // Nobody receives for another unit: not the township's clerk, not the county for its sibling.
    assert_null(ask(region, county, "ReceiveCampaign", &status,
                    "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}", region->ids[COUNTY_150423],
                    region->ids[REGION_15], deployed));
    assert_reason(status, UNIT_NOT_FOUND);
    assert_null(ask(region, as(region, "city_officer", CITY_1504, "市应急局"), "ReceiveCampaign", &status,
                    "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}", region->ids[COUNTY_150423],
                    region->ids[REGION_15], deployed));
    assert_reason(status, STEP_OF_OTHER_UNIT);
}

static void the_county_breaks_it_down_to_townships_and_a_team(void **state)
{
    (void)state;
    struct status status = {0};
    const char *tenant = region->ids[COUNTY_150424];
    assert_null(ask(region, county, "DeployCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s'], 'sectors': ['coal_mines']}",
                    tenant, received, team));
    assert_string_equal(status.violations[0].field, "sectors");
    status = (struct status){0};
    assert_null(ask(region, county, "DeployCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s'], 'endsAt': "
                    "'2026-12-01T00:00:00Z'}",
                    tenant, received, team));
    assert_string_equal(status.violations[0].field, "ends_at");
    status = (struct status){0};
    assert_null(ask(region, county, "DeployCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s', '%s']}", tenant, received, team,
                    region->ids[TOWNSHIP_OTHER]));
    assert_string_equal(status.violations[0].field, "unit_ids[1]");    // not its territory
    ask_well(region, county, "DeployCampaign",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s'], 'sectors': ['hazardous_chemicals'], "
             "'startsAt': '2026-06-05T00:00:00+08:00', 'endsAt': '2026-07-01T00:00:00+08:00'}",
             tenant, received, team);
    ask_well(region, county, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 2, 'unitIds': ['%s', '%s']}",
             tenant, received, region->ids[TOWNSHIP_100], region->ids[TOWNSHIP_101]);
    // Its team and township see the county's, not the region's.
    assert_string_equal(reply_at(region, ask_well(region, leader_of_team, "ListCampaigns", "{}"), "campaigns.0.id"),
                        received);
    assert_string_equal(reply_at(region, ask_well(region, township, "ListCampaigns", "{}"), "campaigns"), "1");
}

static void units_of_the_county_confirm_by_name(void **state)
{
    (void)state;
    struct status status = {0};
    const char *reply = ask_well(region, township, "ConfirmCampaign", "{'unitId': '%s', 'campaignId': '%s'}",
                                 region->ids[TOWNSHIP_100], received);
    assert_string_equal(reply_at(region, reply, "receipt.receivedBy"), "李娜");
    assert_string_equal(reply_at(region, reply, "receipt.tenantId"), region->ids[COUNTY_150424]);
    assert_null(ask(region, township, "ConfirmCampaign", &status, "{'unitId': '%s', 'campaignId': '%s'}",
                    region->ids[TOWNSHIP_100], received));
    assert_reason(status, RECORD_EXISTS);
    assert_null(ask(region, county, "ConfirmCampaign", &status, "{'unitId': '%s', 'campaignId': '%s'}",
                    region->ids[TOWNSHIP_101], received));
    assert_reason(status, STEP_OF_OTHER_UNIT);
    reply = ask_well(region, county, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s', 'notReceived': true}",
                     region->ids[COUNTY_150424], received);
    assert_string_equal(reply_at(region, reply, "units"), "2");    // the team, and 新城子镇
    reply = ask_well(region, office, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15],
                     deployed);
    assert_string_equal(reply_at(region, reply, "units"), "3");
    bool seen = false;
    for (int i = 0; i < 3; i++) {
        const char *unit = reply_at(region, reply, arena_printf(&region->arena, "units.%d.unitId", i));
        const char *by = reply_at(region, reply, arena_printf(&region->arena, "units.%d.receivedBy", i));
        bool ours = strcmp(unit, region->ids[COUNTY_150424]) == 0;
        assert_string_equal(by, ours ? "王建国" : "");
        seen |= ours;
    }
    assert_true(seen);
}

static bool has_three_rounds(struct instance *instance)
{
    (void)instance;
    return strcmp(reply_at(region,
                           ask_well(region, county, "GetCampaign", "{'tenantId': '%s', 'id': '%s'}",
                                    region->ids[COUNTY_150424], received),
                           "campaign.rounds"),
                  "3") == 0;
}

static void one_more_round_from_above_is_adopted_and_nothing_dropped(void **state)
{
    (void)state;
    struct status status = {0};
    const char *tenant = region->ids[COUNTY_150424];
    ask_well(region, county, "ExtendCampaign",
             "{'tenantId': '%s', 'id': '%s', 'version': 3, 'sectors': ['coal_mines'], 'document': '林安委〔2026〕9号'}",
             tenant, received);
    assert_null(ask(region, county, "AdoptCampaign", &status, "{'tenantId': '%s', 'id': '%s', 'version': 4}", tenant,
                    received));
    assert_reason(status, STATE_CONFLICT);    // nothing was added above but a deployment
    const char *reply =
        ask_well(region, office, "ExtendCampaign",
                 "{'tenantId': '%s', 'id': '%s', 'version': 2, 'document': '内安委〔2026〕15号', 'round': "
                 "{'name': '再来一轮', 'startsAt': '2026-09-10T00:00:00+08:00', 'endsAt': "
                 "'2026-10-10T00:00:00+08:00'}}",
                 region->ids[REGION_15], deployed);
    assert_string_equal(reply_at(region, reply, "campaign.endsAt"), "2026-10-09T16:00:00Z");
    assert_true(eventually(has_three_rounds, region));    // by itself
    assert_null(ask(region, county, "AdoptCampaign", &status, "{'tenantId': '%s', 'id': '%s', 'version': 5}", tenant,
                    received));
    assert_reason(status, STATE_CONFLICT);    // nothing is left to be adopted
    reply = ask_well(region, county, "GetCampaign", "{'tenantId': '%s', 'id': '%s'}", tenant, received);
    assert_string_equal(reply_at(region, reply, "campaign.detail.extensions.1.by.person"), "tasks");
    assert_string_equal(reply_at(region, reply, "campaign.rounds.2.name"), "再来一轮");
    assert_string_equal(reply_at(region, reply, "campaign.rounds.2.fromAbove"), "true");
    assert_string_equal(reply_at(region, reply, "campaign.sectors"), "3");    // the county's own stays
    assert_string_equal(reply_at(region, reply, "campaign.endsAt"), "2026-10-09T16:00:00Z");
    assert_string_equal(reply_at(region, reply, "campaign.detail.deployments"), "3");
    assert_null(ask(region, office, "ExtendCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 3, 'endsAt': '2026-09-11T00:00:00Z', 'document': '3号'}",
                    region->ids[REGION_15], deployed));
    assert_string_equal(status.violations[0].field, "ends_at");    // nothing is taken away
}

static const char *report(struct person person, enum place unit, int round, int found, struct status *status)
{
    *status = (struct status){0};
    return ask(
        region, person, "ReportRound", status,
        "{'unitId': '%s', 'campaignTenantId': '%s', 'campaignId': '%s', 'round': %d, 'checked': 12, 'found': %d}",
        region->ids[unit], region->ids[COUNTY_150424], received, round, found);
}

static void a_zero_is_reported_and_what_is_missing_is_named(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(report(township, TOWNSHIP_100, 9, 0, &status));
    assert_string_equal(status.violations[0].field, "round");
    assert_null(report(township, TOWNSHIP_101, 1, 0, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    assert_null(report(county, TOWNSHIP_100, 1, 0, &status));
    assert_reason(status, STEP_OF_OTHER_UNIT);
    const char *reply = report(township, TOWNSHIP_100, 1, 0, &status);
    assert_ok(status);
    assert_string_equal(reply_at(region, reply, "report.reportedBy"), "李娜");
    assert_string_equal(reply_at(region, reply, "report.late"), "true");    // the round was over in July
    const char *id = reply_at(region, reply, "report.id");
    assert_null(report(township, TOWNSHIP_100, 1, 3, &status));
    assert_reason(status, RECORD_EXISTS);
    reply = ask_well(region, township, "CorrectReport",
                     "{'tenantId': '%s', 'id': '%s', 'version': 1, 'checked': 12, 'found': 3, 'reason': '漏报三处'}",
                     region->ids[COUNTY_150424], id);
    assert_string_equal(reply_at(region, reply, "report.found"), "3");
    assert_string_equal(reply_at(region, reply, "report.detail.reported.person"), "李娜");
    reply = ask_well(region, county, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s', 'round': 1, 'missing': true}",
                     region->ids[COUNTY_150424], received);
    assert_string_equal(reply_at(region, reply, "units"), "2");
    reply = ask_well(region, county, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s', 'round': 0, 'missing': true}",
                     region->ids[COUNTY_150424], received);
    assert_string_equal(reply_at(region, reply, "units"), "3");    // the self-check
    assert_non_null(report(township, TOWNSHIP_100, 0, 0, &status));
    // The county reports to the region, in its own log.
    reply = ask_well(region, county, "ReportRound",
                     "{'unitId': '%s', 'campaignTenantId': '%s', 'campaignId': '%s', 'round': 1, 'found': 3}",
                     region->ids[COUNTY_150424], region->ids[REGION_15], deployed);
    assert_string_equal(reply_at(region, reply, "report.tenantId"), region->ids[COUNTY_150424]);
    reply = ask_well(region, office, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s', 'round': 1, 'missing': true}",
                     region->ids[REGION_15], deployed);
    assert_string_equal(reply_at(region, reply, "units"), "2");    // the city, and the sibling
}

static void siblings_see_nothing_of_each_other(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(ask(region, sibling, "GetCampaign", &status, "{'tenantId': '%s', 'id': '%s'}",
                    region->ids[COUNTY_150424], received));
    assert_reason(status, RECORD_NOT_FOUND);
    const char *reply = ask_well(region, sibling, "ListCampaigns", "{}");
    assert_string_equal(reply_at(region, reply, "campaigns"), "1");    // the region's, which is deployed to it
    assert_string_equal(reply_at(region, reply, "campaigns.0.id"), deployed);
    reply = ask_well(region, sibling, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15],
                     deployed);
    assert_string_equal(reply_at(region, reply, "units"), "");    // who has it in hand sees who lags
    reply = ask_well(region, sibling, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s'}", region->ids[COUNTY_150424],
                     received);
    assert_string_equal(reply_at(region, reply, "units"), "");
    assert_null(ask(region, sibling, "EndCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 5, 'document': '收尾'}", region->ids[COUNTY_150424],
                    received));
    assert_reason(status, RECORD_NOT_FOUND);
}

// With the application's own walls gone, row security alone still shows nothing of others.
static void the_second_wall_holds_by_itself(void **state)
{
    (void)state;
    char output[1024];
    static const char *const tables[] = {"campaigns", "receipts", "reports", "parties"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        int status = instance_run(
            region, output, sizeof(output),
            "psql -X -q -A -t '%s' -v ON_ERROR_STOP=1 2>&1 <<'SQL'\nSELECT count(*) FROM %s;\nBEGIN;\n"
            "SELECT set_config('anlan.wall', 'scope', true);\nSELECT set_config('anlan.scope', '|{%s}|{%s}||', true);\n"
            "SELECT count(*) FROM %s WHERE tenant_id = '%s';\nCOMMIT;\nSELECT count(*) FROM %s;\nSQL",
            instance_conninfo(region, "tasks", false), tables[i], region->ids[COUNTY_150423],
            region->ids[COUNTY_150423], tables[i], region->ids[COUNTY_150424], tables[i]);
        assert_int_equal(status, 0);
        const char *expected = arena_printf(&region->arena, "0\nscope\n|{%s}|{%s}||\n0\n0\n",
                                            region->ids[COUNTY_150423], region->ids[COUNTY_150423]);
        assert_string_equal(output, expected);
        assert_true(instance_sql(region, "tasks", "SELECT count(*) FROM %s", tables[i]) > 0);
    }
}

static void it_ends_and_takes_no_more(void **state)
{
    (void)state;
    struct status status = {0};
    const char *tenant = region->ids[COUNTY_150424];
    const char *version = version_of(county, COUNTY_150424, received);
    const char *reply = ask_well(region, county, "EndCampaign",
                                 "{'tenantId': '%s', 'id': '%s', 'version': %s, 'document': '林安委〔2026〕20号'}",
                                 tenant, received, version);
    assert_string_equal(reply_at(region, reply, "campaign.state"), "STATE_ENDED");
    assert_null(ask(region, county, "DeployCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 6, 'unitIds': ['%s']}", tenant, received,
                    region->ids[ENTERPRISE]));
    assert_reason(status, STATE_CONFLICT);
    // One from above not before its time.
    reply = ask_well(region, office, "IssueCampaign",
                     "{'unitId': '%s', 'name': '岁末大检查', 'document': '9号', 'startsAt': '2026-05-01T00:00:00Z', "
                     "'endsAt': '2099-01-01T00:00:00Z', 'rounds': [" ROUND_1 "]}",
                     region->ids[REGION_15]);
    const char *above = id_in(reply);
    ask_well(region, office, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s']}",
             region->ids[REGION_15], above, tenant);
    reply = ask_well(region, county, "ReceiveCampaign", "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}",
                     tenant, region->ids[REGION_15], above);
    assert_null(ask(region, county, "EndCampaign", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 1, 'document': '提前结束'}", tenant, id_in(reply)));
    assert_reason(status, STATE_CONFLICT);
}

// Runs anlan as somebody; answers its exit status.
static int anlan(char *output, size_t size, const char *role, enum place place, const char *name, const char *words)
{
    return instance_run(
        region, output, size,
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TASKS=ipc://%s/tasks-0 "
        "ANLAN_TASKS_FEED=ipc://%s/tasks-0.feed; ANLAN_TOKEN=$(anlan token --keys %s/keys --role %s --unit "
        "%s --name %s) anlan %s --lang zh 2>&1",
        region->dir, region->dir, region->dir, region->dir, role, region->ids[place], name, words);
}

static void the_same_from_the_command_line(void **state)
{
    (void)state;
    char output[8192];
    assert_int_equal(
        anlan(output, sizeof(output), "county_officer", COUNTY_150424, "王建国",
              "campaigns issue --unit 150424 --name 夏季大检查 --document 林安委〔2026〕3号 --from 2026-06-01 "
              "--until 2026-08-31 --sector fireworks --round starts_at=2026-06-01,ends_at=2026-06-30,name=首轮 "
              "--round starts_at=2026-07-01,ends_at=2026-08-31 --requirements 全覆盖"),
        0);
    assert_non_null(strstr(output, "名称: 夏季大检查"));
    assert_non_null(strstr(output, "首轮"));
    assert_non_null(strstr(output, "2026-07-01"));
    char id[UUID_TEXT_SIZE];
    assert_int_equal(sscanf(output, "编号: %36s", id), 1);
    const char *words =
        arena_printf(&region->arena, "campaigns deploy --tenant 150424 --id %s --to 150424100 --to 150424101", id);
    assert_int_equal(anlan(output, sizeof(output), "county_officer", COUNTY_150424, "王建国", words), 0);
    assert_non_null(strstr(output, "新城子镇"));
    words = arena_printf(&region->arena, "campaigns confirm --unit 150424100 --campaign %s", id);
    assert_int_equal(anlan(output, sizeof(output), "township_clerk", TOWNSHIP_100, "李娜", words), 0);
    assert_non_null(strstr(output, "签收人: 李娜"));
    // A clerk does not see the county: he names its tenant by its id.
    words = arena_printf(&region->arena,
                         "campaigns report --unit 150424100 --tenant %s --campaign %s --round 1 --checked 5",
                         region->ids[COUNTY_150424], id);
    assert_int_equal(anlan(output, sizeof(output), "township_clerk", TOWNSHIP_100, "李娜", words), 0);
    words = arena_printf(&region->arena, "campaigns units --tenant 150424 --id %s --round 1 --missing", id);
    assert_int_equal(anlan(output, sizeof(output), "county_officer", COUNTY_150424, "王建国", words), 0);
    assert_non_null(strstr(output, "新城子镇"));
    assert_null(strstr(output, "林西镇"));
    words = arena_printf(&region->arena,
                         "campaigns extend --tenant 150424 --id %s --round-from 2026-09-01 "
                         "--round-until 2026-09-30 --round-name 补查 --document 林安委〔2026〕7号",
                         id);
    assert_int_equal(anlan(output, sizeof(output), "county_officer", COUNTY_150424, "王建国", words), 0);
    assert_non_null(strstr(output, "补查"));
    assert_int_equal(
        anlan(output, sizeof(output), "county_officer", COUNTY_150424, "王建国", "campaigns list --state open --all"),
        0);
    assert_non_null(strstr(output, "夏季大检查"));
    assert_int_equal(
        anlan(output, sizeof(output), "county_officer", COUNTY_150423, "邻县", "campaigns list --state ended"), 0);
    assert_non_null(strstr(output, "没有专项行动"));
    assert_int_equal(anlan(output, sizeof(output), "county_officer", COUNTY_150424, "王建国",
                           "campaigns issue --unit 150424 --name 夏季大检查 --document 1号 --from 2026-06-01 --until "
                           "2026-08-31 --round 明天"),
                     2);
    assert_int_equal(anlan(output, sizeof(output), "auditor", COUNTY_150424, "审计员", "log tasks --tenant 150424"), 0);
    assert_non_null(strstr(output, "IssueCampaign"));
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(region, "campaigns, receipts, reports, parties", "UPDATE reports SET found = found + 1");
}

// What a stream of somebody has: the ids of its records, in order; and those of his list.
static void a_stream_has_what_the_list_has(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        enum place place;
    } readers[] = {{"region_officer", REGION_15},
                   {"county_officer", COUNTY_150424},
                   {"county_officer", COUNTY_150423},
                   {"township_clerk", TOWNSHIP_100}};
    size_t seen = 0;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        char streamed[8192];
        char listed[8192];
        static const char by[] =
            "export ANLAN_TASKS=ipc://%s/tasks-0 ANLAN_TASKS_FEED=ipc://%s/tasks-0.feed ANLAN_TOKEN=$(anlan token "
            "--keys %s/keys --role %s --unit %s); %s | sort";
        const char *dir = region->dir;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        assert_int_equal(instance_run(region, streamed, sizeof(streamed), by, dir, dir, dir, readers[i].role,
                                      region->ids[readers[i].place],
                                      "anlan stream tasks --json | grep RECORD | grep -o '\"recordId\":\"[^\"]*' | cut "
                                      "-d'\"' -f4"),
                         0);
        assert_int_equal(instance_run(region, listed, sizeof(listed), by, dir, dir, dir, readers[i].role,
                                      region->ids[readers[i].place],
                                      "anlan call tasks/ListCampaigns '{\"pageSize\": 200}' | grep '^      \"id\":' | "
                                      "cut -d'\"' -f4"),
                         0);
#pragma GCC diagnostic pop
        assert_string_equal(streamed, listed);
        seen += *listed != '\0';
    }
    assert_true(seen >= 2);
    // Inspections are a stream of their own; there are none here.
    char output[1024];
    assert_int_equal(
        instance_run(region, output, sizeof(output),
                     "ANLAN_TASKS_FEED=ipc://%s/tasks-0.feed ANLAN_TOKEN=$(anlan token --keys %s/keys --role "
                     "county_officer --unit %s) anlan stream tasks --type anlan.tasks.v1.Inspection",
                     region->dir, region->dir, region->ids[COUNTY_150424]),
        0);
    assert_non_null(strstr(output, "settled"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_issues_a_campaign_in_two_rounds),
        cmocka_unit_test(what_does_not_fit_is_refused_by_its_field),
        cmocka_unit_test(nobody_below_sees_it_before_it_is_deployed),
        cmocka_unit_test(it_is_deployed_down_the_tree),
        cmocka_unit_test(it_is_received_once_by_a_named_person),
        cmocka_unit_test(the_county_breaks_it_down_to_townships_and_a_team),
        cmocka_unit_test(units_of_the_county_confirm_by_name),
        cmocka_unit_test(one_more_round_from_above_is_adopted_and_nothing_dropped),
        cmocka_unit_test(a_zero_is_reported_and_what_is_missing_is_named),
        cmocka_unit_test(siblings_see_nothing_of_each_other),
        cmocka_unit_test(the_second_wall_holds_by_itself),
        cmocka_unit_test(it_ends_and_takes_no_more),
        cmocka_unit_test(the_same_from_the_command_line),
        cmocka_unit_test(a_stream_has_what_the_list_has),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

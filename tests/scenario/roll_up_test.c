// SPDX-License-Identifier: Apache-2.0
// What a campaign brings: hazards found in it, by hand and by inspections, are counted as they are found, fixed and
// overdue, up to the region that issued it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/acting.h"
#include "support/ask.h"
#include "support/replay.h"

static struct instance *region;
static struct person office;
static struct person county;
static struct person clerk;
static const char *deployed;
static const char *received;
static const char *site;
static int wanted;    // hazards that the county's campaign is to have

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    instance_start_tasks(region);
    office = as(region, "region_officer", REGION_15, "区应急厅");
    county = as(region, "county_officer", COUNTY_150424, "王建国");
    clerk = as(region, "township_clerk", TOWNSHIP_100, "李娜");
    site = unit_new(region, region->ids[TOWNSHIP_100], "UNIT_KIND_ENTERPRISE", "林西镇某化工厂");
    const char *reply = ask_well(region, office, "IssueCampaign",
                                 "{'unitId': '%s', 'name': '百日行动', 'document': '8号', 'startsAt': "
                                 "'2026-06-01T00:00:00Z', 'endsAt': '2027-06-01T00:00:00Z', 'rounds': [{'startsAt': "
                                 "'2026-06-01T00:00:00Z', 'endsAt': '2027-06-01T00:00:00Z'}]}",
                                 region->ids[REGION_15]);
    deployed = reply_at(region, reply, "campaign.id");
    ask_well(region, office, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s', '%s']}",
             region->ids[REGION_15], deployed, region->ids[COUNTY_150424], region->ids[COUNTY_150423]);
    reply = ask_well(region, county, "ReceiveCampaign", "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}",
                     region->ids[COUNTY_150424], region->ids[REGION_15], deployed);
    received = reply_at(region, reply, "campaign.id");
    ask_well(region, county, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s']}",
             region->ids[COUNTY_150424], received, region->ids[TOWNSHIP_100]);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// A line of the roll-up as "found fixed open overdue major rate".
static const char *line(const char *reply, int number)
{
    static const char *const fields[] = {"found", "fixed", "open", "overdue", "major", "ratePermille"};
    const char *text = "";
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *value = reply_at(region, reply, arena_printf(&region->arena, "counts.%d.%s", number, fields[i]));
        text = arena_printf(&region->arena, "%s%s%s", text, i ? " " : "", *value ? value : "0");
    }
    return text;
}

static const char *counts(struct person person, enum place tenant, const char *id, const char *by)
{
    return ask_well(region, person, "ListCampaignCounts",
                    "{'tenantId': '%s', 'id': '%s', 'by': 'CAMPAIGN_COUNT_BY_%s'}", region->ids[tenant], id, by);
}

static bool has_wanted(struct instance *instance)
{
    (void)instance;
    return strtol(reply_at(region, counts(county, COUNTY_150424, received, "UNSPECIFIED"), "counts.0.found"), NULL,
                  10) == wanted;
}

static const char *found_by_hand(const char *rest)
{
    return ask_well(region, clerk, "CreateHazard",
                    "{'unitId': '%s', 'description': '通道堵塞', 'campaignId': '%s', 'occurredAt': "
                    "'2026-06-05T00:00:00Z', %s}",
                    region->ids[TOWNSHIP_100], received, rest);
}

static void hazards_found_in_it_are_counted(void **state)
{
    (void)state;
    found_by_hand("'grade': 'GRADE_GENERAL', 'sector': 'fireworks'");
    const char *assignment =
        arena_printf(&region->arena,
                     "'assignment': {'responsibleUnitId': '%s', 'responsiblePerson': '张三', 'deadline': "
                     "'2026-06-10T00:00:00Z'}",
                     region->ids[TOWNSHIP_100]);
    found_by_hand(arena_printf(&region->arena, "'grade': 'GRADE_GENERAL', 'sector': 'fireworks', %s", assignment));
    found_by_hand("'grade': 'GRADE_GENERAL', 'sector': 'coal_mines', 'fix': {'measures': '已清理', 'fixedBy': '张三', "
                  "'evidence': ['照片1.jpg']}");
    found_by_hand("'grade': 'GRADE_MAJOR', 'sector': 'coal_mines', 'criterion': {'standard': '判定标准', 'version': "
                  "'4号', 'item': '三', 'inForceFrom': '2021-01-01T00:00:00Z'}");
    wanted = 4;
    assert_true(eventually(has_wanted, region));
    assert_string_equal(line(counts(county, COUNTY_150424, received, "UNSPECIFIED"), 0), "4 1 3 1 1 250");
    const char *reply = counts(county, COUNTY_150424, received, "SECTOR");
    assert_string_equal(reply_at(region, reply, "counts.0.sector"), "coal_mines");
    assert_string_equal(line(reply, 0), "2 1 1 0 1 500");
    assert_string_equal(line(reply, 1), "2 0 2 1 0 0");
    reply = counts(county, COUNTY_150424, received, "RESPONSIBLE_UNIT");
    assert_string_equal(reply_at(region, reply, "counts.0.unitId"), region->ids[TOWNSHIP_100]);
    assert_string_equal(line(reply, 0), "2 1 1 1 0 500");
}

static void the_region_sees_it_by_tenant(void **state)
{
    (void)state;
    const char *reply = counts(office, REGION_15, deployed, "TENANT");
    assert_string_equal(reply_at(region, reply, "counts"), "1");
    assert_string_equal(reply_at(region, reply, "counts.0.unitId"), region->ids[COUNTY_150424]);
    assert_string_equal(line(reply, 0), "4 1 3 1 1 250");
    // A sibling to which it is deployed sees no counts: neither of the whole, nor of the county.
    struct person sibling = as(region, "county_officer", COUNTY_150423, "邻县");
    assert_string_equal(reply_at(region, counts(sibling, REGION_15, deployed, "TENANT"), "counts"), "");
    assert_string_equal(reply_at(region, counts(sibling, COUNTY_150424, received, "TENANT"), "counts"), "");
    assert_string_equal(reply_at(region, ask_well(region, sibling, "ListTrackedHazards", "{}"), "hazards"), "");
}

static const char *inspection;

static bool finding_is_tracked(struct instance *instance)
{
    (void)instance;
    return strcmp(reply_at(region, ask_well(region, clerk, "ListTrackedHazards", "{'inspectionId': '%s'}", inspection),
                           "hazards"),
                  "1") == 0;
}

static void a_finding_becomes_a_hazard_of_its_campaign(void **state)
{
    (void)state;
    struct status status = {0};
    const char *reply =
        ask_well(region, clerk, "PlanInspection",
                 "{'unitId': '%s', 'siteId': '%s', 'sector': 'fireworks', 'plannedFor': '2026-11-26T00:00:00Z', "
                 "'campaignId': '%s'}",
                 region->ids[TOWNSHIP_100], site, received);
    inspection = reply_at(region, reply, "inspection.id");
    ask_well(region, clerk, "RecordFinding",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'grade': 'GRADE_GENERAL', 'description': '灭火器失效', "
             "'location': '库房'}",
             region->ids[COUNTY_150424], inspection);
    assert_true(eventually(finding_is_tracked, region));
    reply = ask_well(region, clerk, "ListTrackedHazards", "{'inspectionId': '%s'}", inspection);
    assert_string_equal(reply_at(region, reply, "hazards.0.inspectionFinding"), "1");
    const char *id = reply_at(region, reply, "hazards.0.id");
    reply = ask_well(region, county, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", region->ids[COUNTY_150424], id);
    assert_string_equal(reply_at(region, reply, "hazard.foundBy"), "李娜");
    assert_string_equal(reply_at(region, reply, "hazard.findingUnitId"), region->ids[TOWNSHIP_100]);
    assert_string_equal(reply_at(region, reply, "hazard.unitId"), site);
    assert_string_equal(reply_at(region, reply, "hazard.location"), "库房");
    assert_string_equal(reply_at(region, reply, "hazard.inspectionId"), inspection);
    assert_string_equal(reply_at(region, reply, "hazard.campaignId"), received);
    assert_string_equal(reply_at(region, reply, "hazard.life.steps.0.by.person"), "李娜");
    wanted = 5;
    assert_true(eventually(has_wanted, region));
    // Nobody enters a finding by himself.
    assert_null(
        ask(region, county, "EnterFinding", &status,
            "{'tenantId': '%s', 'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
            "'冒名', 'findingUnitId': '%s', 'foundBy': '李娜', 'foundById': '%s', 'inspectionId': '%s', "
            "'inspectionFinding': 9, 'occurredAt': '2026-11-26T00:00:00Z'}",
            region->ids[COUNTY_150424], site, region->ids[TOWNSHIP_100], inspection, inspection));
    assert_reason(status, PERMISSION_MISSING);
}

static void the_same_from_the_command_line(void **state)
{
    (void)state;
    char output[4096];
    assert_int_equal(
        instance_run(region, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TASKS=ipc://%s/tasks-0; "
                     "ANLAN_TOKEN=$(anlan token --keys %s/keys --role region_officer --unit %s --name 区) anlan "
                     "campaigns counts --tenant 15 --id %s --by tenant --lang zh 2>&1",
                     region->dir, region->dir, region->dir, region->ids[REGION_15], deployed),
        0);
    assert_non_null(strstr(output, "林西县"));
    assert_non_null(strstr(output, "200"));    // ‰: one of five
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(region, "tracked_hazards, campaign_counts, campaigns, inspections, parties",
                 "UPDATE campaign_counts SET counts[1] = counts[1] + 1 WHERE part = 1");
    assert_true(has_wanted(region));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hazards_found_in_it_are_counted),
        cmocka_unit_test(the_region_sees_it_by_tenant),
        cmocka_unit_test(a_finding_becomes_a_hazard_of_its_campaign),
        cmocka_unit_test(the_same_from_the_command_line),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

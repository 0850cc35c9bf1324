// SPDX-License-Identifier: Apache-2.0
// Absent means absent, of campaigns, inspections, look-backs, clocks and accidents: what is in 林西县 (150424) is
// hidden from 巴林右旗 (150423), and is answered there as what is nowhere.
#include <stdio.h>
#include <string.h>

#include "anlan_tasks_v1.policy.h"
#include "support/ask.h"
#include "support/probes.h"
#include "support/steps.h"

static struct instance *region;
static struct actor officer;      // of 巴林右旗
static struct actor neighbour;    // of 林西县
static struct actor apart;        // likewise, in public places only

#define at(reply, path) reply_at(region, reply, path)

#define PERIOD "'startsAt': '2026-06-01T00:00:00+08:00', 'endsAt': '2026-09-10T00:00:00+08:00'"
#define CAMPAIGN "'name': '百日行动', 'document': '8号', " PERIOD ", 'sectors': ['fireworks'], 'rounds': [{" PERIOD "}]"
#define ITEM "'items': [{'text': '出口畅通', 'basis': '消防法'}]"
#define CHECKLIST "'sector': 'fireworks', 'code': '%s', 'edition': '2026', 'name': '零售点检查表', " ITEM
#define VISIT "'sector': 'fireworks', 'plannedFor': '2026-12-01T00:00:00+08:00'"
#define FINDING "'grade': 'GRADE_GENERAL', 'description': '灭火器失效'"
#define ALL_TIME "'closedFrom': '2020-01-01T00:00:00Z', 'closedUntil': '2099-01-01T00:00:00Z'"
#define ACCIDENT                                                                                                           \
    "'sector': 'fireworks', 'deaths': 1, 'description': '卸货时起火', 'source': '县应急管理局', 'occurredAt': " \
    "'2026-05-01T00:00:00Z'"
#define ASSIGNED "'assignedPerson': '李娜', 'dueAt': '2027-01-01T00:00:00Z'"

// One record, named by tenant and id: by the one that is not there, and by the other.
#define RECORD(who, method, name, rest)                                                                                \
    {who, method, "county", "{'tenantId': '$', 'id': '{" name "}'" rest "}"},                                          \
    {                                                                                                                  \
        who, method, name, "{'tenantId': '{county}', 'id': '$'" rest "}"                                               \
    }
// A page of what lies at a unit, and a new record at one.
#define AT_UNIT(who, method, rest)                                                                                     \
    {                                                                                                                  \
        who, method, "township", "{'unitId': '$'" rest "}"                                                             \
    }

static const struct probe rows[] = {
    // Campaigns; who may see them changes them by this order.
    {&officer, "DeployCampaign", "township",
     "{'tenantId': '{own}', 'id': '{own_campaign}', 'version': 1, 'unitIds': ['$']}",
     .witnessed = "{'tenantId': '{county}', 'id': '{campaign}', 'version': 2, 'unitIds': ['$']}"},
    RECORD(&officer, "GetCampaign", "campaign", ""),
    RECORD(&officer, "DeployCampaign", "campaign", ", 'version': 2, 'unitIds': ['{own_township}']"),
    RECORD(&officer, "ExtendCampaign", "campaign", ", 'version': 2, 'sectors': ['coal_mines'], 'document': '2号'"),
    RECORD(&officer, "AdoptCampaign", "campaign", ", 'version': 2"),
    RECORD(&officer, "ListCampaignUnits", "campaign", ", 'round': 1"),
    RECORD(&officer, "ListCampaignCounts", "campaign", ""),
    RECORD(&officer, "EndCampaign", "campaign", ", 'version': 9, 'document': '3号'"),
    AT_UNIT(&officer, "IssueCampaign", ", " CAMPAIGN),
    AT_UNIT(&officer, "ListCampaigns", ""),
    {&officer, "ListCampaigns", "above", "{'aboveId': '$'}"},
    AT_UNIT(&officer, "ReceiveCampaign", ", 'aboveTenantId': '{region}', 'aboveId': '{above}'"),
    {&officer, "ReceiveCampaign", "region", "{'unitId': '{own}', 'aboveTenantId': '$', 'aboveId': '{above}'}",
     .witnessed = "{'unitId': '{county}', 'aboveTenantId': '$', 'aboveId': '{above}'}"},
    {&officer, "ReceiveCampaign", "above", "{'unitId': '{own}', 'aboveTenantId': '{region}', 'aboveId': '$'}",
     .witnessed = "{'unitId': '{county}', 'aboveTenantId': '{region}', 'aboveId': '$'}"},
    AT_UNIT(&officer, "ConfirmCampaign", ", 'campaignId': '{campaign}'"),
    {&officer, "ConfirmCampaign", "campaign", "{'unitId': '{own_township}', 'campaignId': '$'}",
     .witnessed = "{'unitId': '{township}', 'campaignId': '$'}"},
    AT_UNIT(&officer, "ReportRound", ", 'campaignTenantId': '{county}', 'campaignId': '{campaign}', 'round': 1"),
    {&officer, "ReportRound", "county",
     "{'unitId': '{own_township}', 'campaignTenantId': '$', 'campaignId': '{campaign}', 'round': 1}",
     .witnessed = "{'unitId': '{township}', 'campaignTenantId': '$', 'campaignId': '{campaign}', 'round': 1}"},
    {&officer, "ReportRound", "campaign",
     "{'unitId': '{own_township}', 'campaignTenantId': '{county}', 'campaignId': '$', 'round': 1}",
     .witnessed = "{'unitId': '{township}', 'campaignTenantId': '{county}', 'campaignId': '$', 'round': 1}"},
    RECORD(&officer, "tasks/GetReport", "report", ""),
    RECORD(&officer, "CorrectReport", "report", ", 'version': 1, 'found': 4, 'reason': '漏报一处'"),
    // Checklists, clocks.
    AT_UNIT(&officer, "PublishChecklist",
            ", 'code': 'new', " ITEM ", 'sector': 'fireworks', 'edition': '1', 'name': '检查表'"),
    RECORD(&officer, "WithdrawChecklist", "checklist", ", 'version': 1, 'reason': '已修订'"),
    AT_UNIT(&officer, "SetClockRule", ", 'document': '1号', 'warnDays': 3, 'overdueDays': [1]"),
    AT_UNIT(&officer, "PublishCalendar", ", 'year': 2027, 'document': '1号', 'off': ['2027-01-01']"),
    // Inspections.
    RECORD(&officer, "GetInspection", "inspection", ""),
    RECORD(&officer, "AnswerInspection", "inspection",
           ", 'version': 2, 'answers': [{'item': 1, 'kind': 'ANSWER_KIND_YES'}]"),
    RECORD(&officer, "RecordFinding", "inspection", ", 'version': 2, " FINDING),
    RECORD(&officer, "ConcludeInspection", "inspection", ", 'version': 2"),
    RECORD(&officer, "CancelInspection", "inspection", ", 'version': 2, 'reason': '改期'"),
    AT_UNIT(&officer, "PlanInspection", ", 'siteId': '{own_site}', " VISIT),
    {&officer, "PlanInspection", "site", "{'unitId': '{own}', 'siteId': '$', " VISIT "}"},
    {&officer, "PlanInspection", "county",
     "{'unitId': '{own}', 'siteId': '{own_site}', 'checklistTenantId': '$', 'checklistId': '{checklist}', " VISIT "}",
     .witnessed =
         "{'unitId': '{township}', 'siteId': '{site}', 'checklistTenantId': '$', 'checklistId': '{checklist}', " VISIT
         "}"},
    {&officer, "PlanInspection", "campaign",
     "{'unitId': '{own}', 'siteId': '{own_site}', 'campaignId': '$', " VISIT "}",
     .witnessed = "{'unitId': '{township}', 'siteId': '{site}', 'campaignId': '$', " VISIT "}"},
    AT_UNIT(&officer, "ListInspections", ""),
    {&officer, "ListInspections", "site", "{'siteId': '$'}"},
    {&officer, "ListInspections", "campaign", "{'campaignId': '$'}"},
    {&officer, "ListVisits", "site", "{'siteIds': ['$']}"},
    AT_UNIT(&officer, "ListTrackedHazards", ""),
    {&officer, "ListTrackedHazards", "campaign", "{'campaignId': '$'}"},
    {&officer, "ListTrackedHazards", "inspection", "{'inspectionId': '$'}"},
    // Look-backs.
    RECORD(&officer, "GetDraw", "draw", ""),
    AT_UNIT(&officer, "ListDraws", ""),
    AT_UNIT(&officer, "SetDrawRule", ", 'document': '1号', 'sharePermille': 500"),
    {&officer, "DrawLookBacks", "township", "{'unitId': '{own}', 'ofUnitId': '$', 'seed': '1', " ALL_TIME "}",
     .witnessed = "{'unitId': '{county}', 'ofUnitId': '$', 'seed': '2', " ALL_TIME "}"},
    AT_UNIT(&officer, "DrawLookBacks", ", 'seed': '1', " ALL_TIME),
    RECORD(&officer, "GetRecheck", "recheck", ""),
    RECORD(&officer, "AssignRecheck", "recheck", ", 'version': 1, 'assignedUnitId': '{own_township}', " ASSIGNED),
    {&neighbour, "AssignRecheck", "own_township",
     "{'tenantId': '{county}', 'id': '{recheck}', 'version': 1, 'assignedUnitId': '$', " ASSIGNED "}",
     .alike = "another tenant's unit is assigned nothing, by nobody"},
    AT_UNIT(&officer, "ListRechecks", ""),
    {&officer, "ListRechecks", "draw", "{'drawId': '$'}"},
    // Accidents.
    RECORD(&officer, "GetAccident", "accident", ""),
    RECORD(&officer, "SupplementAccident", "accident", ", 'version': 1, 'deaths': 2, 'source': '医院'"),
    AT_UNIT(&officer, "EnterAccident", ", " ACCIDENT),
    AT_UNIT(&officer, "ListAccidents", ""),
    AT_UNIT(&officer, "ListFigures", ", 'periodFrom': '2026-01-01T00:00:00Z', 'periodUntil': '2026-12-31T00:00:00Z'"),
};

static const struct probe_exemption exempt[] = {
    {"GetChecklist", "tenantId", "whoever may read checklists reads every one, of whatever tenant"},
    {"GetChecklist", "id", "whoever may read checklists reads every one, of whatever tenant"},
    {"PlanInspection", "checklistId", "whoever may read checklists reads every one, of whatever tenant"},
};

static struct probes probes = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .contract = &anlan_tasks_v1_contract,
    .exemptions = exempt,
    .exemption_count = sizeof(exempt) / sizeof(exempt[0]),
    .timed = {"GetCampaign", "ListCampaigns", "GetInspection", "CancelInspection", "GetRecheck"},
    .apart = &apart,
    .of_sectors = {"inspection", "accident", "recheck"}};

#define keep(name, value) probes_name(&probes, name, value)
#define kept(name) probes_value(&probes, name)

// The region's campaign is deployed to 林西县 alone, which receives it and deploys it to 林西镇, which reports.
static void make_campaigns(struct person there)
{
    struct person office = as(region, "region_officer", REGION_15, "区应急厅");
    struct person clerk = as(region, "township_clerk", TOWNSHIP_100, "李娜");
    const char *made = ask_well(region, office, "IssueCampaign", "{'unitId': '%s', " CAMPAIGN "}", kept("region"));
    keep("above", at(made, "campaign.id"));
    ask_well(region, office, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s']}",
             kept("region"), kept("above"), kept("county"));
    made = ask_well(region, there, "ReceiveCampaign", "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}",
                    kept("county"), kept("region"), kept("above"));
    keep("campaign", at(made, "campaign.id"));
    ask_well(region, there, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s']}",
             kept("county"), kept("campaign"), kept("township"));
    ask_well(region, clerk, "ConfirmCampaign", "{'unitId': '%s', 'campaignId': '%s'}", kept("township"),
             kept("campaign"));
    made = ask_well(region, clerk, "ReportRound",
                    "{'unitId': '%s', 'campaignTenantId': '%s', 'campaignId': '%s', 'round': 1, 'found': 3}",
                    kept("township"), kept("county"), kept("campaign"));
    keep("report", at(made, "report.id"));
    made =
        ask_well(region, acting(region, officer, NULL), "IssueCampaign", "{'unitId': '%s', " CAMPAIGN "}", kept("own"));
    keep("own_campaign", at(made, "campaign.id"));
}

static bool finding_is_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE inspection_id = '%s'",
                        kept("inspection")) == 1;
}

static void make_inspection(struct person there)
{
    const char *made =
        ask_well(region, there, "PublishChecklist", "{'unitId': '%s', " CHECKLIST "}", kept("county"), "their");
    keep("checklist", at(made, "checklist.id"));
    made = ask_well(
        region, there, "PlanInspection",
        "{'unitId': '%s', 'siteId': '%s', 'checklistTenantId': '%s', 'checklistId': '%s', 'campaignId': '%s', " VISIT
        "}",
        kept("township"), kept("site"), kept("county"), kept("checklist"), kept("campaign"));
    keep("inspection", at(made, "inspection.id"));
    ask_well(region, as(region, "township_clerk", TOWNSHIP_100, "李娜"), "RecordFinding",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, " FINDING "}", kept("county"), kept("inspection"));
    assert_true(eventually(finding_is_known, region));
}

static bool closed_are_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE hazard_state = 6") == 2;
}

static bool recheck_is_open(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM rechecks") == 1;
}

static void make_look_back(struct person there)
{
    struct cast cast = cast_of(region);
    for (int i = 0; i < 2; i++)    // one is drawn
        hazard_in(region, &cast, STATE(CLOSED), GRADE(GENERAL));
    assert_true(eventually(closed_are_known, region));
    ask_well(region, there, "SetDrawRule", "{'unitId': '%s', 'document': '9号', 'sharePermille': 500}", kept("county"));
    const char *made =
        ask_well(region, there, "DrawLookBacks", "{'unitId': '%s', 'seed': '1', " ALL_TIME "}", kept("county"));
    keep("draw", at(made, "draw.id"));
    assert_true(eventually(recheck_is_open, region));
    keep("recheck", at(ask_well(region, there, "ListRechecks", "{}"), "rechecks.0.id"));
}

static int up(void **state)
{
    (void)state;
    region = probes.instance = instance_start(1);
    instance_start_tasks(region);
    keep("region", region->ids[REGION_15]);
    keep("county", region->ids[COUNTY_150424]);
    keep("township", region->ids[TOWNSHIP_100]);
    keep("own", region->ids[COUNTY_150423]);
    keep("own_township", region->ids[TOWNSHIP_OTHER]);
    keep("site", unit_new(region, kept("township"), "UNIT_KIND_ENTERPRISE", "林西烟花零售点"));
    keep("own_site", unit_new(region, kept("own_township"), "UNIT_KIND_ENTERPRISE", "大板烟花零售点"));
    probes_people(&probes, region->ids[TOWNSHIP_101]);
    apart = actor_new(region, "witness", kept("county"), "他行业监管员", "public_places");
    officer = actor_new(region, "county_officer", kept("own"), "邻县王五", NULL);
    neighbour = actor_new(region, "county_officer", kept("county"), "王建国", NULL);
    struct person there = acting(region, neighbour, NULL);
    make_campaigns(there);
    make_inspection(there);
    make_look_back(there);
    const char *made = ask_well(region, there, "EnterAccident", "{'unitId': '%s', " ACCIDENT "}", kept("township"));
    keep("accident", at(made, "accident.id"));
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(whatever_names_something_is_probed, &probes),
        cmocka_unit_test_prestate(what_is_hidden_is_answered_like_what_is_not_there, &probes),
        cmocka_unit_test_prestate(it_takes_no_longer, &probes),
        cmocka_unit_test_prestate(what_is_of_another_sector_is_hidden_too, &probes),
        cmocka_unit_test_prestate(who_may_see_it_hears_the_difference, &probes),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// A county follows the region's instance: its campaigns are received and reported here, what it lists of ours our
// ledger applies, what it hands over ours takes over. Two instances, over mutual TLS; each step is done once, whoever
// is killed or cut off meanwhile and whatever is shown again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "hazard_life.h"
#include "support/ask.h"
#include "support/joined.h"
#include "support/steps.h"

static struct joined joined;
static struct instance *region;
static struct instance *county;
static struct cast cast;
static struct person office;     // of the region
static struct person officer;    // of the county

// The region's ledger follows itself, so that listings know what the copied ledgers have done.
static void start_region_hazards(void)
{
    char address[128];
    snprintf(address, sizeof(address), "ipc://%s/hazards-0.feed", region->dir);
    setenv("ANLAN_FOLLOW_HAZARDS", address, 1);
    instance_start_hazards(region, 0);
    unsetenv("ANLAN_FOLLOW_HAZARDS");
}

static void restart_county(bool hard)
{
    for (int i = 0; i < county->hazard_count; i++) {
        instance_end_hazards(county, i, hard);
        instance_start_hazards(county, i);
    }
}

static int up(void **state)
{
    (void)state;
    joined_begin(&joined);
    region = joined.region;
    county = joined.county;
    instance_start_tasks(region);
    instance_start_tasks(county);
    instance_end_hazards(region, 0, false);
    start_region_hazards();
    joined_join(&joined);
    cast = cast_of(county);
    office = as(region, "region_officer", REGION_15, "区安委办");
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    return 0;
}

static int down(void **state)
{
    (void)state;
    joined_end(&joined);
    return 0;
}

// Waits until a query answers a number; what it is otherwise ends the test.
static void await_sql(struct instance *instance, const char *service, long long wanted, const char *sql)
{
    int64_t until = clock_monotonic() + 30 * CLOCK_SECOND;
    char output[2048];
    long long got = -1;
    while (clock_monotonic() < until) {
        got = instance_sql(instance, service, "%s", sql);
        if (got == wanted)
            return;
        usleep(100000);
    }
    instance_run(instance, output, sizeof(output), "tail -n 6 %s/%s-0.log", instance->dir, service);
    fail_msg("%s: %lld, not %lld\n%s", sql, got, wanted, output);
}

static long long entries_of(struct instance *instance, const char *service, const char *method)
{
    return instance_sql(instance, service,
                        "SELECT count(*) FROM entries WHERE position(convert_to('%s', 'UTF8') IN entry) > 0", method);
}

static const char *campaign;    // the region's

static void a_campaign_of_the_region_is_received_and_reported(void **state)
{
    struct status status = {0};
    (void)state;
    const char *issued = ask_well(
        region, office, "IssueCampaign",
        "{'unitId': '%s', 'name': '百日行动', 'document': '内安委8号', 'startsAt': '2026-06-01T00:00:00+08:00', "
        "'endsAt': "
        "'2099-09-09T00:00:00+08:00', 'rounds': [{'name': '第1轮', 'startsAt': '2026-06-01T00:00:00+08:00', 'endsAt': "
        "'2099-07-20T00:00:00+08:00', 'reportBy': '2099-07-21T00:00:00+08:00'}], 'requirements': '全覆盖'}",
        region->ids[REGION_15]);
    campaign = reply_at(region, issued, "campaign.id");
    instance_end_tasks(county, true);    // it is deployed while the county is away
    ask_well(region, office, "DeployCampaign",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s'], 'requirements': '逐级压实'}",
             region->ids[REGION_15], campaign, region->ids[COUNTY_150424]);
    instance_start_tasks(county);
    await_sql(county, "tasks", 1, "SELECT count(*) FROM campaigns");
    const char *seen = ask_well(county, officer, "ListCampaigns", "{'unitId': '%s'}", county->ids[COUNTY_150424]);
    assert_string_equal(reply_at(county, seen, "campaigns.0.id"), campaign);
    assert_string_equal(reply_at(county, seen, "campaigns.0.tenantId"), region->ids[REGION_15]);
    assert_string_equal(reply_at(county, seen, "campaigns.0.sourceVersion"), "2");
    // Nobody here writes what is the region's.
    ask(county, as(county, "region_officer", REGION_15, "刘志强"), "EndCampaign", &status,
        "{'tenantId': '%s', 'id': '%s', 'version': 1, 'document': '提前结束'}", region->ids[REGION_15], campaign);
    assert_reason(status, OWNED_ELSEWHERE);
    const char *own = ask_well(county, officer, "ReceiveCampaign",
                               "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s', 'note': '已部署'}",
                               county->ids[COUNTY_150424], region->ids[REGION_15], campaign);
    assert_string_equal(reply_at(county, own, "campaign.receivedBy"), "王建国");
    ask_well(county, officer, "ReportRound",
             "{'unitId': '%s', 'campaignTenantId': '%s', 'campaignId': '%s', 'round': 1, 'checked': 12, 'found': 3}",
             county->ids[COUNTY_150424], region->ids[REGION_15], campaign);
    // The region sees by whom it was received and what was reported.
    assert_true(joined_caught_up(&joined, "tasks"));
    const char *units = ask_well(region, office, "ListCampaignUnits", "{'tenantId': '%s', 'id': '%s', 'round': 1}",
                                 region->ids[REGION_15], campaign);
    assert_string_equal(reply_at(region, units, "units.0.receivedBy"), "王建国");
    assert_string_equal(reply_at(region, units, "units.0.checked"), "12");
}

static void what_the_region_adds_is_adopted(void **state)
{
    (void)state;
    ask_well(region, office, "ExtendCampaign",
             "{'tenantId': '%s', 'id': '%s', 'version': 2, 'document': '内安委9号', 'round': {'name': '再来一轮', "
             "'startsAt': "
             "'2099-07-20T00:00:00+08:00', 'endsAt': '2099-08-20T00:00:00+08:00', 'reportBy': "
             "'2099-08-21T00:00:00+08:00'}}",
             region->ids[REGION_15], campaign);
    await_sql(county, "tasks", 2,
              "SELECT count(*) FROM campaigns WHERE last_action IN (27, 5) AND version = 2");    // the copy and our own
    assert_int_equal(entries_of(county, "tasks", "CampaignsService/CopyCampaign"), 1);
    assert_int_equal(entries_of(county, "tasks", "CampaignsService/RenewCampaignCopy"), 1);
    assert_int_equal(entries_of(county, "tasks", "CampaignsService/AdoptReceived"), 1);
}

static const char *list_it(const hazard *h, struct status *status)
{
    const char *reply =
        ask(region, office, "OpenListing", status,
            "{'unitId': '%s', 'hazardTenantId': '%s', 'hazardId': '%s', 'sector': 'fireworks', 'document': "
            "'内安委办1号', 'level': 'SUPERVISION_LEVEL_REGION', 'until': '2099-01-01T00:00:00Z', 'issuer': "
            "'内蒙古自治区安委办', 'reason': '久拖不改'}",
            region->ids[REGION_15], h->tenant_id, h->id);
    return reply ? reply_at(region, reply, "listing.id") : "";
}

static const char *listing_reads(const char *id, const char *path)
{
    return reply_at(
        region, ask_well(region, office, "GetListing", "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15], id),
        path);
}

static void await_listing(const char *id, const char *state)
{
    int64_t until = clock_monotonic() + 30 * CLOCK_SECOND;
    while (clock_monotonic() < until && strcmp(listing_reads(id, "listing.state"), state) != 0)
        usleep(100000);
    assert_string_equal(listing_reads(id, "listing.state"), state);
}

static void decide(const char *id, const char *decision)
{
    ask_well(region, office, "DecideClosing",
             "{'tenantId': '%s', 'id': '%s', 'version': %s, 'decision': '%s', 'reason': '现场核查'}",
             region->ids[REGION_15], id, listing_reads(id, "listing.version"), decision);
}

static const hazard *now_of(const hazard *h)
{
    struct status status = {0};
    const hazard *now = get_hazard(county, officer, h->tenant_id, h->id, &status);
    assert_ok(status);
    return now;
}

static void ask_closing(const hazard *h)
{
    const hazard *accepted = must(county, &cast, must(county, &cast, h, ACTION(REPORT)), ACTION(ACCEPT));
    const char *reply = ask_well(county, as(county, "county_officer", COUNTY_150424, "销号人"), "CloseHazard",
                                 "{'tenantId': '%s', 'id': '%s', 'version': %lld}", accepted->tenant_id, accepted->id,
                                 (long long)accepted->version);
    assert_string_equal(reply_at(county, reply, "hazard.listing"), "LISTING_STATE_CLOSING_ASKED");
}

static const hazard *listed;
static const char *listing;

static void what_the_region_lists_it_decides_on(void **state)
{
    struct status status = {0};
    (void)state;
    listed = hazard_in(county, &cast, STATE(RECTIFYING), GRADE(MAJOR));
    assert_true(joined_caught_up(&joined, "hazards"));
    listing = list_it(listed, &status);
    assert_ok(status);
    assert_string_equal(listing_reads(listing, "listing.state"), "LISTING_STAGE_ASKED");
    restart_county(true);
    await_listing(listing, "LISTING_STAGE_IN_FORCE");
    const hazard *now = now_of(listed);
    assert_int_equal(now->listing, LISTING(LISTED));
    assert_string_equal(now->listing_unit_id, region->ids[REGION_15]);
    assert_string_equal(now->life->listing->document, "内安委办1号");
    assert_string_equal(now->life->steps[now->life->n_steps - 1]->by->person, "区安委办");
    // The county asks while the region is cut off.
    instance_end_hazards(region, 0, true);
    ask_closing(now);
    start_region_hazards();
    await_listing(listing, "LISTING_STAGE_CLOSING_ASKED");
    assert_string_equal(listing_reads(listing, "listing.detail.asked.person"), "销号人");
    // The region refuses while the county is away.
    for (int i = 0; i < county->hazard_count; i++)
        instance_end_hazards(county, i, true);
    decide(listing, "DECISION_REFUSED");
    for (int i = 0; i < county->hazard_count; i++)
        instance_start_hazards(county, i);
    await_listing(listing, "LISTING_STAGE_IN_FORCE");
    now = now_of(listed);
    assert_int_equal(now->state, STATE(RECTIFYING));
    ask_closing(now);
    await_listing(listing, "LISTING_STAGE_CLOSING_ASKED");
    decide(listing, "DECISION_GRANTED");
    restart_county(true);
    await_listing(listing, "LISTING_STAGE_DELISTED");
    now = now_of(listed);
    assert_int_equal(now->state, STATE(CLOSED));
    assert_int_equal(now->listing, LISTING(DELISTED));
    assert_int_equal(entries_of(county, "hazards", "ListingsService/ApplyListing"), 3);
    assert_int_equal(entries_of(region, "hazards", "ListingsService/NoteListing"), 5);
}

static void what_its_team_finds_is_handed_over(void **state)
{
    struct status status = {0};
    (void)state;
    const char *found = ask_well(region, as(region, "inspector", REGION_15, "督查组"), "CreateHazard",
                                 "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                                 "'仓库超量储存', 'ownLedger': true}",
                                 region->ids[TOWNSHIP_100]);
    const char *id = reply_at(region, found, "hazard.id");
    assert_string_equal(reply_at(region, found, "hazard.tenantId"), region->ids[REGION_15]);
    const char *over = ask_well(region, as(region, "inspector", REGION_15, "督查组"), "HandOverHazard",
                                "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitId': '%s', 'toUnitId': '%s', "
                                "'document': '督查字3号'}",
                                region->ids[REGION_15], id, region->ids[TOWNSHIP_100], region->ids[TOWNSHIP_100]);
    const char *successor = reply_at(region, over, "hazard.successorId");
    restart_county(true);
    await_sql(county, "hazards", 1, "SELECT count(*) FROM hazards WHERE last_action = 25");
    const hazard *taken = get_hazard(county, officer, county->ids[COUNTY_150424], successor, &status);
    assert_ok(status);
    assert_string_equal(taken->description, "仓库超量储存");
    assert_string_equal(taken->found_by, "督查组");
    assert_string_equal(taken->life->origin->id, id);
    assert_string_equal(taken->finding_unit_id, region->ids[REGION_15]);
    assert_int_equal(entries_of(county, "hazards", "TakeOverFromAbove"), 1);
    // Of the region's ledger the county is shown this one record, and none of the copies of its own.
    await_sql(county, "hazards", 1, "SELECT held FROM follow_streams WHERE source = 'above-hazards'");
    // And the region sees what becomes of it.
    assert_true(joined_caught_up(&joined, "hazards"));
    assert_non_null(get_hazard(region, office, county->ids[COUNTY_150424], successor, &status));
}

// What the county cannot do yet waits for that, told by `follows`, and is done then; the stream behind it goes on. Here
// the directory lacks the unit to which it is handed over.
static void what_cannot_be_done_yet_is_told_and_done_later(void **state)
{
    char output[4096];
    (void)state;
    struct person admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    const char *made =
        ask_well(region, admin, "CreateUnit",
                 "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'code': '150424102', 'name': '五十家子镇'}",
                 region->ids[COUNTY_150424]);
    const char *unit = reply_at(region, made, "unit.id");
    struct person inspector = as(region, "inspector", REGION_15, "督查组");
    for (int i = 0; i < 2; i++) {    // the first to a unit that is not there yet, the second to one that is
        const char *at = i == 0 ? unit : region->ids[TOWNSHIP_101];
        const char *found = ask_well(region, inspector, "CreateHazard",
                                     "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                                     "'无证储存', 'ownLedger': true}",
                                     at);
        ask_well(region, inspector, "HandOverHazard",
                 "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitId': '%s', 'toUnitId': '%s', 'document': '4号'}",
                 region->ids[REGION_15], reply_at(region, found, "hazard.id"), at, at);
    }
    await_sql(county, "hazards", 2, "SELECT count(*) FROM hazards WHERE last_action = 25");
    await_sql(county, "hazards", 1, "SELECT count(*) FROM follow_stuck");
    int code = instance_run(county, output, sizeof(output), "anlan-hazards follows --database='%s' 2>&1",
                            instance_conninfo(county, "hazards", false));
    assert_int_equal(code, 1);
    assert_non_null(strstr(output, "version 2  STUCK"));
    assert_non_null(strstr(output, "UNIT_NOT_FOUND"));
    // The county is told of its new township, by the same id, and is restarted besides: what was stuck is tried again.
    ask_well(county, as_at(county, "administrator", county->instance_id, "系统管理员"), "CreateUnit",
             "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'code': '150424102', 'name': '五十家子镇', 'id': '%s'}",
             county->ids[COUNTY_150424], unit);
    restart_county(false);
    instance_run(county, output, sizeof(output), "anlan-hazards retry --database='%s' 2>&1",
                 instance_conninfo(county, "hazards", false));
    await_sql(county, "hazards", 0, "SELECT count(*) FROM follow_stuck");
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM hazards WHERE last_action = 25"), 3);
}

// The streams begin anew, as after a cursor that was forgotten: their snapshots show everything once more.
static void what_is_shown_again_changes_nothing(void **state)
{
    char output[4096];
    (void)state;
    assert_true(joined_caught_up(&joined, "hazards"));
    long long hazards = instance_changes(county, "hazards");
    long long tasks = instance_changes(county, "tasks");
    for (int i = 0; i < county->hazard_count; i++)
        instance_end_hazards(county, i, true);
    instance_end_tasks(county, true);
    static const char *const services[] = {"hazards", "tasks"};
    for (size_t i = 0; i < COUNT_OF(services); i++)
        instance_sql(county, services[i],
                     "WITH r AS (DELETE FROM results RETURNING 1), f AS (UPDATE follow_streams SET cursor = 'AAAA' "
                     "RETURNING 1) SELECT count(*) FROM r, f");
    for (int i = 0; i < county->hazard_count; i++)
        instance_start_hazards(county, i);
    instance_start_tasks(county);
    await_sql(county, "hazards", 2, "SELECT count(*) FROM follow_streams WHERE cursor <> 'AAAA'");
    await_sql(county, "tasks", 1, "SELECT count(*) FROM follow_streams WHERE cursor <> 'AAAA'");
    sleep(3);
    assert_int_equal(instance_changes(county, "hazards"), hazards);
    assert_int_equal(instance_changes(county, "tasks"), tasks);
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        int code = instance_run(county, output, sizeof(output),
                                "anlan-%s verify --database='%s' 2>&1 && anlan-%s follows --database='%s' 2>&1",
                                services[i], instance_conninfo(county, services[i], false), services[i],
                                instance_conninfo(county, services[i], false));
        if (code != 0 || !strstr(output, "above-"))
            fail_msg("%s", output);
    }
    // Operators hear of it.
    assert_int_equal(
        joined_holder(county, output,
                      arena_printf(&county->arena,
                                   "anlan doctor --health ipc://%s/tasks-0.health 2>&1 | grep 'streams of the "
                                   "instance above'",
                                   county->dir)),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_campaign_of_the_region_is_received_and_reported),
        cmocka_unit_test(what_the_region_adds_is_adopted),
        cmocka_unit_test(what_the_region_lists_it_decides_on),
        cmocka_unit_test(what_its_team_finds_is_handed_over),
        cmocka_unit_test(what_cannot_be_done_yet_is_told_and_done_later),
        cmocka_unit_test(what_is_shown_again_changes_nothing),
    };
    return cmocka_run_group_tests(tests, up, down);
}

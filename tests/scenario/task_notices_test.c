// SPDX-License-Identifier: Apache-2.0
// What happens in tasks reaches those whose turn it is, by the rules that come along: each message once, whoever is
// killed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"
#include "support/steps.h"

static struct instance *county;
static struct person office;
static struct person officer;
static struct person sibling;
static struct person clerk;

static int up(void **state)
{
    char output[4096];
    (void)state;
    county = instance_start(1);
    instance_start_tasks(county);
    instance_start_notifications(county);
    office = as(county, "region_officer", REGION_15, "自治区监管员");
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    sibling = as(county, "county_officer", COUNTY_150423, "邻县监管员");
    clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    if (instance_run(
            county, output, sizeof(output),
            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_NOTIFICATIONS=ipc://%s/notifications-0 "
            "ANLAN_KEYS=%s/keys; export ANLAN_TOKEN=$(anlan token --role region_officer --unit %s); anlan notify "
            "rules import $ANLAN_SOURCE/deploy/data/notify-rules.csv --unit %s 2>&1",
            county->dir, county->dir, county->dir, county->ids[REGION_15], county->ids[REGION_15]) != 0)
        fail_msg("%s", output);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static size_t count_in(struct person person, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(ask_well(county, person, "ListInbox", "{'pageSize': 200}"), text); at;
         at = strstr(at + 1, text))
        count++;
    return count;
}

static void expect(struct person person, const char *text)
{
    for (int try = 0; try < 500; try++) {
        if (count_in(person, text) > 0)
            return;
        usleep(50000);
    }
    fail_msg("no message %s in %s", text, ask_well(county, person, "ListInbox", "{}"));
}

// Messages of a rule whose ladders have not ended.
static long long waiting_for(const char *rule)
{
    return instance_sql(
        county, "notifications",
        "SELECT count(*) FROM messages WHERE due_at IS NOT NULL AND position('%s'::bytea IN summary) > 0", rule);
}

static void a_campaign_is_told_to_those_to_whom_it_is_deployed_and_its_receipt_above(void **state)
{
    (void)state;
    const char *reply =
        ask_well(county, office, "IssueCampaign",
                 "{'unitId': '%s', 'name': '百日行动', 'document': '内安委〔2026〕8号', 'startsAt': "
                 "'2026-06-01T00:00:00+08:00', 'endsAt': '2026-09-10T00:00:00+08:00', 'rounds': [{'startsAt': "
                 "'2026-06-01T00:00:00+08:00', 'endsAt': '2026-09-10T00:00:00+08:00'}], 'requirements': '全覆盖。'}",
                 county->ids[REGION_15]);
    const char *id = reply_at(county, reply, "campaign.id");
    ask_well(county, office, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitIds': ['%s']}",
             county->ids[REGION_15], id, county->ids[COUNTY_150424]);
    expect(officer, "活动已下达：百日行动");
    assert_int_equal(count_in(sibling, "百日行动"), 0);
    assert_int_equal(waiting_for("campaign_deployed"), 1);
    // The next one is deployed by an entry of its own: who was told is not told again.
    ask_well(county, office, "DeployCampaign", "{'tenantId': '%s', 'id': '%s', 'version': 2, 'unitIds': ['%s']}",
             county->ids[REGION_15], id, county->ids[COUNTY_150423]);
    expect(sibling, "活动已下达：百日行动");
    assert_int_equal(count_in(officer, "活动已下达"), 1);
    ask_well(county, officer, "ReceiveCampaign", "{'unitId': '%s', 'aboveTenantId': '%s', 'aboveId': '%s'}",
             county->ids[COUNTY_150424], county->ids[REGION_15], id);
    expect(office, "活动已签收：百日行动");
    assert_int_equal(waiting_for("campaign_deployed"), 1);    // the sibling's: this county has received it
}

static void a_clock_that_strikes_is_told_once(void **state)
{
    (void)state;
    ask_well(county, office, "SetClockRule",
             "{'unitId': '%s', 'document': '内安委9号', 'warnDays': 3, 'overdueDays': [0]}", county->ids[REGION_15]);
    ask_well(county, officer, "CreateHazard",
             "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '通道堵塞', "
             "'occurredAt': '2026-01-01T00:00:00Z', 'assignment': {'responsibleUnitId': '%s', 'responsiblePerson': "
             "'张三', 'deadline': '2026-02-01T00:00:00Z'}}",
             county->ids[TOWNSHIP_100], county->ids[TOWNSHIP_100]);
    expect(clerk, "整改已逾期");
    // Another rule winds the clock anew, and that is told to nobody.
    ask_well(county, office, "SetClockRule",
             "{'unitId': '%s', 'document': '内安委10号', 'warnDays': 5, 'overdueDays': [0]}", county->ids[REGION_15]);
    instance_end_notifications(county, true);
    instance_start_notifications(county);
    sleep(7);    // past its lease
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM tracked_hazards WHERE last_action = 28"), 1);
    assert_int_equal(instance_sql(county, "notifications", "SELECT count(*) FROM follow_stuck"), 0);
    assert_int_equal(count_in(clerk, "整改已逾期"), 1);
}

static bool has_closed(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE closed_at IS NOT NULL") > 0;
}

static void a_re_check_is_told_to_who_is_to_make_it(void **state)
{
    (void)state;
    struct cast cast = cast_of(county);
    hazard_in(county, &cast, ANLAN__HAZARDS__V1__STATE__STATE_CLOSED, ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL);
    assert_true(eventually(has_closed, county));
    ask_well(county, office, "SetDrawRule", "{'unitId': '%s', 'document': '内安委9号', 'sharePermille': 1000}",
             county->ids[REGION_15]);
    ask_well(county, officer, "DrawLookBacks",
             "{'unitId': '%s', 'closedFrom': '2020-01-01T00:00:00Z', 'closedUntil': '2099-01-01T00:00:00Z', 'seed': "
             "'20261126'}",
             county->ids[COUNTY_150424]);
    const char *id = "";
    for (int try = 0; try < 200 && !*id; try++) {
        id = reply_at(county, ask_well(county, officer, "ListRechecks", "{}"), "rechecks.0.id");
        usleep(50000);
    }
    ask_well(
        county, officer, "AssignRecheck",
        "{'tenantId': '%s', 'id': '%s', 'version': 1, 'assignedUnitId': '%s', 'assignedPerson': '赵铁柱', 'dueAt': "
        "'2027-01-01T00:00:00Z'}",
        county->ids[COUNTY_150424], id, county->ids[TOWNSHIP_100]);
    expect(clerk, "请回头看复查");
}

static void tables_are_what_the_log_says_and_nothing_is_stuck(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(county, output, sizeof(output),
                            "anlan-notifications verify --database='%s' 2>&1 && anlan-notifications follows "
                            "--database='%s' 2>&1",
                            instance_conninfo(county, "notifications", false),
                            instance_conninfo(county, "notifications", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_campaign_is_told_to_those_to_whom_it_is_deployed_and_its_receipt_above),
        cmocka_unit_test(a_clock_that_strikes_is_told_once),
        cmocka_unit_test(a_re_check_is_told_to_who_is_to_make_it),
        cmocka_unit_test(tables_are_what_the_log_says_and_nothing_is_stuck),
    };
    return cmocka_run_group_tests(tests, up, down);
}

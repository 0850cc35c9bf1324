// SPDX-License-Identifier: Apache-2.0
// Closed hazards are drawn for a re-check by a rule that is data and a seed with which anybody draws again; the verdict
// is given in the ledger.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/ask.h"
#include "support/replay.h"
#include "support/steps.h"

#define GENERAL 12
#define MAJORS 2

static struct instance *county;
static struct cast cast;
static struct person officer;
static struct person clerk;
static const char *drawn;
static int wanted;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_tasks(county);
    cast = cast_of(county);
    officer = as(county, "county_officer", COUNTY_150424, "抽查人");
    clerk = as(county, "township_clerk", TOWNSHIP_100, "李娜");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static bool closed_are_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE hazard_state = 6") == wanted;
}

static const char *draw(const char *seed, struct status *status)
{
    *status = (struct status){0};
    return ask(county, officer, "DrawLookBacks", status,
               "{'unitId': '%s', 'closedFrom': '2020-01-01T00:00:00Z', 'closedUntil': '2099-01-01T00:00:00Z', 'seed': "
               "'%s'}",
               county->ids[COUNTY_150424], seed);
}

static void hazards_are_closed(void **state)
{
    (void)state;
    for (int i = 0; i < GENERAL; i++)
        hazard_in(county, &cast, STATE(CLOSED), GRADE(GENERAL));
    for (int i = 0; i < MAJORS; i++)
        hazard_in(county, &cast, STATE(CLOSED), GRADE(MAJOR));
    wanted = GENERAL + MAJORS;
    assert_true(eventually(closed_are_known, county));
}

static void without_a_rule_nothing_is_drawn(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(draw("20261126", &status));
    assert_reason(status, STATE_CONFLICT);
    assert_null(ask(county, officer, "SetDrawRule", &status, "{'unitId': '%s', 'document': '1号'}",
                    county->ids[COUNTY_150424]));
    assert_string_equal(status.violations[0].field, "share_permille");
    assert_null(ask(county, clerk, "SetDrawRule", &status, "{'unitId': '%s', 'document': '1号', 'allMajor': true}",
                    county->ids[TOWNSHIP_100]));
    assert_reason(status, PERMISSION_MISSING);
}

static void the_nearest_rule_up_the_tree_counts(void **state)
{
    (void)state;
    struct status status = {0};
    struct person region = as(county, "region_officer", REGION_15, "区应急厅");
    struct person sibling = as(county, "county_officer", COUNTY_150423, "邻县");
    ask_well(county, region, "SetDrawRule",
             "{'unitId': '%s', 'document': '内安委9号', 'allMajor': true, 'sharePermille': 500}",
             county->ids[REGION_15]);
    ask_well(county, sibling, "SetDrawRule", "{'unitId': '%s', 'document': '邻县1号', 'sharePermille': 1000}",
             county->ids[COUNTY_150423]);
    const char *reply = draw("20261126", &status);
    assert_ok(status);
    assert_string_equal(reply_at(county, reply, "draw.poolCount"), "14");
    assert_string_equal(reply_at(county, reply, "draw.drawnCount"), "8");    // both major ones, and half of twelve
    assert_string_equal(reply_at(county, reply, "draw.sharePermille"), "500");
    drawn = reply_at(county, reply, "draw.id");
    for (int i = 0; i < 3; i++) {
        const char *grade = reply_at(
            county,
            ask_well(county, officer, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424],
                     reply_at(county, reply, arena_printf(&county->arena, "draw.detail.drawnIds.%d", i))),
            "hazard.grade");
        assert_string_equal(grade, i < MAJORS ? "GRADE_MAJOR" : "GRADE_GENERAL");
    }
}

static int anlan(char *output, size_t size, const char *words)
{
    return instance_run(
        county, output, size,
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TASKS=ipc://%s/tasks-0 "
        "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国); anlan %s",
        county->dir, county->dir, county->dir, county->ids[COUNTY_150424], words);
}

static void anybody_draws_again_and_finds_the_same(void **state)
{
    (void)state;
    char output[4096];
    const char *words = arena_printf(
        &county->arena, "look-backs get --tenant 150424 --id %s --json | python3 $ANLAN_SOURCE/tests/support/redraw.py",
        drawn);
    if (anlan(output, sizeof(output), words) != 0)
        fail_msg("%s", output);
    assert_non_null(strstr(output, "8 of 14, the same"));
    // Another seed would have drawn others.
    words = arena_printf(&county->arena,
                         "look-backs get --tenant 150424 --id %s --json | sed 's/20261126/20261127/' | python3 "
                         "$ANLAN_SOURCE/tests/support/redraw.py 2>&1",
                         drawn);
    assert_int_not_equal(anlan(output, sizeof(output), words), 0);
    assert_non_null(strstr(output, "drawn again"));
}

static bool rechecks_are_open(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM rechecks WHERE state = 1") == wanted;
}

static bool one_is_checked(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM rechecks WHERE state = 14") == wanted;
}

static const char *recheck;
static const char *hazard_id;

static void each_becomes_a_recheck_that_is_assigned(void **state)
{
    (void)state;
    struct status status = {0};
    wanted = 8;
    assert_true(eventually(rechecks_are_open, county));
    const char *reply = ask_well(county, officer, "ListRechecks", "{'drawId': '%s'}", drawn);
    assert_string_equal(reply_at(county, reply, "rechecks"), "8");
    recheck = reply_at(county, reply, "rechecks.0.id");
    hazard_id = reply_at(county, reply, "rechecks.0.hazardId");
    // Nothing else is drawn while they are open, but the rest may be.
    const char *rest = draw("rest", &status);
    assert_ok(status);
    assert_string_equal(reply_at(county, rest, "draw.poolCount"), "6");
    assert_string_equal(reply_at(county, rest, "draw.drawnCount"), "3");
    assert_null(ask(county, officer, "AssignRecheck", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 1, 'assignedUnitId': '%s', 'assignedPerson': '李娜', "
                    "'dueAt': '2027-01-01T00:00:00Z'}",
                    county->ids[COUNTY_150424], recheck, county->ids[TOWNSHIP_OTHER]));
    assert_string_equal(status.violations[0].field, "assigned_unit_id");
    reply = ask_well(county, officer, "AssignRecheck",
                     "{'tenantId': '%s', 'id': '%s', 'version': 1, 'assignedUnitId': '%s', 'assignedPerson': '李娜', "
                     "'dueAt': '2027-01-01T00:00:00Z'}",
                     county->ids[COUNTY_150424], recheck, county->ids[TOWNSHIP_101]);
    assert_string_equal(reply_at(county, reply, "recheck.state"), "STATE_ASSIGNED");
    struct person other = as(county, "township_clerk", TOWNSHIP_101, "新城子镇安全员");
    reply = ask_well(county, other, "ListRechecks", "{}");
    assert_string_equal(reply_at(county, reply, "rechecks.0.id"), recheck);
    struct person sibling = as(county, "county_officer", COUNTY_150423, "邻县");
    assert_string_equal(reply_at(county, ask_well(county, sibling, "ListRechecks", "{}"), "rechecks"), "");
    assert_string_equal(reply_at(county, ask_well(county, sibling, "ListDraws", "{}"), "draws"), "");
}

static void the_verdict_is_given_in_the_ledger(void **state)
{
    (void)state;
    const char *tenant = county->ids[COUNTY_150424];
    const char *reply = ask_well(county, officer, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", tenant, hazard_id);
    ask_well(county, officer, "LookBack",
             "{'tenantId': '%s', 'id': '%s', 'version': %s, 'verdict': 'VERDICT_REBOUND', 'note': '护栏再次缺失', "
             "'assignment': {'responsibleUnitId': '%s', 'responsiblePerson': '张三', 'deadline': "
             "'2027-01-01T00:00:00Z'}}",
             tenant, hazard_id, reply_at(county, reply, "hazard.version"), county->ids[TOWNSHIP_100]);
    wanted = 1;
    assert_true(eventually(one_is_checked, county));
    reply = ask_well(county, officer, "GetRecheck", "{'tenantId': '%s', 'id': '%s'}", tenant, recheck);
    assert_string_equal(reply_at(county, reply, "recheck.verdict"), "VERDICT_REBOUND");
    assert_string_equal(reply_at(county, reply, "recheck.checkedBy"), "抽查人");
    assert_string_equal(reply_at(county, reply, "recheck.detail.note"), "护栏再次缺失");
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
}

// Who follows tasks' own log, or does not for a while.
static void let_follow(bool follow)
{
    assert_int_equal(instance_sql(county, "tasks",
                                  "UPDATE follow_leases SET holder = '00000000-0000-7000-8000-000000000000', until = "
                                  "now() + interval '%d s' WHERE source = 'tasks' RETURNING 1",
                                  follow ? 0 : 50),
                     1);
}

static bool own_log_is_followed(struct instance *instance)
{
    return instance_sql(instance, "tasks",
                        "SELECT count(*) FROM follow_cursors c JOIN heads h USING (tenant_id, position) WHERE c.source "
                        "= 'tasks' AND tenant_id = '%s'",
                        instance->ids[COUNTY_150424]) == 1;
}

static bool one_is_confirmed(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE hazard_state = 7") == 1;
}

// A verdict that is faster than what follows from the draw: the re-check would be open for ever.
static void what_has_its_verdict_already_is_not_opened(void **state)
{
    (void)state;
    struct status status = {0};
    const char *tenant = county->ids[COUNTY_150424];
    let_follow(false);
    sleep(2);    // it looks each second whether it still may
    const char *looked_at = reply_at(county, draw("again", &status), "draw.detail.drawnIds.0");
    assert_ok(status);
    const char *reply = ask_well(county, officer, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", tenant, looked_at);
    ask_well(county, officer, "LookBack",
             "{'tenantId': '%s', 'id': '%s', 'version': %s, 'verdict': 'VERDICT_CONFIRMED', 'note': '未反弹'}", tenant,
             looked_at, reply_at(county, reply, "hazard.version"));
    assert_true(eventually(one_is_confirmed, county));
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM rechecks WHERE hazard_id = '%s'", looked_at),
                     0);
    let_follow(true);
    assert_true(eventually(own_log_is_followed, county));
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM rechecks WHERE hazard_id = '%s'", looked_at),
                     0);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
}

static void what_is_set_and_drawn_is_shown(void **state)
{
    (void)state;
    char output[4096];
    assert_int_equal(anlan(output, sizeof(output),
                           "look-backs rule --unit 150424 --document 林安委9号 --all-major --share "
                           "200 --at-least 1 --lang zh"),
                     0);
    assert_non_null(strstr(output, "比例‰: 200"));
    assert_int_equal(anlan(output, sizeof(output), "look-backs rechecks --unit 150424 --state checked --lang zh"), 0);
    assert_non_null(strstr(output, "反弹"));
    assert_int_equal(anlan(output, sizeof(output),
                           "look-backs draw --unit 150424 --from 2020-01-01 --until 2020-01-02 "
                           "--lang zh 2>&1"),
                     1);
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(county, "draw_rules, draws, rechecks, tracked_hazards",
                 "UPDATE rechecks SET draw_id = hazard_id WHERE state = 14");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hazards_are_closed),
        cmocka_unit_test(without_a_rule_nothing_is_drawn),
        cmocka_unit_test(the_nearest_rule_up_the_tree_counts),
        cmocka_unit_test(anybody_draws_again_and_finds_the_same),
        cmocka_unit_test(each_becomes_a_recheck_that_is_assigned),
        cmocka_unit_test(the_verdict_is_given_in_the_ledger),
        cmocka_unit_test(what_has_its_verdict_already_is_not_opened),
        cmocka_unit_test(what_is_set_and_drawn_is_shown),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

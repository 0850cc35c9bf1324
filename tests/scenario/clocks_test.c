// SPDX-License-Identifier: Apache-2.0
// Clocks by rules and calendars that are data: nearly due and overdue, each once, across restarts, and no storm.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"
#include "support/replay.h"

#define MANY 250

static struct instance *county;
static struct person officer;
static struct person clerk;
static long long wanted;
static const char *first;    // hazard

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_tasks(county);
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    clerk = as(county, "township_clerk", TOWNSHIP_100, "李娜");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static const char *enter_at(enum place place, const char *found, const char *deadline)
{
    return reply_at(
        county,
        ask_well(county, officer, "CreateHazard",
                 "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '通道堵塞', "
                 "'occurredAt': '%s', 'assignment': {'responsibleUnitId': '%s', 'responsiblePerson': '张三', "
                 "'deadline': '%s'}}",
                 county->ids[place], found, county->ids[TOWNSHIP_100], deadline),
        "hazard.id");
}

static const char *enter(const char *found, const char *deadline)
{
    return enter_at(TOWNSHIP_100, found, deadline);
}

static const char *in_days(int days)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + (clock_time)days * 86400 * CLOCK_SECOND, text);
    return arena_printf(&county->arena, "%s", text);
}

// Entries of the log by which clocks struck.
static long long strikes(struct instance *instance)
{
    return instance_sql(instance, "tasks",
                        "SELECT count(*) FROM entries WHERE position('StrikeClocks'::bytea IN entry) > 0");
}

static bool have_struck(struct instance *instance)
{
    return strikes(instance) == wanted;
}

static bool are_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards") == wanted;
}

static void without_a_rule_no_clock_strikes(void **state)
{
    (void)state;
    struct status status = {0};
    first = enter("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    wanted = 1;
    assert_true(eventually(are_known, county));
    sleep(2);
    assert_int_equal(strikes(county), 0);
    assert_null(ask(county, officer, "SetClockRule", &status, "{'unitId': '%s', 'document': '1号'}",
                    county->ids[COUNTY_150424]));
    assert_string_equal(status.violations[0].field, "warn_days");
    assert_null(ask(county, officer, "SetClockRule", &status,
                    "{'unitId': '%s', 'document': '1号', 'overdueDays': [5, 5]}", county->ids[COUNTY_150424]));
    assert_string_equal(status.violations[0].field, "overdue_days");
    assert_null(ask(county, clerk, "SetClockRule", &status, "{'unitId': '%s', 'document': '1号', 'warnDays': 1}",
                    county->ids[TOWNSHIP_100]));
    assert_reason(status, PERMISSION_MISSING);
}

static void a_rule_above_holds_below_and_the_nearest_one_counts(void **state)
{
    (void)state;
    struct person region = as(county, "region_officer", REGION_15, "区应急厅");
    ask_well(county, region, "SetClockRule",
             "{'unitId': '%s', 'document': '内安委9号', 'warnDays': 3, 'overdueDays': [0]}", county->ids[REGION_15]);
    const char *warned = enter(in_days(-1), in_days(2));
    enter(in_days(-1), in_days(9));    // not yet
    const char *late = enter("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    wanted = 3;    // the one that was there before the rule among them
    assert_true(eventually(have_struck, county));
    const char *reply = ask_well(county, officer, "ListTrackedHazards", "{'struck': true}");
    assert_string_equal(reply_at(county, reply, "hazards"), "3");
    for (int i = 0; i < 3; i++) {
        const char *id = reply_at(county, reply, arena_printf(&county->arena, "hazards.%d.id", i));
        const char *action = reply_at(county, reply, arena_printf(&county->arena, "hazards.%d.lastAction", i));
        const char *stage = reply_at(county, reply, arena_printf(&county->arena, "hazards.%d.clockStage", i));
        assert_true(strcmp(id, warned) == 0 || strcmp(id, late) == 0 || strcmp(id, first) == 0);
        assert_string_equal(action, strcmp(id, warned) == 0 ? "ACTION_REMIND" : "ACTION_OVERDUE");
        assert_string_equal(stage, strcmp(id, warned) == 0 ? "1" : "2");
    }
    // A township's own rule: its hazards are not warned about so early.
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '林安委1号', 'warnDays': 1}",
             county->ids[TOWNSHIP_100]);
    enter(in_days(-1), in_days(2));
    sleep(3);
    assert_int_equal(strikes(county), 3);
}

static void a_restart_lets_none_strike_again(void **state)
{
    (void)state;
    instance_end_tasks(county, true);
    instance_start_tasks(county);
    sleep(3);
    assert_int_equal(strikes(county), 3);
}

static void what_piled_up_strikes_in_time_and_not_at_once(void **state)
{
    (void)state;
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '林安委2号', 'overdueDays': [0, 3]}",
             county->ids[TOWNSHIP_100]);
    instance_end_tasks(county, false);
    for (int i = 0; i < MANY; i++)
        enter("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    instance_start_tasks(county);
    wanted = 3 + MANY + 2;    // two were overdue by the rule before, and are so once more, three days behind
    assert_true(eventually(have_struck, county) || eventually(have_struck, county));
    // Of two times that were missed the later struck; and of one second there are at most 100.
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM tracked_hazards WHERE clock_stage = 2"),
                     MANY + 2);
    sleep(2);
    assert_int_equal(strikes(county), wanted);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM clocks WHERE next_at <= now()"), 0);
}

static void what_is_done_strikes_no_more(void **state)
{
    (void)state;
    const char *id = enter(in_days(-1), in_days(40));
    wanted = instance_sql(county, "hazards", "SELECT count(*) FROM hazards");
    assert_true(eventually(are_known, county));
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM clocks WHERE hazard_id = '%s'", id), 1);
    ask_well(county, clerk, "StartRectification", "{'tenantId': '%s', 'id': '%s', 'version': 1}",
             county->ids[COUNTY_150424], id);
    ask_well(county, clerk, "ReportRectification",
             "{'tenantId': '%s', 'id': '%s', 'version': 2, 'measures': '已清理', 'evidence': ['照片1.jpg']}",
             county->ids[COUNTY_150424], id);
    for (int try = 0; try < 100; try++) {
        if (instance_sql(county, "tasks", "SELECT count(*) FROM clocks WHERE hazard_id = '%s'", id) == 0)
            break;
        usleep(50000);
    }
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM clocks WHERE hazard_id = '%s'", id), 0);
}

static int anlan(char *output, size_t size, const char *words)
{
    return instance_run(
        county, output, size,
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TASKS=ipc://%s/tasks-0 "
        "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国); anlan %s "
        "--lang zh 2>&1",
        county->dir, county->dir, county->dir, county->ids[COUNTY_150424], words);
}

static bool alarm_is_raised(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE clock_alarm_year = 2098") == 1;
}

static void working_days_need_a_calendar_of_the_year(void **state)
{
    (void)state;
    char output[4096];
    struct status status = {0};
    const char *words = arena_printf(&county->arena,
                                     "clocks import $ANLAN_SOURCE/deploy/data/holidays-2026.csv --unit 150424 "
                                     "--document 国办发明电 --rejects %s/r.csv",
                                     county->dir);
    if (anlan(output, sizeof(output), words) != 0)
        fail_msg("%s", output);
    assert_int_equal(anlan(output, sizeof(output), "clocks calendars"), 0);
    assert_non_null(strstr(output, "2026"));
    assert_int_equal(anlan(output, sizeof(output),
                           "clocks rule --unit 150424100 --document 林安委3号 --warn 2 --overdue 0 --working-days"),
                     0);
    enter(in_days(-1), "2098-06-03T00:00:00Z");
    assert_true(eventually(alarm_is_raised, county));
    assert_int_equal(anlan(output, sizeof(output), "clocks due --alarmed"), 0);
    assert_non_null(strstr(output, "2098"));
    assert_null(ask(county, officer, "PublishCalendar", &status,
                    "{'unitId': '%s', 'year': 2026, 'document': '1号', 'off': ['2027-01-01']}",
                    county->ids[COUNTY_150424]));
    assert_string_equal(status.violations[0].field, "off[0]");
    assert_null(ask(county, officer, "PublishCalendar", &status,
                    "{'unitId': '%s', 'year': 2026, 'document': '1号', 'worked': ['2026-11-26']}",
                    county->ids[COUNTY_150424]));
    assert_string_equal(status.violations[0].field, "worked[0]");    // a Thursday
}

// By all rules there are, and nothing is due.
static bool is_calm(struct instance *instance)
{
    return instance_sql(instance, "tasks",
                        "SELECT (SELECT count(*) FROM clock_units c JOIN clock_rules k ON k.unit_id = c.unit_id AND "
                        "c.wound_at < k.entered_at) + (SELECT count(*) FROM clocks WHERE next_at <= now())") == 0;
}

// What is no tier has a rule for itself and what lies below it, not for the county in which it lies.
static void a_rule_of_an_enterprise_is_its_own(void **state)
{
    (void)state;
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '林安委2号', 'warnDays': 30}",
             county->ids[ENTERPRISE]);
    assert_true(eventually(is_calm, county));
    long long before = strikes(county);
    enter_at(ENTERPRISE, in_days(-1), in_days(20));
    wanted = before + 1;
    assert_true(eventually(have_struck, county));
    enter_at(COUNTY_150424, in_days(-1), in_days(20));
    sleep(3);
    assert_int_equal(strikes(county), wanted);
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(county, "clock_rules, calendars, clocks, tracked_hazards",
                 "UPDATE tracked_hazards SET clock_stage = 0 WHERE clock_stage > 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_rule_no_clock_strikes),
        cmocka_unit_test(a_rule_above_holds_below_and_the_nearest_one_counts),
        cmocka_unit_test(a_restart_lets_none_strike_again),
        cmocka_unit_test(what_piled_up_strikes_in_time_and_not_at_once),
        cmocka_unit_test(what_is_done_strikes_no_more),
        cmocka_unit_test(working_days_need_a_calendar_of_the_year),
        cmocka_unit_test(a_rule_of_an_enterprise_is_its_own),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

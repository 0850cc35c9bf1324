// SPDX-License-Identifier: Apache-2.0
// Clocks that run are wound anew by a rule or a calendar that is set later: each once, across restarts, and no storm.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"
#include "support/replay.h"

#define MANY 230

static struct instance *county;
static struct person officer;
static long long wanted;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_tasks(county);
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// A hazard that is to be rectified.
static const char *enter(const char *unit_id, const char *deadline)
{
    return reply_at(county,
                    ask_well(county, officer, "CreateHazard",
                             "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                             "'通道堵塞', 'occurredAt': '2026-01-01T00:00:00Z', 'assignment': {'responsibleUnitId': "
                             "'%s', 'responsiblePerson': '张三', 'deadline': '%s'}}",
                             unit_id, county->ids[TOWNSHIP_100], deadline),
                    "hazard.id");
}

static const char *in_days(int days)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + (clock_time)days * 86400 * CLOCK_SECOND, text);
    return arena_printf(&county->arena, "%s", text);
}

// Entries of the log that a method has made.
static long long entries_by(const char *method)
{
    return instance_sql(county, "tasks", "SELECT count(*) FROM entries WHERE position('%s'::bytea IN entry) > 0",
                        method);
}

static long long windings(void)
{
    return entries_by("WindClocks");
}

static long long strikes(void)
{
    return entries_by("StrikeClocks");
}

static bool are_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards") == wanted;
}

static bool are_wound(struct instance *instance)
{
    (void)instance;
    return windings() >= wanted;
}

static bool have_struck(struct instance *instance)
{
    (void)instance;
    return strikes() >= wanted;
}

static long long known(void)
{
    return instance_sql(county, "hazards", "SELECT count(*) FROM hazards");
}

// So many are wound anew, and after a while no more.
static void expect_windings(long long before, long long more)
{
    wanted = before + more;
    if (!eventually(are_wound, county))
        fail_msg("%lld of %lld were wound", windings() - before, more);
    sleep(2);
    assert_int_equal(windings(), wanted);
}

static void expect_strikes(long long count)
{
    wanted = count;
    if (!eventually(have_struck, county))
        fail_msg("%lld of %lld have struck", strikes(), count);
    sleep(1);
    assert_int_equal(strikes(), count);
}

static void migrate(void)
{
    char output[2048];
    if (instance_run(county, output, sizeof(output), "anlan-tasks migrate --database='%s' 2>&1",
                     instance_conninfo(county, "tasks", true)) != 0)
        fail_msg("%s", output);
}

// A database of the version before, with hazards that are to be rectified: none had ever a clock.
static void a_database_of_the_version_before_is_brought_up(void **state)
{
    (void)state;
    enter(county->ids[TOWNSHIP_100], "2026-02-01T00:00:00Z");
    enter(county->ids[TOWNSHIP_100], in_days(2));
    enter(county->ids[COUNTY_150424], in_days(90));
    wanted = 3;
    assert_true(eventually(are_known, county));
    instance_end_tasks(county, false);
    instance_sql(county, "tasks",
                 "DROP TRIGGER clock_units_begin ON tracked_hazards; DROP TRIGGER clock_units_keep ON tracked_hazards; "
                 "DROP FUNCTION clock_units_keep(); DROP FUNCTION clock_units_of(tracked_hazards); "
                 "DROP TABLE clock_units; ALTER TABLE tracked_hazards DROP COLUMN clock_as_of, "
                 "DROP COLUMN clock_working, DROP COLUMN clock_unit_ids; "
                 "DELETE FROM anlan_migrations WHERE number = 10");
    migrate();
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(DISTINCT hazard_id) FROM clock_units"), 3);
    instance_start_tasks(county);
    sleep(2);
    assert_int_equal(windings(), 0);    // without a rule there is nothing to wind
}

static void a_rule_that_is_set_afterwards_reminds_of_what_was_there(void **state)
{
    (void)state;
    ask_well(county, officer, "SetClockRule",
             "{'unitId': '%s', 'document': '林安委1号', 'warnDays': 3, 'overdueDays': [0, 5]}",
             county->ids[COUNTY_150424]);
    expect_windings(0, 3);
    expect_strikes(2);    // one is nearly due, one is overdue: of its three times the last one
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM tracked_hazards WHERE clock_stage = 3"), 1);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM tracked_hazards WHERE clock_stage = 1"), 1);
    // What is wound already is so by the rule, when it changes.
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM tracked_hazards WHERE clock_as_of IS NULL"),
                     0);
}

// The rule of a township concerns its own hazards alone; what has struck by the county's does not strike again.
static void a_nearer_rule_winds_those_below_it_and_nothing_strikes_twice(void **state)
{
    (void)state;
    long long before = windings();
    ask_well(county, officer, "SetClockRule",
             "{'unitId': '%s', 'document': '林安委2号', 'warnDays': 5, 'overdueDays': [0, 2, 5]}",
             county->ids[TOWNSHIP_100]);
    expect_windings(before, 2);
    assert_int_equal(strikes(), 2);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM tracked_hazards WHERE clock_stage = 4"), 1);
    // A time that no rule had before strikes.
    ask_well(county, officer, "SetClockRule",
             "{'unitId': '%s', 'document': '林安委3号', 'warnDays': 5, 'overdueDays': [0, 9]}",
             county->ids[TOWNSHIP_100]);
    expect_strikes(3);
}

static long long windings_of_calls(void)
{
    return instance_sql(county, "tasks", "SELECT count(*) FROM results WHERE method LIKE '%%/WindClocks'");
}

static long long striking_in(int days)
{
    return instance_sql(county, "tasks",
                        "SELECT count(*) FROM clocks WHERE next_at BETWEEN now() + interval '%d days' AND now() + "
                        "interval '%d days'",
                        days - 1, days + 1);
}

static void many_are_wound_in_time_each_once_though_it_is_killed(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        enter(county->ids[TOWNSHIP_101], in_days(60));
    wanted = known();
    assert_true(eventually(are_known, county) || eventually(are_known, county));
    sleep(2);
    long long before = windings();
    long long calls = windings_of_calls();
    assert_int_equal(striking_in(57), MANY);
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '林安委4号', 'warnDays': 7}",
             county->ids[TOWNSHIP_101]);
    wanted = before + 1;
    assert_true(eventually(are_wound, county));
    instance_end_tasks(county, true);
    long long first = windings() - before;
    if (first % 100 != 0 && first != MANY)
        fail_msg("%lld were wound at once", first);
    assert_true(first < MANY);    // it was killed in between
    instance_start_tasks(county);
    expect_windings(before, MANY);
    assert_int_equal(windings_of_calls() - calls, 3);    // at most a hundred each
    assert_int_equal(striking_in(53), MANY);
}

static bool is_moved(struct instance *instance)
{
    return instance_sql(instance, "tasks",
                        "SELECT count(*) FROM tracked_hazards WHERE deadline = '2098-06-03T00:00:00Z' AND "
                        "clock_alarm_year = 0 AND clock_next_at = '2098-05-29T00:00:00Z'") == 1;
}

static bool is_alarmed(struct instance *instance)
{
    return instance_sql(instance, "tasks",
                        "SELECT count(*) FROM tracked_hazards WHERE deadline = '2098-06-03T00:00:00Z' AND "
                        "clock_alarm_year = 2098 AND clock_next_at = '2098-05-30T00:00:00Z'") == 1;
}

// Only those that count working days are moved: here the township's one, that it has for the test.
static void a_calendar_that_is_published_later_moves_times_and_ends_the_alarm(void **state)
{
    (void)state;
    ask_well(county, officer, "SetClockRule",
             "{'unitId': '%s', 'document': '厂内1号', 'warnDays': 2, 'workingDays': true}", county->ids[ENTERPRISE]);
    enter(county->ids[ENTERPRISE], "2098-06-03T00:00:00Z");
    assert_true(eventually(is_alarmed, county));
    long long before = windings();
    ask_well(county, officer, "PublishCalendar",
             "{'unitId': '%s', 'year': 2098, 'document': '国办发明电', 'off': ['2098-06-02']}",
             county->ids[COUNTY_150424]);
    assert_true(eventually(is_moved, county));
    expect_windings(before, 1);
    // A calendar of a year long gone moves nothing.
    ask_well(county, officer, "PublishCalendar", "{'unitId': '%s', 'year': 2019, 'document': '国办发明电'}",
             county->ids[COUNTY_150424]);
    sleep(2);
    assert_int_equal(windings(), before + 1);
}

// What is no tier has a rule for what lies in it, and not for the county in which it lies.
static void a_rule_of_a_park_winds_what_lies_in_it(void **state)
{
    (void)state;
    struct person admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    const char *made =
        ask_well(county, admin, "CreateUnit", "{'parentId': '%s', 'kind': 'UNIT_KIND_PARK', 'name': '工业园区'}",
                 county->ids[COUNTY_150424]);
    const char *park = reply_at(county, made, "unit.id");
    made = ask_well(county, admin, "CreateUnit",
                    "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '园区一厂'}", park);
    const char *plant = reply_at(county, made, "unit.id");
    enter(plant, in_days(50));
    wanted = known();
    assert_true(eventually(are_known, county));
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM clock_units WHERE unit_id = '%s'", park), 1);
    sleep(1);
    long long before = windings();
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '园区1号', 'warnDays': 9}", park);
    expect_windings(before, 1);
    // The plant leaves it: the park's next rule is none of the plant's, which is noted once and holds nobody up.
    ask_well(county, admin, "MoveUnit", "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '林政字1号'}", plant,
             county->ids[COUNTY_150424]);
    sleep(1);
    before = windings();
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '园区2号', 'warnDays': 8}", park);
    expect_windings(before, 1);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM clock_units WHERE unit_id = '%s'", park), 0);
    assert_int_equal(instance_sql(county, "tasks",
                                  "SELECT count(*) FROM tracked_hazards WHERE unit_id = '%s' AND clock_next_at IS NULL",
                                  plant),
                     0);
}

static void what_is_done_is_wound_no_more(void **state)
{
    (void)state;
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "李娜");
    const char *id = enter(county->ids[TOWNSHIP_100], in_days(40));
    wanted = known();
    assert_true(eventually(are_known, county));
    ask_well(county, clerk, "StartRectification", "{'tenantId': '%s', 'id': '%s', 'version': 1}",
             county->ids[COUNTY_150424], id);
    ask_well(county, clerk, "ReportRectification",
             "{'tenantId': '%s', 'id': '%s', 'version': 2, 'measures': '已清理', 'evidence': ['照片1.jpg']}",
             county->ids[COUNTY_150424], id);
    for (int try = 0; try < 100; try++) {
        if (instance_sql(county, "tasks", "SELECT count(*) FROM clock_units WHERE hazard_id = '%s'", id) == 0)
            break;
        usleep(50000);
    }
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM clock_units WHERE hazard_id = '%s'", id), 0);
    long long before = windings();
    ask_well(county, officer, "SetClockRule", "{'unitId': '%s', 'document': '林安委5号', 'overdueDays': [0, 9]}",
             county->ids[TOWNSHIP_100]);
    expect_windings(before, 2);
    assert_int_equal(strikes(), 3);
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(county, "clock_rules, calendars, clocks, clock_units, tracked_hazards",
                 "UPDATE tracked_hazards SET clock_as_of = now()");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_of_the_version_before_is_brought_up),
        cmocka_unit_test(a_rule_that_is_set_afterwards_reminds_of_what_was_there),
        cmocka_unit_test(a_nearer_rule_winds_those_below_it_and_nothing_strikes_twice),
        cmocka_unit_test(many_are_wound_in_time_each_once_though_it_is_killed),
        cmocka_unit_test(a_calendar_that_is_published_later_moves_times_and_ends_the_alarm),
        cmocka_unit_test(a_rule_of_a_park_winds_what_lies_in_it),
        cmocka_unit_test(what_is_done_is_wound_no_more),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// Accidents with grade and source, and the bulletin of a quarter: accidents and deaths first, then hazards, who lags,
// what is major and open, against the quarter and the year before.
#include <stdio.h>
#include <string.h>

#include "support/ask.h"
#include "support/replay.h"
#include "support/steps.h"

static struct instance *county;
static struct person officer;
static const char *accident;
static int wanted;

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

static const char *enter(const char *figures, const char *when, struct status *status)
{
    *status = (struct status){0};
    return ask(county, officer, "EnterAccident", status,
               "{'unitId': '%s', 'sector': 'road_traffic', 'description': '货车<侧翻>', 'source': '交警大队快报第7号', "
               "'occurredAt': '%s', %s}",
               county->ids[TOWNSHIP_100], when, figures);
}

static void the_grade_follows_from_the_figures(void **state)
{
    (void)state;
    struct status status = {0};
    static const struct {
        const char *figures;
        const char *grade;
    } cases[] = {
        {"'deaths': 2, 'hurt': 9, 'loss': 9999999", "GENERAL"},
        {"'deaths': 3", "LARGER"},
        {"'hurt': 10", "LARGER"},
        {"'loss': 10000000", "LARGER"},
        {"'deaths': 10", "MAJOR"},
        {"'hurt': 50", "MAJOR"},
        {"'loss': 50000000", "MAJOR"},
        {"'deaths': 30", "EXTRAORDINARY"},
        {"'hurt': 100", "EXTRAORDINARY"},
        {"'loss': 100000000", "EXTRAORDINARY"},
        {"'deaths': 29, 'hurt': 99, 'loss': 99999999", "MAJOR"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *reply = enter(cases[i].figures, "2019-01-01T00:00:00Z", &status);
        assert_ok(status);
        assert_string_equal(reply_at(county, reply, "accident.grade"),
                            arena_printf(&county->arena, "ACCIDENT_GRADE_%s", cases[i].grade));
    }
    assert_null(enter("'deaths': 1", "1999-01-01T00:00:00Z", &status));
    assert_reason(status, STATE_CONFLICT);    // before there were grades
    assert_null(enter("'deaths': 1", "2090-01-01T00:00:00Z", &status));
    assert_false(status_ok(&status));    // not yet
    assert_null(enter("'deaths': -1", "2026-08-01T00:00:00Z", &status));
    assert_string_equal(status.violations[0].field, "deaths");
}

static void what_is_known_later_grades_it_anew(void **state)
{
    (void)state;
    struct status status = {0};
    const char *reply =
        enter("'deaths': 1, 'hurt': 4, 'loss': 300000, 'demonstration': true", "2026-08-01T01:30:00Z", &status);
    accident = reply_at(county, reply, "accident.id");
    assert_string_equal(reply_at(county, reply, "accident.grade"), "ACCIDENT_GRADE_GENERAL");
    reply = ask_well(county, officer, "SupplementAccident",
                     "{'tenantId': '%s', 'id': '%s', 'version': 1, 'deaths': 3, 'hurt': 2, 'loss': 300000, 'source': "
                     "'县医院'}",
                     county->ids[COUNTY_150424], accident);
    assert_string_equal(reply_at(county, reply, "accident.grade"), "ACCIDENT_GRADE_LARGER");
    assert_string_equal(reply_at(county, reply, "accident.detail.reports"), "2");
    assert_string_equal(reply_at(county, reply, "accident.detail.reports.0.deaths"), "1");
    assert_string_equal(reply_at(county, reply, "accident.detail.reports.0.source"), "交警大队快报第7号");
    enter("'deaths': 1", "2026-05-01T00:00:00Z", &status);    // the quarter before
    enter("'hurt': 1", "2025-09-30T15:59:59Z", &status);      // the last second of last year's quarter, in China
    assert_null(ask(county, as(county, "township_clerk", TOWNSHIP_100, "李娜"), "GetAccident", &status,
                    "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], accident));
    assert_reason(status, PERMISSION_MISSING);
    struct person sibling = as(county, "county_officer", COUNTY_150423, "邻县");
    assert_string_equal(reply_at(county, ask_well(county, sibling, "ListAccidents", "{}"), "accidents"), "");
    assert_null(ask(county, sibling, "GetAccident", &status, "{'tenantId': '%s', 'id': '%s'}",
                    county->ids[COUNTY_150424], accident));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_null(ask(county, sibling, "ListFigures", &status,
                    "{'unitId': '%s', 'periodFrom': '2026-07-01T00:00:00Z', 'periodUntil': '2026-10-01T00:00:00Z'}",
                    county->ids[COUNTY_150424]));
    assert_reason(status, UNIT_NOT_FOUND);
}

static bool are_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards WHERE hazard_state IN (2, 6)") ==
           wanted;
}

// Hazards of this quarter: three general ones, of which two are closed, and a major one that is open.
static void hazards_are_entered(void **state)
{
    (void)state;
    struct cast cast = cast_of(county);
    hazard_in(county, &cast, STATE(CLOSED), GRADE(GENERAL));
    hazard_in(county, &cast, STATE(CLOSED), GRADE(GENERAL));
    hazard_in(county, &cast, STATE(ASSIGNED), GRADE(GENERAL));
    hazard_in(county, &cast, STATE(ASSIGNED), GRADE(MAJOR));
    wanted = 4;
    assert_true(eventually(are_known, county));
    const char *reply = ask_well(county, officer, "ListFigures",
                                 "{'unitId': '%s', 'periodFrom': '2020-01-01T00:00:00Z', 'periodUntil': "
                                 "'2099-01-01T00:00:00Z'}",
                                 county->ids[COUNTY_150424]);
    assert_string_equal(reply_at(county, reply, "figures.0.found"), "4");
    assert_string_equal(reply_at(county, reply, "figures.0.major"), "1");
    assert_string_equal(reply_at(county, reply, "figures.0.foundClosed"), "2");
    assert_string_equal(reply_at(county, reply, "figures.0.open"), "2");
    assert_string_equal(reply_at(county, reply, "figures.0.deaths"), "4");    // of two accidents
}

static int anlan(char *output, size_t size, const char *words)
{
    return instance_run(
        county, output, size,
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TASKS=ipc://%s/tasks-0 "
        "ANLAN_HAZARDS=ipc://%s/hazards-0 "
        "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国); anlan %s "
        "--lang zh 2>&1",
        county->dir, county->dir, county->dir, county->dir, county->ids[COUNTY_150424], words);
}

static void the_bulletin_has_accidents_first(void **state)
{
    (void)state;
    static char output[65536];
    const char *words =
        arena_printf(&county->arena, "bulletin --unit 150424 --quarter 2026Q3 --html %s/b.html --xlsx %s/b.xlsx",
                     county->dir, county->dir);
    if (anlan(output, sizeof(output), words) != 0)
        fail_msg("%s", output);
    instance_run(county, output, sizeof(output), "cat %s/b.html", county->dir);
    const char *first = strstr(output, "一、事故和死亡");
    const char *then = strstr(output, "三、隐患排查治理");
    assert_true(first && then && first < then);
    assert_non_null(strstr(output, "林西县2026年第3季度安全生产情况通报"));
    assert_non_null(strstr(output, "演示数据"));    // one accident is
    // This quarter 3 dead, 1 before, none last year.
    assert_non_null(strstr(output,
                           "<td>死亡人数</td><td class=\"n\">3</td><td class=\"n\">1</td><td class=\"n\">+2</td>"
                           "<td class=\"n\">0</td><td class=\"n\">+3</td>"));
    assert_non_null(strstr(output,
                           "<td>重伤人数</td><td class=\"n\">2</td><td class=\"n\">0</td><td class=\"n\">+2</td>"
                           "<td class=\"n\">1</td><td class=\"n\">+1</td>"));
    assert_non_null(strstr(output, "货车&lt;侧翻&gt;"));
    assert_non_null(strstr(output, "较大事故"));
    assert_non_null(strstr(output, "县医院"));
    instance_run(county, output, sizeof(output), "python3 $ANLAN_SOURCE/tests/support/sheets.py %s/b.xlsx 2>&1",
                 county->dir);
    assert_non_null(strstr(output, "死亡人数|3|1|+2|0|+3") ? output : strstr(output, "死亡人数|3|1|2|0|3"));
    assert_non_null(strstr(output, "演示数据"));
    assert_non_null(strstr(output, "货车<侧翻>"));
}

static void this_quarter_tells_who_lags(void **state)
{
    (void)state;
    static char output[65536];
    // The quarter of the entry.
    const char *words =
        arena_printf(&county->arena,
                     "bulletin --unit 150424 --quarter $(date +%%Y)Q$((($(date +%%-m) + 2) / 3)) --html "
                     "%s/c.html",
                     county->dir);
    if (anlan(output, sizeof(output), words) != 0)
        fail_msg("%s", output);
    instance_run(county, output, sizeof(output), "cat %s/c.html", county->dir);
    assert_non_null(strstr(output,
                           "<td>林西镇</td><td class=\"n\">4</td><td class=\"n\">1</td><td class=\"n\">2</td><td "
                           "class=\"n\">50.0%</td><td class=\"n\">2</td>"));
    assert_non_null(strstr(output, "七、未销号的重大隐患"));
    assert_non_null(strstr(output, "八、挂牌督办的隐患"));
    words = arena_printf(&county->arena, "bulletin --unit 150424 --quarter 2023Q1 --html %s/d.html", county->dir);
    assert_int_equal(anlan(output, sizeof(output), words), 0);
    instance_run(county, output, sizeof(output), "cat %s/d.html", county->dir);
    assert_null(strstr(output, "演示数据"));    // nothing made up happened near that quarter
    assert_non_null(strstr(output, "本季度无事故"));
    assert_int_equal(anlan(output, sizeof(output), "bulletin --unit 150424 --quarter 2026Q5 --html /dev/null"), 2);
    assert_int_equal(anlan(output, sizeof(output), "bulletin --unit 150424 --quarter 2026Q3"), 2);
    assert_int_equal(
        anlan(output, sizeof(output), "bulletin --unit 150424 --quarter 2026Q3 --html /nowhere/at/all.html"), 1);
    assert_non_null(strstr(output, "/nowhere/at/all.html"));
}

// More units than a page has lines, all of which stand before the one that lags.
static void who_lags_most_is_first_of_all(void **state)
{
    (void)state;
    static char output[131072];
    instance_sql(county, "tasks",
                 "CREATE TEMP TABLE more AS SELECT h.* FROM tracked_hazards h, generate_series(1, 600) WHERE h.id = "
                 "(SELECT id FROM tracked_hazards WHERE hazard_state = 2 AND grade = 1); UPDATE more SET id = "
                 "gen_random_uuid(), party_ids = '{}', responsible_unit_id = overlay(gen_random_uuid()::text PLACING "
                 "'00000000-0000-7' FROM 1 FOR 15)::uuid; INSERT INTO tracked_hazards SELECT * FROM more");
    const char *words = arena_printf(
        &county->arena, "bulletin --unit 150424 --quarter $(date +%%Y)Q$((($(date +%%-m) + 2) / 3)) --html %s/e.html",
        county->dir);
    int code = anlan(output, sizeof(output), words);
    instance_sql(county, "tasks",
                 "DELETE FROM tracked_hazards WHERE responsible_unit_id::text LIKE '00000000-0000-7%%'");
    if (code != 0)
        fail_msg("%s", output);
    instance_run(county, output, sizeof(output), "cat %s/e.html", county->dir);
    const char *section = strstr(output, "五、整改滞后的责任单位");
    assert_non_null(section);
    const char *first = strstr(section, "<td>");
    assert_non_null(first);
    assert_int_equal(strncmp(first, "<td>林西镇</td>", strlen("<td>林西镇</td>")), 0);
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(county, "accidents, tracked_hazards", "UPDATE accidents SET deaths = deaths + 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grade_follows_from_the_figures),
        cmocka_unit_test(what_is_known_later_grades_it_anew),
        cmocka_unit_test(hazards_are_entered),
        cmocka_unit_test(the_bulletin_has_accidents_first),
        cmocka_unit_test(this_quarter_tells_who_lags),
        cmocka_unit_test(who_lags_most_is_first_of_all),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// A region copies the logs of a county's instance: what the county enters is seen in the region, and nobody writes it
// there.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/ask.h"
#include "support/joined.h"

typedef Anlan__Hazards__V1__Hazard hazard;

static struct joined joined;
#define region joined.region
#define county joined.county
#define SIZE JOINED_OUTPUT

static int set_up(void **state)
{
    (void)state;
    joined_begin(&joined);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    joined_end(&joined);
    return 0;
}

static struct person officer(struct instance *instance)
{
    return as(instance, "county_officer", COUNTY_150424, "李娜");
}

static const hazard *report(const char *description)
{
    struct status status = {0};
    const hazard *made = create_hazard(county, officer(county), TOWNSHIP_100, description, NULL, &status);
    assert_ok(status);
    return made;
}

static void what_the_county_enters_is_seen_in_the_region(void **state)
{
    struct status status = {0};
    (void)state;
    joined_join(&joined);
    const hazard *made = report("配电箱未上锁");
    const hazard *assigned = assign_hazard(county, officer(county), made, NULL, &status);
    assert_ok(status);
    report("消防通道堵塞");
    assert_true(joined_caught_up(&joined, "hazards"));
    joined_assert_equal(&joined, "hazards");
    // Whoever has the county within his scope reads it, as the county has it; its sibling does not.
    const hazard *seen = get_hazard(region, officer(region), made->tenant_id, made->id, &status);
    assert_ok(status);
    assert_int_equal(seen->version, assigned->version);
    assert_string_equal(seen->description, "配电箱未上锁");
    struct person sibling = as(region, "county_officer", COUNTY_150423, "王强");
    assert_null(get_hazard(region, sibling, made->tenant_id, made->id, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(
        region, as(region, "region_officer", REGION_15, "刘志强"), region->ids[REGION_15], "", 50, &status);
    assert_ok(status);
    assert_int_equal(page->n_hazards, 2);
    // Counters are kept along.
    assert_int_equal(instance_sql(region, "hazards",
                                  "SELECT sum(c) FROM hazard_counts h, unnest(h.counts) c WHERE "
                                  "h.tenant_id = '%s'",
                                  region->ids[COUNTY_150424]),
                     instance_sql(county, "hazards",
                                  "SELECT sum(c) FROM hazard_counts h, unnest(h.counts) c WHERE "
                                  "h.tenant_id = '%s'",
                                  county->ids[COUNTY_150424]));
}

static void only_the_owner_writes(void **state)
{
    struct status status = {0};
    (void)state;
    joined_join(&joined);
    const hazard *made = report("护栏缺失");
    assert_true(joined_caught_up(&joined, "hazards"));
    assert_null(assign_hazard(region, officer(region), made, NULL, &status));
    assert_reason(status, OWNED_ELSEWHERE);
    assert_null(create_hazard(region, officer(region), TOWNSHIP_100, "代录", NULL, &status));
    assert_reason(status, OWNED_ELSEWHERE);
    // What is not the county's is written where it always was; and the county does not write what is not its own.
    assert_non_null(create_hazard(region, as(region, "county_officer", COUNTY_150423, "王强"), TOWNSHIP_OTHER,
                                  "线路老化", NULL, &status));
    assert_ok(status);
    assert_null(
        create_hazard(county, as(county, "city_officer", CITY_1504, "赵磊"), CITY_1504, "市级隐患", NULL, &status));
    assert_reason(status, OWNED_ELSEWHERE);
    assert_int_equal(joined_head(&joined, region, "hazards"), 1);
}

// The checker finds what is planted, each under its name.
static void a_planted_difference_is_found(void **state)
{
    static const char *const planted[] = {
        "UPDATE entries SET entry = entry || '\\x00' WHERE position = 2 AND tenant_id = '%s'",
        "UPDATE entries SET algorithm = 7 WHERE position = 1 AND tenant_id = '%s'",
        "DELETE FROM entries WHERE position = 3 AND tenant_id = '%s'",
        "UPDATE heads SET position = 2 WHERE tenant_id = '%s'",
    };
    char output[SIZE];
    (void)state;
    joined_join(&joined);
    for (int i = 0; i < 3; i++)
        report("待核对");
    assert_true(joined_caught_up(&joined, "hazards"));
    joined_assert_equal(&joined, "hazards");
    instance_end_hazards(region, 0, false);
    instance_sql(region, "hazards",
                 "CREATE TABLE kept_entries AS SELECT * FROM entries; CREATE TABLE kept_heads AS SELECT * "
                 "FROM heads");
    for (size_t i = 0; i < COUNT_OF(planted); i++) {
        instance_sql(region, "hazards", planted[i], region->ids[COUNTY_150424]);
        assert_int_equal(joined_invariants(&joined, "hazards", output), 1);
        assert_non_null(strstr(output, "FAULT copies: "));
        instance_sql(region, "hazards",
                     "TRUNCATE entries, heads; INSERT INTO entries SELECT * FROM kept_entries; INSERT INTO "
                     "heads SELECT * FROM kept_heads");
    }
    assert_int_equal(joined_invariants(&joined, "hazards", output), 0);
}

static long long is_running(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(DISTINCT hazard_id) FROM clock_units");
}

static void tasks_are_copied_too(void **state)
{
    (void)state;
    instance_start_tasks(region);
    instance_start_tasks(county);
    joined_join(&joined);
    const hazard *made = report("配电箱未上锁");
    for (int try = 0; try < 200 && joined_head(&joined, county, "tasks") == 0; try++)
        usleep(50000);
    assert_true(joined_head(&joined, county, "tasks") > 0);
    assert_true(joined_caught_up(&joined, "hazards"));
    assert_true(joined_caught_up(&joined, "tasks"));
    joined_assert_equal(&joined, "tasks");
    // A rule of the region is none of the county's: its hazards run by its own, and no clock of a copy is wound.
    struct status status = {0};
    assign_hazard(county, officer(county), made, NULL, &status);
    assert_ok(status);
    ask_well(region, as(region, "region_officer", REGION_15, "刘志强"), "SetClockRule",
             "{'unitId': '%s', 'document': '内安委9号', 'warnDays': 3}", region->ids[REGION_15]);
    for (int try = 0; try < 200 && is_running(region) == 0; try++)
        usleep(50000);
    assert_int_equal(is_running(region), 1);
    sleep(2);
    assert_true(joined_caught_up(&joined, "tasks"));
    joined_assert_equal(&joined, "tasks");
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM clocks"), 0);
    // What followed from the hazard followed once, at the county.
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM tracked_hazards"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_county_enters_is_seen_in_the_region, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_owner_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_planted_difference_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tasks_are_copied_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

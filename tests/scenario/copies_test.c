// SPDX-License-Identifier: Apache-2.0
// A region copies the logs of a county's instance: what the county enters is seen in the region; nobody writes it
// there; cuts heal; what differs stops.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
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

// The county's listener for others and the region's service die while the county writes.
static void a_cut_heals_by_itself(void **state)
{
    (void)state;
    joined_join(&joined);
    for (int i = 0; i < 150; i++) {
        report(arena_printf(&county->arena, "断网期间第 %d 条", i));
        if (i == 20)
            instance_end_hazards(county, 0, true);
        if (i == 60)
            instance_end_hazards(region, 0, true);
        if (i == 100)
            instance_start_hazards(region, 0);
    }
    assert_true(joined_head(&joined, region, "hazards") < 150);
    sleep(2);
    instance_start_hazards(county, 0);
    assert_true(joined_caught_up(&joined, "hazards"));
    assert_int_equal(joined_head(&joined, region, "hazards"), 150);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM hazards"), 150);
    joined_assert_equal(&joined, "hazards");
}

static void who_is_suspended_gets_nothing(void **state)
{
    char output[SIZE];
    (void)state;
    joined_join(&joined);
    report("第一条");
    assert_true(joined_caught_up(&joined, "hazards"));
    joined_holder_does(
        region, arena_printf(&region->arena, "anlan instances suspend --id %s --reason 核查", county->instance_id));
    sleep(2);
    report("第二条");
    sleep(2);
    assert_int_equal(joined_head(&joined, region, "hazards"), 1);
    joined_holder_does(region, arena_printf(&region->arena, "anlan instances resume --id %s", county->instance_id));
    assert_true(joined_caught_up(&joined, "hazards"));
    // The county stops it likewise: the region is refused at its door.
    joined_holder_does(
        county, arena_printf(&county->arena, "anlan instances suspend --id %s --reason 核查", region->instance_id));
    sleep(1);
    report("第三条");
    sleep(2);
    assert_int_equal(joined_head(&joined, region, "hazards"), 2);
    joined_holder_does(county, arena_printf(&county->arena, "anlan instances resume --id %s", region->instance_id));
    assert_true(joined_caught_up(&joined, "hazards"));
    // An end is one.
    joined_holder_does(region,
                       arena_printf(&region->arena, "anlan instances end --id %s --reason 并入", county->instance_id));
    assert_int_equal(
        joined_holder(region, output,
                      arena_printf(&region->arena, "anlan instances resume --id %s 2>&1", county->instance_id)),
        1);
    assert_non_null(strstr(output, "STATE_CONFLICT"));
    struct status status = {0};
    assert_null(create_hazard(region, officer(region), TOWNSHIP_100, "代录", NULL, &status));
    assert_reason(status, OWNED_ELSEWHERE);
}

static bool has_stopped(struct instance *instance)
{
    return instance_sql(instance, "hazards", "SELECT count(*) FROM copies WHERE fault <> ''") == 1;
}

// The county's log is not what it was: nothing is overwritten, somebody is told, and once it is put right it goes on.
static void a_difference_stops_the_copy(void **state)
{
    char output[SIZE];
    char before[80];
    char since[80];
    (void)state;
    joined_join(&joined);
    report("第一条");
    report("第二条");
    assert_true(joined_caught_up(&joined, "hazards"));
    joined_digest(&joined, region, "hazards", 2, before);
    instance_sql(
        county, "hazards",
        "CREATE TABLE kept AS SELECT * FROM entries WHERE position = 1; UPDATE entries SET salt = '\\x00', digest = "
        "sha256('\\x00' || entry) WHERE position = 1");
    assert_true(eventually(has_stopped, region) || eventually(has_stopped, region) || eventually(has_stopped, region));
    report("第三条");
    sleep(1);
    assert_int_equal(joined_head(&joined, region, "hazards"), 2);
    joined_digest(&joined, region, "hazards", 2, since);
    assert_string_equal(before, since);
    assert_int_equal(instance_run(region, output, sizeof(output), "anlan-hazards follows --database='%s' 2>&1",
                                  instance_conninfo(region, "hazards", false)),
                     1);
    assert_non_null(strstr(output, "STOPPED at position 1"));
    assert_int_equal(instance_run(region, output, sizeof(output),
                                  "anlan doctor --lang en --health ipc://%s/hazards-0.health 2>&1", region->dir),
                     1);
    assert_non_null(strstr(output, "1 of 1 copied logs differ from their source"));
    assert_int_equal(instance_run(region, NULL, 0, "grep -q copy.differs %s/hazards-0.log", region->dir), 0);
    // Tried again it stops again; put right it goes on.
    const char *retry = arena_printf(&region->arena, "anlan-hazards retry --database='%s' 2>&1",
                                     instance_conninfo(region, "hazards", false));
    assert_int_equal(instance_run(region, output, sizeof(output), "%s", retry), 0);
    assert_non_null(strstr(output, "1 copies stopped"));
    assert_true(eventually(has_stopped, region));
    instance_sql(
        county, "hazards",
        "UPDATE entries e SET salt = k.salt, digest = k.digest FROM kept k WHERE k.tenant_id = e.tenant_id AND "
        "k.position = e.position");
    instance_run(region, NULL, 0, "%s", retry);
    assert_true(joined_caught_up(&joined, "hazards"));
    joined_assert_equal(&joined, "hazards");
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

static void tasks_are_copied_too(void **state)
{
    (void)state;
    instance_start_tasks(region);
    instance_start_tasks(county);
    joined_join(&joined);
    report("配电箱未上锁");
    for (int try = 0; try < 200 && joined_head(&joined, county, "tasks") == 0; try++)
        usleep(50000);
    assert_true(joined_head(&joined, county, "tasks") > 0);
    assert_true(joined_caught_up(&joined, "hazards"));
    assert_true(joined_caught_up(&joined, "tasks"));
    joined_assert_equal(&joined, "tasks");
    // What followed from the hazard followed once, at the county.
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM tracked_hazards"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_county_enters_is_seen_in_the_region, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_owner_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_heals_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_suspended_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_difference_stops_the_copy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_planted_difference_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tasks_are_copied_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

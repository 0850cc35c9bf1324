// SPDX-License-Identifier: Apache-2.0
// Between a region and a county's instance: cuts heal by themselves, who is suspended gets nothing, what differs stops.
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cut_heals_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_suspended_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_difference_stops_the_copy, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// A county's instance under a region's, each with its own PostgreSQL, keys and authority, over mutual TLS. They come to
// know each other by two files. What the county enters is seen in the region; nobody writes it there; cuts heal; what
// differs stops.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/instance.h"

typedef Anlan__Hazards__V1__Hazard hazard;

static struct instance *region;
static struct instance *county;

#define SIZE 4096

// The program as the holder of an instance's keys; fails the test unless it ends with `expected`.
#define HOLDER                                                                                                         \
    "export ANLAN_KEYS=%s/keys ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_LANG=en; ANLAN_TOKEN=$(anlan token " \
    "--role administrator --instance --name 系统管理员) "

static const char *addresses_of(struct instance *instance)
{
    static const char *const names[] = {"organisations", "hazards", "tasks"};
    const char *text = "";
    for (size_t i = 0; i < COUNT_OF(names); i++)
        text = arena_printf(&instance->arena, "%s --address %s=tls+tcp://127.0.0.1:%u,tls+tcp://127.0.0.1:%u", text,
                            names[i], instance->calls_at[i], instance->feed_at[i]);
    return text;
}

static int as_holder(struct instance *instance, char output[SIZE], const char *command)
{
    return instance_run(instance, output, SIZE, HOLDER "%s", instance->dir, instance->dir, command);
}

static void holder_does(struct instance *instance, const char *command)
{
    char output[SIZE];
    if (as_holder(instance, output, command) != 0)
        fail_msg("%s: %s", command, output);
}

static void write_request(void)
{
    holder_does(county, arena_printf(&county->arena,
                                     "anlan instances request --code 150424 --name 林西县 --ca %s/pki/ca.crt %s "
                                     ">%s/county.json 2>%s/county.txt",
                                     county->dir, addresses_of(county), county->dir, county->dir));
}

static const char *enrolment(const char *unit)
{
    return arena_printf(&region->arena,
                        "anlan instances enrol %s/county.json --unit %s --name 内蒙古自治区 --ca %s/pki/ca.crt %s "
                        ">%s/region.json 2>%s/region.txt",
                        county->dir, unit, region->dir, addresses_of(region), region->dir, region->dir);
}

static const char *acceptance(void)
{
    return arena_printf(&county->arena, "anlan instances accept %s/region.json 2>&1", region->dir);
}

static void join(void)
{
    write_request();
    holder_does(region, enrolment("150424"));
    holder_does(county, acceptance());
    memcpy(county->ids, region->ids, sizeof(county->ids));
}

static int set_up(void **state)
{
    (void)state;
    region = instance_begin(&(const struct instance_plan){.hazards = 1, .tls = true});
    county = instance_begin(&(const struct instance_plan){.hazards = 2, .tls = true, .bare = true});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    instance_stop(county);
    instance_stop(region);
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

// How far the county's log is, here or there.
static long long head(struct instance *instance, const char *service)
{
    return instance_sql(instance, service, "SELECT coalesce((SELECT position FROM heads WHERE tenant_id = '%s'), 0)",
                        instance->ids[COUNTY_150424]);
}

static bool has_caught_up(const char *service)
{
    int64_t until = clock_monotonic() + 30 * CLOCK_SECOND;
    while (clock_monotonic() < until) {
        if (head(region, service) == head(county, service))
            return true;
        usleep(100000);
    }
    char output[SIZE];
    instance_run(region, output, sizeof(output), "tail -n 4 %s/%s-0.log | cut -c 40-500; tail -n 2 %s/%s-0.log | cut -c 40-500", region->dir, service,
                 county->dir, service);
    fputs(output, stderr);
    return false;
}

// What a log is, byte by byte.
static void digest_log(struct instance *instance, const char *service, long long last, char digest[80])
{
    char output[SIZE];
    int status =
        instance_run(instance, output, sizeof(output),
                     "psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_%s -c \"SELECT position, "
                     "algorithm, digest, salt, "
                     "entry FROM entries WHERE tenant_id = '%s' AND position <= %lld ORDER BY position\" | sha256sum",
                     instance->dir, service, instance->ids[COUNTY_150424], last);
    assert_int_equal(status, 0);
    snprintf(digest, 80, "%.64s", output);
}

static void assert_equal_prefix(const char *service)
{
    char here[80];
    char there[80];
    long long last = head(region, service);
    assert_true(last > 0);
    digest_log(region, service, last, here);
    digest_log(county, service, last, there);
    assert_string_equal(here, there);
}

static void assert_consistent(struct instance *instance, const char *service)
{
    char output[SIZE];
    if (instance_run(instance, output, sizeof(output), "anlan-%s verify --database='%s' 2>&1", service,
                     instance_conninfo(instance, service, false)) != 0)
        fail_msg("verify: %s", output);
}

// Each side tells the other by a file; both see the same fingerprints. Nothing is half done where the files do not fit.
static void two_files_make_an_enrolment(void **state)
{
    char output[SIZE];
    (void)state;
    write_request();
    // The region takes nobody's file for another unit's, nor a city that has an instance twice.
    assert_int_equal(as_holder(region, output, enrolment("150423")), 1);
    assert_int_equal(as_holder(region, output, "anlan instances list"), 0);
    assert_null(strstr(output, "林西县"));
    holder_does(region, enrolment("150424"));
    assert_int_equal(instance_run(region, output, sizeof(output),
                                  "tail -n 1 %s/county.txt >%s/a; head -n 1 %s/region.txt | cmp - %s/a", county->dir,
                                  region->dir, region->dir, region->dir),
                     0);
    // An answer is for whom it answers.
    assert_int_equal(as_holder(region, output, acceptance()), 1);
    assert_non_null(strstr(output, "no answer to this instance"));
    assert_int_equal(as_holder(county, output, acceptance()), 0);
    assert_non_null(strstr(output, "5 units made, 0 were here"));
    memcpy(county->ids, region->ids, sizeof(county->ids));
    // Repeats are harmless.
    holder_does(region, enrolment("150424"));
    assert_int_equal(as_holder(county, output, acceptance()), 0);
    assert_non_null(strstr(output, "0 units made, 5 were here"));
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM units"), 5);
    assert_int_equal(instance_sql(region, "organisations", "SELECT max(version) FROM instances"), 1);
    assert_int_equal(as_holder(region, output, "anlan instances list"), 0);
    assert_non_null(strstr(output, "below"));
    assert_non_null(strstr(output, "enrolled"));
    assert_int_equal(as_holder(county, output, "anlan instances list --lang zh"), 0);
    assert_non_null(strstr(output, "上级"));
}

// A file that would not fit into the county's tree is refused whole.
static void a_unit_of_another_id_stands_in_the_way(void **state)
{
    char output[SIZE];
    (void)state;
    write_request();
    holder_does(region, enrolment("150424"));
    holder_does(county, "anlan units create --kind region --code 15 --name 内蒙古自治区");
    assert_int_equal(as_holder(county, output, acceptance()), 1);
    assert_non_null(strstr(output, "is here with another id"));
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM units"), 1);
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM instances"), 0);
}

static void what_the_county_enters_is_seen_in_the_region(void **state)
{
    struct status status = {0};
    (void)state;
    join();
    const hazard *made = report("配电箱未上锁");
    const hazard *assigned = assign_hazard(county, officer(county), made, NULL, &status);
    assert_ok(status);
    report("消防通道堵塞");
    assert_true(has_caught_up("hazards"));
    assert_equal_prefix("hazards");
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
    assert_consistent(region, "hazards");
}

static void only_the_owner_writes(void **state)
{
    struct status status = {0};
    (void)state;
    join();
    const hazard *made = report("护栏缺失");
    assert_true(has_caught_up("hazards"));
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
    assert_int_equal(head(region, "hazards"), 1);
}

// The county's listener for others and the region's service die while the county writes.
static void a_cut_heals_by_itself(void **state)
{
    (void)state;
    join();
    for (int i = 0; i < 150; i++) {
        report(arena_printf(&county->arena, "断网期间第 %d 条", i));
        if (i == 20)
            instance_end_hazards(county, 0, true);
        if (i == 60)
            instance_end_hazards(region, 0, true);
        if (i == 100)
            instance_start_hazards(region, 0);
    }
    assert_true(head(region, "hazards") < 150);
    sleep(2);
    instance_start_hazards(county, 0);
    assert_true(has_caught_up("hazards"));
    assert_int_equal(head(region, "hazards"), 150);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM hazards"), 150);
    assert_equal_prefix("hazards");
    assert_consistent(region, "hazards");
}

static void who_is_suspended_gets_nothing(void **state)
{
    char output[SIZE];
    (void)state;
    join();
    report("第一条");
    assert_true(has_caught_up("hazards"));
    holder_does(region,
                arena_printf(&region->arena, "anlan instances suspend --id %s --reason 核查", county->instance_id));
    sleep(2);
    report("第二条");
    sleep(2);
    assert_int_equal(head(region, "hazards"), 1);
    holder_does(region, arena_printf(&region->arena, "anlan instances resume --id %s", county->instance_id));
    assert_true(has_caught_up("hazards"));
    // The county stops it likewise: the region is refused at its door.
    holder_does(county,
                arena_printf(&county->arena, "anlan instances suspend --id %s --reason 核查", region->instance_id));
    sleep(1);
    report("第三条");
    sleep(2);
    assert_int_equal(head(region, "hazards"), 2);
    holder_does(county, arena_printf(&county->arena, "anlan instances resume --id %s", region->instance_id));
    assert_true(has_caught_up("hazards"));
    // An end is one.
    holder_does(region, arena_printf(&region->arena, "anlan instances end --id %s --reason 并入", county->instance_id));
    assert_int_equal(
        as_holder(region, output,
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
    join();
    report("第一条");
    report("第二条");
    assert_true(has_caught_up("hazards"));
    digest_log(region, "hazards", 2, before);
    instance_sql(
        county, "hazards",
        "CREATE TABLE kept AS SELECT * FROM entries WHERE position = 1; UPDATE entries SET salt = '\\x00', digest = "
        "sha256('\\x00' || entry) WHERE position = 1");
    assert_true(eventually(has_stopped, region) || eventually(has_stopped, region) || eventually(has_stopped, region));
    report("第三条");
    sleep(1);
    assert_int_equal(head(region, "hazards"), 2);
    digest_log(region, "hazards", 2, since);
    assert_string_equal(before, since);
    assert_int_equal(instance_run(region, output, sizeof(output), "anlan-hazards follows --database='%s' 2>&1",
                                  instance_conninfo(region, "hazards", false)),
                     1);
    assert_non_null(strstr(output, "STOPPED at position 1"));
    assert_int_equal(instance_run(region, NULL, 0, "grep -q copy.differs %s/hazards-0.log", region->dir), 0);
    // Tried again it stops again; put right it goes on.
    const char *retry = arena_printf(&region->arena, "anlan-hazards retry --database='%s' 2>&1",
                                     instance_conninfo(region, "hazards", false));
    assert_int_equal(instance_run(region, output, sizeof(output), "%s", retry), 0);
    assert_non_null(strstr(output, "1 copies stopped"));
    instance_sql(
        county, "hazards",
        "UPDATE entries e SET salt = k.salt, digest = k.digest FROM kept k WHERE k.tenant_id = e.tenant_id AND "
        "k.position = e.position");
    instance_run(region, NULL, 0, "%s", retry);
    assert_true(has_caught_up("hazards"));
    assert_equal_prefix("hazards");
}

// Signs in at the region with a certificate of the county's authority.
static int knock(const char *authority, const char *certificate, char output[SIZE])
{
    return instance_run(region, output, SIZE,
                        "anlan call organisations/SignInInstance '{}' --timeout 3000 "
                        "--organisations tls+tcp://127.0.0.1:%u --tls-ca %s/pki/ca.crt --tls-certificate %s/%s.crt "
                        "--tls-key %s/%s.key 2>&1",
                        region->calls_at[INSTANCE_ORGANISATIONS], region->dir, authority, certificate, authority,
                        certificate);
}

static void nobody_else_gets_in(void **state)
{
    char output[SIZE];
    const char *pki = arena_printf(&county->arena, "%s/pki", county->dir);
    const char *other = arena_printf(&county->arena, "%s/other", county->dir);
    (void)state;
    // Before it is enrolled its certificate is a stranger's.
    assert_int_not_equal(knock(pki, "one", output), 0);
    join();
    assert_int_equal(knock(pki, "one", output), 0);
    assert_non_null(strstr(output, county->instance_id));
    // Its authority vouches for it and for nobody else: not for a unit of the region, not for the region itself.
    assert_int_equal(instance_run(county, output, SIZE,
                                  "anlan pki client %s two --unit %s 2>&1 && anlan pki client %s three "
                                  "--unit %s 2>&1",
                                  pki, region->ids[COUNTY_150423], pki, region->instance_id),
                     0);
    assert_int_not_equal(knock(pki, "two", output), 0);
    assert_int_not_equal(knock(pki, "three", output), 0);
    // Nor does another authority vouch for it.
    assert_int_equal(instance_run(county, output, SIZE,
                                  "anlan pki init %s 2>&1 && anlan pki client %s one --unit %s 2>&1", other, other,
                                  county->instance_id),
                     0);
    assert_int_not_equal(knock(other, "one", output), 0);
    // On this host nobody has a certificate.
    assert_int_equal(instance_run(region, output, SIZE,
                                  "anlan call organisations/SignInInstance '{}' --organisations "
                                  "ipc://%s/organisations-0 2>&1",
                                  region->dir),
                     1);
    assert_non_null(strstr(output, "SIGN_IN_REFUSED"));
}

static void tasks_are_copied_too(void **state)
{
    (void)state;
    instance_start_tasks(region);
    instance_start_tasks(county);
    join();
    report("配电箱未上锁");
    for (int try = 0; try < 200 && head(county, "tasks") == 0; try++)
        usleep(50000);
    assert_true(head(county, "tasks") > 0);
    assert_true(has_caught_up("hazards"));
    assert_true(has_caught_up("tasks"));
    assert_equal_prefix("tasks");
    assert_consistent(region, "tasks");
    // What followed from the hazard followed once, at the county.
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
    assert_int_equal(instance_sql(region, "tasks", "SELECT count(*) FROM tracked_hazards"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_files_make_an_enrolment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_unit_of_another_id_stands_in_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_county_enters_is_seen_in_the_region, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_owner_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_heals_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_suspended_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_difference_stops_the_copy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_gets_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tasks_are_copied_too, set_up, tear_down),
    };
    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

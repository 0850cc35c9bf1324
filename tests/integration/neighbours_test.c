// SPDX-License-Identifier: Apache-2.0
// Beside a caller whose calls time out, or raise, a neighbour's calls take no longer than without him: the 99th
// percentile stays within twice. Quiet and loud rounds take turns, and the median of each is held, so that a busy
// machine is no fault.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"
#include "support/load.h"

#define NEIGHBOURS 4
#define ROUNDS 5
#define ROUND (1500 * CLOCK_MILLISECOND)
#define CALLS_MOST 20000
#define PACE_US 3000    // of the bad caller
#define TIMES 2

static struct instance *county;
static char bad_tenant[UUID_TEXT_SIZE];

// A county whose calls go by the same lane as those of 林西县.
static void make_bad_tenant(void)
{
    struct person admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    const char *good = county->ids[COUNTY_150424];
    for (int i = 0; i < 100; i++) {
        const char *made =
            ask_well(county, admin, "CreateUnit",
                     "{'parentId': '%s', 'kind': 'UNIT_KIND_COUNTY', 'name': '某县', 'code': '1599%02d'}",
                     county->ids[CITY_1504], i);
        snprintf(bad_tenant, sizeof(bad_tenant), "%s", reply_at(county, made, "unit.id"));
        if (((strtol(bad_tenant + 34, NULL, 16) ^ strtol(good + 34, NULL, 16)) & 1) == 0)
            return;
    }
    fail_msg("no county shares the lane");
}

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    make_bad_tenant();
    struct status status = {0};
    // The directory has come to hazards, and both tenants have a log.
    struct person bad = as_at(county, "county_officer", bad_tenant, "某县监管员");
    create_hazard(county, as(county, "county_officer", COUNTY_150424, "林西县监管员"), COUNTY_150424, "第一条", NULL,
                  &status);
    assert_ok(status);
    snprintf(county->ids[TOWNSHIP_OTHER], UUID_TEXT_SIZE, "%s", bad_tenant);
    create_hazard(county, bad, TOWNSHIP_OTHER, "第一条", NULL, &status);
    assert_ok(status);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// Somebody who calls until a time; how long each of his calls took.
struct caller {
    pthread_t thread;
    struct person person;
    const char *unit_id;
    const char *description;
    int timeout_ms;
    unsigned pace_us;
    int64_t until;
    int64_t took[CALLS_MOST];
    size_t calls;
    size_t failed;
};

static void *call_on(void *argument)
{
    struct caller *caller = argument;
    struct rpc_client *client = load_client(county, 0);
    struct load *load = load_new(CALLS_MOST);
    caller->calls = 0;
    while (clock_monotonic() < caller->until && caller->calls < CALLS_MOST) {
        int64_t start = clock_monotonic();
        load_create(load, county, client, caller->person, caller->unit_id, caller->description, NULL,
                    caller->timeout_ms);
        load_wait(load, 0);
        caller->took[caller->calls++] = clock_monotonic() - start;
        if (caller->pace_us)
            usleep(caller->pace_us);
    }
    caller->failed = caller->calls - load_count(load, REASON(UNSPECIFIED));
    load_free(load);
    rpc_client_close(client);
    return NULL;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t p99_of(const struct caller *callers)
{
    static int64_t all[NEIGHBOURS * CALLS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        assert_int_equal(callers[i].failed, 0);
        memcpy(all + count, callers[i].took, callers[i].calls * sizeof(*all));
        count += callers[i].calls;
    }
    assert_true(count > 100);
    qsort(all, count, sizeof(*all), compare);
    return all[count * 99 / 100];
}

static struct caller neighbours[NEIGHBOURS];
static struct caller bad;

// One round: the neighbours' 99th percentile, in microseconds.
static int64_t round_of(bool loud)
{
    int64_t until = clock_monotonic() + ROUND;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        neighbours[i].until = until;
        pthread_create(&neighbours[i].thread, NULL, call_on, &neighbours[i]);
    }
    bad.until = until;
    if (loud)
        pthread_create(&bad.thread, NULL, call_on, &bad);
    for (size_t i = 0; i < NEIGHBOURS; i++)
        pthread_join(neighbours[i].thread, NULL);
    if (loud) {
        pthread_join(bad.thread, NULL);
        assert_true(bad.calls > 1);
        assert_int_equal(bad.failed, bad.calls);
    }
    return p99_of(neighbours);
}

static void hold_neighbours(const char *what)
{
    int64_t quiet[ROUNDS];
    int64_t loud[ROUNDS];
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        neighbours[i].person = as(county, "county_officer", COUNTY_150424, "林西县监管员");
        neighbours[i].unit_id = county->ids[COUNTY_150424];
        neighbours[i].description = "安全出口堵塞";
        neighbours[i].timeout_ms = 10000;
    }
    bad.person = as_at(county, "county_officer", bad_tenant, "某县监管员");
    bad.unit_id = bad_tenant;
    bad.pace_us = PACE_US;
    round_of(false);
    for (size_t i = 0; i < ROUNDS; i++) {
        quiet[i] = round_of(false);
        loud[i] = round_of(true);
    }
    qsort(quiet, ROUNDS, sizeof(*quiet), compare);
    qsort(loud, ROUNDS, sizeof(*loud), compare);
    print_message("%s: p99 %lld us beside him, %lld us without\n", what, (long long)loud[ROUNDS / 2],
                  (long long)quiet[ROUNDS / 2]);
    if (loud[ROUNDS / 2] > TIMES * quiet[ROUNDS / 2])
        fail_msg("%s: %lld us beside him, %lld us without", what, (long long)loud[ROUNDS / 2],
                 (long long)quiet[ROUNDS / 2]);
}

static void calls_that_time_out_delay_no_neighbour(void **state)
{
    (void)state;
    instance_run(
        county, NULL, 0,
        "psql -X -q -h %s -U postgres -d anlan_hazards -c \"BEGIN; SELECT * FROM heads WHERE tenant_id = '%s' FOR "
        "UPDATE; SELECT pg_sleep(60); COMMIT\" >/dev/null 2>&1 &",
        county->dir, bad_tenant);
    for (int try = 0; try < 200; try++) {
        if (instance_sql(county, "hazards", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") > 0)
            break;
        usleep(20000);
    }
    bad.description = "等待";
    bad.timeout_ms = 300;
    hold_neighbours("a caller whose calls time out");
    instance_release_heads(county);
}

static void calls_that_raise_delay_no_neighbour(void **state)
{
    (void)state;
    instance_sql(county, "hazards",
                 "CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                 "IF NEW.tenant_id = '%s' THEN RAISE EXCEPTION 'raised by the test' USING ERRCODE = '22P02'; END IF; "
                 "RETURN NEW; END $$; "
                 "CREATE TRIGGER raise_it BEFORE INSERT ON hazards FOR EACH ROW EXECUTE FUNCTION raise_it()",
                 bad_tenant);
    bad.description = "会出错";
    bad.timeout_ms = 10000;
    hold_neighbours("a caller whose calls raise");
    instance_sql(county, "hazards", "DROP TRIGGER raise_it ON hazards; DROP FUNCTION raise_it");
}

// Once it has passed, the same tenant's calls are served as before.
static void trouble_passes(void **state)
{
    (void)state;
    struct status status = {0};
    create_hazard(county, as_at(county, "county_officer", bad_tenant, "某县监管员"), TOWNSHIP_OTHER, "好了", NULL,
                  &status);
    assert_ok(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_time_out_delay_no_neighbour),
        cmocka_unit_test(trouble_passes),
        cmocka_unit_test(calls_that_raise_delay_no_neighbour),
        cmocka_unit_test(trouble_passes),
    };
    return cmocka_run_group_tests(tests, up, down);
}

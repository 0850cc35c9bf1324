// SPDX-License-Identifier: Apache-2.0
// Processes and the database are ended hard under load. What was acknowledged is stored, and in the log, once.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/load.h"

#define CALL_MS 60000
#define IN_FLIGHT 64

static struct instance *county;

static int up(void **state)
{
    (void)state;
    county = instance_start(2);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// Every acknowledged hazard has one row and one entry, and there are no others than those whose fate is not known.
static void check_load(const struct load *load, long long rows_before)
{
    size_t acknowledged = load_count(load, REASON(UNSPECIFIED));
    FILE *file = NULL;
    char path[128];
    snprintf(path, sizeof(path), "%s/acknowledged.csv", county->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < load->sent; i++)
        if (status_ok(&load->calls[i].status))
            fprintf(file, "%s\n", load->calls[i].id);
    fclose(file);
    instance_sql(county, "hazards", "DROP TABLE IF EXISTS acknowledged; CREATE TABLE acknowledged (id uuid)");
    char output[1024];
    int code = instance_run(county, output, sizeof(output),
                            "psql -X -q -h %s -U postgres -d anlan_hazards -c '\\copy acknowledged from %s' 2>&1",
                            county->dir, path);
    if (code != 0)
        fail_msg("%s", output);
    long long distinct = instance_sql(county, "hazards", "SELECT count(DISTINCT id) FROM acknowledged");
    long long stored = instance_sql(county, "hazards", "SELECT count(*) FROM acknowledged a JOIN hazards h USING (id)");
    long long rows = instance_sql(county, "hazards", "SELECT count(*) FROM hazards") - rows_before;
    long long entries = instance_changes(county, "hazards");
    printf("sent %zu, acknowledged %zu, stored %lld, rows %lld, entries %lld\n", load->sent, acknowledged, stored, rows,
           entries);
    assert_int_equal(distinct, acknowledged);    // none twice
    assert_int_equal(stored, acknowledged);      // none lost
    assert_in_range(rows, acknowledged, load->sent);
    code = instance_run(county, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                        instance_conninfo(county, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

struct attacker {
    void (*attack)(int round);
    int rounds;
};

static void under_load(size_t calls, const struct attacker *attacker)
{
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct rpc_client *client = load_client(county, -1);
    long long before = instance_sql(county, "hazards", "SELECT count(*) FROM hazards");
    struct load *load = load_new(calls);
    size_t next = calls / (size_t)(attacker->rounds + 1);
    int round = 0;
    for (size_t i = 0; i < calls; i++) {
        load_create(load, county, client, officer, county->ids[i % 2 ? TOWNSHIP_100 : TOWNSHIP_101], "负载之下", NULL,
                    CALL_MS);
        load_wait(load, IN_FLIGHT - 1);
        if (i == next && round < attacker->rounds) {
            attacker->attack(round++);
            next += calls / (size_t)(attacker->rounds + 1);
        }
    }
    load_wait(load, 0);
    // With time to try again, every call got through in the end.
    for (size_t i = 0; i < calls; i++)
        assert_ok(load->calls[i].status);
    check_load(load, before);
    load_free(load);
    rpc_client_close(client);
}

static void kill_a_process(int round)
{
    int number = round % 2;
    instance_end_hazards(county, number, true);
    instance_start_hazards(county, number);
}

static void kill_the_database(int round)
{
    (void)round;
    instance_kill_database(county);
    instance_restart_database(county);
}

static void processes_are_killed_under_load(void **state)
{
    (void)state;
    under_load(6000, &(struct attacker){kill_a_process, 6});
}

static void the_database_is_killed_under_load(void **state)
{
    (void)state;
    under_load(4000, &(struct attacker){kill_the_database, 3});
}

static void a_repeat_after_a_kill_has_one_effect(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    const char *request_id = new_request_id(county);
    const Anlan__Hazards__V1__Hazard *made =
        create_hazard(county, officer, TOWNSHIP_100, "重启之前", request_id, &status);
    assert_ok(status);
    kill_a_process(0);
    kill_a_process(1);
    const Anlan__Hazards__V1__Hazard *again =
        create_hazard(county, officer, TOWNSHIP_100, "重启之前", request_id, &status);
    assert_ok(status);
    assert_string_equal(again->id, made->id);
    kill_the_database(0);
    again = create_hazard(county, officer, TOWNSHIP_100, "重启之前", request_id, &status);
    assert_ok(status);
    assert_string_equal(again->id, made->id);
}

static void a_graceful_stop_loses_no_call(void **state)
{
    (void)state;
    enum { CALLS = 2000 };
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct rpc_client *client = load_client(county, -1);
    struct load *load = load_new(CALLS);
    for (int i = 0; i < CALLS; i++) {
        load_create(load, county, client, officer, county->ids[TOWNSHIP_100], "从容停止", NULL, CALL_MS);
        load_wait(load, 127);
        if (i == CALLS / 2) {
            instance_end_hazards(county, 0, false);
            instance_start_hazards(county, 0);
        }
    }
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), CALLS);
    load_free(load);
    rpc_client_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_are_killed_under_load),
        cmocka_unit_test(the_database_is_killed_under_load),
        cmocka_unit_test(a_repeat_after_a_kill_has_one_effect),
        cmocka_unit_test(a_graceful_stop_loses_no_call),
    };
    return cmocka_run_group_tests(tests, up, down);
}

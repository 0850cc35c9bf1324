// SPDX-License-Identifier: Apache-2.0
// Mutations that share transactions: what is promised of them holds when many come at once, in two processes.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/load.h"

#define CALL_MS 30000

static struct instance *county;
static struct rpc_client *first;
static struct rpc_client *second;

static int up(void **state)
{
    (void)state;
    county = instance_start(2);
    first = load_client(county, 0);
    second = load_client(county, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    rpc_client_close(first);
    rpc_client_close(second);
    instance_stop(county);
    return 0;
}

static void positions_are_contiguous(void)
{
    assert_int_equal(instance_sql(county, "hazards",
                                  "SELECT count(*) FROM (SELECT tenant_id FROM entries GROUP BY tenant_id "
                                  "HAVING max(position) <> count(*) OR min(position) <> 1) gaps"),
                     0);
    assert_int_equal(instance_sql(county, "hazards",
                                  "SELECT count(*) FROM heads h WHERE position <> "
                                  "(SELECT max(position) FROM entries e WHERE e.tenant_id = h.tenant_id)"),
                     0);
}

static void two_processes_in_opposite_order_of_tenants(void **state)
{
    (void)state;
    enum { CALLS = 2000 };
    struct person city = as(county, "city_officer", CITY_1504, "市应急局");
    const char *here = county->ids[TOWNSHIP_100];
    const char *there = county->ids[TOWNSHIP_OTHER];
    long long before = instance_changes(county, "hazards");
    struct load *load = load_new(CALLS);
    for (int i = 0; i < CALLS / 4; i++) {
        load_create(load, county, first, city, here, "甲", NULL, CALL_MS);
        load_create(load, county, first, city, there, "乙", NULL, CALL_MS);
        load_create(load, county, second, city, there, "丙", NULL, CALL_MS);
        load_create(load, county, second, city, here, "丁", NULL, CALL_MS);
        load_wait(load, 128);
    }
    load_wait(load, 0);
    // One character is too few; see the rule. So is none of them written.
    assert_int_equal(load_count(load, REASON(FIELD_INVALID)), CALLS);
    load_free(load);
    load = load_new(CALLS);
    for (int i = 0; i < CALLS / 4; i++) {
        load_create(load, county, first, city, here, "隐患甲", NULL, CALL_MS);
        load_create(load, county, first, city, there, "隐患乙", NULL, CALL_MS);
        load_create(load, county, second, city, there, "隐患丙", NULL, CALL_MS);
        load_create(load, county, second, city, here, "隐患丁", NULL, CALL_MS);
        load_wait(load, 128);
    }
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), CALLS);
    load_free(load);
    assert_int_equal(instance_changes(county, "hazards") - before, CALLS);
    assert_int_equal(
        instance_sql(county, "hazards", "SELECT deadlocks FROM pg_stat_database WHERE datname = 'anlan_hazards'"), 0);
    positions_are_contiguous();
}

static void many_calls_on_one_record_have_one_winner(void **state)
{
    (void)state;
    enum { CALLS = 200 };
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    for (int round = 0; round < 5; round++) {
        const Anlan__Hazards__V1__Hazard *hazard =
            create_hazard(county, officer, TOWNSHIP_100, "争抢交办", NULL, &status);
        assert_ok(status);
        struct load *load = load_new(CALLS);
        for (int i = 0; i < CALLS; i++)
            load_assign(load, county, i % 2 ? first : second, officer, hazard, CALL_MS);
        load_wait(load, 0);
        assert_int_equal(load_count(load, REASON(UNSPECIFIED)), 1);
        assert_int_equal(load_count(load, REASON(VERSION_CONFLICT)), CALLS - 1);
        load_free(load);
        const Anlan__Hazards__V1__Hazard *now = get_hazard(county, officer, hazard->tenant_id, hazard->id, &status);
        assert_int_equal(now->version, 2);
    }
    positions_are_contiguous();
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM hazards WHERE version > 2"), 0);
}

static void a_repeated_request_has_one_effect_and_one_answer(void **state)
{
    (void)state;
    enum { CALLS = 100 };
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    const char *request_id = new_request_id(county);
    long long before = instance_changes(county, "hazards");
    struct load *load = load_new(CALLS);
    for (int i = 0; i < CALLS; i++)
        load_create(load, county, i % 2 ? first : second, officer, county->ids[TOWNSHIP_100], "重复提交", request_id,
                    CALL_MS);
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), CALLS);
    for (int i = 1; i < CALLS; i++)
        assert_string_equal(load->calls[i].id, load->calls[0].id);
    load_free(load);
    assert_int_equal(instance_changes(county, "hazards") - before, 1);

    struct status status = {0};
    create_hazard(county, officer, TOWNSHIP_100, "另一内容", request_id, &status);
    assert_reason(status, REQUEST_ID_REUSED);
    // Another person's request of the same id is another request.
    create_hazard(county, as(county, "county_officer", COUNTY_150424, "李娜"), TOWNSHIP_100, "重复提交", request_id,
                  &status);
    assert_ok(status);
}

static void a_repeat_is_answered_only_where_the_caller_may_still_read(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "调走的人");
    const Anlan__Hazards__V1__Hazard *hazard = create_hazard(county, officer, TOWNSHIP_100, "调动之前", NULL, &status);
    const char *request_id = new_request_id(county);
    assign_hazard(county, officer, hazard, request_id, &status);
    assert_ok(status);
    assign_hazard(county, officer, hazard, request_id, &status);
    assert_ok(status);    // a repeat, though the version has moved on
    // The same person, now in a post next door.
    assign_hazard(county, as(county, "county_officer", COUNTY_150423, "调走的人"), hazard, request_id, &status);
    assert_reason(status, RECORD_NOT_FOUND);
}

static void an_old_request_is_refused(void **state)
{
    (void)state;
    char text[UUID_TEXT_SIZE];
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct uuid old = uuid_make(clock_now() - 31 * CLOCK_DAY);
    uuid_format(&old, text);
    create_hazard(county, officer, TOWNSHIP_100, "两个月前的队列", text, &status);
    assert_reason(status, REQUEST_ID_EXPIRED);
    assert_int_equal(status.code, CODE(FAILED_PRECONDITION));
}

static void a_call_that_raises_fails_alone(void **state)
{
    (void)state;
    enum { CALLS = 300, EVERY = 50 };
    instance_sql(county, "hazards",
                 "CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                 "IF position(convert_to('会出错', 'UTF8') IN NEW.summary) > 0 THEN RAISE EXCEPTION 'raised by the "
                 "test'; END IF; RETURN NEW; END $$; "
                 "CREATE TRIGGER raise_it BEFORE INSERT ON hazards FOR EACH ROW EXECUTE FUNCTION raise_it()");
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct person rude = as(county, "county_officer", COUNTY_150424, "出错的人");
    long long before = instance_sql(county, "hazards", "SELECT count(*) FROM hazards");
    struct load *load = load_new(CALLS);
    for (int i = 0; i < CALLS; i++) {
        bool raises = i % EVERY == EVERY - 1;
        load_create(load, county, first, raises ? rude : officer, county->ids[TOWNSHIP_100],
                    raises ? "会出错" : "一切正常", NULL, CALL_MS);
    }
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(INTERNAL)), CALLS / EVERY);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), CALLS - CALLS / EVERY);
    load_free(load);
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM hazards") - before, CALLS - CALLS / EVERY);
    instance_sql(county, "hazards", "DROP TRIGGER raise_it ON hazards; DROP FUNCTION raise_it");
    positions_are_contiguous();
}

static void an_entry_without_its_row_cannot_be(void **state)
{
    (void)state;
    // A row changed behind the service's back: its version is not what the rule foresaw, so the whole call is undone.
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    const Anlan__Hazards__V1__Hazard *hazard =
        create_hazard(county, officer, TOWNSHIP_100, "被改动的行", NULL, &status);
    instance_sql(county, "hazards",
                 "CREATE FUNCTION skip_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
                 "CREATE TRIGGER skip_it BEFORE UPDATE ON hazards FOR EACH ROW EXECUTE FUNCTION skip_it()");
    long long before = instance_changes(county, "hazards");
    assign_hazard(county, officer, hazard, NULL, &status);
    assert_reason(status, INTERNAL);
    instance_sql(county, "hazards", "DROP TRIGGER skip_it ON hazards; DROP FUNCTION skip_it");
    assert_int_equal(instance_changes(county, "hazards"), before);
    positions_are_contiguous();
}

// stack-facts, PostgreSQL 11: a process that is frozen in a pipeline holds its heads, and no timeout of PostgreSQL
// fires.
static bool someone_hangs(struct instance *instance)
{
    return instance_sql(instance, "hazards",
                        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'anlan_hazards' AND state = 'active' "
                        "AND wait_event = 'ClientRead' AND state_change < clock_timestamp() - interval '300 ms'") > 0;
}

static void a_frozen_process_is_swept(void **state)
{
    (void)state;
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    bool frozen = false;
    struct load *stuck = load_new(20000);
    for (int try = 0; try < 100 && !frozen; try++) {
        for (int i = 0; i < 100; i++)
            load_create(stuck, county, first, officer, county->ids[TOWNSHIP_100], "冻结之前", NULL, 60000);
        usleep(3000);
        kill(county->hazards[0], SIGSTOP);
        usleep(350000);
        frozen = someone_hangs(county);
        if (!frozen)
            kill(county->hazards[0], SIGCONT);
        if (!frozen)
            load_wait(stuck, 0);
    }
    assert_true(frozen);
    int64_t start = clock_monotonic();
    struct load *load = load_new(1);
    load_create(load, county, second, officer, county->ids[TOWNSHIP_100], "冻结之后", NULL, CALL_MS);
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), 1);
    int64_t waited = (clock_monotonic() - start) / CLOCK_SECOND;
    assert_in_range(waited, 5, 20);
    load_free(load);
    kill(county->hazards[0], SIGCONT);
    load_wait(stuck, 0);
    assert_int_equal(load_count(stuck, REASON(UNSPECIFIED)), stuck->sent);
    load_free(stuck);
    positions_are_contiguous();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_processes_in_opposite_order_of_tenants),
        cmocka_unit_test(many_calls_on_one_record_have_one_winner),
        cmocka_unit_test(a_repeated_request_has_one_effect_and_one_answer),
        cmocka_unit_test(a_repeat_is_answered_only_where_the_caller_may_still_read),
        cmocka_unit_test(an_old_request_is_refused),
        cmocka_unit_test(a_call_that_raises_fails_alone),
        cmocka_unit_test(an_entry_without_its_row_cannot_be),
        cmocka_unit_test(a_frozen_process_is_swept),
    };
    return cmocka_run_group_tests(tests, up, down);
}

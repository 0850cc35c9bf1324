// SPDX-License-Identifier: Apache-2.0
// A fire brigade's client keeps a copy of the hazards that it may read, by a stream of its own, whatever becomes of
// them, of its grant, and of the processes that serve it.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "service/values.h"
#include "service_sql_statements.h"
#include "support/agency.h"
#include "support/answers.h"
#include "support/ask.h"
#include "support/copy.h"
#include "support/steps.h"

static struct instance *region;
static struct agency agency;
static struct person here, there;    // officers of the two counties

static int up(void **state)
{
    (void)state;
    region = instance_start(2);
    agency_open(&agency, region);
    here = agency.here;
    there = agency.there;
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

static const char *granted(const char *unit_id, const char *sectors, const char *permission, int seconds)
{
    return agency_grant(&agency, unit_id, sectors, permission, seconds);
}

static const Anlan__Hazards__V1__Hazard *found(struct person who, const char *unit_id, const char *sector)
{
    return agency_found(&agency, who, unit_id, sector);
}

static void a_snapshot_and_then_what_changes(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    agency_found_many(&agency, 20);
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    copy_open(&copy, region, 0, acting(region, agency.client, grant, NULL));
    copy.page_size = 7;
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(HASH_COUNT(copy.records), 20);
    assert_true(copy.pages >= 3);
    assert_int_equal(copy.rows, 20);
    copy_check(&copy, "snapshot");
    // Both counties' logs, by one cursor; what is of another sector is not there.
    found(there, region->ids[TOWNSHIP_OTHER], "public_places");
    const Anlan__Hazards__V1__Hazard *one = found(here, region->ids[TOWNSHIP_100], "public_places");
    found(here, region->ids[TOWNSHIP_100], "fireworks");
    assert_non_null(assign_hazard(region, here, one, NULL, &status));
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.changes, 3);
    assert_int_equal(HASH_COUNT(copy.records), 22);
    copy_check(&copy, "changes");
    // Nothing has happened: the same cursor, the same digest, whatever happens elsewhere.
    char cursor[256];
    memcpy(cursor, copy.cursor, sizeof(cursor));
    found(here, region->ids[TOWNSHIP_100], "fireworks");
    const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 300, &status);
    assert_ok(status);
    assert_int_equal(page->n_items, 0);
    assert_string_equal(page->cursor, cursor);
    assert_memory_equal(page->digest.data, copy.digest, sizeof(copy.digest));
    copy_close(&copy);
}

static void a_pull_waits_for_a_change(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    copy_open(&copy, region, 1, acting(region, agency.client, grant, NULL));
    assert_true(copy_follow(&copy, &status));
    int64_t start = clock_monotonic();
    const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 400, &status);
    assert_ok(status);
    assert_int_equal(page->n_items, 0);
    assert_in_range(clock_monotonic() - start, 300 * CLOCK_MILLISECOND, 5 * CLOCK_SECOND);
    pid_t other = fork();
    CHECK(other >= 0);
    if (other == 0) {    // somebody else's program, a moment later
        usleep(300000);
        char command[1024];
        snprintf(
            command, sizeof(command),
            "ANLAN_HAZARDS=ipc://%s/hazards-0 ANLAN_TOKEN=$($ANLAN_BIN/anlan token --keys %s/keys --role "
            "county_officer --unit %s) $ANLAN_BIN/anlan call hazards/CreateHazard '{\"unitId\": \"%s\", \"grade\": "
            "\"GRADE_GENERAL\", \"sector\": \"public_places\", \"description\": \"通道堵塞\"}' >/dev/null 2>&1",
            region->dir, region->dir, region->ids[COUNTY_150424], region->ids[TOWNSHIP_100]);
        _exit(system(command) == 0 ? 0 : 1);
    }
    page = copy_pull(&copy, 10000, &status);
    assert_ok(status);
    assert_int_equal(page->n_items, 1);
    assert_true(copy_apply(&copy, page));
    copy_close(&copy);
}

static void its_grant_is_widened_narrowed_and_ended(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *first = granted(region->ids[COUNTY_150424], "'public_places'", "hazards.read", 3600);
    copy_open(&copy, region, -1, acting(region, agency.client, first, NULL));
    assert_true(copy_follow(&copy, &status));
    size_t narrow = HASH_COUNT(copy.records);
    copy_check(&copy, "one county");
    // Wider: the other county's old records come, under a marker.
    const char *second = granted(region->ids[COUNTY_150423], "'public_places'", "hazards.read", 3600);
    copy.reader = acting(region, agency.client, first, second, NULL);
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.scope_changes, 1);
    assert_int_equal(copy.withdrawals, 0);
    assert_true(HASH_COUNT(copy.records) > narrow);
    copy_check(&copy, "two counties");
    // Narrower, in the middle of changes.
    found(there, region->ids[TOWNSHIP_OTHER], "public_places");
    found(here, region->ids[TOWNSHIP_100], "public_places");
    agency_end_grant(&agency, second);
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(HASH_COUNT(copy.records), narrow + 1);
    assert_true(copy.withdrawals > 0);
    copy_check(&copy, "one county again");
    // Ended: everything is withdrawn, and then there is nothing to pull.
    agency_end_grant(&agency, first);
    while (copy_follow(&copy, &status))
        ;
    assert_reason(status, PERMISSION_MISSING);
    assert_int_equal(HASH_COUNT(copy.records), 0);
    // And again: by a new grant the same stream goes on.
    copy.reader = acting(region, agency.client, granted(region->ids[CITY_1504], "", "hazards.read", 3600), NULL);
    assert_true(copy_follow(&copy, &status));
    copy_check(&copy, "everything in the city");
    copy_close(&copy);
}

static void a_grant_that_ends_while_a_pull_waits(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3);
    copy_open(&copy, region, 0, acting(region, agency.client, grant, NULL));
    assert_true(copy_follow(&copy, &status));
    size_t held = HASH_COUNT(copy.records);
    assert_true(held > 0);
    const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 10000, &status);
    assert_ok(status);
    assert_true(copy_apply(&copy, page));
    while (copy_follow(&copy, &status))
        ;
    assert_reason(status, PERMISSION_MISSING);
    assert_int_equal(copy.withdrawals, held);
    assert_int_equal(HASH_COUNT(copy.records), 0);
    copy_close(&copy);
}

static void what_leaves_the_scope_is_withdrawn(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    const Anlan__Hazards__V1__Hazard *one = found(here, region->ids[TOWNSHIP_100], "public_places");
    const Anlan__Hazards__V1__Hazard *never = found(here, region->ids[TOWNSHIP_100], "fireworks");
    copy_open(&copy, region, 0, acting(region, agency.client, grant, NULL));
    assert_true(copy_follow(&copy, &status));
    // Its sector is changed, and then something is done to it; to another one of another sector too.
    instance_sql(region, "hazards", "UPDATE hazards SET sector = 'fireworks' WHERE id = '%s'", one->id);
    assert_non_null(assign_hazard(region, here, one, NULL, &status));
    assert_non_null(assign_hazard(region, here, never, NULL, &status));
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.withdrawals, 1);
    copy_check(&copy, "without it");
    // It comes back with its next change.
    instance_sql(region, "hazards", "UPDATE hazards SET sector = 'public_places' WHERE id = '%s'", one->id);
    struct cast cast = cast_of(region);
    cast.responsible = as(region, "county_officer", COUNTY_150424, "某人");
    one = get_hazard(region, here, one->tenant_id, one->id, &status);
    assert_non_null(step(region, &cast, one, ANLAN__HAZARDS__V1__ACTION__ACTION_REGRADE, &status) ||
                            step(region, &cast, one, ANLAN__HAZARDS__V1__ACTION__ACTION_HALT, &status)
                        ? one
                        : NULL);
    assert_true(copy_follow(&copy, &status));
    copy_check(&copy, "with it again");
    copy_close(&copy);
}

// A hazard goes from hand to hand: an enterprise that is party to it sees it from then on, whoever has it later.
static void it_is_transferred(void **state)
{
    (void)state;
    struct copy city;
    struct copy enterprise;
    struct status status = {0};
    struct cast cast = cast_of(region);
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    copy_open(&city, region, 0, acting(region, agency.client, grant, NULL));
    copy_open(&enterprise, region, 1, as(region, "enterprise_officer", ENTERPRISE, "安全员"));
    assert_true(copy_follow(&city, &status) && copy_follow(&enterprise, &status));
    assert_int_equal(HASH_COUNT(enterprise.records), 0);
    const hazard *one = found(here, region->ids[TOWNSHIP_100], "public_places");
    one = must(region, &cast, one, ACTION(ASSIGN));
    one = must(region, &cast, one, ACTION(START));
    assert_true(copy_follow(&city, &status) && copy_follow(&enterprise, &status));
    assert_int_equal(HASH_COUNT(enterprise.records), 0);
    ask_well(region, cast.responsible, "TransferHazard",
             "{'tenantId': '%s', 'id': '%s', 'version': %lld, 'reason': '属企业', 'assignment': {'responsibleUnitId': "
             "'%s', 'responsiblePerson': '赵六', 'deadline': '2099-01-01T00:00:00Z'}}",
             one->tenant_id, one->id, (long long)one->version, region->ids[ENTERPRISE]);
    assert_true(copy_follow(&city, &status) && copy_follow(&enterprise, &status));
    assert_int_equal(city.changes, 4);
    assert_int_equal(enterprise.changes, 1);
    assert_int_equal(HASH_COUNT(enterprise.records), 1);
    copy_check(&city, "the city's");
    copy_check(&enterprise, "the enterprise's");
    copy_close(&city);
    copy_close(&enterprise);
}

static void a_unit_that_moves_brings_its_records(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    struct person admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    const char *township = reply_at(region,
                                    ask_well(region, admin, "CreateUnit",
                                             "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'name': '统部镇', "
                                             "'code': '150424105'}",
                                             region->ids[COUNTY_150424]),
                                    "unit.id");
    found(here, township, "public_places");
    copy_open(&copy, region, 1, there);
    assert_true(copy_follow(&copy, &status));
    size_t before = HASH_COUNT(copy.records);
    const char *read = ask_well(region, admin, "GetUnit", "{'id': '%s'}", township);
    ask_well(region, admin, "MoveUnit", "{'id': '%s', 'version': %s, 'parentId': '%s', 'document': '民政厅批复'}",
             township, reply_at(region, read, "unit.version"), region->ids[COUNTY_150423]);
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.scope_changes, 1);
    assert_int_equal(HASH_COUNT(copy.records), before + 1);
    copy_check(&copy, "with what came");
    copy_close(&copy);
}

static void processes_are_killed_meanwhile(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    copy_open(&copy, region, -1, acting(region, agency.client, grant, NULL));
    copy.page_size = 3;
    for (int round = 0; round < 4; round++) {
        const Anlan__Hazards__V1__Hazard *one = found(here, region->ids[TOWNSHIP_100], "public_places");
        agency_found_many(&agency, 3);
        const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 0, &status);
        if (page && round != 1)    // then the answer is lost with the process
            assert_true(copy_apply(&copy, page));
        instance_end_hazards(region, round % 2, true);
        assert_non_null(assign_hazard(region, here, one, NULL, &status));
        page = copy_pull(&copy, 0, &status);
        if (page)
            assert_true(copy_apply(&copy, page));
        if (round == 2) {
            instance_kill_database(region);
            instance_restart_database(region);
        }
        instance_start_hazards(region, round % 2);
    }
    assert_true(copy_follow(&copy, &status));
    copy_check(&copy, "after kills");
    copy_close(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_and_then_what_changes),
        cmocka_unit_test(a_pull_waits_for_a_change),
        cmocka_unit_test(its_grant_is_widened_narrowed_and_ended),
        cmocka_unit_test(a_grant_that_ends_while_a_pull_waits),
        cmocka_unit_test(what_leaves_the_scope_is_withdrawn),
        cmocka_unit_test(it_is_transferred),
        cmocka_unit_test(a_unit_that_moves_brings_its_records),
        cmocka_unit_test(processes_are_killed_meanwhile),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// A fire brigade's client keeps a copy of the hazards that it may read, by a stream of its own, whatever becomes of
// them, of its grant, and of the processes that serve it.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "service/values.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/copy.h"
#include "support/steps.h"

static struct instance *region;
static struct actor city_officer, clerk, client;
static struct person here, there;    // officers of the two counties

static int up(void **state)
{
    (void)state;
    region = instance_start(2);
    city_officer = actor_new(region, "city_officer", region->ids[CITY_1504], "市应急局", NULL);
    clerk = actor_new(region, "city_officer", region->ids[CITY_1504], "市消防支队联络员", NULL);
    client = actor_client(region, "消防数据平台");
    here = as(region, "county_officer", COUNTY_150424, "王建国");
    there = as(region, "county_officer", COUNTY_150423, "李四");
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
    char ends_at[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + seconds * CLOCK_SECOND, ends_at);
    const char *made =
        ask_well(region, acting(region, clerk, NULL), "RequestGrant",
                 "{'ground': 'GRANT_GROUND_AGENCY_DATA', 'grantorPostId': '%s', 'granteeClientId': '%s', "
                 "'unitId': '%s', 'sectors': [%s], 'permissions': ['%s'], 'endsAt': '%s', 'reason': '消防数据共享', "
                 "'document': '赤消〔2026〕3 号'}",
                 city_officer.post_id, client.person_id, unit_id, sectors, permission, ends_at);
    const char *id = reply_at(region, made, "grant.id");
    ask_well(region, acting(region, city_officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    return id;
}

static void end_grant(const char *id)
{
    struct person who = acting(region, city_officer, NULL);
    const char *read = ask_well(region, who, "GetGrant", "{'id': '%s'}", id);
    ask_well(region, who, "RevokeGrant", "{'id': '%s', 'version': %s, 'note': '不再需要'}", id,
             reply_at(region, read, "grant.version"));
}

static const Anlan__Hazards__V1__Hazard *found(struct person who, const char *unit_id, const char *sector)
{
    struct status status = {0};
    Anlan__Hazards__V1__CreateHazardRequest made = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    made.request_id = new_request_id(region);
    made.unit_id = (char *)unit_id;
    made.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    made.sector = (char *)sector;
    made.description = (char *)"安全出口上锁";
    const Anlan__Hazards__V1__CreateHazardResponse *reply = (const void *)call_hazards(
        region, who, "CreateHazard", &made.base, &anlan__hazards__v1__create_hazard_response__descriptor, &status);
    assert_ok(status);
    return reply->hazard;
}

// So many in each county, half of them of public places.
static void many_found(int count)
{
    for (int i = 0; i < count; i++) {
        const char *sector = i % 2 ? "public_places" : "road_traffic";
        found(here, region->ids[i % 3 ? TOWNSHIP_100 : COUNTY_150424], sector);
        found(there, region->ids[TOWNSHIP_OTHER], sector);
    }
}

static void a_snapshot_and_then_what_changes(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    many_found(20);
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    copy_open(&copy, region, 0, acting(region, client, grant, NULL));
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
    copy_open(&copy, region, 1, acting(region, client, grant, NULL));
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
    copy_open(&copy, region, -1, acting(region, client, first, NULL));
    assert_true(copy_follow(&copy, &status));
    size_t narrow = HASH_COUNT(copy.records);
    copy_check(&copy, "one county");
    // Wider: the other county's old records come, under a marker.
    const char *second = granted(region->ids[COUNTY_150423], "'public_places'", "hazards.read", 3600);
    copy.reader = acting(region, client, first, second, NULL);
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.scope_changes, 1);
    assert_int_equal(copy.withdrawals, 0);
    assert_true(HASH_COUNT(copy.records) > narrow);
    copy_check(&copy, "two counties");
    // Narrower, in the middle of changes.
    found(there, region->ids[TOWNSHIP_OTHER], "public_places");
    found(here, region->ids[TOWNSHIP_100], "public_places");
    end_grant(second);
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(HASH_COUNT(copy.records), narrow + 1);
    assert_true(copy.withdrawals > 0);
    copy_check(&copy, "one county again");
    // Ended: everything is withdrawn, and then there is nothing to pull.
    end_grant(first);
    while (copy_follow(&copy, &status))
        ;
    assert_reason(status, PERMISSION_MISSING);
    assert_int_equal(HASH_COUNT(copy.records), 0);
    // And again: by a new grant the same stream goes on.
    copy.reader = acting(region, client, granted(region->ids[CITY_1504], "", "hazards.read", 3600), NULL);
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
    copy_open(&copy, region, 0, acting(region, client, grant, NULL));
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
    copy_open(&copy, region, 0, acting(region, client, grant, NULL));
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

static void a_cursor_of_old_and_of_others(void **state)
{
    (void)state;
    struct copy copy;
    struct copy other;
    struct status status = {0};
    char first[256];
    copy_open(&copy, region, 0, here);
    copy_open(&other, region, 0, there);
    copy.page_size = 5;
    // The page before can be had again, and it is the same as long as nothing happens.
    const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 0, &status);
    assert_ok(status);
    assert_true(copy_apply(&copy, page));
    memcpy(first, copy.cursor, sizeof(first));
    const Anlan__Rpc__V1__PullStreamResponse *once = copy_pull(&copy, 0, &status);
    const Anlan__Rpc__V1__PullStreamResponse *twice = copy_pull(&copy, 0, &status);
    assert_string_equal(once->cursor, twice->cursor);
    assert_true(copy_apply(&copy, twice));
    assert_true(copy_follow(&copy, &status));
    copy_check(&copy, "a page that was asked for twice");
    // The one before that is gone; so is everything of another reader's.
    memcpy(other.cursor, first, sizeof(first));
    assert_null(copy_pull(&other, 0, &status));
    assert_reason(status, CURSOR_EXPIRED);
    other.reader = here;
    assert_null(copy_pull(&other, 0, &status));
    assert_reason(status, CURSOR_EXPIRED);
    snprintf(other.cursor, sizeof(other.cursor), "AAAA");
    assert_null(copy_pull(&other, 0, &status));
    assert_reason(status, CURSOR_INVALID);
    // Streams that nobody uses are forgotten: then the snapshot replaces what is held.
    instance_sql(region, "hazards", "DELETE FROM streams");
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM stream_records"), 0);
    assert_null(copy_pull(&copy, 0, &status));
    assert_reason(status, CURSOR_EXPIRED);
    *copy.cursor = '\0';
    memset(copy.digest, 0, sizeof(copy.digest));
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.snapshots, 2);
    copy_check(&copy, "a second snapshot");
    copy_close(&copy);
    copy_close(&other);
}

static void a_loss_on_the_way_is_found(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    copy_open(&copy, region, 0, here);
    copy.page_size = 6;
    Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 0, &status);
    assert_ok(status);
    assert_true(page->n_items >= 3);
    // An item is lost: the last one, or one before.
    for (size_t lost = 1; lost <= 2; lost++) {
        ProtobufCBinaryData kept = page->items[page->n_items - lost];
        page->items[page->n_items - lost] = page->items[page->n_items - 1];
        page->n_items--;
        assert_false(copy_apply(&copy, page));
        assert_string_equal(copy.fault, "its digest is another");
        page->n_items++;
        page->items[page->n_items - 1] = page->items[page->n_items - lost];
        page->items[page->n_items - lost] = kept;
    }
    assert_true(copy_apply(&copy, page));
    // A page is lost.
    page = copy_pull(&copy, 0, &status);
    assert_ok(status);
    char cursor[256];
    memcpy(cursor, copy.cursor, sizeof(cursor));
    snprintf(copy.cursor, sizeof(copy.cursor), "%s", page->cursor);
    page = copy_pull(&copy, 0, &status);
    assert_ok(status);
    memcpy(copy.cursor, cursor, sizeof(cursor));
    assert_false(copy_apply(&copy, page));
    assert_string_equal(copy.fault, "it continues another page");
    copy_close(&copy);
}

static void a_masked_projection_shows_no_text(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read_masked", 3600);
    copy_open(&copy, region, 0, acting(region, client, grant, NULL));
    const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 0, &status);
    assert_ok(status);
    assert_string_equal(page->projection, "masked");
    assert_true(copy_apply(&copy, page));
    found(here, region->ids[TOWNSHIP_100], "public_places");
    assert_true(copy_follow(&copy, &status));
    assert_true(copy.changes > 0 && HASH_COUNT(copy.records) > 0);
    for (const struct copy_record *record = copy.records; record; record = record->hh.next)
        assert_string_equal(record->description, "");
    // More than that it may not have, nor what is none.
    struct copy full;
    copy_open(&full, region, 0, copy.reader);
    full.projection = "full";
    assert_null(copy_pull(&full, 0, &status));
    assert_reason(status, PERMISSION_MISSING);
    full.projection = "none_such";
    assert_null(copy_pull(&full, 0, &status));
    assert_reason(status, FIELD_INVALID);
    // A row of data decides: location goes, and what is pulled from now on lacks it.
    instance_sql(region, "hazards",
                 "UPDATE projections SET shows = shows || '{description}'::text[] WHERE name = 'masked'");
    found(here, region->ids[TOWNSHIP_100], "public_places");
    assert_true(copy_follow(&copy, &status));
    size_t shown = 0;
    for (const struct copy_record *record = copy.records; record; record = record->hh.next)
        shown += *record->description != '\0';
    assert_int_equal(shown, 1);
    copy_close(&copy);
    copy_close(&full);
}

static void a_part_of_the_scope_is_asked_for(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    copy_open(&copy, region, 0, here);
    copy.unit_id = region->ids[TOWNSHIP_100];
    copy.sector = "public_places";
    assert_true(copy_follow(&copy, &status));
    assert_true(HASH_COUNT(copy.records) > 0);
    copy_check(&copy, "a sector of a township");
    found(here, region->ids[TOWNSHIP_101], "public_places");
    found(here, region->ids[TOWNSHIP_100], "fireworks");
    found(here, region->ids[TOWNSHIP_100], "public_places");
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.changes, 1);
    copy_check(&copy, "a sector of a township, later");
    struct copy other;
    copy_open(&other, region, 0, here);
    other.unit_id = region->ids[TOWNSHIP_OTHER];
    assert_null(copy_pull(&other, 0, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    copy_close(&copy);
    copy_close(&other);
}

static void the_program_follows_too(void **state)
{
    (void)state;
    char output[65536];
    char command[2048];
    snprintf(
        command, sizeof(command),
        "export ANLAN_HAZARDS=ipc://%s/hazards-0 ANLAN_HAZARDS_FEED=ipc://%s/hazards-0.feed ANLAN_ORGANISATIONS="
        "ipc://%s/organisations-0 ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s); cd %s; ",
        region->dir, region->dir, region->dir, region->dir, region->ids[COUNTY_150424], region->dir);
    assert_int_equal(instance_run(region, output, sizeof(output),
                                  "%s anlan stream hazards --bookmark mark --unit 150424100 --sector fireworks "
                                  "--lang zh 2>&1",
                                  command),
                     0);
    assert_non_null(strstr(output, "快照开始"));
    assert_non_null(strstr(output, "记录"));
    assert_non_null(strstr(output, "已完整"));
    const Anlan__Hazards__V1__Hazard *one = found(here, region->ids[TOWNSHIP_100], "fireworks");
    // It goes on from where it was; and again there is nothing.
    assert_int_equal(
        instance_run(region, output, sizeof(output), "%s anlan stream hazards --bookmark mark --json 2>&1", command),
        0);
    assert_non_null(strstr(output, "{\"kind\":\"CHANGE\""));
    assert_non_null(strstr(output, one->id));
    assert_int_equal(
        instance_run(region, output, sizeof(output), "%s anlan stream hazards --bookmark mark 2>&1", command), 0);
    assert_string_equal(output, "");
    // An altered bookmark is a loss; a strange one is none.
    assert_int_equal(instance_run(region, output, sizeof(output),
                                  "%s sed 's/.$/x/' mark > other; anlan stream hazards --bookmark other 2>&1", command),
                     1);
    assert_non_null(strstr(output, "CURSOR_INVALID"));
    found(here, region->ids[TOWNSHIP_100], "fireworks");
    assert_int_equal(instance_run(region, output, sizeof(output),
                                  "%s sed 's/[.].*/./' mark | tr -d '\\n' > other; printf %%064d 0 >> other; "
                                  "anlan stream hazards --bookmark other 2>&1",
                                  command),
                     1);
    assert_non_null(strstr(output, "DATA_CORRUPT"));
}

// How many lines of what a program of the county prints have a word.
static int lines_with(const char *options, const char *word)
{
    char output[64];
    int code = instance_run(region, output, sizeof(output),
                            "cd %s; export ANLAN_ORGANISATIONS_FEED=ipc://%s/organisations-0.feed ANLAN_TOKEN=$(anlan "
                            "token --keys %s/keys --role county_officer --unit %s); anlan stream organisations --json "
                            "%s > lines 2> error; cat error >> lines; grep -c '%s' lines",
                            region->dir, region->dir, region->dir, region->ids[COUNTY_150424], options, word);
    return code == 0 ? (int)strtol(output, NULL, 10) : 0;
}

static void the_directory_is_streamed_too(void **state)
{
    (void)state;
    struct person admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    const char *listed =
        ask_well(region, here, "ListUnits", "{'unitId': '%s', 'pageSize': 200, 'includeRetired': true}",
                 region->ids[COUNTY_150424]);
    int units = (int)strtol(reply_at(region, listed, "units"), NULL, 10);
    assert_true(units >= 5);
    assert_int_equal(lines_with("--bookmark units", "\"RECORD\""), units);
    const char *made =
        ask_well(region, admin, "CreateUnit",
                 "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'name': '十二吐乡', 'code': '150424202'}",
                 region->ids[COUNTY_150424]);
    assert_int_equal(lines_with("--bookmark units", "\"CHANGE\".*十二吐乡"), 1);
    // It goes to the other county: who has the first one loses it.
    ask_well(region, admin, "MoveUnit", "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '民政厅批复'}",
             reply_at(region, made, "unit.id"), region->ids[COUNTY_150423]);
    assert_int_equal(lines_with("--bookmark units", "\"WITHDRAWN\""), 1);
    assert_int_equal(lines_with("--bookmark units", "."), 0);
    assert_int_equal(lines_with("--sector fireworks", "FIELD_INVALID"), 1);
    assert_int_equal(lines_with("--type anlan.organisations.v1.Grant", "FIELD_INVALID"), 1);
}

static void processes_are_killed_meanwhile(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const char *grant = granted(region->ids[CITY_1504], "'public_places'", "hazards.read", 3600);
    copy_open(&copy, region, -1, acting(region, client, grant, NULL));
    copy.page_size = 3;
    for (int round = 0; round < 4; round++) {
        const Anlan__Hazards__V1__Hazard *one = found(here, region->ids[TOWNSHIP_100], "public_places");
        many_found(3);
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
        cmocka_unit_test(a_unit_that_moves_brings_its_records),
        cmocka_unit_test(a_cursor_of_old_and_of_others),
        cmocka_unit_test(a_loss_on_the_way_is_found),
        cmocka_unit_test(a_masked_projection_shows_no_text),
        cmocka_unit_test(a_part_of_the_scope_is_asked_for),
        cmocka_unit_test(the_program_follows_too),
        cmocka_unit_test(the_directory_is_streamed_too),
        cmocka_unit_test(processes_are_killed_meanwhile),
    };
    return cmocka_run_group_tests(tests, up, down);
}

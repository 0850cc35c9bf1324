// SPDX-License-Identifier: Apache-2.0
// Streams as their readers meet them: cursors that are old or somebody else's, losses on the way, projections, parts,
// `anlan stream`, one who asks without end; and the directory's units.
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
#include "support/load.h"
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
    agency_found_many(&agency, 20);
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
    long long others = instance_sql(region, "hazards", "SELECT count(*) FROM streams WHERE page > 0") - 1;
    instance_sql(
        region, "hazards",
        "UPDATE streams SET used_at = now() - interval '29 days'; UPDATE streams SET used_at = now() - interval "
        "'31 days' WHERE subject_id = (SELECT subject_id FROM streams ORDER BY opened_at DESC LIMIT 1)");
    long long records = instance_sql(region, "hazards", "SELECT count(*) FROM stream_records");
    for (int i = 0; i < 100; i++)
        instance_sql(region, "hazards", "SET ROLE anlan_hazards; BEGIN; SET LOCAL anlan.wall = 'upkeep'; %s; COMMIT",
                     service_sql_stream_purge.text);
    assert_true(instance_sql(region, "hazards", "SELECT count(*) FROM streams") <= others);
    assert_true(instance_sql(region, "hazards", "SELECT count(*) FROM stream_records") < records);
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
    copy_open(&copy, region, 0, acting(region, agency.client, grant, NULL));
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

// What others change is passed over by thousands; the reader's own change behind it is not.
static void thousands_of_others_changes_are_passed_over(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    const int others = 9000;
    copy_open(&copy, region, 0, there);
    assert_true(copy_follow(&copy, &status));
    struct load *load = load_new((size_t)others);
    struct rpc_client *clients = load_client(region, 0);
    for (int i = 0; i < others; i++) {
        load_create(load, region, clients, here, region->ids[TOWNSHIP_100], "邻县的", NULL, 60000);
        load_wait(load, 256);
    }
    load_wait(load, 0);
    load_free(load);
    rpc_client_close(clients);
    found(there, region->ids[TOWNSHIP_OTHER], "public_places");
    // Not through yet: that is said, and nothing else.
    const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(&copy, 0, &status);
    assert_ok(status);
    if (page->n_items == 0)
        assert_false(page->caught_up);
    assert_true(copy_apply(&copy, page));
    if (copy.changes == 0) {
        page = copy_pull(&copy, 15000, &status);
        assert_ok(status);
        assert_int_equal(page->n_items, 1);
        assert_true(copy_apply(&copy, page));
    }
    assert_int_equal(copy.changes, 1);
    assert_int_equal(HASH_COUNT(copy.records), copy.rows + 1);
    copy_close(&copy);
}

static bool is_noted(struct instance *instance)
{
    return instance_sql(instance, "hazards",
                        "SELECT count(*) FROM entries WHERE NOT " OF_CHANGES
                        " AND position(convert_to('FeedService/PullStream', 'UTF8') IN entry) > 0") > 0;
}

// He asks for whole snapshots, two hundred at a time.
static void one_who_asks_without_end_keeps_nobody_waiting(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    struct person greedy = as(region, "county_officer", COUNTY_150424, "贪心");
    char address[128];
    snprintf(address, sizeof(address), "ipc://%s/hazards-0.feed", region->dir);
    struct rpc_client *caller = answers_dial(address, 1, 8);
    struct answers answers = ANSWERS_INIT(NULL, REASON(BUDGET_SPENT));
    for (int i = 0; i < 200; i++)
        rpc_client_send(caller, &(struct rpc_client_call){.method = "anlan.rpc.v1.FeedService/PullStream",
                                                          .credential = greedy.credential,
                                                          .timeout_ms = 20000,
                                                          .alone = true,
                                                          .done = answers_note,
                                                          .user = &answers});
    copy_open(&copy, region, 0, there);
    int64_t start = clock_monotonic();
    assert_true(copy_follow(&copy, &status));
    int64_t took = clock_monotonic() - start;
    answers_wait(&answers, 200);
    print_message("%lld ms; refused %zu\n", (long long)took / 1000, answers.matching);
    assert_true(answers.matching >= 100);
    assert_true(took < 10 * CLOCK_SECOND);
    // What was pulled by a grant stands in the access log.
    assert_true(eventually(is_noted, region));
    // Of the streams that he has begun, the last ones stay.
    assert_in_range(instance_sql(region, "hazards",
                                 "SELECT max(n) FROM (SELECT count(*) AS n FROM streams GROUP BY "
                                 "subject_id) c"),
                    1, 16);
    rpc_client_close(caller);
    copy_close(&copy);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_of_old_and_of_others),
        cmocka_unit_test(a_loss_on_the_way_is_found),
        cmocka_unit_test(a_masked_projection_shows_no_text),
        cmocka_unit_test(a_part_of_the_scope_is_asked_for),
        cmocka_unit_test(the_program_follows_too),
        cmocka_unit_test(thousands_of_others_changes_are_passed_over),
        cmocka_unit_test(one_who_asks_without_end_keeps_nobody_waiting),
        cmocka_unit_test(the_directory_is_streamed_too),
    };
    return cmocka_run_group_tests(tests, up, down);
}

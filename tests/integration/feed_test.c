// SPDX-License-Identifier: Apache-2.0
// A tenant's log by Pull: contiguous, checkable, awaited, and only for those whose scope covers the whole tenant.
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "feed/entry.h"
#include "support/load.h"

static struct instance *county;
static struct rpc_client *feed;

static int up(void **state)
{
    (void)state;
    char address[128];
    struct status status = {0};
    struct rpc_client_options options;
    county = instance_start(2);
    // The second process's feed: what the first commits is found by looking.
    snprintf(address, sizeof(address), "ipc://%s/hazards-1.feed", county->dir);
    rpc_client_options_init(&options, address);
    return rpc_client_open(&feed, &options, &status) ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    rpc_client_close(feed);
    instance_stop(county);
    return 0;
}

static const Anlan__Rpc__V1__PullResponse *pull(struct person person, enum place tenant, const char *cursor,
                                                uint32_t wait_ms, uint32_t page_size, struct status *status)
{
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    request.tenant_id = county->ids[tenant];
    request.cursor = (char *)cursor;
    request.wait_ms = wait_ms;
    request.page_size = page_size;
    *status = (struct status){0};
    return (const void *)rpc_client_call(feed, "anlan.rpc.v1.FeedService/Pull", &request.base,
                                         &anlan__rpc__v1__pull_response__descriptor, person.credential, 20000, NULL,
                                         &county->arena, status);
}

static void a_log_is_read_page_by_page_without_a_gap(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct person auditor = as(county, "auditor", COUNTY_150424, "审计员");
    const Anlan__Rpc__V1__PullResponse *page = pull(auditor, COUNTY_150424, "", 0, 0, &status);
    assert_ok(status);
    assert_int_equal(page->n_entries, 0);    // an empty log
    assert_int_equal(page->head_position, 0);
    char ids[25][UUID_TEXT_SIZE];
    for (int i = 0; i < 25; i++) {
        const Anlan__Hazards__V1__Hazard *made =
            create_hazard(county, officer, TOWNSHIP_100, "逐页拉取", NULL, &status);
        assert_ok(status);
        memcpy(ids[i], made->id, UUID_TEXT_SIZE);
    }
    const char *cursor = "";
    int64_t position = 0;
    do {
        page = pull(auditor, COUNTY_150424, cursor, 0, 7, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_entries; i++) {
            const Anlan__Rpc__V1__Entry *entry = feed_entry_open(page->entries[i], &county->arena, &status);
            assert_non_null(entry);
            assert_int_equal(entry->position, ++position);
            assert_string_equal(entry->record_id, ids[position - 1]);
            assert_string_equal(entry->method, "anlan.hazards.v1.HazardsService/CreateHazard");
            assert_string_equal(entry->actor->subject_name, "王建国");
            assert_string_equal(entry->actor->role, "county_officer");
            assert_string_equal(entry->place_after->township_id, county->ids[TOWNSHIP_100]);
            assert_null(entry->place_before);
            assert_non_null(entry->occurred_at);
            assert_non_null(entry->entered_at);
            const Anlan__Hazards__V1__Hazard *after =
                anlan__hazards__v1__hazard__unpack(&county->arena.protobuf, entry->after.len, entry->after.data);
            assert_string_equal(after->id, entry->record_id);
        }
        cursor = page->cursor;
    } while (position < page->head_position);
    assert_int_equal(position, 25);
}

static void an_altered_entry_is_found_by_its_reader(void **state)
{
    (void)state;
    struct status status = {0};
    struct person auditor = as(county, "auditor", COUNTY_150424, "审计员");
    const Anlan__Rpc__V1__PullResponse *page = pull(auditor, COUNTY_150424, "", 0, 1, &status);
    assert_ok(status);
    Anlan__Rpc__V1__LogEntry *entry = page->entries[0];
    assert_non_null(feed_entry_open(entry, &county->arena, &status));
    entry->entry.data[entry->entry.len / 2] ^= 1;
    assert_null(feed_entry_open(entry, &county->arena, &status));
    assert_reason(status, DATA_CORRUPT);
    entry->entry.data[entry->entry.len / 2] ^= 1;
    entry->salt.data[0] ^= 1;
    assert_null(feed_entry_open(entry, &county->arena, &status));
}

static void a_pull_waits_for_what_comes(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct person auditor = as(county, "auditor", COUNTY_150424, "审计员");
    const Anlan__Rpc__V1__PullResponse *page = pull(auditor, COUNTY_150424, "", 0, 0, &status);
    int64_t start = clock_monotonic();
    const Anlan__Rpc__V1__PullResponse *nothing = pull(auditor, COUNTY_150424, page->cursor, 400, 0, &status);
    assert_ok(status);
    assert_int_equal(nothing->n_entries, 0);
    assert_string_equal(nothing->cursor, page->cursor);
    assert_true(clock_monotonic() - start >= 350 * CLOCK_MILLISECOND);
    // Committed by the other process while this one waits.
    struct rpc_client *other = load_client(county, 0);
    struct load *load = load_new(1);
    load_create(load, county, other, officer, county->ids[TOWNSHIP_100], "等待之中", NULL, 20000);
    start = clock_monotonic();
    page = pull(auditor, COUNTY_150424, page->cursor, 15000, 0, &status);
    assert_ok(status);
    assert_int_equal(page->n_entries, 1);
    assert_true(clock_monotonic() - start < 5 * CLOCK_SECOND);
    load_free(load);
    rpc_client_close(other);
}

static void a_log_is_for_those_whose_scope_is_the_tenant(void **state)
{
    (void)state;
    struct status status = {0};
    static const struct {
        const char *role;
        enum place place;
        status_reason reason;
    } cases[] = {
        {"auditor", COUNTY_150424, REASON(UNSPECIFIED)},
        {"auditor", CITY_1504, REASON(UNSPECIFIED)},             // the tier above
        {"auditor", COUNTY_150423, REASON(RECORD_NOT_FOUND)},    // the county beside
        {"auditor", TOWNSHIP_100, REASON(RECORD_NOT_FOUND)},     // a part is not the whole
        {"auditor", REGULATOR, REASON(RECORD_NOT_FOUND)},        // nor is a sector
        {"county_officer", COUNTY_150424, REASON(PERMISSION_MISSING)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pull(as(county, cases[i].role, cases[i].place, "来人"), COUNTY_150424, "", 0, 1, &status);
        if (status.reason != cases[i].reason)
            fail_msg("%s at %d: %s", cases[i].role, cases[i].place, status_reason_text(status.reason)->name);
    }
}

static void a_cursor_belongs_to_its_log(void **state)
{
    (void)state;
    struct status status = {0};
    struct person auditor = as(county, "auditor", CITY_1504, "审计员");
    const Anlan__Rpc__V1__PullResponse *page = pull(auditor, COUNTY_150424, "", 0, 1, &status);
    assert_ok(status);
    pull(auditor, COUNTY_150423, page->cursor, 0, 1, &status);
    assert_reason(status, CURSOR_INVALID);
    pull(auditor, COUNTY_150424, "AAAA", 0, 1, &status);
    assert_reason(status, CURSOR_INVALID);
    struct uuid tenant;
    assert_true(uuid_parse(county->ids[COUNTY_150424], &tenant));
    pull(auditor, COUNTY_150424, feed_cursor_write(&tenant, 1000000, &county->arena), 0, 1, &status);
    assert_reason(status, CURSOR_PAST_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_page_by_page_without_a_gap),
        cmocka_unit_test(an_altered_entry_is_found_by_its_reader),
        cmocka_unit_test(a_pull_waits_for_what_comes),
        cmocka_unit_test(a_log_is_for_those_whose_scope_is_the_tenant),
        cmocka_unit_test(a_cursor_belongs_to_its_log),
    };
    return cmocka_run_group_tests(tests, up, down);
}

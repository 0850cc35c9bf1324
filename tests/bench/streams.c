// SPDX-License-Identifier: Apache-2.0
// What streams cost: how fast a snapshot comes, how fast a reader who sees none of them goes through others' changes,
// and how late a change reaches readers who wait, while many do. Prints figures; fails where a copy is not the
// ledger's.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/copy.h"
#include "support/load.h"

#define RECORDS 20000
#define WAITING 40
#define CHANGES 60

static struct instance *county;

static void plant(int count)
{
    struct load *load = load_new((size_t)count);
    struct rpc_client *clients = load_client(county, 0);
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    for (int i = 0; i < count; i++) {
        load_create(load, county, clients, officer, county->ids[TOWNSHIP_100], "消防通道被占用，安全出口上锁", NULL,
                    60000);
        load_wait(load, 256);
    }
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), count);
    load_free(load);
    rpc_client_close(clients);
}

static double seconds(int64_t since)
{
    return (double)(clock_monotonic() - since) / (double)CLOCK_SECOND;
}

static void a_snapshot(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    copy_open(&copy, county, 0, as(county, "county_officer", COUNTY_150424, "读者"));
    copy.page_size = 1000;
    int64_t start = clock_monotonic();
    assert_true(copy_follow(&copy, &status));
    double took = seconds(start);
    print_message("snapshot: %u records in %.2f s, %.0f/s, %zu pages\n", HASH_COUNT(copy.records), took,
                  HASH_COUNT(copy.records) / took, copy.pages);
    assert_int_equal(HASH_COUNT(copy.records), RECORDS);
    copy_close(&copy);
}

static void others_changes(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    copy_open(&copy, county, 0, as(county, "county_officer", COUNTY_150423, "邻县读者"));
    assert_true(copy_follow(&copy, &status));
    plant(RECORDS);
    int64_t start = clock_monotonic();
    const Anlan__Rpc__V1__PullStreamResponse *page = NULL;
    do {
        page = copy_pull(&copy, 0, &status);
        assert_ok(status);
        assert_true(copy_apply(&copy, page));
    } while (!page->caught_up);
    double took = seconds(start);
    long long behind = instance_sql(county, "hazards",
                                    "SELECT count(*) FROM heads WHERE " OF_CHANGES " AND position <> %d", 2 * RECORDS);
    assert_int_equal(behind, 0);
    print_message("others' changes: %d entries in %.2f s, %.0f/s\n", RECORDS, took, RECORDS / took);
    assert_int_equal(copy.changes, 0);
    copy_close(&copy);
}

struct reader {
    pthread_t thread;
    struct rpc_client *feed;
    struct person person;
    char cursor[256];
    int64_t times[CHANGES];    // clock_monotonic, when each change had come
    int count;
};

static Anlan__Rpc__V1__PullStreamResponse *pull(struct reader *reader, struct arena *arena, struct status *status)
{
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    request.cursor = reader->cursor;
    request.wait_ms = *reader->cursor ? 5000 : 0;
    request.unit_id = county->ids[TOWNSHIP_101];
    return (void *)rpc_client_call(reader->feed, "anlan.rpc.v1.FeedService/PullStream", &request.base,
                                   &anlan__rpc__v1__pull_stream_response__descriptor, reader->person.credential, 20000,
                                   NULL, arena, status);
}

static void *read_changes(void *argument)
{
    struct reader *reader = argument;
    while (reader->count < CHANGES) {
        struct arena arena;
        struct status status = {0};
        arena_init(&arena, 16 << 20);
        const Anlan__Rpc__V1__PullStreamResponse *page = pull(reader, &arena, &status);
        if (!page || page->n_items == 0) {
            arena_fini(&arena);
            break;
        }
        snprintf(reader->cursor, sizeof(reader->cursor), "%s", page->cursor);
        for (size_t i = 0; i < page->n_items && reader->count < CHANGES; i++)
            reader->times[reader->count++] = clock_monotonic();
        arena_fini(&arena);
    }
    return NULL;
}

static int by_value(const void *left, const void *right)
{
    int64_t l = *(const int64_t *)left;
    int64_t r = *(const int64_t *)right;
    return (l > r) - (l < r);
}

static void many_wait(void **state)
{
    (void)state;
    static struct reader readers[WAITING];
    static int64_t delays[WAITING * CHANGES];
    int64_t made[CHANGES];
    size_t count = 0;
    struct status status = {0};
    for (int i = 0; i < WAITING; i++) {
        char name[32];
        char address[128];
        struct rpc_client_options options;
        snprintf(name, sizeof(name), "读者%d", i);
        snprintf(address, sizeof(address), "ipc://%s/hazards-0.feed", county->dir);
        readers[i].person = as(county, "county_officer", COUNTY_150424, name);
        rpc_client_options_init(&options, address);
        CHECK(rpc_client_open(&readers[i].feed, &options, &status));
        struct arena arena;
        arena_init(&arena, 16 << 20);
        const Anlan__Rpc__V1__PullStreamResponse *page = pull(&readers[i], &arena, &status);
        assert_ok(status);
        snprintf(readers[i].cursor, sizeof(readers[i].cursor), "%s", page->cursor);
        arena_fini(&arena);
        CHECK(pthread_create(&readers[i].thread, NULL, read_changes, &readers[i]) == 0);
    }
    usleep(500000);
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    for (int i = 0; i < CHANGES; i++) {
        assert_non_null(create_hazard(county, officer, TOWNSHIP_101, "新发现", NULL, &status));
        made[i] = clock_monotonic();
        usleep(100000);
    }
    for (int i = 0; i < WAITING; i++) {
        pthread_join(readers[i].thread, NULL);
        assert_int_equal(readers[i].count, CHANGES);
        for (int j = 0; j < CHANGES; j++)
            delays[count++] = readers[i].times[j] - made[j];
        rpc_client_close(readers[i].feed);
    }
    qsort(delays, count, sizeof(*delays), by_value);
    print_message("%d readers wait: a change reaches them after %.0f ms (half), %.0f ms (99 %%)\n", WAITING,
                  (double)delays[count / 2] / 1000, (double)delays[count * 99 / 100] / 1000);
}

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    plant(RECORDS);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot),
        cmocka_unit_test(others_changes),
        cmocka_unit_test(many_wait),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/check.h"
#include "storm.h"

#define CALL_MS 4000
#define WAIT_MS 1000

struct copy {
    struct rpc_client *client;
    struct person reader;
    char tenant_id[UUID_TEXT_SIZE];
    FILE *file;
    int64_t position;
    bool gap;
    atomic_bool stopping;
    pthread_t thread;
};

static void take(struct copy *copy, const Anlan__Rpc__V1__PullResponse *page)
{
    for (size_t i = 0; i < page->n_entries; i++) {
        const Anlan__Rpc__V1__LogEntry *entry = page->entries[i];
        copy->gap = copy->gap || entry->position != copy->position + 1;
        copy->position = entry->position;
        fprintf(copy->file, "%" PRId64 " ", entry->position);
        for (size_t b = 0; b < entry->digest.len; b++)
            fprintf(copy->file, "%02x", entry->digest.data[b]);
        fputc('\n', copy->file);
    }
}

static void *run(void *argument)
{
    struct copy *copy = argument;
    char cursor[257] = "";
    bool whole = false;
    while (!copy->gap && !(atomic_load(&copy->stopping) && whole)) {
        struct arena arena;
        struct status status = {0};
        Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
        request.tenant_id = copy->tenant_id;
        request.cursor = cursor;
        request.wait_ms = WAIT_MS;
        request.page_size = 50;
        arena_init(&arena, (size_t)64 << 20);
        const Anlan__Rpc__V1__PullResponse *page = (const void *)rpc_client_call(
            copy->client, "anlan.rpc.v1.FeedService/Pull", &request.base, &anlan__rpc__v1__pull_response__descriptor,
            copy->reader.credential, CALL_MS, NULL, &arena, &status);
        if (page) {
            take(copy, page);
            CHECK(strlen(page->cursor) < sizeof(cursor));
            snprintf(cursor, sizeof(cursor), "%s", page->cursor);
            whole = copy->position == page->head_position;
        } else {
            if (status.code != CODE(UNAVAILABLE) && status.code != CODE(DEADLINE_EXCEEDED))
                fprintf(stderr, "Pull refused: %s: %s\n", status_reason_text(status.reason)->name, status.message);
            usleep(20000);
        }
        arena_fini(&arena);
    }
    return NULL;
}

struct copy *copy_start(struct instance *instance, const char *addresses, const char *path)
{
    struct copy *copy = calloc(1, sizeof(*copy));
    struct rpc_client_options options;
    struct status status = {0};
    CHECK(copy && (copy->file = fopen(path, "w")) != NULL);
    rpc_client_options_init(&options, addresses);
    CHECK(rpc_client_open(&copy->client, &options, &status));
    copy->reader = as(instance, "auditor", COUNTY_150424, "抄录");
    memcpy(copy->tenant_id, instance->ids[COUNTY_150424], UUID_TEXT_SIZE);
    CHECK(pthread_create(&copy->thread, NULL, run, copy) == 0);
    return copy;
}

int64_t copy_stop(struct copy *copy)
{
    atomic_store(&copy->stopping, true);
    pthread_join(copy->thread, NULL);
    int64_t entries = copy->gap ? -1 : copy->position;
    rpc_client_close(copy->client);
    fclose(copy->file);
    free(copy);
    return entries;
}

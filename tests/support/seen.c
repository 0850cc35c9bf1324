// SPDX-License-Identifier: Apache-2.0
#include "support/seen.h"

#include <stdio.h>
#include <string.h>

#include "feed/entry.h"

const Anlan__Rpc__V1__PullResponse *pull_page(struct instance *instance, const char *service, struct person who,
                                              const char *tenant_id, const char *cursor, bool access_log,
                                              struct status *status)
{
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    char address[160];
    struct rpc_client *client = NULL;
    struct rpc_client_options options;
    snprintf(address, sizeof(address), "ipc://%s/%s-0.feed", instance->dir, service);
    rpc_client_options_init(&options, address);
    assert_true(rpc_client_open(&client, &options, status));
    request.tenant_id = (char *)tenant_id;
    request.cursor = (char *)cursor;
    request.access_log = access_log;
    const void *page = rpc_client_call(client, "anlan.rpc.v1.FeedService/Pull", &request.base,
                                       &anlan__rpc__v1__pull_response__descriptor, who.credential, 10000, NULL,
                                       &instance->arena, status);
    rpc_client_close(client);
    return page;
}

struct seen_log read_access_log(struct instance *instance, const char *service, struct person who,
                                const char *tenant_id)
{
    struct seen_log seen = {.count = 0};
    struct status status = {0};
    const char *cursor = "";
    const Anlan__Rpc__V1__PullResponse *page = NULL;
    do {
        page = pull_page(instance, service, who, tenant_id, cursor, true, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_entries; i++) {
            assert_true(seen.count < SEEN_MOST);
            const Anlan__Rpc__V1__Entry *entry = feed_entry_open(page->entries[i], &instance->arena, &status);
            assert_non_null(entry);
            assert_int_equal(entry->position, seen.count + 1);
            assert_string_equal(entry->record_type, "anlan.rpc.v1.AccessRecord");
            seen.records[seen.count] =
                anlan__rpc__v1__access_record__unpack(&instance->arena.protobuf, entry->after.len, entry->after.data);
            seen.entries[seen.count++] = entry;
        }
        cursor = page->cursor;
    } while ((int64_t)seen.count < page->head_position);
    return seen;
}

long long seen_calls(const struct seen_log *seen, Anlan__Rpc__V1__AccessKind kind, const char *subject_id,
                     const char *method, size_t *last)
{
    long long count = 0;
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->records[i]->kind != kind || strcmp(seen->entries[i]->actor->subject_id, subject_id) != 0 ||
            !strstr(seen->entries[i]->method, method))
            continue;
        count += seen->records[i]->count;
        *last = i;
    }
    return count;
}

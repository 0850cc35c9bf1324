// SPDX-License-Identifier: Apache-2.0
#include "support/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define KIND(name) ANLAN__RPC__V1__STREAM_ITEM_KIND__STREAM_ITEM_KIND_##name
#define CALL_MS 20000

void copy_open(struct copy *copy, struct instance *instance, int process, struct person reader)
{
    char addresses[512] = "";
    struct status status = {0};
    struct rpc_client_options options;
    for (int i = 0; i < instance->hazard_count; i++)
        if (process < 0 || process == i)
            snprintf(addresses + strlen(addresses), sizeof(addresses) - strlen(addresses), "%sipc://%s/hazards-%d.feed",
                     *addresses ? "," : "", instance->dir, i);
    rpc_client_options_init(&options, addresses);
    options.attempts = 20;
    *copy = (struct copy){.instance = instance, .reader = reader, .projection = "", .unit_id = "", .sector = ""};
    CHECK(rpc_client_open(&copy->feed, &options, &status));
}

static void forget(struct copy *copy, struct copy_record *record)
{
    HASH_DEL(copy->records, record);
    free(record);
}

void copy_close(struct copy *copy)
{
    while (copy->records)
        forget(copy, copy->records);
    rpc_client_close(copy->feed);
    copy->feed = NULL;
}

Anlan__Rpc__V1__PullStreamResponse *copy_pull(struct copy *copy, uint32_t wait_ms, struct status *status)
{
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    request.cursor = copy->cursor;
    request.wait_ms = wait_ms;
    request.page_size = copy->page_size;
    request.projection = (char *)copy->projection;
    request.unit_id = (char *)copy->unit_id;
    request.sector = (char *)copy->sector;
    *status = (struct status){0};
    return (void *)rpc_client_call(copy->feed, "anlan.rpc.v1.FeedService/PullStream", &request.base,
                                   &anlan__rpc__v1__pull_stream_response__descriptor, copy->reader.credential,
                                   CALL_MS + (int)wait_ms, &copy->instance->directory_position, &copy->instance->arena,
                                   status);
}

static struct copy_record *record_of(struct copy *copy, const char *id)
{
    struct copy_record *record = NULL;
    HASH_FIND_STR(copy->records, id, record);
    return record;
}

static void upsert(struct copy *copy, const Anlan__Rpc__V1__Entry *entry)
{
    const Anlan__Hazards__V1__Hazard *hazard =
        anlan__hazards__v1__hazard__unpack(&copy->instance->arena.protobuf, entry->after.len, entry->after.data);
    assert_non_null(hazard);
    assert_string_equal(hazard->id, entry->record_id);
    assert_int_equal(hazard->version, entry->version);
    struct copy_record *record = record_of(copy, entry->record_id);
    if (!record) {
        record = calloc(1, sizeof(*record));
        CHECK(record);
        snprintf(record->id, sizeof(record->id), "%s", entry->record_id);
        HASH_ADD_STR(copy->records, id, record);
    }
    record->fresh = true;
    if (entry->version < record->version)
        return;
    record->version = entry->version;
    snprintf(record->description, sizeof(record->description), "%s", hazard->description);
}

static void settle(struct copy *copy)
{
    struct copy_record *record = NULL;
    struct copy_record *next = NULL;
    copy->settled = true;
    if (!copy->snapshot)
        return;
    copy->snapshot = false;
    HASH_ITER(hh, copy->records, record, next)
    if (!record->fresh)
        forget(copy, record);
}

static void begin(struct copy *copy)
{
    copy->snapshots++;
    copy->snapshot = true;
    copy->settled = false;
    for (struct copy_record *record = copy->records; record; record = record->hh.next)
        record->fresh = false;
}

static void take(struct copy *copy, const Anlan__Rpc__V1__StreamItem *item)
{
    struct copy_record *gone = NULL;
    switch (item->kind) {
    case KIND(SNAPSHOT):
        begin(copy);
        return;
    case KIND(RECORD):
    case KIND(CHANGE):
        // Nothing tells of what is not shown.
        assert_int_equal(item->entry->position, 0);
        assert_string_equal(item->entry->request_id, "");
        assert_null(item->entry->place_before);
        copy->rows += item->kind == KIND(RECORD);
        copy->changes += item->kind == KIND(CHANGE);
        upsert(copy, item->entry);
        return;
    case KIND(WITHDRAWN):
        copy->withdrawals++;
        gone = record_of(copy, item->record_id);
        if (!gone)
            fail_msg("withdrawn, but never given: %s", item->record_id);
        forget(copy, gone);
        return;
    case KIND(SCOPE_CHANGED):
        copy->scope_changes++;
        copy->settled = false;
        return;
    case KIND(SETTLED):
        settle(copy);
        return;
    case KIND(UNSPECIFIED):
    case _ANLAN__RPC__V1__STREAM_ITEM_KIND_IS_INT_SIZE:
        fail_msg("an item of kind %d", item->kind);
    }
}

bool copy_apply(struct copy *copy, const Anlan__Rpc__V1__PullStreamResponse *page)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    memcpy(digest, copy->digest, sizeof(digest));
    copy->fault = NULL;
    for (size_t i = 0; i < page->n_items; i++) {
        const struct bytes parts[] = {{digest, sizeof(digest)}, {page->items[i].data, page->items[i].len}};
        crypto_sha256(parts, 2, digest);
    }
    if (strcmp(page->continues, copy->cursor) != 0)
        copy->fault = "it continues another page";
    else if (page->digest.len != sizeof(digest) || memcmp(page->digest.data, digest, sizeof(digest)) != 0)
        copy->fault = "its digest is another";
    if (copy->fault)
        return false;
    for (size_t i = 0; i < page->n_items; i++) {
        const Anlan__Rpc__V1__StreamItem *item = anlan__rpc__v1__stream_item__unpack(
            &copy->instance->arena.protobuf, page->items[i].len, page->items[i].data);
        assert_non_null(item);
        take(copy, item);
    }
    memcpy(copy->digest, digest, sizeof(digest));
    snprintf(copy->cursor, sizeof(copy->cursor), "%s", page->cursor);
    copy->caught_up = page->caught_up;
    copy->pages++;
    // During a whole snapshot the copy still holds what it held before.
    if (!copy->snapshot && page->held != HASH_COUNT(copy->records)) {
        copy->fault = "it holds another number of records";
        return false;
    }
    return true;
}

bool copy_follow(struct copy *copy, struct status *status)
{
    do {
        const Anlan__Rpc__V1__PullStreamResponse *page = copy_pull(copy, 0, status);
        if (!page)
            return false;
        if (!copy_apply(copy, page))
            fail_msg("a page is not what it should be: %s", copy->fault);
    } while (!copy->caught_up || !copy->settled);
    return true;
}

void copy_check(struct copy *copy, const char *what)
{
    struct status status = {0};
    const char *token = "";
    size_t listed = 0;
    do {
        const Anlan__Hazards__V1__ListHazardsResponse *page =
            list_hazards(copy->instance, copy->reader, copy->unit_id, token, 200, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_hazards; i++) {
            const Anlan__Hazards__V1__Hazard *hazard = page->hazards[i];
            if (*copy->sector && strcmp(hazard->sector, copy->sector) != 0)
                continue;
            listed++;
            struct copy_record *record = record_of(copy, hazard->id);
            if (!record || record->version != hazard->version)
                fail_msg("%s: %s is version %lld in the list, %lld in the copy", what, hazard->id,
                         (long long)hazard->version, record ? (long long)record->version : 0LL);
        }
        token = page->next_page_token;
    } while (*token);
    if (listed != HASH_COUNT(copy->records))
        fail_msg("%s: the list has %zu, the copy %u", what, listed, HASH_COUNT(copy->records));
}

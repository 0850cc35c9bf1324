// SPDX-License-Identifier: Apache-2.0
// Streams as an iterator. A bookmark is the cursor, a point, and the running digest in hexadecimal digits.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/limits.h"
#include "client/anlan_parts.h"
#include "crypto/crypto.h"

#define METHOD "anlan.rpc.v1.FeedService/PullStream"
#define PULL_MARGIN_MS 10000
#define CURSOR_MOST 257
#define FIRST_MOST 129    // bytes of each text that a stream begins with

struct anlan_stream {
    struct anlan *client;
    char first[4][FIRST_MOST];    // record type, projection, unit, sector
    char cursor[CURSOR_MOST];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char bookmark[CURSOR_MOST + 1 + 2 * CRYPTO_DIGEST_SIZE];
    int64_t held;
    // The page whose items are given; the handle's arena has room for the calls in between.
    struct arena page_arena;
    Anlan__Rpc__V1__PullStreamResponse *page;
    struct arena item_arena;
    size_t given;
};

static bool read_bookmark(struct anlan_stream *stream, const char *bookmark)
{
    const char *point = strchr(bookmark, '.');
    if (!point || point == bookmark || (size_t)(point - bookmark) >= sizeof(stream->cursor) ||
        strlen(point + 1) != 2 * sizeof(stream->digest) || strspn(point + 1, "0123456789abcdef") != strlen(point + 1))
        return false;
    memcpy(stream->cursor, bookmark, (size_t)(point - bookmark));
    for (size_t i = 0; i < sizeof(stream->digest); i++) {
        const char pair[3] = {point[1 + 2 * i], point[2 + 2 * i], '\0'};
        stream->digest[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static void write_bookmark(struct anlan_stream *stream)
{
    size_t used = (size_t)snprintf(stream->bookmark, sizeof(stream->bookmark), "%s.", stream->cursor);
    for (size_t i = 0; i < sizeof(stream->digest); i++)
        used += (size_t)snprintf(stream->bookmark + used, sizeof(stream->bookmark) - used, "%02x", stream->digest[i]);
}

anlan_stream *anlan_stream_open(anlan *client, const char *record_type, const char *projection, const char *unit_id,
                                const char *sector, const char *bookmark)
{
    const char *const first[] = {record_type, projection, unit_id, sector};
    struct anlan_stream *stream = calloc(1, sizeof(*stream));
    client->status = (struct status){0};
    bool good = stream != NULL;
    for (size_t i = 0; good && i < 4; i++) {
        good = !first[i] || strlen(first[i]) < FIRST_MOST;
        snprintf(stream->first[i], FIRST_MOST, "%s", good && first[i] ? first[i] : "");
    }
    if (good && bookmark && *bookmark)
        good = read_bookmark(stream, bookmark);
    if (!good) {
        status_set(&client->status, REASON(CURSOR_INVALID), "the bookmark is none, or a text is too long");
        free(stream);
        return NULL;
    }
    stream->client = client;
    stream->held = -1;
    arena_init(&stream->page_arena, 4 * LIMIT_CALL_ARENA_BYTES);
    arena_init(&stream->item_arena, LIMIT_CALL_ARENA_BYTES);
    return stream;
}

void anlan_stream_close(anlan_stream *stream)
{
    if (!stream)
        return;
    arena_fini(&stream->page_arena);
    arena_fini(&stream->item_arena);
    free(stream);
}

int64_t anlan_stream_held(const anlan_stream *stream)
{
    return stream->held;
}

static int lost(struct anlan_stream *stream, const char *what)
{
    status_set(&stream->client->status, REASON(DATA_CORRUPT), "%s", what);
    arena_fini(&stream->page_arena);
    stream->page = NULL;
    return anlan_answer(stream->client);
}

// Holds a page against where the stream is, and its items against the digest.
static int check_page(struct anlan_stream *stream, const Anlan__Rpc__V1__PullStreamResponse *page)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    memcpy(digest, stream->digest, sizeof(digest));
    if (strcmp(page->continues, stream->cursor) != 0)
        return lost(stream, "the page continues another one");
    for (size_t i = 0; i < page->n_items; i++) {
        const struct bytes parts[] = {{digest, sizeof(digest)}, {page->items[i].data, page->items[i].len}};
        crypto_sha256(parts, 2, digest);
    }
    if (page->algorithm != ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256 ||
        page->digest.len != sizeof(digest) || !crypto_equal(digest, page->digest.data, sizeof(digest)))
        return lost(stream, "items of the page were lost or altered");
    if (!*page->cursor || strlen(page->cursor) >= sizeof(stream->cursor))
        return lost(stream, "the page has no cursor");
    memcpy(stream->digest, digest, sizeof(digest));
    snprintf(stream->cursor, sizeof(stream->cursor), "%s", page->cursor);
    write_bookmark(stream);
    return 0;
}

// The client's arena holds the reply until the next call: it becomes the page's.
static int pull(struct anlan_stream *stream, int wait_ms)
{
    struct anlan *client = stream->client;
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    request.cursor = stream->cursor;
    request.wait_ms = wait_ms < 0 ? 0 : wait_ms > LIMIT_FEED_WAIT_MAX_MS ? LIMIT_FEED_WAIT_MAX_MS : (uint32_t)wait_ms;
    request.record_type = stream->first[0];
    request.projection = stream->first[1];
    request.unit_id = stream->first[2];
    request.sector = stream->first[3];
    stream->page = NULL;
    stream->given = 0;
    const Anlan__Rpc__V1__PullStreamResponse *reply =
        (const void *)anlan_ask(client, METHOD, &request.base, &anlan__rpc__v1__pull_stream_response__descriptor,
                                (int)request.wait_ms + PULL_MARGIN_MS);
    if (!reply)
        return anlan_answer(client);
    // A copy that other calls by the handle leave alone.
    size_t length = anlan__rpc__v1__pull_stream_response__get_packed_size(reply);
    arena_fini(&stream->page_arena);
    uint8_t *packed = arena_bytes(&stream->page_arena, length);
    if (packed) {
        anlan__rpc__v1__pull_stream_response__pack(reply, packed);
        stream->page = anlan__rpc__v1__pull_stream_response__unpack(&stream->page_arena.protobuf, length, packed);
    }
    if (!stream->page) {
        status_set(&client->status, REASON(MESSAGE_TOO_LARGE), "no memory for the page");
        return anlan_answer(client);
    }
    return check_page(stream, stream->page);
}

static void fill_entry(const Anlan__Rpc__V1__Entry *entry, anlan_item *item)
{
    item->tenant_id = entry->tenant_id;
    item->record_id = entry->record_id;
    item->record_type = entry->record_type;
    item->version = entry->version;
    item->method = entry->method;
    if (entry->entered_at)
        item->entered_at = entry->entered_at->seconds * 1000000 + entry->entered_at->nanos / 1000;
    item->record = entry->after.data;
    item->record_length = entry->after.len;
}

static int give(struct anlan_stream *stream, anlan_item *item)
{
    const ProtobufCBinaryData *packed = &stream->page->items[stream->given];
    arena_fini(&stream->item_arena);
    const Anlan__Rpc__V1__StreamItem *read =
        anlan__rpc__v1__stream_item__unpack(&stream->item_arena.protobuf, packed->len, packed->data);
    if (!read) {
        status_set(&stream->client->status, REASON(DATA_CORRUPT), "an item cannot be read");
        return anlan_answer(stream->client);
    }
    item->kind = (int)read->kind;
    item->tenant_id = read->tenant_id;
    item->record_id = read->record_id;
    if (read->entry)
        fill_entry(read->entry, item);
    if (++stream->given == stream->page->n_items) {
        item->bookmark = stream->bookmark;
        stream->held = stream->page->held;
    }
    return 0;
}

int anlan_stream_next(anlan_stream *stream, int wait_ms, anlan_item *item)
{
    *item = (anlan_item){.tenant_id = "", .record_id = "", .record_type = "", .method = ""};
    stream->client->status = (struct status){0};
    // A page without items says nothing as long as the service is not through with what others changed.
    bool more = true;
    while (more && (!stream->page || stream->given == stream->page->n_items)) {
        int code = pull(stream, wait_ms);
        if (code != 0)
            return code;
        more = stream->page && stream->page->n_items == 0 && !stream->page->caught_up;
    }
    return stream->page && stream->page->n_items > 0 ? give(stream, item) : 0;
}

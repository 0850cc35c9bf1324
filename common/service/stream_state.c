// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "service/stream.h"

#define CURSOR_MOST 128    // bytes

char *service_stream_cursor_write(const struct uuid *id, int64_t page, const uint8_t *digest, struct arena *arena)
{
    Anlan__Service__StreamCursor cursor = ANLAN__SERVICE__STREAM_CURSOR__INIT;
    cursor.stream_id = (ProtobufCBinaryData){.data = (uint8_t *)id->bytes, .len = sizeof(id->bytes)};
    cursor.page = page;
    cursor.digest = (ProtobufCBinaryData){.data = (uint8_t *)digest, .len = CRYPTO_DIGEST_SIZE};
    uint8_t packed[CURSOR_MOST];
    size_t length = anlan__service__stream_cursor__pack(&cursor, packed);
    char *text = arena_alloc(arena, TEXT_BASE64URL_SIZE(length));
    if (text)
        text_base64url(packed, length, text);
    return text;
}

bool service_stream_cursor_read(const char *text, struct service_stream *stream, struct status *status)
{
    uint8_t packed[CURSOR_MOST];
    size_t length = 0;
    Anlan__Service__StreamCursor *cursor = NULL;
    if (text_base64url_parse(text, packed, sizeof(packed), &length))
        cursor = anlan__service__stream_cursor__unpack(NULL, length, packed);
    bool good = cursor && cursor->page > 0 && cursor->stream_id.len == sizeof(stream->id.bytes) &&
                cursor->digest.len == sizeof(stream->digest);
    if (good) {
        memcpy(stream->id.bytes, cursor->stream_id.data, sizeof(stream->id.bytes));
        memcpy(stream->digest, cursor->digest.data, sizeof(stream->digest));
        stream->page = cursor->page;
    }
    if (cursor)
        anlan__service__stream_cursor__free_unpacked(cursor, NULL);
    return good || status_set(status, REASON(CURSOR_INVALID), "the cursor is not one of a stream");
}

Anlan__Service__StreamState *service_stream_begin(struct arena *arena)
{
    Anlan__Service__StreamState *state = arena_alloc(arena, sizeof(*state));
    uint8_t *digest = arena_alloc(arena, CRYPTO_DIGEST_SIZE);
    if (!state || !digest)
        return NULL;
    anlan__service__stream_state__init(state);
    state->digest = (ProtobufCBinaryData){.data = digest, .len = CRYPTO_DIGEST_SIZE};
    return state;
}

static int compare_tenant(const Anlan__Service__StreamPosition *position, const struct uuid *id)
{
    return position->tenant_id.len == sizeof(id->bytes) ? memcmp(position->tenant_id.data, id->bytes, sizeof(id->bytes))
                                                        : -1;
}

Anlan__Service__StreamPosition *service_stream_position(const Anlan__Service__StreamState *state, const char *tenant_id)
{
    struct uuid id = {{0}};
    size_t first = 0;
    size_t count = state->n_positions;
    uuid_parse(tenant_id, &id);
    while (count > 0) {
        size_t half = count / 2;
        int order = compare_tenant(state->positions[first + half], &id);
        if (order == 0)
            return state->positions[first + half];
        if (order < 0) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return NULL;
}

static Anlan__Service__StreamPosition *make_position(const struct uuid *id, struct arena *arena)
{
    Anlan__Service__StreamPosition *made = arena_alloc(arena, sizeof(*made));
    uint8_t *bytes = arena_alloc(arena, sizeof(id->bytes));
    if (!made || !bytes)
        return NULL;
    memcpy(bytes, id->bytes, sizeof(id->bytes));
    anlan__service__stream_position__init(made);
    made->tenant_id = (ProtobufCBinaryData){.data = bytes, .len = sizeof(id->bytes)};
    return made;
}

bool service_stream_merge(Anlan__Service__StreamState *state, char *const *tenants, size_t count, struct arena *arena)
{
    Anlan__Service__StreamPosition **merged = arena_array(arena, state->n_positions + count, sizeof(*merged));
    size_t at = 0;
    size_t made = 0;
    if (!merged)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct uuid id = {{0}};
        uuid_parse(tenants[i], &id);
        while (at < state->n_positions && compare_tenant(state->positions[at], &id) < 0)
            merged[made++] = state->positions[at++];
        if (at < state->n_positions && compare_tenant(state->positions[at], &id) == 0)
            continue;
        merged[made] = make_position(&id, arena);
        if (!merged[made++])
            return false;
    }
    while (at < state->n_positions)
        merged[made++] = state->positions[at++];
    state->positions = merged;
    state->n_positions = made;
    return true;
}

static bool is_pair(const Anlan__Service__StreamPair *kept, const struct access_pair *pair)
{
    return kept->kind == (int32_t)pair->kind && kept->unit_id.len == sizeof(pair->unit_id.bytes) &&
           memcmp(kept->unit_id.data, pair->unit_id.bytes, sizeof(pair->unit_id.bytes)) == 0 &&
           strcmp(kept->sector, pair->sector ? pair->sector : "") == 0;
}

static Anlan__Service__StreamPair *make_pair(const struct access_pair *pair, struct arena *arena)
{
    Anlan__Service__StreamPair *made = arena_alloc(arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__service__stream_pair__init(made);
    made->kind = (int32_t)pair->kind;
    made->unit_id = (ProtobufCBinaryData){.data = (uint8_t *)pair->unit_id.bytes, .len = sizeof(pair->unit_id.bytes)};
    if (pair->sector)
        made->sector = (char *)pair->sector;
    return made;
}

// Keeps those that the scope still has; answers how many.
static size_t keep_held(Anlan__Service__StreamPair **pairs, size_t count, const struct access_decision *bound)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < bound->count; j++)
            if (is_pair(pairs[i], &bound->pairs[j])) {
                pairs[kept++] = pairs[i];
                break;
            }
    return kept;
}

static bool has_pair(Anlan__Service__StreamPair *const *pairs, size_t count, const struct access_pair *pair)
{
    for (size_t i = 0; i < count; i++)
        if (is_pair(pairs[i], pair))
            return true;
    return false;
}

// Adds to the pending pairs those that are new; *added where there were any.
static bool add_new(Anlan__Service__StreamState *state, const struct access_decision *bound, struct arena *arena,
                    bool *added)
{
    Anlan__Service__StreamPair **pending = arena_array(arena, state->n_pending + bound->count, sizeof(*pending));
    if (!pending)
        return false;
    if (state->n_pending > 0)
        memcpy(pending, state->pending, state->n_pending * sizeof(*pending));
    state->pending = pending;
    for (size_t i = 0; i < bound->count; i++) {
        const struct access_pair *pair = &bound->pairs[i];
        if (has_pair(state->done, state->n_done, pair) || has_pair(pending, state->n_pending, pair))
            continue;
        *added = true;
        pending[state->n_pending] = make_pair(pair, arena);
        if (!pending[state->n_pending++])
            return false;
    }
    return true;
}

bool service_stream_rescope(Anlan__Service__StreamState *state, const struct access_decision *bound,
                            struct arena *arena, bool *changed)
{
    size_t done = keep_held(state->done, state->n_done, bound);
    size_t pending = keep_held(state->pending, state->n_pending, bound);
    bool lost = done < state->n_done || pending < state->n_pending;
    bool added = false;
    state->n_done = done;
    state->n_pending = pending;
    if (!add_new(state, bound, arena, &added))
        return false;
    *changed = lost || added;
    if (state->phase == STREAM_PHASE(BEGIN) || !*changed)
        return true;
    if (added || lost)
        state->page = NULL;    // a snapshot under way begins again: what it delivered is known
    if (lost) {
        state->phase = STREAM_PHASE(SWEEP);
        state->sweep_tenant_id = state->sweep_record_id = (char *)"";
    } else if (state->phase == STREAM_PHASE(TAIL)) {
        state->phase = STREAM_PHASE(SNAPSHOT);
    }
    return true;
}

bool service_stream_settle(Anlan__Service__StreamState *state, struct arena *arena)
{
    size_t count = state->n_done + state->n_pending;
    Anlan__Service__StreamPair **done = arena_array(arena, count, sizeof(*done));
    if (!done)
        return false;
    for (size_t i = 0; i < count; i++)
        done[i] = i < state->n_done ? state->done[i] : state->pending[i - state->n_done];
    state->done = done;
    state->n_done = count;
    state->n_pending = 0;
    state->page = NULL;
    state->phase = STREAM_PHASE(TAIL);
    return true;
}

void service_stream_digest(Anlan__Service__StreamState *state, struct bytes item)
{
    const struct bytes parts[] = {{state->digest.data, state->digest.len}, item};
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    crypto_sha256(parts, 2, digest);
    memcpy(state->digest.data, digest, sizeof(digest));
}

struct bytes service_stream_pack(const Anlan__Service__StreamState *state, struct arena *arena)
{
    size_t length = anlan__service__stream_state__get_packed_size(state);
    uint8_t *packed = arena_alloc(arena, length);
    if (packed)
        anlan__service__stream_state__pack(state, packed);
    return (struct bytes){packed, packed ? length : 0};
}

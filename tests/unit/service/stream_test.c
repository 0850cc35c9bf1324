// SPDX-License-Identifier: Apache-2.0
// What a stream's state makes of another scope; and what a projection leaves of a record.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "service/stream.h"

static struct arena arena;

static int up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct access_pair pair(enum access_scope_kind kind, uint8_t unit, const char *sector)
{
    struct access_pair made = {.kind = kind, .sector = sector};
    made.unit_id.bytes[0] = unit;
    return made;
}

static bool rescope(Anlan__Service__StreamState *state, struct access_pair *pairs, size_t count)
{
    bool changed = false;
    const struct access_decision bound = {pairs, count};
    assert_true(service_stream_rescope(state, &bound, &arena, &changed));
    return changed;
}

static void a_scope_that_changes(void **state)
{
    (void)state;
    struct access_pair pairs[3] = {pair(ACCESS_COUNTY, 1, NULL), pair(ACCESS_PARTY, 2, NULL),
                                   pair(ACCESS_CITY, 3, "sector")};
    Anlan__Service__StreamState *stream = service_stream_begin(&arena);
    assert_true(rescope(stream, pairs, 2));
    assert_int_equal(stream->phase, STREAM_PHASE(BEGIN));
    assert_int_equal(stream->n_pending, 2);
    assert_true(service_stream_settle(stream, &arena));
    assert_int_equal(stream->phase, STREAM_PHASE(TAIL));
    assert_int_equal(stream->n_done, 2);
    // The same, in another order.
    struct access_pair turned[2] = {pairs[1], pairs[0]};
    assert_false(rescope(stream, turned, 2));
    assert_int_equal(stream->phase, STREAM_PHASE(TAIL));
    // Wider: a snapshot of the new part alone.
    assert_true(rescope(stream, pairs, 3));
    assert_int_equal(stream->phase, STREAM_PHASE(SNAPSHOT));
    assert_int_equal(stream->n_done, 2);
    assert_int_equal(stream->n_pending, 1);
    assert_string_equal(stream->pending[0]->sector, "sector");
    // Narrower meanwhile, of what was delivered: it is swept first, and the snapshot begins again.
    Anlan__Service__Page page = ANLAN__SERVICE__PAGE__INIT;
    stream->page = &page;
    assert_true(rescope(stream, pairs + 1, 2));
    assert_int_equal(stream->phase, STREAM_PHASE(SWEEP));
    assert_int_equal(stream->n_done, 1);
    assert_int_equal(stream->n_pending, 1);
    assert_null(stream->page);
    // Another sector of the same unit is another part.
    struct access_pair other[2] = {pairs[1], pair(ACCESS_CITY, 3, NULL)};
    assert_true(rescope(stream, other, 2));
    assert_int_equal(stream->phase, STREAM_PHASE(SWEEP));
    assert_int_equal(stream->n_pending, 1);
    // Nothing is left.
    assert_true(rescope(stream, NULL, 0));
    assert_int_equal(stream->n_done + stream->n_pending, 0);
    assert_int_equal(stream->phase, STREAM_PHASE(SWEEP));
}

static void a_state_that_is_kept(void **state)
{
    (void)state;
    Anlan__Service__StreamState *stream = service_stream_begin(&arena);
    static char *const first[] = {(char *)"0197c3a0-0000-7000-8000-000000000001",
                                  (char *)"0197c3a0-0000-7000-8000-000000000003"};
    static char *const later[] = {
        (char *)"0197c3a0-0000-7000-8000-000000000000", (char *)"0197c3a0-0000-7000-8000-000000000002",
        (char *)"0197c3a0-0000-7000-8000-000000000003", (char *)"0197c3a0-0000-7000-8000-000000000004"};
    assert_true(service_stream_merge(stream, first, 2, &arena));
    service_stream_position(stream, first[0])->position = 7;
    service_stream_position(stream, first[1])->position = 9;
    assert_null(service_stream_position(stream, later[1]));
    assert_true(service_stream_merge(stream, later, 4, &arena));
    assert_int_equal(stream->n_positions, 5);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(service_stream_position(stream, later[i])->position, i == 2 ? 9 : 0);
    service_stream_digest(stream, (struct bytes){(const uint8_t *)"item", 4});
    struct bytes packed = service_stream_pack(stream, &arena);
    Anlan__Service__StreamState *read =
        anlan__service__stream_state__unpack(&arena.protobuf, packed.length, packed.data);
    assert_int_equal(service_stream_position(read, first[0])->position, 7);
    assert_int_equal(read->n_positions, 5);
    // Its cursor says where it is, and no other text does.
    struct uuid id = {{1, 2, 3}};
    struct service_stream found = {0};
    struct status status = {0};
    char *cursor = service_stream_cursor_write(&id, 5, read->digest.data, &arena);
    assert_true(service_stream_cursor_read(cursor, &found, &status));
    assert_int_equal(found.page, 5);
    assert_memory_equal(found.id.bytes, id.bytes, sizeof(id.bytes));
    assert_memory_equal(found.digest, read->digest.data, sizeof(found.digest));
    static const char *const bad[] = {"", "AAAA", "!", "ChA"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        status = (struct status){0};
        assert_false(service_stream_cursor_read(bad[i], &found, &status));
        assert_int_equal(status.reason, REASON(CURSOR_INVALID));
    }
    assert_false(
        service_stream_cursor_read(service_stream_cursor_write(&id, 0, found.digest, &arena), &found, &status));
}

// An entry of a page of entries, shown by paths; the record is itself a message with messages in it.
static const Anlan__Rpc__V1__Entry *shown(char **paths, size_t count, bool *actor)
{
    static const struct service_record record = {.message = &anlan__rpc__v1__entry__descriptor};
    Anlan__Rpc__V1__Entry inner = ANLAN__RPC__V1__ENTRY__INIT;
    Anlan__Rpc__V1__Actor who = ANLAN__RPC__V1__ACTOR__INIT;
    Anlan__Rpc__V1__Place place = ANLAN__RPC__V1__PLACE__INIT;
    uint8_t packed[512];
    who.subject_name = (char *)"某人";
    who.role = (char *)"clerk";
    place.county_id = (char *)"0197c3a0-0000-7000-8000-000000000001";
    inner.record_id = (char *)"0197c3a0-0000-7000-8000-000000000009";
    inner.method = (char *)"secret";
    inner.version = 3;
    inner.actor = &who;
    inner.place_after = &place;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.position = 77;
    entry.request_id = (char *)"0197c3a0-0000-7000-8000-00000000000a";
    entry.place_before = &place;
    entry.place_after = &place;
    entry.actor = &who;
    entry.after = (ProtobufCBinaryData){.data = packed, .len = anlan__rpc__v1__entry__pack(&inner, packed)};
    const struct service_projection projection = {.name = "some", .shows = paths, .show_count = count};
    struct bytes item = service_stream_change(&projection, &record, &entry, &arena);
    const Anlan__Rpc__V1__StreamItem *read =
        anlan__rpc__v1__stream_item__unpack(&arena.protobuf, item.length, item.data);
    assert_int_equal(read->kind, STREAM_ITEM(CHANGE));
    assert_int_equal(read->entry->position, 0);
    assert_string_equal(read->entry->request_id, "");
    assert_null(read->entry->place_before);
    assert_non_null(read->entry->place_after);
    *actor = read->entry->actor != NULL;
    return anlan__rpc__v1__entry__unpack(&arena.protobuf, read->entry->after.len, read->entry->after.data);
}

static void a_projection_shows_what_it_names(void **state)
{
    (void)state;
    bool actor = false;
    char *all[] = {(char *)"*"};
    const Anlan__Rpc__V1__Entry *record = shown(all, 1, &actor);
    assert_true(actor);
    assert_string_equal(record->method, "secret");
    assert_string_equal(record->actor->subject_name, "某人");
    char *some[] = {(char *)"record_id", (char *)"actor.role", (char *)"place_after", (char *)"no_such"};
    record = shown(some, 4, &actor);
    assert_false(actor);
    assert_string_equal(record->record_id, "0197c3a0-0000-7000-8000-000000000009");
    assert_string_equal(record->method, "");
    assert_int_equal(record->version, 0);
    assert_string_equal(record->actor->role, "clerk");
    assert_string_equal(record->actor->subject_name, "");
    assert_string_equal(record->place_after->county_id, "0197c3a0-0000-7000-8000-000000000001");
    record = shown(NULL, 0, &actor);
    assert_string_equal(record->record_id, "");
    assert_null(record->actor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scope_that_changes),
        cmocka_unit_test(a_state_that_is_kept),
        cmocka_unit_test(a_projection_shows_what_it_names),
    };
    return cmocka_run_group_tests(tests, up, down);
}

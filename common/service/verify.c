// SPDX-License-Identifier: Apache-2.0
// Holds the tables against the log, or makes them anew from it. A row and the after-image of its last entry are the
// same message and must be the same bytes; columns beside a packed record must be its own.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "anlan/rpc/v1/access_log.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "feed/entry.h"
#include "service/engine.h"
#include "service/recount.h"
#include "service/values.h"

#define PAGE_ROWS 1000
#define TIMEOUT_MS 60000

// The last image of a record, as the log has it.
struct image {
    struct uuid id;
    int64_t version;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    bool row_seen;
    UT_hash_handle hh;
};

struct verification {
    struct service_lane lane;
    bool rebuild;
    FILE *out;
    char tenant[UUID_TEXT_SIZE];
    struct image *images;
    struct recount *recount;    // of the kind of record that is read; NULL where it is not counted
    int64_t entries;
    int64_t rows;
    int64_t faults;
    struct status status;    // of the database
};

static void fault(struct verification *v, const char *what, int64_t position, const char *id)
{
    v->faults++;
    fprintf(v->out, "tenant %s: %s (position %" PRId64 ", record %s)\n", v->tenant, what, position, id);
}

static void digest_of(struct bytes bytes, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    crypto_sha256(&bytes, 1, digest);
}

static Anlan__Service__Context context_of(struct verification *v)
{
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.tenant_id = v->tenant;
    context.timeout_ms = context.lock_timeout_ms = TIMEOUT_MS;
    context.row_limit = PAGE_ROWS;
    return context;
}

// Everything is held as it is at one moment: the service may go on writing. A rebuild writes, and is done alone.
static bool take_snapshot(struct verification *v)
{
    struct arena arena;
    struct pg_rows rows = {0};
    struct pg_connection *connection = v->lane.connection;
    int64_t deadline = clock_monotonic() + TIMEOUT_MS * CLOCK_MILLISECOND;
    const struct pg_statement *statement = &v->lane.service->statements.one_snapshot;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool good =
        v->rebuild || (pg_execute(connection, statement, (const ProtobufCMessage *const[]){NULL}, &arena, &v->status) &&
                       pg_sync(connection, &v->status) && pg_next(connection, deadline, &rows, &v->status) &&
                       pg_finish(connection, deadline, &v->status));
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

// Runs a statement behind a wall. The caller clears the rows.
static bool ask(struct verification *v, const struct pg_statement *wall, const struct pg_statement *statement,
                const ProtobufCMessage *source, struct arena *arena, struct pg_rows *rows)
{
    Anlan__Service__Context context = context_of(v);
    struct pg_connection *connection = v->lane.connection;
    int64_t deadline = clock_monotonic() + 2 * TIMEOUT_MS * CLOCK_MILLISECOND;
    struct pg_rows walls = {0};
    bool good = pg_execute(connection, wall, (const ProtobufCMessage *const[]){&context.base}, arena, &v->status) &&
                pg_execute(connection, statement, (const ProtobufCMessage *const[]){source}, arena, &v->status) &&
                pg_sync(connection, &v->status) && pg_next(connection, deadline, &walls, &v->status) &&
                pg_next(connection, deadline, rows, &v->status) && pg_finish(connection, deadline, &v->status);
    pg_rows_clear(&walls);
    return good;
}

static struct image *image_of(struct verification *v, const char *id_text, int64_t version)
{
    struct uuid id = {{0}};
    struct image *image = NULL;
    uuid_parse(id_text, &id);
    HASH_FIND(hh, v->images, id.bytes, sizeof(id.bytes), image);
    if (!image && version == 1) {
        image = calloc(1, sizeof(*image));
        CHECK(image);
        image->id = id;
        HASH_ADD(hh, v->images, id.bytes, sizeof(id.bytes), image);
    }
    return image;
}

// Records that stand in a log and in no table: the log is all there is of them.
static bool only_logged(const Anlan__Rpc__V1__Entry *entry)
{
    return strcmp(entry->record_type, anlan__rpc__v1__access_record__descriptor.name) == 0;
}

// An access record stands in the access log of the tenant that it names, as its first and only version.
static void note_access(struct verification *v, const Anlan__Rpc__V1__Entry *entry)
{
    struct arena arena;
    struct uuid tenant_id;
    struct uuid log_id = {{0}};
    char expected[UUID_TEXT_SIZE];
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    const Anlan__Rpc__V1__AccessRecord *record =
        anlan__rpc__v1__access_record__unpack(&arena.protobuf, entry->after.len, entry->after.data);
    if (record && uuid_parse(record->tenant_id, &tenant_id))
        log_id = feed_access_log_id(&tenant_id);
    uuid_format(&log_id, expected);
    if (!record || entry->version != 1 || strcmp(expected, v->tenant) != 0)
        fault(v, "an access record that does not belong here", entry->position, entry->record_id);
    arena_fini(&arena);
}

static void note_entry(struct verification *v, const Anlan__Rpc__V1__Entry *entry)
{
    if (only_logged(entry)) {
        note_access(v, entry);
        return;
    }
    struct image *image = image_of(v, entry->record_id, entry->version);
    if (!image || image->version != entry->version - 1) {
        fault(v, "a version does not follow the one before it", entry->position, entry->record_id);
        return;
    }
    image->version = entry->version;
    digest_of((struct bytes){entry->after.data, entry->after.len}, image->digest);
}

static const struct service_keeper *keeper_for(const struct verification *v, const char *record_type)
{
    const struct service *service = v->lane.service;
    for (size_t i = 0; i < service->definition->record_count; i++)
        if (strcmp(service->keepers[i].record->message->name, record_type) == 0)
            return &service->keepers[i];
    return NULL;
}

// Queues the row of an entry.
static bool write_row(struct verification *v, const Anlan__Rpc__V1__Entry *entry, struct arena *arena)
{
    const struct service_keeper *keeper = keeper_for(v, entry->record_type);
    if (!keeper) {
        fault(v, "a kind of record that this program does not know", entry->position, entry->record_id);
        return true;
    }
    ProtobufCMessage *after =
        protobuf_c_message_unpack(keeper->record->message, &arena->protobuf, entry->after.len, entry->after.data);
    if (!after)
        return status_set(&v->status, REASON(DATA_CORRUPT), "entry %" PRId64 ": its record cannot be read",
                          entry->position);
    Anlan__Service__Context context = context_of(v);
    Anlan__Service__Row row = service_row_split(keeper->record, (struct bytes){entry->after.data, entry->after.len});
    return pg_execute(v->lane.connection, entry->version == 1 ? &keeper->insert : &keeper->update,
                      (const ProtobufCMessage *const[]){after, &context.base, &row.base}, arena, &v->status);
}

// Makes the rows of a page of entries, in one transaction.
static bool write_rows(struct verification *v, Anlan__Rpc__V1__Entry *const *entries, size_t count, struct arena *arena)
{
    Anlan__Service__Context context = context_of(v);
    struct pg_connection *connection = v->lane.connection;
    size_t sent = 0;
    size_t written = 0;
    bool good = pg_execute(connection, &v->lane.service->statements.wall_tenant,
                           (const ProtobufCMessage *const[]){&context.base}, arena, &v->status);
    for (; good && sent < count; sent++) {
        if (only_logged(entries[sent]))
            continue;
        good = write_row(v, entries[sent], arena);
        written++;
    }
    int64_t deadline = clock_monotonic() + 2 * TIMEOUT_MS * CLOCK_MILLISECOND;
    good = good && pg_sync(connection, &v->status);
    for (size_t i = 0; good && i <= written; i++) {
        struct pg_rows rows = {0};
        good = pg_next(connection, deadline, &rows, &v->status);
        pg_rows_clear(&rows);
    }
    return good && pg_finish(connection, deadline, &v->status);
}

static bool read_page(struct verification *v, const struct pg_rows *rows, int64_t *position, struct arena *arena)
{
    Anlan__Rpc__V1__Entry **entries = arena_array(arena, rows->count, sizeof(*entries));
    for (size_t row = 0; entries && row < rows->count; row++) {
        const Anlan__Rpc__V1__LogEntry *sealed = (const void *)pg_rows_unpack(rows, row, 0, arena, &v->status);
        if (!sealed)
            return false;
        if (sealed->position != *position + 1)
            fault(v, "the positions have a gap before this one", sealed->position, "-");
        *position = sealed->position;
        struct status bad = {0};
        entries[row] = feed_entry_open(sealed, arena, &bad);
        if (!entries[row]) {
            fault(v, bad.message, sealed->position, "-");
            return !v->rebuild || status_set(&v->status, REASON(DATA_CORRUPT), "the log is damaged");
        }
        v->entries++;
        note_entry(v, entries[row]);
    }
    return entries && (!v->rebuild || write_rows(v, entries, rows->count, arena));
}

static bool read_log(struct verification *v, int64_t head)
{
    int64_t position = 0;
    for (bool more = true; more;) {
        struct arena arena;
        arena_init(&arena, 64 * LIMIT_CALL_ARENA_BYTES);
        struct pg_rows rows = {0};
        Anlan__Feed__Page page = ANLAN__FEED__PAGE__INIT;
        page.tenant_id = v->tenant;
        page.after = position;
        page.row_limit = PAGE_ROWS;
        const struct service_statements *statements = &v->lane.service->statements;
        bool good = ask(v, &statements->wall_tenant, &statements->entries_after, &page.base, &arena, &rows) &&
                    read_page(v, &rows, &position, &arena);
        more = good && rows.count == PAGE_ROWS;
        pg_rows_clear(&rows);
        arena_fini(&arena);
        if (!good)
            return false;
    }
    if (position != head)
        fault(v, "the log ends before its head or behind it", position, "-");
    return true;
}

static void hold_row(struct verification *v, struct bytes packed, const char *id)
{
    struct image *image = image_of(v, id, 0);
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    digest_of(packed, digest);
    v->rows++;
    if (!image)
        fault(v, "a row without an entry", 0, id);
    else if (memcmp(digest, image->digest, sizeof(digest)) != 0)
        fault(v, "a row differs from its last entry", 0, id);
    if (image)
        image->row_seen = true;
}

// What stands beside a packed record, and what counts it, follows from the record.
static bool hold_record(struct verification *v, const struct service_record *record, const struct pg_rows *rows,
                        size_t row, struct bytes packed, const char *id, struct arena *arena)
{
    struct bytes columns = {0};
    const ProtobufCMessage *whole =
        protobuf_c_message_unpack(record->message, &arena->protobuf, packed.length, packed.data);
    if (!whole && arena->exhausted)
        return status_set(&v->status, REASON(MESSAGE_TOO_LARGE), "a page of rows needs too much memory");
    if (!whole) {
        fault(v, "a row cannot be read", 0, id);
        return true;
    }
    if (v->recount)
        recount_record(v->recount, record, whole);
    if (!record->detail_field)
        return true;
    if (!pg_rows_message(rows, row, 2, arena, &columns, &v->status))
        return false;
    if (!service_columns_agree(record, whole, columns, arena))
        fault(v, "the columns of a row differ from its record", 0, id);
    return true;
}

// Puts the counters right: adds what they lack.
static bool write_counts(struct verification *v, const struct service_keeper *keeper, const struct recount_line *lines,
                         size_t count, struct arena *arena)
{
    Anlan__Service__Counts counts = ANLAN__SERVICE__COUNTS__INIT;
    struct pg_rows rows = {0};
    struct service_delta *deltas = arena_array(arena, count, sizeof(*deltas));
    for (size_t i = 0; deltas && i < count; i++)
        deltas[i] = (struct service_delta){
            .tenant_id = v->tenant, .count = lines[i].count, .delta = lines[i].counted - lines[i].stored};
    if (!deltas || !service_counts_fill(deltas, count, arena, &counts))
        return status_set(&v->status, REASON(MESSAGE_TOO_LARGE), "the counters need too much memory");
    bool good = ask(v, &v->lane.service->statements.wall_tenant, &keeper->counted, &counts.base, arena, &rows);
    pg_rows_clear(&rows);
    return good;
}

static bool hold_counts(struct verification *v, const struct service_keeper *keeper)
{
    struct arena arena;
    arena_init(&arena, 64 * LIMIT_CALL_ARENA_BYTES);
    struct pg_rows rows = {0};
    struct recount_line *lines = NULL;
    Anlan__Service__Context context = context_of(v);
    bool good = ask(v, &v->lane.service->statements.wall_tenant, &keeper->counts, &context.base, &arena, &rows);
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Service__Count *stored = (const void *)pg_rows_unpack(&rows, row, 0, &arena, &v->status);
        struct service_count count = {0};
        good = stored != NULL;
        if (!good || !uuid_parse(stored->unit_id, &count.unit_id))
            continue;
        count.part = stored->part;
        count.label = stored->label;
        count.slot = stored->slot;
        recount_stored(v->recount, &count, stored->count);
    }
    size_t differ = good ? recount_differences(v->recount, &arena, &lines) : 0;
    if (v->rebuild)
        good = good && (differ == 0 || write_counts(v, keeper, lines, differ, &arena));
    else
        for (size_t i = 0; i < differ; i++)
            fault(v, "a counter differs from a recount", 0, lines[i].count.label);
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

// One page of rows; `last` is the id that it begins behind, and then that of its last row.
static bool read_rows_page(struct verification *v, const struct service_keeper *keeper, char last[UUID_TEXT_SIZE],
                           size_t *count)
{
    struct arena arena;
    arena_init(&arena, 64 * LIMIT_CALL_ARENA_BYTES);
    struct pg_rows rows = {0};
    Anlan__Service__Context context = context_of(v);
    Anlan__Service__Page page = ANLAN__SERVICE__PAGE__INIT;
    page.id = last;
    context.page = last[0] ? &page : NULL;
    bool good = ask(v, &v->lane.service->statements.wall_tenant, &keeper->rows, &context.base, &arena, &rows);
    for (size_t row = 0; good && row < rows.count; row++) {
        struct bytes packed = {0};
        const Anlan__Service__Page *at = (const void *)pg_rows_unpack(&rows, row, 1, &arena, &v->status);
        good = at && pg_rows_message(&rows, row, 0, &arena, &packed, &v->status);
        if (!good)
            break;
        hold_row(v, packed, at->id);
        good = hold_record(v, keeper->record, &rows, row, packed, at->id, &arena);
        memcpy(last, at->id, UUID_TEXT_SIZE);
    }
    *count = rows.count;
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

static bool read_rows(struct verification *v)
{
    for (size_t i = 0; i < v->lane.service->definition->record_count; i++) {
        const struct service_keeper *keeper = &v->lane.service->keepers[i];
        char last[UUID_TEXT_SIZE] = "";
        size_t count = 0;
        bool good = true;
        v->recount = keeper->record->count ? recount_new() : NULL;
        do
            good = read_rows_page(v, keeper, last, &count);
        while (good && count == PAGE_ROWS);
        good = good && (!v->recount || hold_counts(v, keeper));
        recount_free(v->recount);
        if (!good)
            return false;
    }
    return true;
}

// What the log has and no row shows; forgets the tenant's images.
static void hold_images(struct verification *v)
{
    struct image *image = NULL;
    struct image *next = NULL;
    HASH_ITER(hh, v->images, image, next)
    {
        char id[UUID_TEXT_SIZE];
        uuid_format(&image->id, id);
        if (!image->row_seen)
            fault(v, "an entry without a row", 0, id);
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
        HASH_DEL(v->images, image);
        free(image);
    }
}

// What records withhold is not in the log: it is held against their digests.
static bool hold_withheld(struct verification *v)
{
    for (size_t i = 0; i < v->lane.service->definition->record_count; i++) {
        const struct service_keeper *keeper = &v->lane.service->keepers[i];
        struct arena arena;
        struct pg_rows rows = {0};
        if (!keeper->record->lost)
            continue;
        arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
        Anlan__Service__Context context = context_of(v);
        bool good = ask(v, &v->lane.service->statements.wall_tenant, &keeper->lost, &context.base, &arena, &rows);
        for (size_t row = 0; good && row < rows.count; row++) {
            const Anlan__Service__Page *lost = (const void *)pg_rows_unpack(&rows, row, 0, &arena, &v->status);
            good = lost != NULL;
            if (good)
                fault(v, "what a version of a record withholds is missing or altered", lost->first, lost->id);
        }
        pg_rows_clear(&rows);
        arena_fini(&arena);
        if (!good)
            return false;
    }
    return true;
}

static bool is_copy(struct verification *v, bool *copy)
{
    struct arena arena;
    struct pg_rows rows = {0};
    const struct service_statements *statements = &v->lane.service->statements;
    if (!v->lane.service->definition->copies)
        return true;
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    bool good = ask(v, &statements->wall_follow, &statements->copy_list, NULL, &arena, &rows);
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Service__Copy *at = (const void *)pg_rows_unpack(&rows, row, 0, &arena, &v->status);
        good = at != NULL;
        *copy = *copy || (good && strcmp(at->tenant_id, v->tenant) == 0);
    }
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

static bool verify_tenant(struct verification *v, const Anlan__Feed__Head *head)
{
    bool copy = false;
    memcpy(v->tenant, head->tenant_id, UUID_TEXT_SIZE);
    // What records of a copied log withhold stays with their owner.
    bool good = is_copy(v, &copy) && read_log(v, head->position) && read_rows(v) && (copy || hold_withheld(v));
    hold_images(v);
    return good;
}

static bool verify_all(struct verification *v)
{
    struct arena arena;
    arena_init(&arena, 64 * LIMIT_CALL_ARENA_BYTES);
    struct pg_rows rows = {0};
    const struct service_statements *statements = &v->lane.service->statements;
    bool good = ask(v, &statements->wall_upkeep, &statements->head_list, NULL, &arena, &rows);
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Feed__Head *head = (const void *)pg_rows_unpack(&rows, row, 0, &arena, &v->status);
        good = head && verify_tenant(v, head);
    }
    if (good)
        fprintf(v->out, "%s: %zu tenants, %" PRId64 " entries, %" PRId64 " rows, %" PRId64 " faults: %s\n",
                v->lane.service->definition->name, rows.count, v->entries, v->rows, v->faults,
                v->faults ? "NOT CONSISTENT" : "consistent, not witnessed");
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

int service_verify(struct service *service, bool rebuild, FILE *out)
{
    struct verification v = {.lane = {.service = service}, .rebuild = rebuild, .out = out};
    bool done = service_lane_connect(&v.lane, &v.status) && take_snapshot(&v) && verify_all(&v);
    pg_close(v.lane.connection);
    if (!done)
        fprintf(out, "%s: %s: %s\n", service->definition->name, status_reason_text(v.status.reason)->name,
                v.status.message);
    return done && v.faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

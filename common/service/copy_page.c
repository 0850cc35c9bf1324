// SPDX-License-Identifier: Apache-2.0
// What a pull brought. A page is added as a rebuild from the log would make its rows, with what it does to counters,
// its entries byte by byte, and the head, in one transaction; or it is held against the entries that are there.
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "service/copy.h"
#include "service/measure.h"
#include "service/values.h"

// A record that the page changes, as it stands behind the entries that have been gone through.
struct image {
    struct uuid id;
    ProtobufCMessage *now;    // NULL: it is not there yet, or not counted
    UT_hash_handle hh;
};

struct adding {
    struct copy_stream *stream;
    Anlan__Rpc__V1__Entry **entries;
    const struct service_keeper **keepers;
    ProtobufCMessage **after;
    size_t count;
    struct image *images;
    struct service_delta *deltas;    // of one kind of record
    size_t delta_count;
    struct arena arena;
    struct status *status;
};

static bool corrupt(struct adding *adding, const char *what)
{
    return status_set(adding->status, REASON(DATA_CORRUPT), "%s", what);
}

static bool out_of_memory(struct adding *adding)
{
    return status_set(adding->status, REASON(MESSAGE_TOO_LARGE), "the page needs too much memory");
}

static const struct service_keeper *keeper_for(const struct service *service, const char *record_type)
{
    for (size_t i = 0; i < service->definition->record_count; i++)
        if (strcmp(service->keepers[i].record->message->name, record_type) == 0)
            return &service->keepers[i];
    return NULL;
}

// Checks an entry and reads its record.
static bool open_entry(struct adding *adding, const Anlan__Rpc__V1__LogEntry *sealed)
{
    size_t n = adding->count;
    Anlan__Rpc__V1__Entry *entry = feed_entry_open(sealed, &adding->arena, adding->status);
    if (!entry)
        return false;
    if (strcmp(entry->tenant_id, adding->stream->tenant) != 0)
        return corrupt(adding, "the entry is another tenant's");
    const struct service_keeper *keeper = keeper_for(adding->stream->copying->service, entry->record_type);
    if (!keeper)
        return status_set(adding->status, REASON(METHOD_UNKNOWN),
                          "a kind of record that this program does not know: %s", entry->record_type);
    adding->entries[n] = entry;
    adding->keepers[n] = keeper;
    adding->after[n] = protobuf_c_message_unpack(keeper->record->message, &adding->arena.protobuf, entry->after.len,
                                                 entry->after.data);
    adding->count++;
    return adding->after[n] || corrupt(adding, "the entry's record cannot be read");
}

static bool open_page(struct adding *adding, const Anlan__Rpc__V1__PullResponse *page, int64_t *position)
{
    adding->entries = arena_array(&adding->arena, page->n_entries, sizeof(*adding->entries));
    adding->keepers = arena_array(&adding->arena, page->n_entries, sizeof(*adding->keepers));
    adding->after = arena_array(&adding->arena, page->n_entries, sizeof(*adding->after));
    if (!adding->after)
        return out_of_memory(adding);
    *position = adding->stream->position;
    for (size_t i = 0; i < page->n_entries; i++) {
        if (page->entries[i]->position != *position + 1)
            return corrupt(adding, "the log has a gap");
        (*position)++;
        if (!open_entry(adding, page->entries[i]))
            return false;
    }
    return true;
}

static struct image *image_of(struct adding *adding, const struct uuid *id, bool *made)
{
    struct image *image = NULL;
    HASH_FIND(hh, adding->images, id->bytes, sizeof(id->bytes), image);
    *made = !image;
    if (!image) {
        image = calloc(1, sizeof(*image));
        CHECK(image);
        image->id = *id;
        HASH_ADD(hh, adding->images, id.bytes, sizeof(image->id.bytes), image);
    }
    return image;
}

static void forget_images(struct adding *adding)
{
    struct image *image = NULL;
    struct image *next = NULL;
    HASH_ITER(hh, adding->images, image, next)
    {
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
        HASH_DEL(adding->images, image);
        free(image);
    }
}

// The id before an id: pages of rows begin behind one.
static struct uuid before(struct uuid id)
{
    for (size_t i = sizeof(id.bytes); i-- > 0;)
        if (id.bytes[i]-- != 0)
            break;
    return id;
}

// Asks for the records that counted entries change, as they stand: `asked` are their images, in the order of the
// answers.
static bool send_images(struct adding *adding, struct image **asked, size_t *count, size_t *sent)
{
    for (size_t i = 0; i < adding->count; i++) {
        struct uuid id;
        bool made = false;
        if (!adding->keepers[i]->record->count || !uuid_parse(adding->entries[i]->record_id, &id))
            continue;
        struct image *image = image_of(adding, &id, &made);
        if (!made || adding->entries[i]->version == 1)
            continue;
        struct uuid last = before(id);
        Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
        Anlan__Service__Page page = ANLAN__SERVICE__PAGE__INIT;
        context.tenant_id = adding->stream->tenant;
        context.row_limit = 1;
        context.page = &page;
        page.id = service_uuid(&last, &adding->arena);
        asked[(*count)++] = image;
        if (!copy_store_send(adding->stream->copying, &adding->keepers[i]->rows, &context.base, &adding->arena, sent,
                             adding->status))
            return false;
    }
    return true;
}

static bool take_image(struct adding *adding, const struct pg_rows *rows, struct image *image,
                       const ProtobufCMessageDescriptor *message)
{
    struct bytes packed = {0};
    struct uuid id;
    const Anlan__Service__Page *at =
        rows->count > 0 ? (const void *)pg_rows_unpack(rows, 0, 1, &adding->arena, adding->status) : NULL;
    if (!at || !uuid_parse(at->id, &id) || uuid_compare(&id, &image->id) != 0)
        return corrupt(adding, "an entry changes a record that is not there");
    if (!pg_rows_message(rows, 0, 0, &adding->arena, &packed, adding->status))
        return false;
    image->now = protobuf_c_message_unpack(message, &adding->arena.protobuf, packed.length, packed.data);
    return image->now || out_of_memory(adding);
}

// The kind of the record that an image is of.
static const ProtobufCMessageDescriptor *message_of(const struct adding *adding, const struct image *image)
{
    struct uuid id;
    for (size_t i = 0; i < adding->count; i++)
        if (uuid_parse(adding->entries[i]->record_id, &id) && uuid_compare(&id, &image->id) == 0)
            return adding->keepers[i]->record->message;
    return NULL;
}

// Counted records as they stand before the page, in a transaction of its own: nobody else writes here.
static bool read_images(struct adding *adding)
{
    struct copying *copying = adding->stream->copying;
    struct image **asked = arena_array(&adding->arena, adding->count, sizeof(*asked));
    size_t count = 0;
    size_t sent = 0;
    int64_t deadline = clock_monotonic() + 30 * CLOCK_SECOND;
    if (!asked)
        return out_of_memory(adding);
    if (!service_lane_connect(&copying->lane, adding->status))
        return false;
    bool synced = copy_store_send_tenant(adding->stream, &adding->arena, &sent, adding->status) &&
                  send_images(adding, asked, &count, &sent) && pg_sync(copying->lane.connection, adding->status);
    bool good = synced;
    for (size_t i = 0; good && i < sent; i++) {
        struct pg_rows rows = {0};
        good = pg_next(copying->lane.connection, deadline, &rows, adding->status) &&
               (i == 0 || take_image(adding, &rows, asked[i - 1], message_of(adding, asked[i - 1])));
        pg_rows_clear(&rows);
    }
    struct status finished = {0};
    if (synced && pg_usable(copying->lane.connection) && pg_finish(copying->lane.connection, deadline, &finished))
        return good;
    pg_close(copying->lane.connection);
    copying->lane.connection = NULL;
    return good && status_set(adding->status, REASON(DATABASE_UNAVAILABLE), "%s", finished.message);
}

static void add_deltas(struct adding *adding, const struct service_record *record, const ProtobufCMessage *image,
                       int64_t by)
{
    struct service_count counts[SERVICE_COUNTS_MOST];
    size_t count = image ? record->count(image, counts) : 0;
    for (size_t i = 0; i < count; i++)
        adding->deltas[adding->delta_count++] =
            (struct service_delta){.tenant_id = adding->stream->tenant, .count = counts[i], .delta = by};
}

// What the page does to the counters of one kind of record.
static bool send_counts(struct adding *adding, const struct service_keeper *keeper, size_t *sent)
{
    Anlan__Service__Counts counts = ANLAN__SERVICE__COUNTS__INIT;
    adding->delta_count = 0;
    for (size_t i = 0; i < adding->count; i++) {
        struct uuid id;
        bool made = false;
        if (adding->keepers[i] != keeper || !uuid_parse(adding->entries[i]->record_id, &id))
            continue;
        struct image *image = image_of(adding, &id, &made);
        add_deltas(adding, keeper->record, image->now, -1);
        image->now = adding->after[i];
        add_deltas(adding, keeper->record, image->now, 1);
    }
    if (!service_counts_fill(adding->deltas, adding->delta_count, &adding->arena, &counts))
        return status_set(adding->status, REASON(MESSAGE_TOO_LARGE), "the counters need too much memory");
    return counts.n_deltas == 0 || copy_store_send(adding->stream->copying, &keeper->counted, &counts.base,
                                                   &adding->arena, sent, adding->status);
}

static bool send_all_counts(struct adding *adding, size_t *sent)
{
    const struct service *service = adding->stream->copying->service;
    adding->deltas = arena_array(&adding->arena, 2 * adding->count * SERVICE_COUNTS_MOST, sizeof(*adding->deltas));
    for (size_t i = 0; adding->deltas && i < service->definition->record_count; i++)
        if (service->keepers[i].record->count && !send_counts(adding, &service->keepers[i], sent))
            return false;
    return adding->deltas || out_of_memory(adding);
}

static bool send_rows(struct adding *adding, size_t *sent)
{
    struct pg_connection *connection = adding->stream->copying->lane.connection;
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.tenant_id = adding->stream->tenant;
    bool good = true;
    for (size_t i = 0; good && i < adding->count; i++) {
        const struct service_keeper *keeper = adding->keepers[i];
        const Anlan__Rpc__V1__Entry *entry = adding->entries[i];
        const Anlan__Service__Row row =
            service_row_split(keeper->record, (struct bytes){entry->after.data, entry->after.len});
        if (entry->version != 1 && !keeper->record->update)
            return corrupt(adding, "an entry changes a kind of record that never changes");
        good = pg_execute(connection, entry->version == 1 ? &keeper->insert : &keeper->update,
                          (const ProtobufCMessage *const[]){adding->after[i], &context.base, &row.base}, &adding->arena,
                          adding->status);
        (*sent)++;
    }
    return good;
}

static bool send_append(struct adding *adding, const Anlan__Rpc__V1__PullResponse *page, size_t *sent)
{
    struct arena *arena = &adding->arena;
    size_t count = page->n_entries;
    int64_t head_before = adding->stream->position;
    int64_t head_after = head_before + (int64_t)count;
    char *tenant = adding->stream->tenant;
    Anlan__Feed__Append append = ANLAN__FEED__APPEND__INIT;
    append.entry_tenant_id = arena_array(arena, count, sizeof(char *));
    append.position = arena_array(arena, count, sizeof(int64_t));
    append.algorithm = arena_array(arena, count, sizeof(int32_t));
    append.entry = arena_array(arena, count, sizeof(ProtobufCBinaryData));
    append.salt = arena_array(arena, count, sizeof(ProtobufCBinaryData));
    append.digest = arena_array(arena, count, sizeof(ProtobufCBinaryData));
    if (arena->exhausted)
        return out_of_memory(adding);
    append.n_tenant_id = append.n_head_before = append.n_head_after = 1;
    append.tenant_id = &tenant;
    append.head_before = &head_before;
    append.head_after = &head_after;
    append.n_entry_tenant_id = append.n_position = append.n_algorithm = append.n_entry = append.n_salt =
        append.n_digest = count;
    for (size_t i = 0; i < count; i++) {
        append.entry_tenant_id[i] = tenant;
        append.position[i] = page->entries[i]->position;
        append.algorithm[i] = (int32_t)page->entries[i]->algorithm;
        append.entry[i] = page->entries[i]->entry;
        append.salt[i] = page->entries[i]->salt;
        append.digest[i] = page->entries[i]->digest;
    }
    return copy_store_send(adding->stream->copying, &adding->stream->copying->service->statements.append, &append.base,
                           arena, sent, adding->status);
}

static bool send_page(struct adding *adding, const Anlan__Rpc__V1__PullResponse *page, size_t *sent)
{
    struct copy_stream *stream = adding->stream;
    Anlan__Feed__Head head = ANLAN__FEED__HEAD__INIT;
    head.tenant_id = stream->tenant;
    return copy_store_send_tenant(stream, &adding->arena, sent, adding->status) &&
           (stream->position > 0 || copy_store_send(stream->copying, &stream->copying->service->statements.head_make,
                                                    &head.base, &adding->arena, sent, adding->status)) &&
           send_rows(adding, sent) && send_all_counts(adding, sent) && send_append(adding, page, sent) &&
           copy_store_send_keep(stream, stream->position + (int64_t)page->n_entries, &adding->arena, sent,
                                adding->status);
}

static bool write_page(struct adding *adding, const Anlan__Rpc__V1__PullResponse *page)
{
    struct copying *copying = adding->stream->copying;
    size_t sent = 0;
    if (!service_lane_connect(&copying->lane, adding->status))
        return false;
    bool queued = send_page(adding, page, &sent);
    if (!copy_store_finish(copying, queued, sent, NULL, adding->status))
        return false;
    adding->stream->position += (int64_t)page->n_entries;
    adding->stream->known = true;
    metrics_add(&copying->service->measures->entries, (int64_t)page->n_entries);
    return true;
}

bool copy_page_add(struct copy_stream *stream, const Anlan__Rpc__V1__PullResponse *page, int64_t *position,
                   struct status *status)
{
    struct adding adding = {.stream = stream, .status = status};
    arena_init(&adding.arena, 64 * LIMIT_CALL_ARENA_BYTES);
    bool good = open_page(&adding, page, position) && read_images(&adding) && write_page(&adding, page);
    forget_images(&adding);
    arena_fini(&adding.arena);
    return good;
}

static bool same(ProtobufCBinaryData left, ProtobufCBinaryData right)
{
    return left.len == right.len && (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
}

static bool same_entry(const Anlan__Rpc__V1__LogEntry *there, const Anlan__Rpc__V1__LogEntry *here)
{
    return there->position == here->position && there->algorithm == here->algorithm &&
           same(there->digest, here->digest) && same(there->salt, here->salt) && same(there->entry, here->entry);
}

bool copy_page_hold(struct copy_stream *stream, const Anlan__Rpc__V1__PullResponse *page, int64_t *position,
                    struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    bool good = copy_store_entries(stream, stream->checked, (int32_t)page->n_entries, &arena, &rows, status);
    int64_t checked = stream->checked;
    for (size_t i = 0; good && i < page->n_entries && checked < stream->position; i++) {
        const Anlan__Rpc__V1__LogEntry *here =
            i < rows.count ? (const void *)pg_rows_unpack(&rows, i, 0, &arena, status) : NULL;
        *position = checked + 1;
        if (!here && !status_ok(status))
            good = false;
        else if (!here || !same_entry(page->entries[i], here))
            good = status_set(status, REASON(DATA_CORRUPT), "the copy's entry is not the source's");
        else
            checked++;
    }
    if (good)
        stream->checked = checked;
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

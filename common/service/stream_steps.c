// SPDX-License-Identifier: Apache-2.0
#include "service/stream_steps.h"

#include <string.h>

#include "base/check.h"
#include "feed/entry.h"
#include "service/values.h"

#define STEP_RECORDS 500    // records of a step
#define STEP_LOGS 8         // logs that a step reads
#define STEP_BYTES (24 * 1024 * 1024)

static bool out_of_memory(struct stream_page *page)
{
    return status_set(page->status, REASON(MESSAGE_TOO_LARGE), "the page needs too much memory");
}

bool stream_ask(struct stream_page *page, const struct pg_statement *statement, const ProtobufCMessage *const *sources,
                bool wanted)
{
    if (!pg_execute(page->lane->connection, statement, sources, page->arena, page->status))
        return false;
    CHECK(page->asked - page->taken < STREAM_ASKED);
    page->wanted[page->asked++ % STREAM_ASKED] = wanted;
    return true;
}

static bool pass_over(struct stream_page *page)
{
    struct pg_rows rows = {0};
    bool good = pg_next(page->lane->connection, page->deadline, &rows, page->status);
    pg_rows_clear(&rows);
    page->taken++;
    return good;
}

bool stream_take(struct stream_page *page, struct pg_rows *rows)
{
    memset(rows, 0, sizeof(*rows));
    if (!pg_flush(page->lane->connection, page->status))
        return false;
    while (!page->wanted[page->taken % STREAM_ASKED])
        if (!pass_over(page))
            return false;
    page->taken++;
    return pg_next(page->lane->connection, page->deadline, rows, page->status);
}

bool stream_drain(struct stream_page *page)
{
    while (page->taken < page->asked)
        if (!pass_over(page))
            return false;
    return true;
}

bool stream_wall(struct stream_page *page)
{
    return stream_ask(page, &page->statements->wall_stream, STREAM_SOURCES(&page->row.base, &page->job->context.base),
                      false);
}

// Queues the wall of what the reader may read now.
static bool scope_wall(struct stream_page *page)
{
    Anlan__Service__Context *context = &page->scope.context;
    context->timeout_ms = page->job->context.timeout_ms;
    context->lock_timeout_ms = page->job->context.lock_timeout_ms;
    return stream_ask(page, &page->statements->wall_scope, STREAM_SOURCES(&context->base), false);
}

bool stream_add(struct stream_page *page, struct bytes item)
{
    if (!item.data)
        return out_of_memory(page);
    CHECK(page->count < page->most + STREAM_MARKERS);
    page->items[page->count++] = item;
    page->bytes += item.length;
    service_stream_digest(page->state, item);
    return true;
}

bool stream_full(const struct stream_page *page)
{
    return page->count >= page->most || page->bytes >= LIMIT_PAGE_BYTES || page->arena->total > 2 * STEP_BYTES;
}

// Records of a step.
struct batch {
    Anlan__Service__StreamRecords keys;
    bool *seen;     // he may read it, and it is in his sector
    bool *known;    // he has it
};

static bool make_batch(struct stream_page *page, struct batch *batch, size_t most)
{
    anlan__service__stream_records__init(&batch->keys);
    batch->keys.tenant_id = arena_array(page->arena, most, sizeof(char *));
    batch->keys.record_id = arena_array(page->arena, most, sizeof(char *));
    batch->seen = arena_array(page->arena, most, sizeof(bool));
    batch->known = arena_array(page->arena, most, sizeof(bool));
    return !page->arena->exhausted || out_of_memory(page);
}

static void add_key(struct batch *batch, const char *tenant_id, const char *record_id)
{
    batch->keys.tenant_id[batch->keys.n_tenant_id++] = (char *)tenant_id;
    batch->keys.record_id[batch->keys.n_record_id++] = (char *)record_id;
}

// Marks those that an answer names; of the seen ones those of another sector are not.
static bool take_marks(struct stream_page *page, const struct batch *batch, bool *marks, const char *sector)
{
    struct pg_rows rows;
    if (!stream_take(page, &rows))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < rows.count; i++) {
        const Anlan__Service__StreamSeen *row = (const void *)pg_rows_unpack(&rows, i, 0, page->arena, page->status);
        good = row && row->at >= 1 && (size_t)row->at <= batch->keys.n_record_id;
        if (good && (!*sector || strcmp(row->sector, sector) == 0))
            marks[row->at - 1] = true;
    }
    pg_rows_clear(&rows);
    if (!good && status_ok(page->status))
        status_set(page->status, REASON(INTERNAL), "an answer names no record of its call");
    return good;
}

static bool ask_known(struct stream_page *page, struct batch *batch)
{
    return stream_wall(page) &&
           stream_ask(page, &page->statements->stream_known, STREAM_SOURCES(&page->row.base, &batch->keys.base), true);
}

// Both walls stand before what is seen: row security, and the scope in the statement.
static bool look_at(struct stream_page *page, struct batch *batch, bool known_too)
{
    if (batch->keys.n_record_id == 0)
        return true;
    if (!scope_wall(page) ||
        !stream_ask(page, &page->keeper->seen, STREAM_SOURCES(&batch->keys.base, &page->scope.context.base), true))
        return false;
    return (!known_too || ask_known(page, batch)) && take_marks(page, batch, batch->seen, page->row.sector) &&
           (!known_too || take_marks(page, batch, batch->known, ""));
}

static bool key_of(const struct batch *batch, size_t at, struct uuid key[2])
{
    return uuid_parse(batch->keys.tenant_id[at], &key[0]) && uuid_parse(batch->keys.record_id[at], &key[1]);
}

static size_t find_key(const ProtobufCBinaryData *list, size_t count, const struct uuid key[2])
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(list[i].data, key, 2 * sizeof(struct uuid)) == 0)
            return i;
    return count;
}

// Adds a key to a list of the page; lists grow by doubling from the arena.
static bool push_key(struct stream_page *page, ProtobufCBinaryData **list, size_t *count, const struct uuid key[2])
{
    if ((*count & (*count - 1)) == 0) {    // 0, 1, 2, 4, …
        ProtobufCBinaryData *grown = arena_array(page->arena, *count ? 2 * *count : 1, sizeof(*grown));
        if (!grown)
            return out_of_memory(page);
        if (*count > 0)
            memcpy(grown, *list, *count * sizeof(*grown));
        *list = grown;
    }
    uint8_t *bytes = arena_alloc(page->arena, 2 * sizeof(struct uuid));
    if (!bytes)
        return out_of_memory(page);
    memcpy(bytes, key, 2 * sizeof(struct uuid));
    (*list)[(*count)++] = (ProtobufCBinaryData){.data = bytes, .len = 2 * sizeof(struct uuid)};
    return true;
}

// Whether the reader has it, with what this page has given and taken.
static bool holds(const struct stream_page *page, const struct uuid key[2], bool known)
{
    const Anlan__Service__StreamState *state = page->state;
    if (known)
        return find_key(state->withdrawn, state->n_withdrawn, key) == state->n_withdrawn;
    return find_key(state->delivered, state->n_delivered, key) < state->n_delivered;
}

static bool deliver(struct stream_page *page, const struct batch *batch, size_t at, struct bytes item)
{
    Anlan__Service__StreamState *state = page->state;
    struct uuid key[2];
    if (!item.data || !key_of(batch, at, key))
        return out_of_memory(page);
    if (!holds(page, key, batch->known[at])) {
        size_t gone = find_key(state->withdrawn, state->n_withdrawn, key);
        if (gone < state->n_withdrawn)
            state->withdrawn[gone] = state->withdrawn[--state->n_withdrawn];
        else if (!push_key(page, &state->delivered, &state->n_delivered, key))
            return false;
        state->held++;
    }
    return stream_add(page, item);
}

static bool withdraw(struct stream_page *page, const struct batch *batch, size_t at)
{
    Anlan__Service__StreamState *state = page->state;
    struct uuid key[2];
    if (!key_of(batch, at, key) || !holds(page, key, batch->known[at]))
        return true;
    size_t given = find_key(state->delivered, state->n_delivered, key);
    if (given < state->n_delivered)
        state->delivered[given] = state->delivered[--state->n_delivered];
    else if (!push_key(page, &state->withdrawn, &state->n_withdrawn, key))
        return false;
    state->held--;
    return stream_add(page,
                      service_stream_withdrawal(batch->keys.tenant_id[at], batch->keys.record_id[at], page->arena));
}

// What the reader has, behind where the sweep is.
static bool read_known(struct stream_page *page, struct batch *batch)
{
    struct pg_rows rows;
    if (!make_batch(page, batch, page->most) || !stream_wall(page) ||
        !stream_ask(page, &page->statements->stream_sweep,
                    STREAM_SOURCES(&page->row.base, &page->scope.context.base, &page->state->base), true) ||
        !stream_take(page, &rows))
        return false;
    for (size_t i = 0; i < rows.count && status_ok(page->status); i++) {
        const Anlan__Service__StreamKnown *row = (const void *)pg_rows_unpack(&rows, i, 0, page->arena, page->status);
        if (row)
            add_key(batch, row->tenant_id, row->record_id);
    }
    pg_rows_clear(&rows);
    return status_ok(page->status);
}

// Through what the reader has: what he may not read any more is withdrawn.
static bool sweep(struct stream_page *page)
{
    Anlan__Service__StreamState *state = page->state;
    struct batch batch;
    page->scope.context.row_limit = (int32_t)(page->most - page->count);
    if (!read_known(page, &batch) || !look_at(page, &batch, false))
        return false;
    size_t count = batch.keys.n_record_id;
    for (size_t i = 0; i < count; i++) {
        batch.known[i] = true;
        if (!batch.seen[i] && !withdraw(page, &batch, i))
            return false;
    }
    page->changed = true;
    if (count == (size_t)page->scope.context.row_limit) {
        state->sweep_tenant_id = batch.keys.tenant_id[count - 1];
        state->sweep_record_id = batch.keys.record_id[count - 1];
        return true;
    }
    state->sweep_tenant_id = state->sweep_record_id = (char *)"";
    if (state->n_pending > 0) {
        state->phase = STREAM_PHASE(SNAPSHOT);
        return true;
    }
    return (service_stream_settle(state, page->arena) || out_of_memory(page)) &&
           stream_add(page, service_stream_marker(STREAM_ITEM(SETTLED), page->arena));
}

// As a list examines.
static int32_t examined_limit(const Anlan__Service__Context *context)
{
    bool passes_over = false;
    for (size_t i = 0; i < context->n_pair_kind; i++)
        passes_over = passes_over || context->pair_kind[i] == ACCESS_PARTY || *context->pair_sector[i];
    return service_examined_limit(context->n_pair_kind, context->row_limit, passes_over);
}

// An instance that reads here what it may has no need of its own records, of which here are copies.
static bool is_readers_own(const struct stream_page *page, const char *tenant_id)
{
    struct directory *directory = page->lane->service->directory;
    const struct access_caller *caller = &page->job->caller;
    struct uuid id;
    if (!caller->is_client || directory_peer_changes(directory) == 0 || !uuid_parse(tenant_id, &id))
        return false;
    directory_lock(directory);
    const struct directory_peer *owner = directory_owner(directory, &id);
    bool own = owner && uuid_compare(&owner->id, &caller->subject_id) == 0;
    directory_unlock(directory);
    return own;
}

// A page of the snapshot as it was read.
struct snapshot {
    Anlan__Service__Context context;
    struct bytes *items;
    Anlan__Service__Page **pages;    // … behind each of them
    Anlan__Service__Page *bound;     // where the next one begins, if it ended before it was full
    struct batch batch;
    bool more;
};

static bool read_snapshot(struct stream_page *page, const struct pg_rows *rows, struct snapshot *snapshot)
{
    size_t most = (size_t)snapshot->context.row_limit - 1;
    snapshot->more = rows->count > most;
    for (size_t i = 0; i < rows->count && i < most; i++) {
        struct bytes record = {0};
        const char *tenant_id = NULL;
        const char *record_id = NULL;
        Anlan__Service__Page *at = (void *)pg_rows_unpack(rows, i, 1, page->arena, page->status);
        if (!at || !pg_rows_message(rows, i, 0, page->arena, &record, page->status))
            return false;
        if (record.length == 0) {    // the page's bound
            snapshot->bound = at;
            snapshot->more = true;
            return true;
        }
        size_t n = snapshot->batch.keys.n_record_id;
        snapshot->items[n] = service_stream_record(page->job->stream->projection, page->keeper->record, record,
                                                   page->scope.context.tenant_id, page->arena, &tenant_id, &record_id);
        if (!snapshot->items[n].data)
            return out_of_memory(page);
        snapshot->bound = is_readers_own(page, tenant_id) ? at : NULL;
        if (snapshot->bound)
            continue;
        snapshot->pages[n] = at;
        add_key(&snapshot->batch, tenant_id, record_id);
        if (page->arena->total > STEP_BYTES) {
            snapshot->more = true;
            break;
        }
    }
    return true;
}

static bool ask_snapshot(struct stream_page *page, struct snapshot *snapshot)
{
    Anlan__Service__Context *context = &snapshot->context;
    struct pg_rows rows;
    size_t most = page->most - page->count < STEP_RECORDS ? page->most - page->count : STEP_RECORDS;
    *context = page->scope.context;
    if (!service_stream_bind(page->lane->service, page->state->pending, page->state->n_pending, page->row.sector,
                             page->arena, context))
        return out_of_memory(page);
    context->row_limit = (int32_t)most + 1;
    context->examined_limit = examined_limit(context);
    context->page = page->state->page;
    snapshot->items = arena_array(page->arena, most, sizeof(*snapshot->items));
    snapshot->pages = arena_array(page->arena, most, sizeof(Anlan__Service__Page *));
    if (!snapshot->items || !snapshot->pages || !make_batch(page, &snapshot->batch, most))
        return out_of_memory(page);
    if (!scope_wall(page) || !stream_ask(page, &page->keeper->snapshot, STREAM_SOURCES(&context->base), true) ||
        !stream_take(page, &rows))
        return false;
    bool good = read_snapshot(page, &rows, snapshot);
    pg_rows_clear(&rows);
    return good;
}

// Through the snapshot of what is pending; what the reader has already needs no second delivery.
static bool snapshot_step(struct stream_page *page)
{
    Anlan__Service__StreamState *state = page->state;
    struct snapshot snapshot = {0};
    if (!ask_snapshot(page, &snapshot))
        return false;
    struct batch *batch = &snapshot.batch;
    size_t count = batch->keys.n_record_id;
    if (count > 0 && (!ask_known(page, batch) || !take_marks(page, batch, batch->known, "")))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (stream_full(page)) {    // by its bytes
            page->changed = true;
            return true;
        }
        struct uuid key[2];
        if (!key_of(batch, i, key))
            return out_of_memory(page);
        if (!holds(page, key, batch->known[i]) && !deliver(page, batch, i, snapshot.items[i]))
            return false;
        state->page = snapshot.pages[i];
    }
    if (snapshot.bound)
        state->page = snapshot.bound;
    page->changed = true;
    if (snapshot.more)
        return true;
    return (service_stream_settle(state, page->arena) || out_of_memory(page)) &&
           stream_add(page, service_stream_marker(STREAM_ITEM(SETTLED), page->arena));
}

// Entries of a step, in the order of their logs.
struct tail {
    Anlan__Rpc__V1__Entry **entries;          // NULL: of another type of record, or erased, as the law demands
    Anlan__Service__StreamPosition **logs;    // … whose each is
    int64_t *positions;
    size_t count;
    struct batch batch;    // an element for each
};

// The logs that have more, at most so many; by turns, so that a busy one keeps none waiting.
static size_t logs_behind(struct stream_page *page, Anlan__Service__StreamPosition **logs, char **tenants, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < page->head_count && count < most; i++) {
        Anlan__Service__StreamPosition *position = service_stream_position(page->state, page->heads[i]->tenant_id);
        if (!position || position->position >= page->heads[i]->position ||
            is_readers_own(page, page->heads[i]->tenant_id))
            continue;
        tenants[count] = page->heads[i]->tenant_id;
        logs[count++] = position;
    }
    return count;
}

static bool ask_log(struct stream_page *page, char *tenant_id, int64_t after, size_t limit)
{
    Anlan__Feed__Page wanted = ANLAN__FEED__PAGE__INIT;
    Anlan__Service__Context context = page->job->context;
    context.tenant_id = wanted.tenant_id = tenant_id;
    wanted.after = after;
    wanted.row_limit = (int32_t)limit;
    return stream_ask(page, &page->statements->wall_tenant, STREAM_SOURCES(&context.base), false) &&
           stream_ask(page, &page->statements->entries_after, STREAM_SOURCES(&wanted.base), true);
}

static bool read_log(struct stream_page *page, Anlan__Service__StreamPosition *log, const char *tenant_id,
                     struct tail *tail)
{
    struct pg_rows rows;
    if (!stream_take(page, &rows))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < rows.count && (i == 0 || page->arena->total <= STEP_BYTES); i++) {
        Anlan__Rpc__V1__LogEntry *sealed = (void *)pg_rows_unpack(&rows, i, 0, page->arena, page->status);
        good = sealed != NULL;
        if (!good)
            break;
        Anlan__Rpc__V1__Entry *entry =
            sealed->entry.len > 0 ? feed_entry_open(sealed, page->arena, page->status) : NULL;
        good = entry || sealed->entry.len == 0;
        bool ours = entry && strcmp(entry->record_type, page->keeper->record->message->name) == 0;
        tail->entries[tail->count] = ours ? entry : NULL;
        tail->logs[tail->count] = log;
        tail->positions[tail->count++] = sealed->position;
        add_key(&tail->batch, tenant_id, ours ? entry->record_id : tenant_id);
    }
    pg_rows_clear(&rows);
    return good;
}

static bool read_logs(struct stream_page *page, struct tail *tail)
{
    Anlan__Service__StreamPosition *logs[STEP_LOGS];
    char *tenants[STEP_LOGS];
    size_t count = logs_behind(page, logs, tenants, STEP_LOGS);
    size_t each = count ? STEP_RECORDS / count : 0;
    tail->entries = arena_array(page->arena, STEP_RECORDS, sizeof(*tail->entries));
    tail->logs = arena_array(page->arena, STEP_RECORDS, sizeof(*tail->logs));
    tail->positions = arena_array(page->arena, STEP_RECORDS, sizeof(*tail->positions));
    if (!tail->entries || !tail->logs || !tail->positions || !make_batch(page, &tail->batch, STEP_RECORDS))
        return out_of_memory(page);
    for (size_t i = 0; i < count; i++)
        if (!ask_log(page, tenants[i], logs[i]->position, each))
            return false;
    for (size_t i = 0; i < count; i++)
        if (!read_log(page, logs[i], tenants[i], tail))
            return false;
    return true;
}

static bool take_entry(struct stream_page *page, struct tail *tail, size_t at)
{
    if (!tail->entries[at])
        return true;
    if (!tail->batch.seen[at])
        return withdraw(page, &tail->batch, at);
    return deliver(
        page, &tail->batch, at,
        service_stream_change(page->job->stream->projection, page->keeper->record, tail->entries[at], page->arena));
}

// Through the logs: the entries of records that the reader may read now; others are withdrawn if he has them.
static bool tail_step(struct stream_page *page)
{
    struct tail tail = {0};
    if (!read_logs(page, &tail) || !look_at(page, &tail.batch, true))
        return false;
    page->changed = page->changed || tail.count > 0;
    for (size_t i = 0; i < tail.count; i++) {
        if (stream_full(page))
            return true;
        if (!take_entry(page, &tail, i))
            return false;
        tail.logs[i]->position = tail.positions[i];
    }
    Anlan__Service__StreamPosition *behind = NULL;
    char *tenant = NULL;
    page->more = logs_behind(page, &behind, &tenant, 1) > 0;
    return true;
}

bool stream_step(struct stream_page *page)
{
    switch (page->state->phase) {
    case STREAM_PHASE(SWEEP):
        return sweep(page);
    case STREAM_PHASE(SNAPSHOT):
        return snapshot_step(page);
    case STREAM_PHASE(TAIL):
        return tail_step(page);
    case STREAM_PHASE(BEGIN):
    case _ANLAN__SERVICE__STREAM_PHASE_IS_INT_SIZE:
        break;
    }
    return status_set(page->status, REASON(DATA_CORRUPT), "the stream's state cannot be read");
}

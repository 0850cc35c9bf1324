// SPDX-License-Identifier: Apache-2.0
// The next page of a stream, in one transaction: where it is (its row, locked), what its reader may read now, then
// steps: through what he has, through a snapshot, through the logs; and where it is since.
#include <string.h>

#include "base/check.h"
#include "service/stream.h"
#include "service/stream_steps.h"
#include "service/values.h"

#define PATIENCE (5 * CLOCK_SECOND)
#define ARENA_BYTES (64 * 1024 * 1024)
#define STEPS_MOST 16
#define STREAMS_BESIDE 15    // of one reader

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the page needs too much memory");
}

// Which kind of record; NULL with a status.
static const struct service_keeper *keeper_named(struct service *service, const char *type, struct arena *arena,
                                                 struct status *status)
{
    bool any = false;
    for (size_t i = 0; i < service->definition->record_count; i++) {
        const struct service_keeper *keeper = &service->keepers[i];
        any = any || keeper->record->streamed;
        if (keeper->record->streamed && (!*type || strcmp(keeper->record->message->name, type) == 0))
            return keeper;
    }
    if (any)
        status_violate(status, arena, "record_type", "is no type of record that this service shows");
    else
        status_set(status, REASON(METHOD_UNKNOWN), "this service has no streams");
    return NULL;
}

// A new stream: what the request says.
static bool begin(struct stream_page *page)
{
    const Anlan__Rpc__V1__PullStreamRequest *request = (const void *)page->job->request;
    struct service_stream *stream = page->job->stream;
    const struct service_keeper *keeper =
        keeper_named(page->lane->service, request->record_type, &page->job->call->arena, page->status);
    if (!keeper)
        return false;
    if (*request->sector && !*keeper->record->sector_field)
        return status_violate(page->status, &page->job->call->arena, "sector", "is nothing that these records have");
    stream->id = uuid_make(clock_now());
    page->row.id = service_uuid(&stream->id, page->arena);
    page->row.record_type = (char *)keeper->record->message->name;
    page->row.projection = request->projection;
    page->row.unit_id = request->unit_id;
    page->row.sector = request->sector;
    page->row.others_most = STREAMS_BESIDE;
    page->state = service_stream_begin(page->arena);
    return page->state || out_of_memory(page->status);
}

static Anlan__Service__StreamState *open_state(struct stream_page *page, ProtobufCBinaryData packed)
{
    Anlan__Service__StreamState *state =
        packed.len > 0 ? anlan__service__stream_state__unpack(&page->arena->protobuf, packed.len, packed.data) : NULL;
    return state && state->digest.len == CRYPTO_DIGEST_SIZE ? state : NULL;
}

static bool is_at(const struct service_stream *stream, const Anlan__Service__StreamState *state, int64_t page)
{
    return state && stream->page == page && memcmp(state->digest.data, stream->digest, CRYPTO_DIGEST_SIZE) == 0;
}

// Lists of keys of 32 bytes, as texts.
static bool spell_keys(struct stream_page *page, const ProtobufCBinaryData *keys, size_t count, char ***tenants,
                       char ***records)
{
    *tenants = arena_array(page->arena, count, sizeof(char *));
    *records = arena_array(page->arena, count, sizeof(char *));
    for (size_t i = 0; *tenants && *records && i < count; i++) {
        struct uuid ids[2];
        if (keys[i].len != sizeof(ids))
            return status_set(page->status, REASON(DATA_CORRUPT), "the stream's state cannot be read");
        memcpy(ids, keys[i].data, sizeof(ids));
        (*tenants)[i] = service_uuid(&ids[0], page->arena);
        (*records)[i] = service_uuid(&ids[1], page->arena);
    }
    return !page->arena->exhausted || out_of_memory(page->status);
}

// The reader has the page that was served: what it delivered is known since, what it withdrew is not.
static bool learn(struct stream_page *page, Anlan__Service__StreamState *state)
{
    Anlan__Service__StreamRecords *records = arena_alloc(page->arena, sizeof(*records));
    if (!records)
        return out_of_memory(page->status);
    anlan__service__stream_records__init(records);
    if (!spell_keys(page, state->delivered, state->n_delivered, &records->tenant_id, &records->record_id) ||
        !spell_keys(page, state->withdrawn, state->n_withdrawn, &records->gone_tenant_id, &records->gone_record_id))
        return false;
    records->n_tenant_id = records->n_record_id = state->n_delivered;
    records->n_gone_tenant_id = records->n_gone_record_id = state->n_withdrawn;
    state->n_delivered = state->n_withdrawn = 0;
    page->row.page++;
    page->changed = true;
    return stream_ask(page, &page->statements->stream_learn, STREAM_SOURCES(&page->row.base, &records->base), false);
}

static bool find_place(struct stream_page *page)
{
    const struct service_stream *stream = page->job->stream;
    Anlan__Service__StreamState *state = open_state(page, page->row.state);
    Anlan__Service__StreamState *next = open_state(page, page->row.next_state);
    page->changed = page->row.next_state.len > 0 || page->row.idle;
    if (is_at(stream, next, page->row.page + 1)) {
        page->state = next;
        return learn(page, next);
    }
    page->state = state;
    return is_at(stream, state, page->row.page) ||
           status_set(page->status, REASON(CURSOR_EXPIRED), "the stream is no longer where the cursor says");
}

// Finds the stream of the cursor. What is not this reader's, in this post, is not there.
static bool find(struct stream_page *page)
{
    struct pg_rows rows = {0};
    page->row.id = service_uuid(&page->job->stream->id, page->arena);
    if (!stream_wall(page) ||
        !stream_ask(page, &page->statements->stream_lock, STREAM_SOURCES(&page->row.base), true) ||
        !stream_take(page, &rows))
        return false;
    bool found = rows.count == 1;
    const Anlan__Service__Stream *row =
        found ? (const void *)pg_rows_unpack(&rows, 0, 0, page->arena, page->status) : NULL;
    pg_rows_clear(&rows);
    if (!found)
        return status_set(page->status, REASON(CURSOR_EXPIRED), "there is no such stream");
    if (!row)
        return false;
    page->row = *row;
    return find_place(page);
}

// All logs' heads, and the projections of the type of record.
static bool look_around(struct stream_page *page)
{
    struct pg_rows rows = {0};
    if (!stream_ask(page, &page->statements->stream_projections, STREAM_SOURCES(&page->row.base), true) ||
        !stream_ask(page, &page->statements->wall_upkeep, STREAM_SOURCES(&page->job->context.base), false) ||
        !stream_ask(page, &page->statements->head_list, NULL, true) || !stream_take(page, &rows))
        return false;
    page->projection_count = rows.count;
    page->projections = arena_array(page->arena, rows.count, sizeof(*page->projections));
    for (size_t i = 0; page->projections && i < rows.count; i++)
        page->projections[i] = (const void *)pg_rows_unpack(&rows, i, 0, page->arena, page->status);
    pg_rows_clear(&rows);
    if (!stream_take(page, &rows))
        return false;
    page->heads = arena_array(page->arena, rows.count, sizeof(*page->heads));
    for (size_t i = 0; page->heads && i < rows.count; i++) {
        Anlan__Feed__Head *head = (void *)pg_rows_unpack(&rows, i, 0, page->arena, page->status);
        // A UUID of version 8 names an access log.
        if (head && head->tenant_id[14] != '8')
            page->heads[page->head_count++] = head;
        page->job->stream->heads += head ? head->position : 0;
    }
    pg_rows_clear(&rows);
    return !page->arena->exhausted || out_of_memory(page->status);
}

// Copies what waits with the job.
static struct service_projection *keep_projection(const Anlan__Service__Projection *row, struct arena *arena)
{
    struct service_projection *kept = arena_alloc(arena, sizeof(*kept));
    if (!kept)
        return NULL;
    kept->name = arena_text(arena, row->name, strlen(row->name));
    kept->permission = arena_text(arena, row->permission, strlen(row->permission));
    kept->shows = arena_array(arena, row->n_shows, sizeof(char *));
    for (size_t i = 0; kept->shows && i < row->n_shows; i++)
        kept->shows[kept->show_count++] = arena_text(arena, row->shows[i], strlen(row->shows[i]));
    return arena->exhausted ? NULL : kept;
}

static bool try_projection(struct stream_page *page, const Anlan__Service__Projection *row)
{
    struct service_stream *stream = page->job->stream;
    struct arena *arena = &page->job->call->arena;
    if (!stream->projection || strcmp(stream->projection->name, row->name) != 0)
        stream->projection = keep_projection(row, arena);
    if (!stream->projection)
        return out_of_memory(page->status);
    return service_stream_decide(page->lane->service, page->job, stream->projection, page->arena, &page->scope,
                                 page->status);
}

// By the projection that is named, or the first that the reader may have.
static bool decide(struct stream_page *page)
{
    struct service_stream *stream = page->job->stream;
    bool named = *page->row.projection != '\0';
    bool tried = false;
    if (!stream->unit_id)
        stream->unit_id = arena_text(&page->job->call->arena, page->row.unit_id, strlen(page->row.unit_id));
    if (!stream->unit_id)
        return out_of_memory(page->status);
    for (size_t i = 0; i < page->projection_count; i++) {
        if (named && strcmp(page->projections[i]->name, page->row.projection) != 0)
            continue;
        tried = true;
        if (!try_projection(page, page->projections[i]))
            return false;
        if (named || status_ok(&page->scope.refused))
            break;
    }
    if (!tried && stream->opens)
        return status_violate(page->status, &page->job->call->arena, "projection", "is none of this type of record");
    if (!tried)
        return status_set(page->status, REASON(CURSOR_EXPIRED), "the stream's projection is no more");
    if (stream->opens && !status_ok(&page->scope.refused)) {
        *page->status = page->scope.refused;
        return false;
    }
    page->row.projection = (char *)stream->projection->name;
    return true;
}

// The logs that the stream reads: all that there are. A new one reads those that are there from their ends on.
static bool take_logs(struct stream_page *page, bool begins)
{
    Anlan__Service__StreamState *state = page->state;
    size_t before = state->n_positions;
    char **tenants = arena_array(page->arena, page->head_count, sizeof(*tenants));
    for (size_t i = 0; tenants && i < page->head_count; i++)
        tenants[i] = page->heads[i]->tenant_id;
    if (!tenants || !service_stream_merge(state, tenants, page->head_count, page->arena))
        return out_of_memory(page->status);
    for (size_t i = 0; begins && i < page->head_count; i++)
        service_stream_position(state, tenants[i])->position = page->heads[i]->position;
    page->changed = page->changed || state->n_positions > before;
    return true;
}

// Marks what changed about the scope.
static bool take_scope(struct stream_page *page)
{
    Anlan__Service__StreamState *state = page->state;
    bool begins = state->phase == STREAM_PHASE(BEGIN);
    bool changed = false;
    if (!service_stream_rescope(state, &page->scope.bound, page->arena, &changed))
        return out_of_memory(page->status);
    if (!take_logs(page, begins))
        return false;
    if (begins)
        state->phase = STREAM_PHASE(SNAPSHOT);
    page->changed = page->changed || begins || changed;
    if (begins || changed)
        return stream_add(
            page, service_stream_marker(begins ? STREAM_ITEM(SNAPSHOT) : STREAM_ITEM(SCOPE_CHANGED), page->arena));
    return true;
}

static bool take_steps(struct stream_page *page)
{
    page->more = true;
    for (int step = 0; page->more && step < STEPS_MOST && !stream_full(page); step++)
        if (!stream_step(page))
            return false;
    return true;
}

static ProtobufCBinaryData binary(struct bytes bytes)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)bytes.data, .len = bytes.length};
}

// Where the stream is since: behind the page that is served, or, where nothing was there, further on in the logs.
static bool keep(struct stream_page *page, const struct bytes *before)
{
    struct service_stream *stream = page->job->stream;
    struct bytes after = service_stream_pack(page->state, page->arena);
    if (!after.data)
        return out_of_memory(page->status);
    bool served = page->count > 0;
    if (!served && !page->changed)
        return true;
    page->row.state = binary(served ? *before : after);
    page->row.next_state = served ? binary(after) : (ProtobufCBinaryData){0};
    const struct pg_statement *statement =
        stream->opens ? &page->statements->stream_open : &page->statements->stream_keep;
    return (served || stream_ask(page, &page->statements->commit_lightly, NULL, false)) && stream_wall(page) &&
           stream_ask(page, statement, STREAM_SOURCES(&page->row.base), false);
}

static bool run(struct stream_page *page)
{
    const struct service_stream *stream = page->job->stream;
    if (!(stream->opens ? begin(page) : find(page)) || !look_around(page) || !decide(page))
        return false;
    struct bytes before = service_stream_pack(page->state, page->arena);
    page->keeper = keeper_named(page->lane->service, page->row.record_type, page->arena, page->status);
    return page->keeper && (before.data || out_of_memory(page->status)) && take_scope(page) && take_steps(page) &&
           keep(page, &before);
}

// Ends the transaction; what failed is undone with the connection.
static bool end(struct stream_page *page, bool good)
{
    struct pg_connection *connection = page->lane->connection;
    good = good && pg_sync(connection, page->status) && stream_drain(page) &&
           pg_finish(connection, page->deadline, page->status);
    if (!good) {
        pg_close(connection);
        page->lane->connection = NULL;
    }
    return good;
}

static bool answer(struct stream_page *page, bool *ready)
{
    struct service_job *job = page->job;
    struct service_stream *stream = job->stream;
    memcpy(stream->fingerprint, page->scope.fingerprint, sizeof(stream->fingerprint));
    memcpy(stream->digest, page->state->digest.data, sizeof(stream->digest));
    stream->held = page->state->held;
    stream->ran = true;
    stream->more = page->more;
    *ready = page->count > 0;
    if (page->count == 0 && page->state->phase == STREAM_PHASE(TAIL) && !status_ok(&page->scope.refused)) {
        *page->status = page->scope.refused;
        return false;
    }
    if (page->count == 0)
        return true;
    const struct service_stream_answer answered = {
        .items = page->items,
        .count = page->count,
        .cursor = service_stream_cursor_write(&stream->id, page->row.page + 1, stream->digest, page->arena),
        .digest = stream->digest,
        .held = stream->held,
        .caught_up = !page->more,
    };
    return (answered.cursor || out_of_memory(page->status)) && service_stream_answer(job, &answered, page->status);
}

static size_t items_most(const struct service_job *job)
{
    const Anlan__Rpc__V1__PullStreamRequest *request = (const void *)job->request;
    return request->page_size ? request->page_size : STREAM_PAGE_ITEMS;
}

bool service_stream_page(struct service_lane *lane, struct service_job *job, struct status *status, bool *ready)
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    job->context.timeout_ms = job->context.lock_timeout_ms = service_job_timeout(job);
    struct stream_page page = {
        .lane = lane,
        .job = job,
        .arena = &arena,
        .status = status,
        .statements = &lane->service->statements,
        .deadline = clock_monotonic() + job->context.timeout_ms * CLOCK_MILLISECOND + PATIENCE,
        .most = items_most(job),
    };
    anlan__service__stream__init(&page.row);
    page.row.subject_id = service_uuid(&job->caller.subject_id, &arena);
    page.row.post_id = service_uuid(&job->caller.post_id, &arena);
    page.items = arena_array(&arena, page.most + STREAM_MARKERS, sizeof(*page.items));
    job->stream->heads = 0;
    bool good = (page.row.subject_id && page.row.post_id && page.items) || out_of_memory(status);
    good = good && service_lane_connect(lane, status);
    good = good && end(&page, run(&page)) && answer(&page, ready);
    arena_fini(&arena);
    return good;
}

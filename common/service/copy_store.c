// SPDX-License-Identifier: Apache-2.0
// What a service keeps of the logs that it copies.
#include <string.h>

#include "base/clock.h"
#include "service/copy.h"
#include "service/values.h"

#define TIMEOUT_MS 10000
#define PATIENCE (5 * CLOCK_SECOND)
#define LEASE "instances below"

static const struct service_statements *statements_of(const struct copying *copying)
{
    return &copying->service->statements;
}

static Anlan__Service__Context context_of(char *tenant)
{
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.tenant_id = tenant;
    context.timeout_ms = context.lock_timeout_ms = TIMEOUT_MS;
    return context;
}

bool copy_store_send(struct copying *copying, const struct pg_statement *statement, const ProtobufCMessage *source,
                     struct arena *arena, size_t *sent, struct status *status)
{
    (*sent)++;
    return pg_execute(copying->lane.connection, statement, (const ProtobufCMessage *const[]){source}, arena, status);
}

bool copy_store_send_tenant(struct copy_stream *stream, struct arena *arena, size_t *sent, struct status *status)
{
    const Anlan__Service__Context context = context_of(stream->tenant);
    return copy_store_send(stream->copying, &statements_of(stream->copying)->wall_tenant, &context.base, arena, sent,
                           status);
}

static bool send_follow(struct copying *copying, struct arena *arena, size_t *sent, struct status *status)
{
    const Anlan__Service__Context context = context_of((char *)"");
    return copy_store_send(copying, &statements_of(copying)->wall_follow, &context.base, arena, sent, status);
}

bool copy_store_finish(struct copying *copying, bool queued, size_t sent, struct pg_rows *last, struct status *status)
{
    struct service_lane *lane = &copying->lane;
    int64_t deadline = clock_monotonic() + TIMEOUT_MS * CLOCK_MILLISECOND + PATIENCE;
    bool synced = queued && pg_sync(lane->connection, status);
    bool good = synced;
    for (size_t i = 0; good && i < sent; i++) {
        struct pg_rows rows = {0};
        good = pg_next(lane->connection, deadline, &rows, status);
        if (good && last && i + 1 == sent)
            *last = rows;
        else
            pg_rows_clear(&rows);
    }
    struct status finished = {0};
    if (synced && pg_usable(lane->connection)) {
        if (!pg_finish(lane->connection, deadline, &finished) && good) {
            *status = finished;
            good = false;
        }
        return good;
    }
    pg_close(lane->connection);
    lane->connection = NULL;
    return false;
}

bool copy_store_lease(struct copying *copying, int seconds, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    size_t sent = 0;
    copying->held = false;
    if (!service_lane_connect(&copying->lane, status))
        return false;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Service__FollowLease lease = ANLAN__SERVICE__FOLLOW_LEASE__INIT;
    lease.source = (char *)LEASE;
    lease.holder = service_uuid(&copying->holder, &arena);
    lease.seconds = seconds;
    bool queued = send_follow(copying, &arena, &sent, status) &&
                  copy_store_send(copying, &statements_of(copying)->follow_lease, &lease.base, &arena, &sent, status);
    bool good = copy_store_finish(copying, queued, sent, &rows, status);
    copying->held = good && rows.count == 1;
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

static struct copy_stream *stream_of(const struct copying *copying, const char *tenant)
{
    for (size_t i = 0; i < copying->stream_count; i++)
        if (strcmp(copying->streams[i]->tenant, tenant) == 0)
            return copying->streams[i];
    return NULL;
}

static void take_row(struct copying *copying, const Anlan__Service__Copy *row)
{
    struct copy_stream *stream = stream_of(copying, row->tenant_id);
    if (!stream)
        return;
    bool goes_on = stream->stopped && !*row->fault;
    stream->known = true;
    stream->stopped = *row->fault != '\0';
    stream->whole = stream->whole || goes_on;
    if (goes_on)
        stream->loaded = false;
    if (!stream->loaded)
        stream->source_position = row->source_position;
}

bool copy_store_load(struct copying *copying, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    size_t sent = 0;
    if (!service_lane_connect(&copying->lane, status))
        return false;
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    bool queued = send_follow(copying, &arena, &sent, status) &&
                  copy_store_send(copying, &statements_of(copying)->copy_list, NULL, &arena, &sent, status);
    bool good = copy_store_finish(copying, queued, sent, &rows, status);
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Service__Copy *copy = (const void *)pg_rows_unpack(&rows, row, 0, &arena, status);
        good = copy != NULL;
        if (good)
            take_row(copying, copy);
    }
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

bool copy_store_head(struct copy_stream *stream, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    size_t sent = 0;
    if (!service_lane_connect(&stream->copying->lane, status))
        return false;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Feed__Head which = ANLAN__FEED__HEAD__INIT;
    which.tenant_id = stream->tenant;
    bool queued = copy_store_send_tenant(stream, &arena, &sent, status) &&
                  copy_store_send(stream->copying, &statements_of(stream->copying)->head_read, &which.base, &arena,
                                  &sent, status);
    bool good = copy_store_finish(stream->copying, queued, sent, &rows, status);
    const Anlan__Feed__Head *head =
        good && rows.count > 0 ? (const void *)pg_rows_unpack(&rows, 0, 0, &arena, status) : NULL;
    good = good && (head || rows.count == 0);
    if (good) {
        stream->position = head ? head->position : 0;
        // A copy goes on where the last entry is the source's; what was here before it was one, or had stopped, is held
        // from the start.
        stream->checked = stream->known && !stream->whole && stream->position > 0 ? stream->position - 1 : 0;
        stream->proved = stream->position == 0;
        stream->loaded = true;
    }
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

bool copy_store_entries(struct copy_stream *stream, int64_t after, int32_t row_limit, struct arena *arena,
                        struct pg_rows *rows, struct status *status)
{
    size_t sent = 0;
    Anlan__Feed__Page page = ANLAN__FEED__PAGE__INIT;
    page.tenant_id = stream->tenant;
    page.after = after;
    page.row_limit = row_limit;
    if (!service_lane_connect(&stream->copying->lane, status))
        return false;
    bool queued = copy_store_send_tenant(stream, arena, &sent, status) &&
                  copy_store_send(stream->copying, &statements_of(stream->copying)->entries_after, &page.base, arena,
                                  &sent, status);
    return copy_store_finish(stream->copying, queued, sent, rows, status);
}

static Anlan__Service__Copy row_of(struct copy_stream *stream, struct arena *arena)
{
    Anlan__Service__Copy row = ANLAN__SERVICE__COPY__INIT;
    row.tenant_id = stream->tenant;
    row.instance_id = service_uuid(&stream->peer->id, arena);
    row.before = row.position = stream->position;
    row.source_position = stream->source_position;
    row.checked_position = stream->checked;
    return row;
}

bool copy_store_send_keep(struct copy_stream *stream, int64_t position, struct arena *arena, size_t *sent,
                          struct status *status)
{
    struct copying *copying = stream->copying;
    Anlan__Service__Copy row = row_of(stream, arena);
    row.position = position;
    return send_follow(copying, arena, sent, status) &&
           copy_store_send(copying, &statements_of(copying)->copy_keep, &row.base, arena, sent, status);
}

bool copy_store_keep(struct copy_stream *stream, const char *fault, int64_t fault_position, struct status *status)
{
    struct copying *copying = stream->copying;
    struct arena arena;
    size_t sent = 0;
    if (!service_lane_connect(&copying->lane, status))
        return false;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Service__Copy row = row_of(stream, &arena);
    row.fault = (char *)fault;
    row.fault_position = fault_position;
    bool queued = send_follow(copying, &arena, &sent, status) &&
                  copy_store_send(copying, &statements_of(copying)->copy_keep, &row.base, &arena, &sent, status);
    bool good = copy_store_finish(copying, queued, sent, NULL, status);
    stream->known = stream->known || good;
    stream->stopped = stream->stopped || (good && *fault);
    arena_fini(&arena);
    return good;
}

// SPDX-License-Identifier: Apache-2.0
// What a follower keeps in the database: who follows, how far, and what is stuck.
#include <string.h>

#include "base/clock.h"
#include "service/follow_parts.h"
#include "service/values.h"

#define TIMEOUT_MS 5000
#define PATIENCE (5 * CLOCK_SECOND)
// Positions that one transaction stores.
#define POSITIONS_MOST 256

static const struct service_statements *statements_of(const struct follow_source *source)
{
    return &source->service->statements;
}

static char *source_name(const struct follow_source *source)
{
    return (char *)source->follow->source;
}

static bool execute(struct pg_connection *connection, const struct pg_statement *statement,
                    const ProtobufCMessage *message, struct arena *arena, struct status *status)
{
    return pg_execute(connection, statement, (const ProtobufCMessage *const[]){message}, arena, status);
}

bool follow_store_send_wall(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                            size_t *sent, struct status *status)
{
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.timeout_ms = TIMEOUT_MS;
    (*sent)++;
    return execute(connection, &statements_of(source)->wall_follow, &context.base, arena, status);
}

bool follow_store_send_move(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                            const struct follow_stream *stream, int64_t position, size_t *sent, struct status *status)
{
    Anlan__Service__FollowCursor cursor = ANLAN__SERVICE__FOLLOW_CURSOR__INIT;
    cursor.source = source_name(source);
    cursor.tenant_id = (char *)stream->tenant;
    cursor.before = stream->stored;
    cursor.position = position;
    (*sent)++;
    return execute(connection, &statements_of(source)->follow_move, &cursor.base, arena, status);
}

bool follow_store_send_stick(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                             const Anlan__Service__FollowStuck *stuck, size_t *sent, struct status *status)
{
    (*sent)++;
    return execute(connection, &statements_of(source)->follow_stick, &stuck->base, arena, status);
}

bool follow_store_send_settle(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                              const Anlan__Service__FollowStuck *stuck, size_t *sent, struct status *status)
{
    (*sent)++;
    return execute(connection, &statements_of(source)->follow_settle, &stuck->base, arena, status);
}

// Ends a transaction of so many statements; the rows of the last one. Where it fails nothing of it is left in the
// pipeline.
static bool finish(struct follow_source *source, bool queued, size_t sent, struct pg_rows *last, struct status *status)
{
    struct service_lane *lane = &source->lane;
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

// One statement behind its wall, in a transaction of its own.
static bool ask(struct follow_source *source, const struct pg_statement *statement, const ProtobufCMessage *message,
                struct arena *arena, struct pg_rows *rows, struct status *status)
{
    size_t sent = 0;
    if (!service_lane_connect(&source->lane, status))
        return false;
    struct pg_connection *connection = source->lane.connection;
    bool queued = follow_store_send_wall(source, connection, arena, &sent, status) &&
                  execute(connection, statement, message, arena, status);
    return finish(source, queued, sent + 1, rows, status);
}

bool follow_store_lease(struct follow_source *source, int seconds, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Service__FollowLease lease = ANLAN__SERVICE__FOLLOW_LEASE__INIT;
    lease.source = source_name(source);
    lease.holder = service_uuid(&source->holder, &arena);
    lease.seconds = seconds;
    bool good = ask(source, &statements_of(source)->follow_lease, &lease.base, &arena, &rows, status);
    source->held = good && rows.count == 1;
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

static void set_position(struct follow_source *source, const Anlan__Service__FollowCursor *cursor)
{
    struct uuid id;
    if (!uuid_parse(cursor->tenant_id, &id))
        return;
    for (size_t i = 0; i < source->stream_count; i++)
        if (uuid_compare(&source->streams[i]->tenant_id, &id) == 0)
            source->streams[i]->stored = cursor->position;
}

bool follow_store_load(struct follow_source *source, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Service__FollowCursor which = ANLAN__SERVICE__FOLLOW_CURSOR__INIT;
    which.source = source_name(source);
    bool good = ask(source, &statements_of(source)->follow_cursors, &which.base, &arena, &rows, status);
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Service__FollowCursor *cursor = (const void *)pg_rows_unpack(&rows, row, 0, &arena, status);
        good = cursor != NULL;
        if (good)
            set_position(source, cursor);
    }
    for (size_t i = 0; good && i < source->stream_count; i++)
        if (!source->streams[i]->page)
            source->streams[i]->position = source->streams[i]->stored;
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

static bool is_ahead(const struct follow_stream *stream)
{
    return !stream->page && stream->position != stream->stored;
}

bool follow_store_positions(struct follow_source *source, struct status *status)
{
    struct arena arena;
    struct follow_stream *ahead[POSITIONS_MOST];
    size_t count = 0;
    size_t sent = 0;
    for (size_t i = 0; i < source->stream_count && count < POSITIONS_MOST; i++)
        if (is_ahead(source->streams[i]))
            ahead[count++] = source->streams[i];
    if (count == 0)
        return true;
    if (!service_lane_connect(&source->lane, status))
        return false;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    struct pg_connection *connection = source->lane.connection;
    bool queued = follow_store_send_wall(source, connection, &arena, &sent, status);
    for (size_t i = 0; queued && i < count; i++)
        queued = follow_store_send_move(source, connection, &arena, ahead[i], ahead[i]->position, &sent, status);
    bool good = finish(source, queued, sent, NULL, status);
    for (size_t i = 0; good && i < count; i++)
        ahead[i]->stored = ahead[i]->position;
    arena_fini(&arena);
    return good;
}

bool follow_store_ask(struct follow_source *source, const char *tenant_id, struct status *status)
{
    struct pg_rows rows = {0};
    struct arena *arena = &source->asked_arena;
    if (!source->ask)
        return true;
    arena_fini(arena);
    source->asked_count = 0;
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.tenant_id = (char *)tenant_id;
    context.now = service_timestamp(clock_now(), arena);
    bool good = ask(source, source->ask, &context.base, arena, &rows, status);
    source->asked = arena_array(arena, rows.count, sizeof(*source->asked));
    if (good && !source->asked)
        good = status_set(status, REASON(MESSAGE_TOO_LARGE), "what plans read needs too much memory");
    for (size_t row = 0; good && row < rows.count; row++) {
        const ProtobufCMessage *message = pg_rows_unpack(&rows, row, 0, arena, status);
        good = message != NULL;
        source->asked[source->asked_count] = message;
        source->asked_count += good;
    }
    pg_rows_clear(&rows);
    return good;
}

bool follow_store_rows(struct follow_source *source, const struct pg_statement *statement, size_t most,
                       struct arena *arena, const ProtobufCMessage ***list, size_t *count, struct status *status)
{
    struct pg_rows rows = {0};
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.now = service_timestamp(clock_now(), arena);
    context.row_limit = (int32_t)most;
    *count = 0;
    bool good = ask(source, statement, &context.base, arena, &rows, status);
    *list = arena_array(arena, rows.count, sizeof(**list));
    good = good && *list;
    for (size_t row = 0; good && row < rows.count; row++) {
        (*list)[row] = pg_rows_unpack(&rows, row, 0, arena, status);
        good = (*list)[row] != NULL;
        *count += good;
    }
    pg_rows_clear(&rows);
    return good;
}

bool follow_store_due(struct follow_source *source, struct arena *arena, Anlan__Service__FollowStuck ***list,
                      size_t *count, struct status *status)
{
    struct pg_rows rows = {0};
    Anlan__Service__FollowStuck which = ANLAN__SERVICE__FOLLOW_STUCK__INIT;
    which.source = source_name(source);
    bool good = ask(source, &statements_of(source)->follow_due, &which.base, arena, &rows, status);
    *list = arena_array(arena, rows.count, sizeof(**list));
    *count = 0;
    good = good && *list;
    for (size_t row = 0; good && row < rows.count; row++) {
        (*list)[row] = (Anlan__Service__FollowStuck *)pg_rows_unpack(&rows, row, 0, arena, status);
        good = (*list)[row] != NULL;
        *count += good;
    }
    pg_rows_clear(&rows);
    return good;
}

bool follow_store_again(struct follow_source *source, const Anlan__Service__FollowStuck *stuck, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool good = ask(source, &statements_of(source)->follow_again, &stuck->base, &arena, &rows, status);
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

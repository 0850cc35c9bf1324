// SPDX-License-Identifier: Apache-2.0
// How far others' logs have been followed, and what is stuck, for who keeps the instance.
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "service/engine.h"
#include "service/values.h"

#define TIMEOUT_MS 10000

// One statement behind the wall of followers; the caller clears the rows.
static bool ask(struct service_lane *lane, const struct pg_statement *statement, struct arena *arena,
                struct pg_rows *rows, struct status *status)
{
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    struct pg_rows walls = {0};
    int64_t deadline = clock_monotonic() + 2 * TIMEOUT_MS * CLOCK_MILLISECOND;
    context.timeout_ms = TIMEOUT_MS;
    bool good = pg_execute(lane->connection, &lane->service->statements.wall_follow,
                           (const ProtobufCMessage *const[]){&context.base}, arena, status) &&
                pg_execute(lane->connection, statement, NULL, arena, status) && pg_sync(lane->connection, status) &&
                pg_next(lane->connection, deadline, &walls, status) &&
                pg_next(lane->connection, deadline, rows, status) && pg_finish(lane->connection, deadline, status);
    pg_rows_clear(&walls);
    return good;
}

static bool write_cursor(const ProtobufCMessage *message, FILE *out)
{
    const Anlan__Service__FollowCursor *cursor = (const void *)message;
    fprintf(out, "%s  %s  applied up to %" PRId64 "\n", cursor->source, cursor->tenant_id, cursor->position);
    return false;
}

static bool write_stuck(const ProtobufCMessage *message, FILE *out)
{
    const Anlan__Service__FollowStuck *stuck = (const void *)message;
    char since[CLOCK_TEXT_SIZE] = "";
    if (stuck->stuck_at)
        clock_format(service_time(stuck->stuck_at), since);
    struct uuid record_id = {{0}};
    bool of_stream = uuid_parse(stuck->record_id, &record_id) && !uuid_is_nil(&record_id);
    fprintf(out, "%s  %s  %s%s %" PRId64 "  STUCK since %s, tried %d times: %s %s: %s\n", stuck->source,
            stuck->tenant_id, of_stream ? stuck->record_id : "", of_stream ? " version" : "position", stuck->position,
            since, stuck->tries, *stuck->method ? stuck->method : "(no plan)", stuck->reason, stuck->message);
    return true;
}

static bool write_copy(const ProtobufCMessage *message, FILE *out)
{
    const Anlan__Service__Copy *copy = (const void *)message;
    char at[CLOCK_TEXT_SIZE] = "";
    const Google__Protobuf__Timestamp *time = *copy->fault ? copy->fault_at : copy->contact_at;
    if (time)
        clock_format(service_time(time), at);
    fprintf(out, "copy of %s  from %s  up to %" PRId64 " of %" PRId64 ", held up to %" PRId64, copy->tenant_id,
            copy->instance_id, copy->position, copy->source_position, copy->checked_position);
    if (*copy->fault)
        fprintf(out, "  STOPPED at position %" PRId64 " since %s: %s\n", copy->fault_position, at, copy->fault);
    else
        fprintf(out, ", at %s\n", at);
    return *copy->fault != '\0';
}

static bool write_stream(const ProtobufCMessage *message, FILE *out)
{
    const Anlan__Service__FollowStream *stream = (const void *)message;
    char at[CLOCK_TEXT_SIZE] = "";
    if (stream->moved_at)
        clock_format(service_time(stream->moved_at), at);
    fprintf(out, "%s  of %s  shows %" PRId64 " records, moved at %s\n", stream->source, stream->instance_id,
            stream->held, at);
    return false;
}

// Writes a line for each row; answers how many tell of a fault, or -1.
static int64_t write_rows(struct service_lane *lane, const struct pg_statement *statement,
                          bool (*write)(const ProtobufCMessage *message, FILE *out), FILE *out, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    bool good = ask(lane, statement, &arena, &rows, status);
    int64_t faults = good ? 0 : -1;
    for (size_t row = 0; good && row < rows.count; row++) {
        const ProtobufCMessage *message = pg_rows_unpack(&rows, row, 0, &arena, status);
        if (message)
            faults += write(message, out);
    }
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return faults;
}

static bool follows(const struct service *service)
{
    if (service->definition->follow_count == 0)
        fprintf(stderr, "%s follows nobody\n", service->definition->name);
    return service->definition->follow_count > 0;
}

int service_follow_report(struct service *service, FILE *out)
{
    struct service_lane lane = {.service = service};
    struct status status = {0};
    if (!follows(service))
        return EXIT_FAILURE;
    const struct service_statements *statements = &service->statements;
    int64_t stuck = -1;
    int64_t stopped = 0;
    if (service_lane_connect(&lane, &status) &&
        write_rows(&lane, &statements->follow_known, write_cursor, out, &status) >= 0 &&
        write_rows(&lane, &statements->follow_stream_known, write_stream, out, &status) >= 0)
        stuck = write_rows(&lane, &statements->follow_all, write_stuck, out, &status);
    if (stuck >= 0 && service->definition->copies)
        stopped = write_rows(&lane, &statements->copy_list, write_copy, out, &status);
    pg_close(lane.connection);
    if (stuck < 0 || stopped < 0)
        fprintf(stderr, "%s: %s\n", status_reason_text(status.reason)->name, status.message);
    return stuck == 0 && stopped == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int service_follow_retry(struct service *service, FILE *out)
{
    struct service_lane lane = {.service = service};
    struct status status = {0};
    struct arena arena;
    struct pg_rows rows = {0};
    if (!follows(service))
        return EXIT_FAILURE;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool good =
        service_lane_connect(&lane, &status) && ask(&lane, &service->statements.follow_retry, &arena, &rows, &status);
    if (good)
        fprintf(out, "%zu stuck, tried again now\n", rows.affected);
    pg_rows_clear(&rows);
    good =
        good && (!service->definition->copies || ask(&lane, &service->statements.copy_retry, &arena, &rows, &status));
    if (good && service->definition->copies)
        fprintf(out, "%zu copies stopped, tried again now\n", rows.affected);
    if (!good)
        fprintf(stderr, "%s: %s\n", status_reason_text(status.reason)->name, status.message);
    pg_rows_clear(&rows);
    arena_fini(&arena);
    pg_close(lane.connection);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

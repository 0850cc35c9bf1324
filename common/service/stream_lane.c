// SPDX-License-Identifier: Apache-2.0
// Pulls of streams, on a thread and a connection of their own, so that they keep no follower of a log waiting. Each has
// a page in its turn. Those for whom nothing is there wait: every tenth of a second one look at the heads of all logs,
// and at what their readers may read, says whether they are asked again.
#include <string.h>

#include "base/clock.h"
#include "service/budget.h"
#include "service/stream.h"

#define PATIENCE (5 * CLOCK_SECOND)
#define LOOK_EVERY (100 * CLOCK_MILLISECOND)
#define LOOK_TIMEOUT_MS 5000
#define TRIES 3

bool service_stream_prepare(struct service *service, struct service_job *job)
{
    const Anlan__Rpc__V1__PullStreamRequest *request = (const void *)job->request;
    struct service_stream *stream = arena_alloc(&job->call->arena, sizeof(*stream));
    if (!stream)
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    if (!service_budget_take(service->budget, &job->caller.subject_id, clock_monotonic(), &job->status))
        return false;
    job->stream = stream;
    job->stream->opens = !*request->cursor;
    return job->stream->opens || service_stream_cursor_read(request->cursor, job->stream, &job->status);
}

void service_stream_end(struct service *service, const struct service_job *job)
{
    size_t bytes = status_ok(&job->status) ? job->reply.length : 0;
    service_budget_charge(service->budget, &job->caller.subject_id, clock_monotonic(), bytes);
}

bool service_stream_answer(struct service_job *job, const struct service_stream_answer *answer, struct status *status)
{
    const Anlan__Rpc__V1__PullStreamRequest *request = (const void *)job->request;
    struct arena *arena = &job->call->arena;
    Anlan__Rpc__V1__PullStreamResponse response = ANLAN__RPC__V1__PULL_STREAM_RESPONSE__INIT;
    response.items = arena_array(arena, answer->count, sizeof(*response.items));
    if (!response.items)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
    for (; response.n_items < answer->count; response.n_items++)
        response.items[response.n_items] = (ProtobufCBinaryData){
            .data = (uint8_t *)answer->items[response.n_items].data, .len = answer->items[response.n_items].length};
    response.continues = request->cursor;
    response.cursor = (char *)answer->cursor;
    response.digest = (ProtobufCBinaryData){.data = (uint8_t *)answer->digest, .len = CRYPTO_DIGEST_SIZE};
    response.algorithm = ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256;
    response.held = answer->held;
    response.caught_up = answer->caught_up;
    response.projection = (char *)job->stream->projection->name;
    size_t length = anlan__rpc__v1__pull_stream_response__get_packed_size(&response);
    uint8_t *packed = arena_bytes(arena, length);
    if (!packed)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
    anlan__rpc__v1__pull_stream_response__pack(&response, packed);
    job->reply = (struct bytes){packed, length};
    return true;
}

// The wait is over: nothing was there.
static void answer_nothing(struct service_job *job)
{
    const Anlan__Rpc__V1__PullStreamRequest *request = (const void *)job->request;
    const struct service_stream *stream = job->stream;
    const struct service_stream_answer nothing = {
        .cursor = request->cursor, .digest = stream->digest, .held = stream->held, .caught_up = !stream->more};
    service_stream_answer(job, &nothing, &job->status);
}

// By which of his grants he pulls, for the access log: a pair of each.
static void keep_origins(struct service_job *job, const struct access_decision *decision)
{
    struct access_decision *kept = &job->decision;
    if (!kept->pairs)
        kept->pairs = arena_array(&job->call->arena, ACCESS_GRANTS_MOST + 1, sizeof(*kept->pairs));
    kept->count = 0;
    for (size_t i = 0; kept->pairs && i < decision->count; i++) {
        unsigned origin = decision->pairs[i].origin;
        if (kept->count <= ACCESS_GRANTS_MOST && (i == 0 || decision->pairs[i - 1].origin != origin))
            kept->pairs[kept->count++] = (struct access_pair){.origin = origin};
    }
}

// What the reader may read now is what it was when his stream was looked at.
static bool same_scope(struct service *service, struct service_job *job)
{
    struct service_stream_scope scope;
    struct status status = {0};
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool same = service_dispatch_pull_fresh(service, job) &&
                service_stream_decide(service, job, job->stream->projection, &arena, &scope, &status) &&
                memcmp(scope.fingerprint, job->stream->fingerprint, sizeof(scope.fingerprint)) == 0;
    if (same)
        keep_origins(job, &scope.decision);
    arena_fini(&arena);
    return same;
}

// Nothing has happened since it ran.
static bool nothing_new(struct service *service, struct service_job *job, int64_t heads)
{
    return job->stream->ran && !job->stream->more && job->stream->heads == heads && same_scope(service, job);
}

// True if the job is to be answered now.
static bool run_stream(struct service_lane *lane, struct service_job *job, int64_t heads)
{
    struct service *service = lane->service;
    bool over = clock_monotonic() >= job->answer_by;
    bool ready = false;
    job->status = (struct status){0};
    if (!nothing_new(service, job, heads)) {
        struct status status = {0};
        if (!service_stream_page(lane, job, &status, &ready)) {
            if (status.code == CODE(UNAVAILABLE) && ++job->tries < TRIES && !over)
                return false;
            job->status = status;
            return true;
        }
        // Who lost something meanwhile does not get it.
        if (!same_scope(service, job)) {
            job->stream->ran = false;
            return !status_ok(&job->status);
        }
    }
    if (!ready && over)
        answer_nothing(job);
    return ready || over;
}

// The sum of all positions: it only grows. -1: not known.
static int64_t look(struct service_lane *lane)
{
    const struct service_statements *statements = &lane->service->statements;
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.timeout_ms = LOOK_TIMEOUT_MS;
    struct status status = {0};
    struct arena arena;
    struct pg_rows rows[2] = {{0}};
    int64_t deadline = clock_monotonic() + LOOK_TIMEOUT_MS * CLOCK_MILLISECOND + PATIENCE;
    int64_t sum = 0;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool good = service_lane_connect(lane, &status) &&
                pg_execute(lane->connection, &statements->wall_upkeep, (const ProtobufCMessage *const[]){&context.base},
                           &arena, &status) &&
                pg_execute(lane->connection, &statements->head_list, NULL, &arena, &status) &&
                pg_sync(lane->connection, &status) && pg_next(lane->connection, deadline, &rows[0], &status) &&
                pg_next(lane->connection, deadline, &rows[1], &status);
    for (size_t i = 0; good && i < rows[1].count; i++) {
        const Anlan__Feed__Head *head = (const void *)pg_rows_unpack(&rows[1], i, 0, &arena, &status);
        sum += head ? head->position : 0;
    }
    good = good && pg_finish(lane->connection, deadline, &status);
    if (!good) {
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    pg_rows_clear(&rows[0]);
    pg_rows_clear(&rows[1]);
    arena_fini(&arena);
    return good ? sum : -1;
}

// Somebody is not through yet with what was there.
static bool any_more(const struct service_job *job)
{
    for (; job; job = job->next)
        if (job->stream->ran && job->stream->more)
            return true;
    return false;
}

static bool any_ran(const struct service_job *job)
{
    for (; job; job = job->next)
        if (job->stream->ran)
            return true;
    return false;
}

static struct service_job *run_streams(struct service_lane *lane, struct service_job *waiting)
{
    struct service_job *kept = NULL;
    struct service_job **end = &kept;
    bool closed = service_queue_closed(&lane->queue);
    int64_t heads = !closed && any_ran(waiting) ? look(lane) : -1;
    while (waiting) {
        struct service_job *job = waiting;
        waiting = job->next;
        job->next = NULL;
        if (closed) {
            status_set(&job->status, REASON(STOPPING), "the service is stopping");
            job->status.retry_after_ms = 100;
        }
        if (closed || service_job_over(job) || run_stream(lane, job, heads)) {
            service_job_answer(lane->service, job);
            continue;
        }
        *end = job;
        end = &job->next;
    }
    return kept;
}

void *service_stream_lane_run(void *argument)
{
    struct service_lane *lane = argument;
    struct service_job *waiting = NULL;
    while (waiting || !service_queue_closed(&lane->queue) || service_queue_waiting(&lane->queue)) {
        int64_t until = any_more(waiting) ? 0 : waiting ? clock_monotonic() + LOOK_EVERY : -1;
        struct service_job *arrived = service_queue_take(&lane->queue, until);
        struct service_job **end = &waiting;
        while (*end)
            end = &(*end)->next;
        *end = arrived;
        waiting = run_streams(lane, waiting);
    }
    return NULL;
}

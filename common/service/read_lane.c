// SPDX-License-Identifier: Apache-2.0
// Queries: everything that waits goes out as one pipeline, each call's wall before its statement, one Sync behind.
// Calls of one scope that stand together share the wall. If one raises, the others run again alone: they are reads.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "service/engine.h"
#include "service/reply.h"

// How much longer than the server's own timeout we wait before the connection is given up.
#define PATIENCE (5 * CLOCK_SECOND)
#define TRIES 3

static const struct pg_statement *statement_of(const struct service_job *job)
{
    return job->slot->method->lists ? service_list_statement(job) : &job->slot->query;
}

static bool sees_tenant(const struct service_job *job)
{
    return job->slot->method->query_sees_tenant;
}

// The walls of tenants are set anew for each call: they are rare.
static bool same_wall(const struct service_job *left, const struct service_job *right)
{
    return !sees_tenant(left) && !sees_tenant(right) && left->context.timeout_ms == right->context.timeout_ms &&
           strcmp(left->context.wall_scope, right->context.wall_scope) == 0;
}

// Sends one call's statements: its wall, unless the call before has the same, and its own. `queued` counts what was
// sent, also where the second could not be.
static bool send_job(struct service_lane *lane, struct service_job *job, const struct service_job *before,
                     size_t *queued, struct status *status)
{
    const ProtobufCMessage *context = &job->context.base;
    struct arena *arena = &job->call->arena;
    job->context.timeout_ms = job->context.lock_timeout_ms = service_job_timeout(job);
    *queued = 0;
    if (!before || !same_wall(before, job)) {
        const struct service_statements *statements = &lane->service->statements;
        const struct pg_statement *wall = sees_tenant(job) ? &statements->wall_tenant : &statements->wall_scope;
        if (!pg_execute(lane->connection, wall, (const ProtobufCMessage *const[]){context}, arena, status))
            return false;
        (*queued)++;
    }
    if (!pg_execute(lane->connection, statement_of(job), (const ProtobufCMessage *const[]){job->request, context},
                    arena, status))
        return false;
    (*queued)++;
    return true;
}

static bool receive_rows(struct service_lane *lane, int64_t deadline, struct pg_rows *rows, struct status *status)
{
    memset(rows, 0, sizeof(*rows));
    return pg_next(lane->connection, deadline, rows, status);
}

// Receives the answers to what was queued for a call, the last of which is its own if all was sent. False if the
// transaction has failed.
static bool receive_job(struct service_lane *lane, struct service_job *job, size_t queued, bool sent,
                        struct status *status)
{
    int64_t deadline = clock_monotonic() + job->context.timeout_ms * CLOCK_MILLISECOND + PATIENCE;
    for (size_t i = 0; i < queued; i++) {
        struct pg_rows rows;
        if (!receive_rows(lane, deadline, &rows, status))
            return false;
        if (sent && i + 1 == queued)
            service_reply_rows(job, &rows);
        pg_rows_clear(&rows);
    }
    return true;
}

struct read_batch {
    struct service_job *jobs[LIMIT_BATCH_CALLS];
    size_t queued[LIMIT_BATCH_CALLS];
    bool sent[LIMIT_BATCH_CALLS];
    size_t count;
};

static void send_batch(struct service_lane *lane, struct read_batch *batch, struct status *status)
{
    const struct service_job *before = NULL;
    for (size_t i = 0; i < batch->count; i++) {
        struct service_job *job = batch->jobs[i];
        batch->sent[i] = !service_job_over(job) && send_job(lane, job, before, &batch->queued[i], &job->status);
        if (batch->sent[i])
            before = job;
        if (!pg_usable(lane->connection))
            break;
    }
    pg_sync(lane->connection, status);
}

// The calls that were not answered are to run again, or end with the batch's fault.
static void fail_rest(struct read_batch *batch, size_t from, const struct status *status)
{
    for (size_t i = from; i < batch->count; i++) {
        struct service_job *job = batch->jobs[i];
        if (!batch->sent[i] && !status_ok(&job->status))
            continue;
        // Alone, the fault is the call's own; but a lost connection is nobody's.
        if ((!job->alone || status->code == CODE(UNAVAILABLE)) && ++job->tries < TRIES)
            job->alone = true;
        else
            job->tries = TRIES;
        job->status = *status;
    }
}

static void receive_batch(struct service_lane *lane, struct read_batch *batch, struct status *status)
{
    size_t i = 0;
    for (; i < batch->count && status_ok(status); i++)
        if (!receive_job(lane, batch->jobs[i], batch->queued[i], batch->sent[i], status))
            break;
    // What was read is good, whatever the Sync says.
    struct status finished = {0};
    pg_finish(lane->connection, clock_monotonic() + PATIENCE, &finished);
    if (!status_ok(status))
        fail_rest(batch, i, status);
}

static bool runs_again(const struct service_job *job)
{
    return !status_ok(&job->status) && job->alone && job->tries > 0 && job->tries < TRIES;
}

static void run_batch(struct service_lane *lane, struct read_batch *batch, struct service_done *done)
{
    struct status status = {0};
    if (service_lane_connect(lane, &status))
        send_batch(lane, batch, &status);
    service_done_answer(lane->service, done);
    if (lane->connection && pg_usable(lane->connection))
        receive_batch(lane, batch, &status);
    else
        fail_rest(batch, 0, &status);
}

// Moves jobs that wait into a batch; one that must be alone is a batch.
static struct service_job *fill_batch(struct read_batch *batch, struct service_job *waiting)
{
    batch->count = 0;
    while (waiting && batch->count < LIMIT_BATCH_CALLS && !(waiting->alone && batch->count > 0)) {
        struct service_job *job = waiting;
        waiting = job->next;
        batch->sent[batch->count] = false;
        batch->queued[batch->count] = 0;
        batch->jobs[batch->count++] = job;
        job->status = (struct status){0};
        if (job->alone)
            break;
    }
    return waiting;
}

// What ran goes to `done`, what must run again in front of what waits.
static struct service_job *sort_out(const struct read_batch *batch, struct service_done *done,
                                    struct service_job *waiting)
{
    for (size_t i = batch->count; i-- > 0;) {
        struct service_job *job = batch->jobs[i];
        if (runs_again(job)) {
            job->next = waiting;
            waiting = job;
        } else {
            done->jobs[done->count++] = job;
        }
    }
    return waiting;
}

// Answers of one batch are sent while the database works on the next.
void *service_read_lane_run(void *argument)
{
    struct service_lane *lane = argument;
    struct read_batch batch = {0};
    struct service_done done = {0};
    struct service_job *waiting = NULL;
    while (waiting || done.count > 0 || !service_queue_closed(&lane->queue) || service_queue_waiting(&lane->queue)) {
        if (!waiting)
            waiting = service_queue_take(&lane->queue, done.count > 0 ? 0 : -1);
        waiting = fill_batch(&batch, waiting);
        if (batch.count == 0) {
            service_done_answer(lane->service, &done);
            continue;
        }
        run_batch(lane, &batch, &done);
        waiting = sort_out(&batch, &done, waiting);
    }
    return NULL;
}

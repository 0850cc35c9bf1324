// SPDX-License-Identifier: Apache-2.0
// Queries: everything that waits goes out as one pipeline, walls before their statements, one Sync behind. Calls of one
// scope that ask the same share the wall, and the statement where it is keyed. If one raises, the others run again
// alone: they are reads.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "service/engine.h"
#include "service/measure.h"
#include "service/reply.h"
#include "service/runs.h"

// How much longer than the server's own timeout we wait before the connection is given up.
#define PATIENCE (5 * CLOCK_SECOND)
#define TRIES 3

struct read_batch {
    struct service_job *jobs[LIMIT_BATCH_CALLS];
    size_t count;
    struct service_job *asking[LIMIT_BATCH_CALLS];    // those that are not over, as runs stand
    struct service_run runs[LIMIT_BATCH_CALLS];
    size_t run_count;
    struct arena arena;    // for what runs share
};

static void make_runs(struct read_batch *batch)
{
    size_t asking = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct service_job *job = batch->jobs[i];
        if (service_job_over(job))
            continue;
        job->context.timeout_ms = job->context.lock_timeout_ms = service_job_timeout(job);
        batch->asking[asking++] = job;
    }
    batch->run_count = service_runs_make(batch->asking, asking, batch->runs);
}

static void send_batch(struct service_lane *lane, struct read_batch *batch, struct status *status)
{
    for (size_t i = 0; i < batch->run_count && pg_usable(lane->connection); i++) {
        struct service_run *run = &batch->runs[i];
        struct status fault = {0};
        if (service_run_send(lane, run, &batch->arena, &fault))
            continue;
        for (size_t j = 0; j < run->count; j++)
            run->jobs[j]->status = fault;
        // The wall that was not set for this run is missing before the next.
        if (i + 1 < batch->run_count && run->walled && run->queued == 0)
            batch->runs[i + 1].walled = true;
    }
    pg_sync(lane->connection, status);
}

// Calls that were not answered are to run again, or end with the batch's fault.
static void fail_job(struct service_job *job, const struct status *status)
{
    // Alone, the fault is the call's own; but a lost connection is nobody's.
    if ((!job->alone || status->code == CODE(UNAVAILABLE)) && ++job->tries < TRIES)
        job->alone = true;
    else
        job->tries = TRIES;
    job->status = *status;
}

static void fail_rest(struct read_batch *batch, size_t from, const struct status *status)
{
    for (size_t i = from; i < batch->run_count; i++) {
        const struct service_run *run = &batch->runs[i];
        for (size_t j = 0; j < run->count; j++)
            if (run->sent || status_ok(&run->jobs[j]->status))
                fail_job(run->jobs[j], status);
    }
}

static int64_t deadline_of(const struct service_run *run)
{
    return clock_monotonic() + run->jobs[0]->context.timeout_ms * CLOCK_MILLISECOND + PATIENCE;
}

static void receive_batch(struct service_lane *lane, struct read_batch *batch, struct status *status)
{
    size_t i = 0;
    for (; i < batch->run_count && status_ok(status); i++)
        if (!service_run_receive(lane, &batch->runs[i], deadline_of(&batch->runs[i]), &batch->arena, service_reply_rows,
                                 status))
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
    arena_init(&batch->arena, LIMIT_BATCH_CALLS * LIMIT_CALL_ARENA_BYTES / 4);
    make_runs(batch);
    metrics_observe(&lane->service->measures->read_batches, &metrics_sizes, (int64_t)batch->count);
    if (service_lane_connect(lane, &status))
        send_batch(lane, batch, &status);
    service_done_answer(lane->service, done);
    if (lane->connection && pg_usable(lane->connection))
        receive_batch(lane, batch, &status);
    else
        fail_rest(batch, 0, &status);
    arena_fini(&batch->arena);
}

// Moves jobs that wait into a batch; one that must be alone is a batch.
static struct service_job *fill_batch(struct read_batch *batch, struct service_job *waiting)
{
    batch->count = 0;
    while (waiting && batch->count < LIMIT_BATCH_CALLS && !(waiting->alone && batch->count > 0)) {
        struct service_job *job = waiting;
        waiting = job->next;
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

// SPDX-License-Identifier: Apache-2.0
// Work: calls that compute for long, on a bounded pool of threads. Each reads what it needs in a transaction of its
// own, computes while nothing is locked, and keeps what it found in another; a mutation then goes its way like all
// others. The threads yield to those that serve the rest: a flood of passwords costs patience, not the ledger.
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/message.h"
#include "service/engine.h"

#define KIND(name) ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_##name

#define PATIENCE (5 * CLOCK_SECOND)
#define NICE 5

// Runs one statement under the work wall, in a transaction of its own, and unpacks its first row into *row (NULL:
// none).
static bool run_statement(struct service_lane *lane, struct service_job *job, const struct pg_statement *statement,
                          const ProtobufCMessage *source, ProtobufCMessage **row)
{
    struct status *status = &job->status;
    struct arena *arena = &job->call->arena;
    const ProtobufCMessage *context = &job->context.base;
    job->context.timeout_ms = service_job_timeout(job);
    int64_t deadline = clock_monotonic() + job->context.timeout_ms * CLOCK_MILLISECOND + PATIENCE;
    struct pg_rows rows[2] = {{0}};
    if (!service_lane_connect(lane, status))
        return false;
    bool sent =
        pg_execute(lane->connection, &lane->service->statements.wall_work, (const ProtobufCMessage *const[]){context},
                   arena, status) &&
        pg_execute(lane->connection, statement, (const ProtobufCMessage *const[]){source, context}, arena, status) &&
        pg_sync(lane->connection, status);
    bool good = sent && pg_next(lane->connection, deadline, &rows[0], status) &&
                pg_next(lane->connection, deadline, &rows[1], status);
    if (good && rows[1].count > 0)
        good = (*row = pg_rows_unpack(&rows[1], 0, 0, arena, status)) != NULL;
    pg_rows_clear(&rows[0]);
    pg_rows_clear(&rows[1]);
    struct status finished = {0};
    if (!sent || !pg_finish(lane->connection, deadline, &finished)) {
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    if (good && !status_ok(&finished)) {
        *status = finished;
        return false;
    }
    return good;
}

static bool ask(struct service_lane *lane, struct service_job *job, const struct service_work *work,
                struct service_work_input *input, struct service_work_rows *rows)
{
    ProtobufCMessage *asked = NULL;
    if (work->key && !work->key(input, rows, &job->status))
        return false;
    job->context.work_key = (char *)rows->key;
    job->context.work_part = (char *)rows->part;
    if (work->ask && !run_statement(lane, job, &job->slot->ask, job->request, &asked))
        return false;
    input->asked = asked;
    return true;
}

static bool keep(struct service_lane *lane, struct service_job *job, const struct service_work *work,
                 const ProtobufCMessage *effect)
{
    ProtobufCMessage *row = NULL;
    if (!effect)
        return true;
    if (!run_statement(lane, job, &job->slot->effect, effect, &row))
        return false;
    const Anlan__Service__Outcome *outcome = (const Anlan__Service__Outcome *)row;
    return (outcome && outcome->done) || status_set(&job->status, work->undone, "another call came first");
}

// True where the job's answer, or its mutation, is ready.
static bool carry_out(struct service_lane *lane, struct service_job *job, struct service_work_output *output)
{
    struct service *service = lane->service;
    const struct service_work *work = job->slot->method->work;
    struct service_work_rows rows = {.key = "", .part = ""};
    struct service_work_input input = {
        .rows = &rows,
        .request = job->request,
        .caller = job->slot->policy->anonymous ? NULL : &job->caller,
        .instance_id = &service->instance_id,
        .secrets = &service->secrets,
        .directory = service->directory,
        .now = job->now,
        .arena = &job->call->arena,
    };
    if (!ask(lane, job, work, &input, &rows) || !work->run(&input, output, &job->status) ||
        !keep(lane, job, work, output->effect))
        return false;
    job->status = output->refused;
    return status_ok(&job->status);
}

// From here on it is a mutation like any other.
static bool become_mutation(struct service_job *job, const struct service_work_output *output)
{
    job->worked = output->worked;
    if (!job->slot->policy->anonymous)
        return true;
    job->caller = output->caller;
    return service_dispatch_mutation(job);
}

static void run_job(struct service_lane *lane, struct service_job *job)
{
    struct service *service = lane->service;
    struct service_work_output output = {0};
    bool mutates = job->slot->policy->kind == KIND(MUTATION);
    bool good = !service_job_over(job) && carry_out(lane, job, &output);
    if (good && mutates && become_mutation(job, &output)) {
        service_dispatch_enqueue(service, &service_dispatch_lane(service, job)->queue, job);
        return;
    }
    if (good && !mutates) {
        CHECK(output.reply && output.reply->descriptor == job->slot->policy->response);
        rpc_message_write(output.reply, &job->call->arena, &job->reply, &job->status);
    }
    service_job_answer(service, job);
}

static void *run(void *argument)
{
    struct service_lane *lane = argument;
    struct service_pool *pool = &lane->service->pool;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    for (struct service_job *job = service_queue_take_one(&pool->queue); job;
         job = service_queue_take_one(&pool->queue))
        run_job(lane, job);
    pg_close(lane->connection);
    lane->connection = NULL;
    return NULL;
}

bool service_pool_start(struct service *service, struct status *status)
{
    struct service_pool *pool = &service->pool;
    service_queue_init(&pool->queue);
    pool->queue.most = LIMIT_QUEUED_WORK;
    for (; pool->started < LIMIT_WORKERS; pool->started++) {
        struct service_lane *lane = &pool->workers[pool->started];
        lane->service = service;
        if (!service_lane_connect(lane, status))
            return false;
        if (pthread_create(&lane->thread, NULL, run, lane) != 0)
            return status_set(status, REASON(INTERNAL), "no thread");
    }
    return true;
}

void service_pool_stop(struct service *service)
{
    struct service_pool *pool = &service->pool;
    if (pool->started == 0)
        return;
    service_queue_close(&pool->queue);
    for (size_t i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    service_queue_fini(&pool->queue);
}

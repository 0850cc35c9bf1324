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
                struct service_work_input *input)
{
    ProtobufCMessage *asked = NULL;
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

static struct service_work_input input_of(struct service *service, struct service_job *job)
{
    return (struct service_work_input){
        .request = job->request,
        .caller = job->slot->policy->anonymous ? NULL : &job->caller,
        .peer = &job->call->peer,
        .rows = &job->rows,
        .instance_id = &service->instance_id,
        .secrets = &service->secrets,
        .directory = service->directory,
        .now = job->now,
        .arena = &job->call->arena,
    };
}

// True where the job's answer, or its mutation, is ready.
static bool carry_out(struct service_lane *lane, struct service_job *job, struct service_work_output *output)
{
    const struct service_work *work = job->slot->method->work;
    struct service_work_input input = input_of(lane->service, job);
    if (!ask(lane, job, work, &input) || !work->run(&input, output, &job->status) ||
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
        service_dispatch_enqueue(service, job);
        return;
    }
    if (good && !mutates) {
        CHECK(output.reply && output.reply->descriptor == job->slot->policy->response);
        rpc_message_write(output.reply, &job->call->arena, &job->reply, &job->status);
    }
    service_job_answer(service, job);
}

enum { KNOWN, STRANGERS, SORTS };

// The next job for a thread: one of the known, or, for all threads but the first, of a stranger. NULL once there will
// be none.
static struct service_job *take(struct service_pool *pool, bool all)
{
    struct service_job *job = NULL;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->first[KNOWN] && !(all && pool->first[STRANGERS]) && !pool->closed)
        pthread_cond_wait(&pool->wake, &pool->mutex);
    for (int sort = 0; sort < (all ? SORTS : STRANGERS) && !job; sort++) {
        job = pool->first[sort];
        if (job) {
            pool->first[sort] = job->next;
            pool->waiting[sort]--;
        }
    }
    pthread_mutex_unlock(&pool->mutex);
    return job;
}

static bool put(struct service_pool *pool, struct service_job *job, int sort)
{
    pthread_mutex_lock(&pool->mutex);
    bool taken = !pool->closed && pool->waiting[sort] < LIMIT_QUEUED_WORK;
    if (taken) {
        struct service_job **end = &pool->first[sort];
        while (*end)
            end = &(*end)->next;
        job->next = NULL;
        *end = job;
        pool->waiting[sort]++;
        pthread_cond_broadcast(&pool->wake);
    }
    pthread_mutex_unlock(&pool->mutex);
    return taken;
}

void service_pool_add(struct service *service, struct service_job *job)
{
    const struct service_work *work = job->slot->method->work;
    struct service_work_input input = input_of(service, job);
    job->rows = (struct service_work_rows){.key = "", .part = "", .known = !job->slot->policy->anonymous};
    if (work->key && !work->key(&input, &job->rows, &job->status)) {
        service_job_answer(service, job);
        return;
    }
    job->context.work_key = (char *)job->rows.key;
    job->context.work_part = (char *)job->rows.part;
    if (!put(&service->pool, job, job->rows.known ? KNOWN : STRANGERS))
        service_dispatch_overloaded(service, job);
}

static void *run(void *argument)
{
    struct service_lane *lane = argument;
    struct service_pool *pool = &lane->service->pool;
    bool all = lane != &pool->workers[0];
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    for (struct service_job *job = take(pool, all); job; job = take(pool, all)) {
        atomic_fetch_add(&pool->busy, 1);
        run_job(lane, job);
        atomic_fetch_sub(&pool->busy, 1);
    }
    pg_close(lane->connection);
    lane->connection = NULL;
    return NULL;
}

bool service_pool_start(struct service *service, struct status *status)
{
    struct service_pool *pool = &service->pool;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
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
    pthread_mutex_lock(&pool->mutex);
    pool->closed = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
}

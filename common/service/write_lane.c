// SPDX-License-Identifier: Apache-2.0
// Chooses which of the waiting mutations share a transaction. If it fails, each of its calls runs alone, so that a call
// that raises undoes no neighbour. Who raises, and the tenant whose head somebody holds, are in trouble for a while
// (trouble.c): their calls go by a lane apart, where a caller who raises shares no transaction and a tenant shares none
// with others. There a call waits for a lock as long as it may; here only LIMIT_LOCK_PATIENCE_MS.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "service/engine.h"

#define TRIES 3
// Keys of the jobs that a batch holds or that an earlier job waits for.
#define KEY_SLOTS 2048
struct key_set {
    uint64_t keys[KEY_SLOTS];
    size_t count;
};

static uint64_t *key_slot(struct key_set *set, uint64_t key)
{
    size_t at = (size_t)(key % KEY_SLOTS);
    while (set->keys[at] && set->keys[at] != key)
        at = (at + 1) % KEY_SLOTS;
    return &set->keys[at];
}

static bool key_held(struct key_set *set, const struct service_job *job)
{
    for (size_t i = 0; i < job->key_count; i++)
        if (*key_slot(set, job->keys[i]))
            return true;
    return false;
}

static void key_hold(struct key_set *set, const struct service_job *job)
{
    for (size_t i = 0; i < job->key_count; i++) {
        uint64_t *slot = key_slot(set, job->keys[i]);
        set->count += *slot == 0;
        *slot = job->keys[i];
    }
}

struct write_lane {
    struct service_lane *lane;
    struct service_job *waiting;
    struct service_job *batch[LIMIT_BATCH_CALLS];
    size_t count;
    struct service_done done;
    struct key_set keys;
};

// True if the batch holds a mutation of the job's tenant that is exclusive, or any where the job is.
static bool tenant_taken(const struct write_lane *write, const struct service_job *job)
{
    for (size_t i = 0; i < write->count; i++)
        if ((job->slot->policy->exclusive || write->batch[i]->slot->policy->exclusive) &&
            uuid_compare(&write->batch[i]->tenant_id, &job->tenant_id) == 0)
            return true;
    return false;
}

static bool fits(struct write_lane *write, const struct service_job *job)
{
    if (write->count == LIMIT_BATCH_CALLS || write->keys.count + SERVICE_KEYS > KEY_SLOTS / 2)
        return false;
    if (write->count > 0 && (job->alone || write->batch[0]->alone))
        return false;
    if (write->count > 0 && write->lane->apart && uuid_compare(&write->batch[0]->tenant_id, &job->tenant_id) != 0)
        return false;
    return !key_held(&write->keys, job) && !tenant_taken(write, job);
}

// Hands a call over to the lane apart; false in that lane.
static bool send_apart(const struct write_lane *write, struct service_job *job)
{
    struct service *service = write->lane->service;
    if (write->lane->apart)
        return false;
    job->next = NULL;
    if (service_queue_add(&service->apart_lane.queue, job))
        return true;
    status_set(&job->status, REASON(OVERLOADED), "too many calls wait");
    job->status.retry_after_ms = 100;
    service_job_answer(service, job);
    return true;
}

static bool in_trouble(const struct write_lane *write, struct service_job *job)
{
    struct service_trouble *trouble = &write->lane->service->trouble;
    job->alone = service_troubled(trouble, &job->caller.subject_id);
    return job->alone || service_troubled(trouble, &job->tenant_id);
}

// The first that waits, and all behind it that may travel with it. One that must stay holds its keys: what concerns the
// same record keeps its order.
static void choose(struct write_lane *write)
{
    memset(&write->keys, 0, sizeof(write->keys));
    write->count = 0;
    for (struct service_job **at = &write->waiting; *at;) {
        struct service_job *job = *at;
        struct service_job *next = job->next;
        if (service_job_over(job)) {
            *at = next;
            service_job_answer(write->lane->service, job);
            continue;
        }
        if (in_trouble(write, job) && send_apart(write, job)) {
            *at = next;
            continue;
        }
        bool taken = fits(write, job);
        if (write->keys.count + SERVICE_KEYS <= KEY_SLOTS / 2)
            key_hold(&write->keys, job);
        if (!taken) {
            at = &job->next;
            continue;
        }
        *at = next;
        write->batch[write->count++] = job;
    }
}

static void reset(struct service_job *job)
{
    job->status = (struct status){0};
    job->reply = (struct bytes){0};
    job->loaded = NULL;
    job->loaded_count = 0;
    job->facts = NULL;
    job->changes = NULL;
    job->change_count = 0;
    job->writes = false;
    job->answered = false;
    job->position = 0;
}

static void finish(struct write_lane *write, struct service_job *job)
{
    if (write->done.count == LIMIT_BATCH_CALLS)
        service_done_answer(write->lane->service, &write->done);
    write->done.jobs[write->done.count++] = job;
}

// What was late waited for its tenant's head or rows, or works long; anything else is the caller's own fault.
static void note_trouble(const struct write_lane *write, const struct service_job *job)
{
    struct service_trouble *trouble = &write->lane->service->trouble;
    service_trouble_note(trouble,
                         job->status.code == CODE(DEADLINE_EXCEEDED) ? &job->tenant_id : &job->caller.subject_id);
}

// A call by itself: what fails now is its own fault, unless the database was away.
static void run_alone(struct write_lane *write, struct service_job *job)
{
    for (int try = 0; try < TRIES; try++) {
        struct status status = {0};
        reset(job);
        if (service_job_over(job))
            break;
        if (service_batch_run(write->lane, &job, 1, &write->done, &status))
            break;
        reset(job);
        job->status = status;
        if (status.code == CODE(UNAVAILABLE))
            continue;
        note_trouble(write, job);
        if (status.code == CODE(DEADLINE_EXCEEDED) && !write->lane->apart && clock_monotonic() < job->call->deadline) {
            job->status = (struct status){0};
            send_apart(write, job);
            return;
        }
        break;
    }
    finish(write, job);
}

static void run_batch(struct write_lane *write)
{
    struct status status = {0};
    if (write->count == 1) {
        run_alone(write, write->batch[0]);
        return;
    }
    bool committed = service_batch_run(write->lane, write->batch, write->count, &write->done, &status);
    for (size_t i = 0; i < write->count; i++) {
        if (committed)
            finish(write, write->batch[i]);
        else
            run_alone(write, write->batch[i]);
    }
}

static void take_in(struct write_lane *write)
{
    bool idle = !write->waiting && write->done.count == 0;
    struct service_job *arrived = service_queue_take(&write->lane->queue, idle ? -1 : 0);
    struct service_job **end = &write->waiting;
    while (*end)
        end = &(*end)->next;
    *end = arrived;
}

static void wake_followers(struct service *service)
{
    if (atomic_load(&service->feed_lane.waiting))
        service_queue_hint(&service->feed_lane.queue);
}

void *service_write_lane_run(void *argument)
{
    struct write_lane write = {.lane = argument};
    struct service_queue *queue = &write.lane->queue;
    while (write.waiting || write.done.count > 0 || !service_queue_closed(queue) || service_queue_waiting(queue)) {
        take_in(&write);
        choose(&write);
        if (write.count == 0) {
            service_done_answer(write.lane->service, &write.done);
            continue;
        }
        run_batch(&write);
        wake_followers(write.lane->service);
    }
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
// Clocks that run out: a record says when something is due (a column that its service's statement `due` reads), and a
// mutation of the service itself does it, which moves the record on. So each event fires once: its request_id follows
// from record and version, and a version that has moved on refuses it. One process at a time fires, a few a second:
// after a long stop what is due comes one after another.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "service/follow_parts.h"
#include "service/resting.h"
#include "service/values.h"

#define LOOK_MS 500
#define LEASE_SECONDS 5
// A clock that was put forward may be put back as soon: nothing fires meanwhile.
#define JUMP (60 * CLOCK_SECOND)
#define HOLD (60 * CLOCK_SECOND)

struct service_timer_thread {
    struct follow_source source;    // for its connection, lease and commands
    struct follow_stream stream;
    struct service_follow follow;
    const struct service_timer *timer;
    const struct pg_statement *due;
    char name[64];
    int64_t monotonic;    // of the last look
    clock_time wall;
    int64_t hold_until;
    struct resting resting;    // what was refused
};

// False while the wall clock is not to be trusted.
static bool clock_is_steady(struct service_timer_thread *thread)
{
    int64_t monotonic = clock_monotonic();
    clock_time wall = clock_now();
    int64_t jump = (wall - thread->wall) - (monotonic - thread->monotonic);
    if (thread->wall != 0 && jump > JUMP) {
        LOG(LOG_WARNING, "timer.clock_jumped", LOG_T("timer", thread->timer->name),
            LOG_N("seconds", jump / CLOCK_SECOND));
        thread->hold_until = monotonic + HOLD;
    }
    if (thread->wall != 0 && jump < -JUMP)
        thread->hold_until = 0;    // it was put right
    thread->wall = wall;
    thread->monotonic = monotonic;
    return monotonic >= thread->hold_until;
}

static void complain(const struct service_timer_thread *thread, const char *event, const char *id,
                     const struct status *status)
{
    LOG(LOG_WARNING, event, LOG_T("timer", thread->timer->name), LOG_T("record", id),
        LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
}

// Fires one.
static void fire(struct service_timer_thread *thread, const ProtobufCMessage *record, struct arena *arena)
{
    struct service_command said = {0};
    struct status status = {0};
    struct uuid id;
    const char *text = service_text(record, "id");
    const Google__Protobuf__Timestamp *due_at = service_time_field(record, "due_at");
    if (!uuid_parse(text, &id) || !uuid_parse(service_text(record, "tenant_id"), &thread->stream.tenant_id) ||
        !due_at || resting_has(&thread->resting, &id))
        return;
    snprintf(thread->name, sizeof(thread->name), "%s/%s", thread->timer->name, text);
    if (!thread->timer->plan(record, arena, &said))
        return;
    struct follow_command *command = follow_command_new(&thread->stream, service_integer(record, "version"), &said,
                                                        thread->name, service_time(due_at));
    bool run = true;
    if (follow_command_prepare(command)) {
        struct service_job *job = command->job;
        run = service_batch_run_along(&thread->source.lane, &job, 1, NULL, &status);
    }
    if (run)
        status = command->job ? command->job->status : command->status;
    if (!run || !follow_command_good(command)) {
        complain(thread, "timer.refused", text, &status);
        resting_add(&thread->resting, &id);
    }
    follow_command_free(command);
}

static void look(struct service_timer_thread *thread)
{
    struct arena arena;
    struct status status = {0};
    const ProtobufCMessage **records = NULL;
    size_t count = 0;
    bool steady = clock_is_steady(thread);
    if (!follow_store_lease(&thread->source, LEASE_SECONDS, &status) || !thread->source.held || !steady) {
        if (!status_ok(&status))
            complain(thread, "timer.failed", "", &status);
        return;
    }
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    size_t most = LIMIT_BATCH_CALLS + resting_count(&thread->resting);
    if (!follow_store_rows(&thread->source, thread->due, most, &arena, &records, &count, &status))
        complain(thread, "timer.failed", "", &status);
    for (size_t i = 0; i < count && !follow_stopping(&thread->source); i++)
        fire(thread, records[i], &arena);
    arena_fini(&arena);
}

static void *run_timer(void *argument)
{
    struct service_timer_thread *thread = argument;
    struct follow_source *source = &thread->source;
    struct status ignored = {0};
    while (!follow_stopping(source)) {
        if (directory_caught_up_at(source->service->directory) >= 0)
            look(thread);
        struct timespec until = clock_after(LOOK_MS);
        pthread_mutex_lock(&source->mutex);
        while (!source->stopping && pthread_cond_timedwait(&source->wake, &source->mutex, &until) != ETIMEDOUT)
            ;
        pthread_mutex_unlock(&source->mutex);
    }
    if (source->held)
        follow_store_lease(source, 0, &ignored);
    return NULL;
}

bool service_timers_start(struct service *service, struct status *status)
{
    for (size_t i = 0; i < service->definition->timer_count; i++) {
        struct service_timer_thread *thread = calloc(1, sizeof(*thread));
        CHECK(thread);
        service->timers[i] = thread;
        thread->timer = &service->definition->timers[i];
        thread->due = &service->dues[i];
        thread->follow.source = thread->timer->name;
        thread->source.service = service;
        thread->source.follow = &thread->follow;
        thread->source.lane.service = service;
        thread->source.lane.apart = true;    // nobody waits behind it: it waits for a lock as long as it may
        thread->source.holder = uuid_make(clock_now());
        thread->stream.source = &thread->source;
        pthread_mutex_init(&thread->source.mutex, NULL);
        clock_condition_init(&thread->source.wake);
        if (pthread_create(&thread->source.thread, NULL, run_timer, thread) != 0)
            return status_set(status, REASON(INTERNAL), "no thread for the timer %s", thread->timer->name);
    }
    return true;
}

void service_timers_stop(struct service *service)
{
    for (size_t i = 0; i < SERVICE_TIMERS_MOST && service->timers[i]; i++) {
        struct follow_source *source = &service->timers[i]->source;
        pthread_mutex_lock(&source->mutex);
        source->stopping = true;
        pthread_cond_signal(&source->wake);
        pthread_mutex_unlock(&source->mutex);
        pthread_join(source->thread, NULL);
        pg_close(source->lane.connection);
        pthread_cond_destroy(&source->wake);
        pthread_mutex_destroy(&source->mutex);
        free(service->timers[i]);
        service->timers[i] = NULL;
    }
}

// SPDX-License-Identifier: Apache-2.0
// What leaves the instance. A thread for each outlet, one process at a time (a lease); it asks what is due, has each
// attempt begun by a mutation, sends outside of any transaction, much at the same time, and has each end entered by
// another mutation. What ended and could not be entered is kept and entered before anything else is sent.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "log/log.h"
#include "service/follow_parts.h"
#include "service/resting.h"
#include "service/values.h"

#define WAIT_MS 100
#define LOOK_EVERY (500 * CLOCK_MILLISECOND)
#define FIGURES_EVERY (5 * CLOCK_SECOND)
#define LEASE_EVERY CLOCK_SECOND
#define LEASE_SECONDS 5
// What could not begin rests, so that it does not keep others waiting.
#define ENDED_MOST 256

// What ended, until it stands in the database.
struct ended {
    struct arena arena;
    struct service_command said;
    struct ended *next;
};

struct service_outlet_thread {
    struct follow_source source;    // for its connection, lease and commands
    struct follow_stream stream;
    struct service_follow follow;
    const struct service_outlet *outlet;
    const struct pg_statement *due;
    const struct pg_statement *figures;
    void *sender;
    bool started;
    struct ended *first;    // the oldest
    struct ended **last;
    int64_t look_at;    // clock_monotonic
    int64_t figures_at;
    int64_t lease_at;
    struct resting resting;    // what was refused
};

static void complain(const struct service_outlet_thread *thread, const char *event, const char *id,
                     const struct status *status)
{
    LOG(LOG_WARNING, event, LOG_T("outlet", thread->outlet->name), LOG_T("record", id),
        LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
}

// The command of a mutation that the outlet has said; NULL where its request names no record.
static struct follow_command *command_of(struct service_outlet_thread *thread, const struct service_command *said)
{
    char name[64];
    const char *id = service_text(said->request, "id");
    if (!uuid_parse(service_text(said->request, "tenant_id"), &thread->stream.tenant_id))
        return NULL;
    snprintf(name, sizeof(name), "%s/%s", thread->outlet->name, id);
    return follow_command_new(&thread->stream, service_integer(said->request, "version"), said, name, clock_now());
}

// Carries a command out. False with *status where that failed, or was refused.
static bool carry_out(struct service_outlet_thread *thread, struct follow_command *command, struct status *status)
{
    bool run = true;
    if (follow_command_prepare(command)) {
        struct service_job *job = command->job;
        run = service_batch_run_along(&thread->source.lane, &job, 1, NULL, status);
    }
    if (run)
        *status = command->job ? command->job->status : command->status;
    return run && follow_command_good(command);
}

// Begins an attempt and has it sent. False where the database is away.
static bool attempt(struct service_outlet_thread *thread, const ProtobufCMessage *due, struct arena *arena)
{
    struct service_command said = {0};
    struct status status = {0};
    struct uuid id;
    struct service *service = thread->source.service;
    if (!thread->outlet->begin(thread->sender, due, arena, &said) ||
        !uuid_parse(service_text(said.request, "id"), &id) || resting_has(&thread->resting, &id))
        return true;
    struct follow_command *command = command_of(thread, &said);
    if (!command)
        return true;
    bool begun = carry_out(thread, command, &status);
    struct service_job *job = command->job;
    if (begun && status_ok(&status) && job && job->change_count > 0 && job->changes[0].after) {
        const struct service_outlet_input input = {
            .due = due,
            .record = job->changes[0].after,
            .access = &service->access,
            .now = clock_now(),
            .arena = arena,
        };
        thread->outlet->send(thread->sender, &input);
    } else if (!begun)
        complain(thread, "outlet.refused", service_text(said.request, "id"), &status);
    bool away = !begun && follow_passing(&status);
    if (!begun && !away)
        resting_add(&thread->resting, &id);
    follow_command_free(command);
    return !away;
}

static void know(struct service_outlet_thread *thread, struct arena *arena)
{
    struct status status = {0};
    const ProtobufCMessage **rows = NULL;
    size_t count = 0;
    if (clock_monotonic() < thread->figures_at)
        return;
    thread->figures_at = clock_monotonic() + FIGURES_EVERY;
    if (follow_store_rows(&thread->source, thread->figures, 1, arena, &rows, &count, &status) && count > 0)
        thread->outlet->know(thread->sender, rows[0]);
}

// Takes or renews the lease, now and then: it is longer than that by far.
static bool hold_lease(struct service_outlet_thread *thread, struct status *status)
{
    if (clock_monotonic() < thread->lease_at)
        return true;
    thread->source.held = false;
    if (!follow_store_lease(&thread->source, LEASE_SECONDS, status))
        return false;
    thread->lease_at = clock_monotonic() + LEASE_EVERY;
    return true;
}

static void look(struct service_outlet_thread *thread)
{
    size_t most = LIMIT_BATCH_CALLS + resting_count(&thread->resting);
    struct arena arena;
    struct status status = {0};
    const ProtobufCMessage **rows = NULL;
    size_t count = 0;
    thread->look_at = clock_monotonic() + LOOK_EVERY;
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    if (!hold_lease(thread, &status) ||
        (thread->source.held && !follow_store_rows(&thread->source, thread->due, most, &arena, &rows, &count, &status)))
        complain(thread, "outlet.failed", "", &status);
    for (size_t i = 0; i < count && !follow_stopping(&thread->source); i++)
        if (!attempt(thread, rows[i], &arena))
            break;
    know(thread, &arena);    // with the lease or without: each process tells
    arena_fini(&arena);
}

// Takes what has ended; true if something has.
static bool collect(struct service_outlet_thread *thread)
{
    int wait = WAIT_MS;
    bool any = false;
    for (int i = 0; i < ENDED_MOST; i++) {
        struct ended *ended = calloc(1, sizeof(*ended));
        CHECK(ended);
        arena_init(&ended->arena, LIMIT_CALL_ARENA_BYTES);
        if (!thread->outlet->next(thread->sender, wait, &ended->arena, &ended->said)) {
            arena_fini(&ended->arena);
            free(ended);
            break;
        }
        *thread->last = ended;
        thread->last = &ended->next;
        wait = 0;
        any = true;
    }
    return any;
}

// Enters what has ended, the oldest first; false while the database is away.
static bool enter(struct service_outlet_thread *thread)
{
    while (thread->first) {
        struct ended *ended = thread->first;
        struct status status = {0};
        struct follow_command *command = command_of(thread, &ended->said);
        bool entered = command && carry_out(thread, command, &status);
        if (!entered)
            complain(thread, "outlet.not_entered", service_text(ended->said.request, "id"), &status);
        follow_command_free(command);
        if (!entered && follow_passing(&status))
            return false;
        thread->first = ended->next;
        if (!thread->first)
            thread->last = &thread->first;
        arena_fini(&ended->arena);
        free(ended);
    }
    return true;
}

static void *run_outlet(void *argument)
{
    struct service_outlet_thread *thread = argument;
    struct follow_source *source = &thread->source;
    struct status ignored = {0};
    while (!follow_stopping(source)) {
        bool ended = collect(thread);
        bool entered = enter(thread);
        if (entered && (ended || clock_monotonic() >= thread->look_at) &&
            directory_caught_up_at(source->service->directory) >= 0)
            look(thread);
    }
    enter(thread);
    if (source->held)
        follow_store_lease(source, 0, &ignored);
    return NULL;
}

bool service_outlets_open(struct service *service, struct status *status)
{
    const struct service_outlet_setup setup = {.config = service->config, .instance_id = &service->instance_id};
    for (size_t i = 0; i < service->definition->outlet_count; i++) {
        struct service_outlet_thread *thread = calloc(1, sizeof(*thread));
        CHECK(thread);
        thread->outlet = &service->definition->outlets[i];
        if (!thread->outlet->open(&setup, &thread->sender, status)) {
            free(thread);
            return false;
        }
        service->outlets[i] = thread;
        thread->due = &service->outlet_dues[i];
        thread->figures = &service->outlet_figures[i];
        thread->last = &thread->first;
        thread->follow.source = thread->outlet->name;
        thread->source.service = service;
        thread->source.follow = &thread->follow;
        thread->source.lane.service = service;
        thread->source.holder = uuid_make(clock_now());
        thread->stream.source = &thread->source;
        pthread_mutex_init(&thread->source.mutex, NULL);
    }
    return true;
}

bool service_outlets_start(struct service *service, struct status *status)
{
    for (size_t i = 0; i < service->definition->outlet_count; i++) {
        struct service_outlet_thread *thread = service->outlets[i];
        thread->started = pthread_create(&thread->source.thread, NULL, run_outlet, thread) == 0;
        if (!thread->started)
            return status_set(status, REASON(INTERNAL), "no thread for the outlet %s", thread->outlet->name);
    }
    return true;
}

void service_outlets_stop(struct service *service)
{
    for (size_t i = 0; i < SERVICE_OUTLETS_MOST && service->outlets[i]; i++) {
        struct service_outlet_thread *thread = service->outlets[i];
        pthread_mutex_lock(&thread->source.mutex);
        thread->source.stopping = true;
        pthread_mutex_unlock(&thread->source.mutex);
        if (thread->started)
            pthread_join(thread->source.thread, NULL);
        thread->started = false;
        pg_close(thread->source.lane.connection);
        thread->source.lane.connection = NULL;
    }
}

void service_outlets_free(struct service *service)
{
    for (size_t i = 0; i < SERVICE_OUTLETS_MOST && service->outlets[i]; i++) {
        struct service_outlet_thread *thread = service->outlets[i];
        thread->outlet->close(thread->sender);
        while (thread->first) {
            struct ended *ended = thread->first;
            thread->first = ended->next;
            arena_fini(&ended->arena);
            free(ended);
        }
        pthread_mutex_destroy(&thread->source.mutex);
        free(thread);
        service->outlets[i] = NULL;
    }
}

void service_outlets_tell(struct service *service, FILE *out)
{
    for (size_t i = 0; i < SERVICE_OUTLETS_MOST && service->outlets[i]; i++)
        service->outlets[i]->outlet->tell(service->outlets[i]->sender, out);
}

int64_t service_outlets_attention(struct service *service)
{
    int64_t count = 0;
    for (size_t i = 0; i < SERVICE_OUTLETS_MOST && service->outlets[i]; i++)
        count += service->outlets[i]->outlet->attention(service->outlets[i]->sender);
    return count;
}

// SPDX-License-Identifier: Apache-2.0
// Tries again what is stuck, when it is due: a command as it was kept; where the plan could not say, what it says now.
#include <string.h>

#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "service/follow_parts.h"

// Another service is waited for no longer than this: the source's logs wait too.
#define CALL_MS 2000

// What is tried again.
struct again {
    struct follow_source *source;
    struct follow_stream *stream;
    const Anlan__Service__FollowStuck *stuck;
    struct follow_command *command;    // NULL: none, the entry's have been carried out
};

typedef bool send_along(void *user, struct pg_connection *connection, struct arena *arena, size_t *sent,
                        struct status *status);

static struct follow_stream *stream_of(struct follow_source *source, const char *tenant_id)
{
    struct uuid id;
    for (size_t i = 0; i < source->stream_count; i++)
        if (strcmp(source->streams[i]->tenant, tenant_id) == 0)
            return source->streams[i];
    // What is above shows records, not logs: of this tenant it has shown none since the process began.
    bool above = source->above && source->stream_count < LIMIT_FOLLOW_TENANTS && uuid_parse(tenant_id, &id);
    return above ? follow_stream_add(source, &id) : NULL;
}

// It is settled, unless it was refused again.
static bool settle(void *user, struct pg_connection *connection, struct arena *arena, size_t *sent,
                   struct status *status)
{
    const struct again *again = user;
    if (again->command && !follow_command_good(again->command))
        return true;
    return follow_store_send_wall(again->source, connection, arena, sent, status) &&
           follow_store_send_settle(again->source, connection, arena, again->stuck, sent, status);
}

// A command of an entry that could not be planned before: where it is refused it is stuck by itself from now on.
static bool stick(void *user, struct pg_connection *connection, struct arena *arena, size_t *sent,
                  struct status *status)
{
    const struct again *again = user;
    Anlan__Service__FollowStuck own;
    if (follow_command_good(again->command))
        return true;
    follow_command_stuck(again->command, &own);
    own.rest = follow_rest(0);
    follow_tell_stuck(again->source, &own);
    return follow_store_send_wall(again->source, connection, arena, sent, status) &&
           follow_store_send_stick(again->source, connection, arena, &own, sent, status);
}

// A call to another service that is waited for.
struct called {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool ended;
    struct status status;
};

static void note(void *user, const struct rpc_result *result)
{
    struct called *called = user;
    pthread_mutex_lock(&called->mutex);
    called->status = result->status;
    called->status.violations = NULL;
    called->status.violation_count = 0;
    called->ended = true;
    pthread_cond_signal(&called->wake);
    pthread_mutex_unlock(&called->mutex);
}

static void call_other(struct follow_command *command)
{
    struct follow_source *source = command->stream->source;
    struct called called = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};
    struct rpc_client_call call = {
        .method = command->method, .body = command->request, .timeout_ms = CALL_MS, .done = note, .user = &called};
    if (!service_credential(source->service, &command->call.arena, &call.credential)) {
        status_set(&command->status, REASON(TOKEN_MISSING), "no key to sign with");
        return;
    }
    rpc_client_send(source->callee, &call);
    pthread_mutex_lock(&called.mutex);
    while (!called.ended)
        pthread_cond_wait(&called.wake, &called.mutex);
    pthread_mutex_unlock(&called.mutex);
    command->status = called.status;
}

// Carries a command out, with something along. False with a status where the transaction failed.
static bool carry_out(struct again *again, send_along *send, struct status *status)
{
    struct follow_command *command = again->command;
    const struct service_along along = {send, again};
    struct service_job *job = NULL;
    if (command && *command->service)
        call_other(command);
    else if (command && follow_command_prepare(command))
        job = command->job;
    return service_batch_run_along(&again->source->lane, &job, job ? 1 : 0, &along, status);
}

static void note_again(struct again *again, const struct status *status)
{
    Anlan__Service__FollowStuck stuck = *again->stuck;
    struct status ignored = {0};
    stuck.reason = (char *)status_reason_text(status->reason)->name;
    stuck.message = (char *)status->message;
    stuck.rest = follow_rest(stuck.tries);
    follow_store_again(again->source, &stuck, &ignored);
}

static void try_command(struct again *again)
{
    struct status status = {0};
    again->command = follow_command_kept(again->stream, again->stuck, &status);
    bool done = again->command && carry_out(again, settle, &status);
    if (done && !follow_command_good(again->command)) {
        const struct follow_command *command = again->command;
        status = command->job ? command->job->status : command->status;
        done = false;
    }
    if (!done)
        note_again(again, &status);
    follow_command_free(again->command);
}

// What an entry asks for now.
static bool plan_again(struct again *again, struct follow_work *work, struct status *status)
{
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    const Anlan__Rpc__V1__LogEntry *sealed =
        anlan__rpc__v1__log_entry__unpack(&arena.protobuf, again->stuck->request.len, again->stuck->request.data);
    const Anlan__Rpc__V1__Entry *entry = sealed ? feed_entry_open(sealed, &arena, status) : NULL;
    if (entry && follow_store_ask(again->source, again->stream->tenant, status))
        follow_work_make(again->stream, entry, work);
    if (status_ok(status))
        *status = work->refused;
    arena_fini(&arena);
    return entry && status_ok(status);
}

static void try_entry(struct again *again)
{
    struct status status = {0};
    struct follow_work work = {0};
    bool done = plan_again(again, &work, &status);
    for (size_t i = 0; done && i < work.count; i++) {
        again->command = work.commands[i];
        done = carry_out(again, stick, &status);
    }
    again->command = NULL;
    if (!done || !carry_out(again, settle, &status))
        note_again(again, &status);
    follow_work_free(&work);
}

void follow_retry(struct follow_source *source)
{
    struct arena arena;
    struct status status = {0};
    Anlan__Service__FollowStuck **list = NULL;
    size_t count = 0;
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    bool good = follow_store_due(source, &arena, &list, &count, &status);
    for (size_t i = 0; good && i < count && !follow_stopping(source); i++) {
        struct again again = {.source = source, .stuck = list[i], .stream = stream_of(source, list[i]->tenant_id)};
        if (!again.stream)
            continue;
        if (*list[i]->method)
            try_command(&again);
        else
            try_entry(&again);
        if (*list[i]->service)
            break;    // one call in a round: it may have waited
    }
    arena_fini(&arena);
}

// SPDX-License-Identifier: Apache-2.0
// Applies a page of a log. Commands of consecutive entries travel in one batch, with the cursor behind the last entry
// that is complete with them. Where an entry's commands need more than one batch the earlier ones go before the cursor
// moves: a crash in between repeats them, and a repeat of a request_id has no second effect.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "rpc/message.h"
#include "service/follow_parts.h"

#define BACKOFF_FIRST_MS 20
#define BACKOFF_MOST_MS 1000
// How often an entry's own transaction may fail before the entry is stuck: of a fault, and of a lock or a statement
// that takes too long. A database that is away is waited for without end.
#define FAULTS_MOST 3
#define DELAYS_MOST 20
// So long at most one waits for the directory to have a unit that an entry names.
#define DIRECTORY_WAIT (60 * CLOCK_SECOND)
#define DIRECTORY_LOOK (50 * CLOCK_MILLISECOND)
// Commands and refusals that a chunk holds at most.
#define OWNED_MOST (2 * SERVICE_COMMANDS_MOST)
#define REFUSED_MOST 64

// What one transaction is to hold.
struct chunk {
    struct follow_stream *stream;
    struct follow_command *commands[LIMIT_BATCH_CALLS];
    struct service_job *jobs[LIMIT_BATCH_CALLS];
    size_t count;
    struct follow_command *refused[REFUSED_MOST];    // before the batch
    size_t refused_count;
    struct follow_command *owned[OWNED_MOST];    // of entries that are complete
    size_t owned_count;
    struct bytes unsaid[REFUSED_MOST];    // entries whose plan could not say
    struct status unsaid_status[REFUSED_MOST];
    int64_t unsaid_position[REFUSED_MOST];
    size_t unsaid_count;
    int64_t position;    // the last entry that is complete
    int64_t last;        // the last entry that has a part in it
};

enum step { GO_ON, WAIT, OVER, FAILED };

int32_t follow_rest(int32_t tries)
{
    int32_t rest = 10;
    while (tries-- > 0 && rest < 3600)
        rest *= 4;
    return rest < 3600 ? rest : 3600;
}

void follow_tell_stuck(const struct follow_source *source, const Anlan__Service__FollowStuck *stuck)
{
    LOG(LOG_WARNING, "follow.stuck", LOG_T("source", source->follow->source), LOG_T("tenant", stuck->tenant_id),
        LOG_N("position", stuck->position), LOG_N("ordinal", stuck->ordinal), LOG_T("method", stuck->method),
        LOG_T("reason", stuck->reason), LOG_T("message", stuck->message));
}

void follow_page_free(struct follow_stream *stream)
{
    follow_work_free(&stream->work);
    stream->working = false;
    stream->page = NULL;
    stream->next = 0;
    arena_fini(&stream->arena);
}

static void rest(struct follow_stream *stream)
{
    int next = stream->backoff ? stream->backoff * 2 : BACKOFF_FIRST_MS;
    stream->backoff = next < BACKOFF_MOST_MS ? next : BACKOFF_MOST_MS;
    stream->rest_until = clock_monotonic() + stream->backoff * CLOCK_MILLISECOND;
}

void follow_retreat(struct follow_stream *stream, const struct status *status)
{
    if (stream->backoff == 0)
        LOG(LOG_WARNING, "follow.failed", LOG_T("source", stream->source->follow->source),
            LOG_T("tenant", stream->tenant), LOG_N("position", stream->position),
            LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
    follow_page_free(stream);
    stream->caught_up = false;
    rest(stream);
}

static void stuck_entry(const struct chunk *chunk, size_t i, Anlan__Service__FollowStuck *stuck)
{
    const struct status *status = &chunk->unsaid_status[i];
    anlan__service__follow_stuck__init(stuck);
    stuck->source = (char *)chunk->stream->source->follow->source;
    stuck->tenant_id = chunk->stream->tenant;
    stuck->position = chunk->unsaid_position[i];
    stuck->ordinal = -1;    // beside its commands, which count from 0
    stuck->request = (ProtobufCBinaryData){.data = (uint8_t *)chunk->unsaid[i].data, .len = chunk->unsaid[i].length};
    stuck->reason = (char *)status_reason_text(status->reason)->name;
    stuck->message = (char *)status->message;
    stuck->rest = follow_rest(0);
}

// Calls `see` for all that is stuck with the chunk until it answers false.
static bool each_stuck(const struct chunk *chunk, bool (*see)(void *user, const Anlan__Service__FollowStuck *stuck),
                       void *user)
{
    Anlan__Service__FollowStuck stuck;
    for (size_t i = 0; i < chunk->unsaid_count; i++) {
        stuck_entry(chunk, i, &stuck);
        if (!see(user, &stuck))
            return false;
    }
    for (size_t i = 0; i < chunk->count + chunk->refused_count; i++) {
        const struct follow_command *command = i < chunk->count ? chunk->commands[i] : chunk->refused[i - chunk->count];
        if (follow_command_good(command))
            continue;
        follow_command_stuck(command, &stuck);
        stuck.rest = follow_rest(0);
        if (!see(user, &stuck))
            return false;
    }
    return true;
}

// What goes along with a batch: the cursor, and what was refused.
struct along {
    struct chunk *chunk;
    struct pg_connection *connection;
    struct arena *arena;
    size_t *sent;
    struct status *status;
};

static bool send_stuck(void *user, const Anlan__Service__FollowStuck *stuck)
{
    struct along *along = user;
    return follow_store_send_stick(along->chunk->stream->source, along->connection, along->arena, stuck, along->sent,
                                   along->status);
}

static bool send_along(void *user, struct pg_connection *connection, struct arena *arena, size_t *sent,
                       struct status *status)
{
    struct chunk *chunk = user;
    struct follow_source *source = chunk->stream->source;
    struct along along = {chunk, connection, arena, sent, status};
    return follow_store_send_wall(source, connection, arena, sent, status) &&
           follow_store_send_move(source, connection, arena, chunk->stream, chunk->position, sent, status) &&
           each_stuck(chunk, send_stuck, &along);
}

static bool tell_stuck(void *user, const Anlan__Service__FollowStuck *stuck)
{
    follow_tell_stuck(user, stuck);
    return true;
}

static bool is_empty(const struct chunk *chunk)
{
    return chunk->count + chunk->refused_count + chunk->unsaid_count == 0;
}

static void clear(struct chunk *chunk)
{
    for (size_t i = 0; i < chunk->owned_count; i++)
        follow_command_free(chunk->owned[i]);
    chunk->count = chunk->refused_count = chunk->unsaid_count = chunk->owned_count = 0;
}

// What to do about a transaction that failed: its entries one by one, and, where it was one, in the end without it.
static void note_failure(struct chunk *chunk, const struct status *status)
{
    struct follow_stream *stream = chunk->stream;
    stream->source->load = true;    // whether it was committed, or another process was faster
    if (status->code == CODE(UNAVAILABLE))
        return;
    if (stream->single_until < chunk->last) {
        stream->single_until = chunk->last;
        return;
    }
    stream->failures = stream->failed_at == chunk->last ? stream->failures + 1 : 1;
    stream->failed_at = chunk->last;
    stream->give_up = stream->failures >= (status->code == CODE(DEADLINE_EXCEEDED) ? DELAYS_MOST : FAULTS_MOST);
    stream->fault = *status;
    stream->fault.violation_count = 0;
    stream->fault.violations = NULL;
}

// Runs the transaction. False: it failed, and the stream has retreated.
static bool run(struct chunk *chunk)
{
    struct follow_stream *stream = chunk->stream;
    struct status status = {0};
    const struct service_along along = {send_along, chunk};
    if (is_empty(chunk)) {
        stream->position = chunk->position;
        clear(chunk);
        return true;
    }
    if (!service_batch_run_along(&stream->source->lane, chunk->jobs, chunk->count, &along, &status)) {
        note_failure(chunk, &status);
        clear(chunk);
        follow_retreat(stream, &status);
        return false;
    }
    for (size_t i = 0; i < chunk->count; i++)
        chunk->commands[i]->stand = follow_command_good(chunk->commands[i]) ? FOLLOW_DONE : FOLLOW_REFUSED;
    each_stuck(chunk, tell_stuck, stream->source);
    stream->position = stream->stored = chunk->position;
    stream->backoff = 0;
    clear(chunk);
    return true;
}

bool follow_fits(struct service_job *const *jobs, size_t count, const struct service_job *job)
{
    if (count == LIMIT_BATCH_CALLS)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct service_job *other = jobs[i];
        if ((job->slot->policy->exclusive || other->slot->policy->exclusive) &&
            uuid_compare(&job->tenant_id, &other->tenant_id) == 0)
            return false;
        for (size_t a = 0; a < job->key_count; a++)
            for (size_t b = 0; b < other->key_count; b++)
                if (job->keys[a] == other->keys[b])
                    return false;
    }
    return true;
}

// The directory may not have yet what an entry names.
static bool may_wait(struct follow_stream *stream)
{
    return directory_caught_up_at(stream->source->service->directory) < stream->arrived_at &&
           clock_monotonic() < stream->arrived_at + DIRECTORY_WAIT;
}

static bool names_unknown(const struct service_job *job)
{
    for (size_t i = 0; i < job->unit_count; i++)
        if (uuid_is_nil(&job->units[i].unit->id))
            return true;
    return false;
}

static bool is_unknown(const struct status *status)
{
    return status->reason == REASON(UNIT_NOT_FOUND) || status->reason == REASON(DIRECTORY_BEHIND);
}

static enum step wait_for_directory(struct follow_stream *stream)
{
    stream->rest_until = clock_monotonic() + DIRECTORY_LOOK;
    return WAIT;
}

// The next entry of the page, checked, and what follows from it.
static enum step begin_entry(struct follow_stream *stream, struct chunk *chunk)
{
    struct status status = {0};
    if (stream->next == stream->page->n_entries)
        return OVER;
    const Anlan__Rpc__V1__LogEntry *sealed = stream->page->entries[stream->next];
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    const Anlan__Rpc__V1__Entry *entry = NULL;
    if (sealed->position != chunk->position + 1)
        status_set(&status, REASON(DATA_CORRUPT), "the log goes from position %lld to %lld", (long long)chunk->position,
                   (long long)sealed->position);
    else
        entry = feed_entry_open(sealed, &arena, &status);
    if (entry && strcmp(entry->tenant_id, stream->tenant) != 0) {
        status_set(&status, REASON(DATA_CORRUPT), "entry %lld is another tenant's", (long long)entry->position);
        entry = NULL;
    }
    if (entry)
        follow_work_make(stream, entry, &stream->work);
    else if (run(chunk))    // what is good before it
        follow_retreat(stream, &status);
    arena_fini(&arena);
    stream->working = entry != NULL;
    return entry ? GO_ON : FAILED;
}

// Calls to other services go first, when all before the entry has been applied.
static enum step call_others(struct follow_stream *stream, struct chunk *chunk)
{
    struct follow_work *work = &stream->work;
    size_t waiting = 0;
    bool again = false;
    for (size_t i = 0; i < work->count; i++)
        if (*work->commands[i]->service && work->commands[i]->stand == FOLLOW_WAITS) {
            waiting++;
            again = again || !status_ok(&work->commands[i]->status);
        }
    if (waiting == 0)
        return GO_ON;
    if (!run(chunk))
        return FAILED;
    stream->rested = again && !stream->rested;
    if (stream->rested) {
        rest(stream);
        return WAIT;
    }
    pthread_mutex_lock(&stream->source->mutex);
    stream->state = FOLLOW_CALLING;
    stream->calls = waiting;
    pthread_mutex_unlock(&stream->source->mutex);
    for (size_t i = 0; i < work->count; i++)
        if (*work->commands[i]->service && work->commands[i]->stand == FOLLOW_WAITS)
            follow_command_send(work->commands[i]);
    return WAIT;
}

// One of this service's own mutations.
static enum step add_command(struct follow_stream *stream, struct chunk *chunk, struct follow_command *command)
{
    if (stream->give_up && stream->failed_at == command->position) {
        command->status = stream->fault;
        command->stand = FOLLOW_REFUSED;
        return GO_ON;
    }
    bool prepared = follow_command_prepare(command);
    bool unknown = prepared ? names_unknown(command->job) : is_unknown(&command->status);
    if (unknown && may_wait(stream)) {
        command->job = NULL;
        command->stand = FOLLOW_WAITS;
        return wait_for_directory(stream);
    }
    if (!prepared)
        return GO_ON;
    if (!follow_fits(chunk->jobs, chunk->count, command->job) && !run(chunk))
        return FAILED;
    chunk->jobs[chunk->count] = command->job;
    chunk->commands[chunk->count++] = command;
    chunk->last = command->position;
    return GO_ON;
}

static enum step add_commands(struct follow_stream *stream, struct chunk *chunk)
{
    struct follow_work *work = &stream->work;
    for (; work->next < work->count; work->next++) {
        struct follow_command *command = work->commands[work->next];
        if (*command->service || command->stand != FOLLOW_WAITS)
            continue;
        enum step step = add_command(stream, chunk, command);
        if (step != GO_ON)
            return step;
    }
    return GO_ON;
}

static bool in_batch(const struct chunk *chunk, const struct follow_command *command)
{
    for (size_t i = 0; i < chunk->count; i++)
        if (chunk->commands[i] == command)
            return true;
    return false;
}

// The entry is complete: what was refused of it, and what is to be freed, go over to the chunk.
static enum step end_entry(struct follow_stream *stream, struct chunk *chunk)
{
    struct follow_work *work = &stream->work;
    size_t refused = 0;
    for (size_t i = 0; i < work->count; i++)
        refused += work->commands[i]->stand == FOLLOW_REFUSED && !work->commands[i]->job;
    if ((chunk->refused_count + refused > REFUSED_MOST || chunk->owned_count + work->count > OWNED_MOST) && !run(chunk))
        return FAILED;
    // Of a plan gone mad the first ones tell.
    for (size_t i = 0; i < work->count; i++) {
        struct follow_command *command = work->commands[i];
        bool before = command->stand == FOLLOW_REFUSED && !command->job && !in_batch(chunk, command);
        if (before && !follow_command_good(command) && chunk->refused_count < REFUSED_MOST)
            chunk->refused[chunk->refused_count++] = command;
        chunk->owned[chunk->owned_count++] = command;
    }
    chunk->position = work->position;
    chunk->last = work->position;
    work->count = 0;
    follow_work_free(work);
    stream->working = false;
    stream->next++;
    bool single = chunk->position <= stream->single_until || chunk->unsaid_count == REFUSED_MOST;
    return single && !run(chunk) ? FAILED : GO_ON;
}

static enum step apply_entry(struct follow_stream *stream, struct chunk *chunk)
{
    struct follow_work *work = &stream->work;
    if (!status_ok(&work->refused)) {
        if (is_unknown(&work->refused) && may_wait(stream)) {
            follow_work_free(work);    // the plan is asked again
            stream->working = false;
            return wait_for_directory(stream);
        }
        if (stream->of_others && work->refused.reason == REASON(UNIT_NOT_FOUND))
            return end_entry(stream, chunk);    // a unit of the owner's
        const Anlan__Rpc__V1__LogEntry *sealed = stream->page->entries[stream->next];
        struct status ignored = {0};
        CHECK(rpc_message_write(&sealed->base, &stream->arena, &chunk->unsaid[chunk->unsaid_count], &ignored));
        chunk->unsaid_status[chunk->unsaid_count] = work->refused;
        chunk->unsaid_position[chunk->unsaid_count++] = work->position;
    }
    enum step step = call_others(stream, chunk);
    if (step == GO_ON)
        step = add_commands(stream, chunk);
    return step == GO_ON ? end_entry(stream, chunk) : step;
}

void follow_apply(struct follow_stream *stream)
{
    struct chunk *chunk = calloc(1, sizeof(*chunk));
    enum step step = GO_ON;
    CHECK(chunk);
    chunk->stream = stream;
    chunk->position = chunk->last = stream->position;
    while (step == GO_ON) {
        step = stream->working ? GO_ON : begin_entry(stream, chunk);
        if (step == GO_ON)
            step = apply_entry(stream, chunk);
    }
    // What is complete is not kept waiting.
    if (step != FAILED && run(chunk) && step == OVER) {
        stream->caught_up = stream->position >= stream->page->head_position;
        stream->backoff = 0;
        follow_page_free(stream);
    }
    clear(chunk);
    free(chunk);
}

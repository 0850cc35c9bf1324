// SPDX-License-Identifier: Apache-2.0
// From an entry to its commands, and from a command to a job of this service or a call to another.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "rpc/message.h"
#include "service/follow_parts.h"
#include "service/values.h"

#define COMMAND_MS 10000    // of a call to another service
// A plan's memory.
#define PLAN_BYTES LIMIT_CALL_ARENA_BYTES

static struct follow_command *command_new(struct follow_stream *stream, int64_t position, int32_t ordinal)
{
    struct follow_command *command = calloc(1, sizeof(*command));
    CHECK(command);
    command->stream = stream;
    command->position = position;
    command->ordinal = ordinal;
    command->record_id = "";
    arena_init(&command->call.arena, LIMIT_CALL_ARENA_BYTES);
    return command;
}

void follow_command_free(struct follow_command *command)
{
    if (!command)
        return;
    arena_fini(&command->call.arena);
    free(command);
}

void follow_work_free(struct follow_work *work)
{
    for (size_t i = 0; i < work->count; i++)
        follow_command_free(work->commands[i]);
    memset(work, 0, sizeof(*work));
}

// The same whoever derives it: the first command of an entry has the entry's own.
static char *request_id_of(const struct follow_command *command, const char *source, clock_time entered_at,
                           struct arena *arena)
{
    char name[96];
    int used = snprintf(name, sizeof(name), "%s", source);
    if (*command->record_id)
        used += snprintf(name + used, sizeof(name) - (size_t)used, "/%s", command->record_id);
    if (command->ordinal > 0)
        snprintf(name + used, sizeof(name) - (size_t)used, "/%d", command->ordinal);
    struct uuid id = feed_command_id(name, &command->stream->tenant_id, command->position, entered_at);
    return service_uuid(&id, arena);
}

// Packs the request with its request_id.
static bool pack_request(struct follow_command *command, ProtobufCMessage *request, const char *name,
                         clock_time entered_at)
{
    struct arena *arena = &command->call.arena;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "request_id");
    CHECK(field && field->type == PROTOBUF_C_TYPE_STRING);
    *(char **)((char *)request + field->offset) = request_id_of(command, name, entered_at, arena);
    return rpc_message_write(request, arena, &command->request, &command->status);
}

// A call to another service about another instance's tenant: it would be refused.
static bool is_of_others(struct directory *directory, const ProtobufCMessage *request)
{
    struct uuid id;
    if (!uuid_parse(service_text(request, "tenant_id"), &id) && !uuid_parse(service_text(request, "unit_id"), &id))
        return false;
    directory_lock(directory);
    bool theirs = directory_owner(directory, &id) != NULL;
    directory_unlock(directory);
    return theirs;
}

static void take_commands(struct follow_stream *stream, const Anlan__Rpc__V1__Entry *entry,
                          const struct service_commands *commands, struct follow_work *work)
{
    // A stream shows a record with its own time, and a change of it with another: the version alone says which it is.
    bool above = stream->source->above;
    clock_time entered_at = entry->entered_at && !above ? service_time(entry->entered_at) : 0;
    for (size_t i = 0; i < commands->count; i++) {
        const struct service_command *said = &commands->list[i];
        struct follow_command *command = command_new(stream, entry->position, (int32_t)i);
        command->service = said->service ? said->service : "";
        command->method = said->method;
        command->settled = said->settled;
        if (above)
            command->record_id = arena_text(&command->call.arena, entry->record_id, strlen(entry->record_id));
        if (!pack_request(command, said->request, stream->source->follow->source, entered_at))
            command->stand = FOLLOW_REFUSED;
        if (said->service && is_of_others(stream->source->service->directory, said->request))
            command->stand = FOLLOW_DONE;
        work->commands[work->count++] = command;
    }
}

struct follow_command *follow_command_new(struct follow_stream *stream, int64_t number,
                                          const struct service_command *said, const char *name, clock_time time)
{
    struct follow_command *command = command_new(stream, number, 0);
    command->service = "";
    command->method = said->method;
    command->settled = said->settled;
    if (!pack_request(command, said->request, name, time))
        command->stand = FOLLOW_REFUSED;
    return command;
}

static bool may_matter(const struct service_follow *follow, const Anlan__Rpc__V1__Entry *entry)
{
    for (const char *const *type = follow->record_types; *type; type++)
        if (strcmp(*type, entry->record_type) == 0)
            return true;
    return false;
}

void follow_work_make(struct follow_stream *stream, const Anlan__Rpc__V1__Entry *entry, struct follow_work *work)
{
    struct follow_source *source = stream->source;
    struct service_commands *commands = NULL;
    struct arena arena;
    memset(work, 0, sizeof(*work));
    work->position = entry->position;
    if (!may_matter(source->follow, entry))
        return;
    commands = calloc(1, sizeof(*commands));
    CHECK(commands);
    arena_init(&arena, PLAN_BYTES);
    const struct service_follow_input input = {
        .entry = entry,
        .asked = source->asked,
        .asked_count = source->asked_count,
        .directory = source->service->directory,
        .now = clock_now(),
        .arena = &arena,
    };
    if (source->follow->plan(&input, commands, &work->refused) && !arena.exhausted)
        take_commands(stream, entry, commands, work);
    else if (status_ok(&work->refused))
        status_set(&work->refused, REASON(MESSAGE_TOO_LARGE), "what follows from it needs too much memory");
    arena_fini(&arena);
    free(commands);
}

static size_t count_settled(const struct follow_command *command)
{
    size_t count = 0;
    while (command->settled && command->settled[count] != REASON(UNSPECIFIED))
        count++;
    return count;
}

// The reasons of a command that was kept, as its plan gave them.
static void keep_settled(struct follow_command *command, const Anlan__Service__FollowStuck *stuck)
{
    status_reason *settled = arena_array(&command->call.arena, stuck->n_settled + 1, sizeof(*settled));
    CHECK(settled);
    for (size_t i = 0; i < stuck->n_settled; i++)
        settled[i] = (status_reason)stuck->settled[i];
    settled[stuck->n_settled] = REASON(UNSPECIFIED);
    command->settled = settled;
}

struct follow_command *follow_command_kept(struct follow_stream *stream, const Anlan__Service__FollowStuck *stuck,
                                           struct status *status)
{
    const char *calls = stream->source->follow->calls;
    struct follow_command *command = command_new(stream, stuck->position, stuck->ordinal);
    struct arena *arena = &command->call.arena;
    uint8_t *bytes = arena_bytes(arena, stuck->request.len);
    CHECK(bytes);
    memcpy(bytes, stuck->request.data, stuck->request.len);
    command->request = (struct bytes){bytes, stuck->request.len};
    command->method = arena_text(arena, stuck->method, strlen(stuck->method));
    command->service = arena_text(arena, stuck->service, strlen(stuck->service));
    if (stream->source->above)
        command->record_id = arena_text(arena, stuck->record_id, strlen(stuck->record_id));
    keep_settled(command, stuck);
    if (!*stuck->service || (calls && strcmp(calls, stuck->service) == 0))
        return command;
    status_set(status, REASON(METHOD_UNKNOWN), "this program calls no service %s", stuck->service);
    follow_command_free(command);
    return NULL;
}

static bool refuse(struct follow_command *command)
{
    command->stand = FOLLOW_REFUSED;
    return false;
}

bool follow_command_prepare(struct follow_command *command)
{
    command->status = (struct status){0};
    command->job = service_inner_job(command->stream->source->service, &command->call, command->method,
                                     command->request, &command->status);
    return command->job || refuse(command);
}

// Keeps what violations there are within the message: they live no longer than the call.
static void keep_status(struct follow_command *command, const struct status *status)
{
    command->status = *status;
    command->status.violation_count = 0;
    if (status->violation_count > 0)
        snprintf(command->status.message, sizeof(command->status.message), "%s: %s", status->violations[0].field,
                 status->violations[0].description);
}

static void called(void *user, const struct rpc_result *result)
{
    struct follow_command *command = user;
    struct follow_stream *stream = command->stream;
    struct follow_source *source = stream->source;
    pthread_mutex_lock(&source->mutex);
    keep_status(command, &result->status);
    if (status_ok(&result->status))
        command->stand = FOLLOW_DONE;
    else
        command->stand = follow_passing(&result->status) ? FOLLOW_WAITS : FOLLOW_REFUSED;
    if (--stream->calls == 0) {
        stream->state = FOLLOW_ARRIVED;
        pthread_cond_signal(&source->wake);
    }
    pthread_mutex_unlock(&source->mutex);
}

void follow_command_send(struct follow_command *command)
{
    struct follow_source *source = command->stream->source;
    struct rpc_result failed = {0};
    struct bytes credential = {0};
    command->stand = FOLLOW_SENT;
    if (!source->callee || !service_credential(source->service, &command->call.arena, &credential)) {
        status_set(&failed.status, REASON(UNREACHABLE), "no address of %s, or no key to sign with", command->service);
        called(command, &failed);
        return;
    }
    const struct rpc_client_call call = {
        .method = command->method,
        .body = command->request,
        .credential = credential,
        .timeout_ms = COMMAND_MS,
        .done = called,
        .user = command,
    };
    rpc_client_send(source->callee, &call);
}

bool follow_passing(const struct status *status)
{
    switch (status->code) {
    case CODE(UNAVAILABLE):
    case CODE(DEADLINE_EXCEEDED):
    case CODE(CANCELLED):
        return true;
    case CODE(RESOURCE_EXHAUSTED):
        return status->retry_after_ms > 0;
    case CODE(UNAUTHENTICATED):    // keys that rotate, clocks that differ
        return true;
    case CODE(OK):
    case CODE(UNKNOWN):
    case CODE(INVALID_ARGUMENT):
    case CODE(NOT_FOUND):
    case CODE(ALREADY_EXISTS):
    case CODE(PERMISSION_DENIED):
    case CODE(FAILED_PRECONDITION):
    case CODE(ABORTED):
    case CODE(OUT_OF_RANGE):
    case CODE(UNIMPLEMENTED):
    case CODE(INTERNAL):
    case CODE(DATA_LOSS):
    case _ANLAN__RPC__V1__CODE_IS_INT_SIZE:
        return false;
    }
    return false;
}

bool follow_command_good(const struct follow_command *command)
{
    const struct status *status = command->job ? &command->job->status : &command->status;
    if (status_ok(status))
        return true;
    // What follows for another instance's tenant that instance does; and its units are not all known here.
    if (status->reason == REASON(OWNED_ELSEWHERE) ||
        (command->stream->of_others && status->reason == REASON(UNIT_NOT_FOUND)))
        return true;
    // It was done before, when the same entry said something else: rules are data.
    if (status->reason == REASON(REQUEST_ID_REUSED))
        return true;
    for (const status_reason *settled = command->settled; settled && *settled != REASON(UNSPECIFIED); settled++)
        if (*settled == status->reason)
            return true;
    return false;
}

void follow_command_stuck(const struct follow_command *command, Anlan__Service__FollowStuck *stuck)
{
    const struct status *status = command->job ? &command->job->status : &command->status;
    anlan__service__follow_stuck__init(stuck);
    stuck->source = (char *)command->stream->source->follow->source;
    stuck->tenant_id = command->stream->tenant;
    stuck->position = command->position;
    stuck->ordinal = command->ordinal;
    stuck->record_id = (char *)command->record_id;
    stuck->service = (char *)command->service;
    stuck->method = (char *)command->method;
    stuck->request = (ProtobufCBinaryData){.data = (uint8_t *)command->request.data, .len = command->request.length};
    stuck->n_settled = count_settled(command);
    stuck->settled = (int32_t *)command->settled;
    stuck->reason = (char *)status_reason_text(status->reason)->name;
    stuck->message = (char *)status->message;
}

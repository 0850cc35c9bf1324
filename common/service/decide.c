// SPDX-License-Identifier: Apache-2.0
// From what was loaded to what is written: the rule's word, the entries of what it changes, the reply. No I/O.
#include <string.h>

#include "base/check.h"
#include "crypto/crypto.h"
#include "feed/entry.h"
#include "service/engine.h"
#include "service/reply.h"
#include "service/values.h"

// A record's parties, its place and its sector: where a result may be read again.

static bool out_of_memory(struct service_job *job)
{
    return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

// True if the decision covers the place at which a stored result may be read.
static bool place_covered(const struct service_job *job, ProtobufCBinaryData packed)
{
    struct arena *arena = &job->call->arena;
    const Anlan__Feed__StoredPlace *stored =
        anlan__feed__stored_place__unpack(&arena->protobuf, packed.len, packed.data);
    struct uuid parties[SERVICE_PARTIES_MOST];
    struct access_record record = {.parties = parties};
    if (!stored || stored->n_level != DIRECTORY_LEVELS || stored->n_party > COUNT_OF(parties))
        return false;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (stored->level[i].len == sizeof(struct uuid))
            memcpy(&record.place.levels[i], stored->level[i].data, sizeof(struct uuid));
    for (size_t i = 0; i < stored->n_party; i++)
        if (stored->party[i].len == sizeof(struct uuid))
            memcpy(&parties[record.party_count++], stored->party[i].data, sizeof(struct uuid));
    record.sector = stored->sector;
    return access_covers(&job->decision, &record);
}

void service_decide_repeat(struct service_job *job, const Anlan__Feed__StoredResult *result)
{
    struct arena *arena = &job->call->arena;
    job->answered = true;
    if (strcmp(result->method, job->slot->policy->method) != 0 || result->request_hash.len != 32 ||
        memcmp(result->request_hash.data, job->request_hash, 32) != 0) {
        status_set(&job->status, REASON(REQUEST_ID_REUSED), "this request_id was used for another request");
        return;
    }
    // What one did of one's own account is his to see again.
    bool own = job->slot->policy->own || job->slot->policy->anonymous;
    if (!own && !place_covered(job, result->place)) {
        status_set(&job->status, REASON(RECORD_NOT_FOUND), "no such record within your scope");
        return;
    }
    const Anlan__Rpc__V1__Entry *entry =
        anlan__rpc__v1__entry__unpack(&arena->protobuf, result->entry.len, result->entry.data);
    if (!entry) {
        status_set(&job->status, REASON(DATA_CORRUPT), "the entry of the first request cannot be read");
        return;
    }
    job->position = result->position;
    if (!service_reply_record(job->slot->record_field, (struct bytes){entry->after.data, entry->after.len}, arena,
                              &job->reply))
        out_of_memory(job);
}

bool service_decide_loaded(struct service_job *job, const struct pg_rows *rows, size_t first, size_t count)
{
    struct arena *arena = &job->call->arena;
    if (job->answered || count == 0)
        return true;
    if (count > LIMIT_CHANGES)
        return status_set(&job->status, REASON(TOO_MANY_RECORDS), "it concerns %zu records, at most %d are changed",
                          count, (int)LIMIT_CHANGES);
    if (job->slot->method->facts && !(job->facts = pg_rows_unpack(rows, first, 1, arena, &job->status)))
        return false;
    job->loaded = arena_array(arena, count, sizeof(*job->loaded));
    for (size_t i = 0; job->loaded && i < count; i++) {
        job->loaded[i] = pg_rows_unpack(rows, first + i, 0, arena, &job->status);
        if (!job->loaded[i])
            return false;
    }
    job->loaded_count = count;
    return job->loaded || out_of_memory(job);
}

// An after-image to be: a shallow copy of what was loaded, or empty where the record is new.
static bool make_change(struct service_job *job, struct service_change *change, ProtobufCMessage *before)
{
    const ProtobufCMessageDescriptor *descriptor = job->slot->method->record->message;
    change->before = before;
    change->after = arena_alloc(&job->call->arena, descriptor->sizeof_message);
    if (!change->after)
        return out_of_memory(job);
    if (before)
        memcpy(change->after, before, descriptor->sizeof_message);
    else
        protobuf_c_message_init(descriptor, change->after);
    return true;
}

static bool make_changes(struct service_job *job)
{
    const struct service_method *method = job->slot->method;
    if (!method->creates && job->loaded_count == 0)
        return status_set(&job->status, REASON(RECORD_NOT_FOUND), "no such record within your scope");
    size_t count = method->rule_many ? job->loaded_count : 1;
    job->changes = arena_array(&job->call->arena, count, sizeof(*job->changes));
    if (!job->changes)
        return out_of_memory(job);
    for (; job->change_count < count; job->change_count++)
        if (!make_change(job, &job->changes[job->change_count],
                         method->creates ? NULL : job->loaded[job->change_count]))
            return false;
    return true;
}

static bool ask_many(const struct service_rule_input *input, struct service_job *job)
{
    ProtobufCMessage **after = arena_array(input->arena, job->change_count, sizeof(ProtobufCMessage *));
    for (size_t i = 0; after && i < job->change_count; i++)
        after[i] = job->changes[i].after;
    bool yes = after && job->slot->method->rule_many(input, (const ProtobufCMessage *const *)job->loaded,
                                                     job->change_count, after, &job->status);
    for (size_t i = 0; yes && i < job->change_count; i++)
        job->changes[i].after = after[i];
    CHECK(!yes || job->changes[0].after);    // the record that the request names is the reply
    return yes;
}

// Every unit that the request names is there.
static bool units_known(struct service_job *job)
{
    for (size_t i = 0; i < job->unit_count; i++)
        if (uuid_is_nil(&job->units[i].unit->id))
            return status_violate(&job->status, &job->call->arena, job->units[i].field,
                                  "is not a unit of the directory");
    return true;
}

static bool ask_rule(struct service *service, struct service_job *job, int64_t position)
{
    const struct service_method *method = job->slot->method;
    const Google__Protobuf__Timestamp *said = service_time_field(job->request, "occurred_at");
    job->occurred_at = said ? service_time(said) : job->now;
    struct service_rule_input input = {
        .request = job->request,
        .caller = &job->caller,
        .whole_instance = job->context.scope_all,
        .tenant_id = job->tenant_id,
        .unit = job->unit,
        .overseers = job->overseers,
        .new_id = job->new_id,
        .now = job->now,
        .occurred_at = job->occurred_at,
        .arena = &job->call->arena,
        .access = &service->access,
        .decision = &job->decision,
        .acting = &job->acting,
        .units = job->units,
        .unit_count = job->unit_count,
        .facts = job->facts,
        .position = position,
        .worked = job->worked,
    };
    crypto_random(input.random, sizeof(input.random));
    if (method->rule_many)
        return ask_many(&input, job);
    return method->rule(&input, method->creates ? NULL : job->loaded[0], job->changes[0].after, &job->status);
}

// Where a record is.
static struct directory_place place_of(const struct service_job *job, const ProtobufCMessage *at)
{
    const char *located_by = job->slot->method->record->located_by;
    struct directory_place place = {0};
    struct uuid id;
    if (!located_by)
        return service_place_field(at);
    if (!uuid_parse(service_text(at, located_by), &id))
        return place;
    directory_lock(job->directory);
    const struct directory_unit *unit = directory_find(job->directory, &id);
    if (unit)
        place = unit->place;
    directory_unlock(job->directory);
    return place;
}

struct access_record service_job_record(const struct service_job *job, const ProtobufCMessage *message,
                                        struct uuid ids[SERVICE_PARTIES_MOST])
{
    const struct service_record *record = job->slot->method->record;
    struct access_record seen = {.place = place_of(job, message), .parties = ids};
    CHECK(record->party_count <= SERVICE_PARTIES_MOST);
    for (size_t i = 0; i < record->party_count; i++)
        if (uuid_parse(service_text(message, record->party_fields[i]), &ids[seen.party_count]))
            seen.party_count++;
    if (*record->sector_field)
        seen.sector = service_text(message, record->sector_field);
    return seen;
}

// The record that the call is about: the first that was loaded, or, before there is one, the unit at which it will
// stand.
static struct access_record record_meant(const struct service_job *job, struct uuid ids[SERVICE_PARTIES_MOST])
{
    const struct service_record *record = job->slot->method->record;
    struct access_record meant = {.parties = ids};
    if (!job->slot->method->creates)
        return service_job_record(job, job->loaded[0], ids);
    if (!job->unit)
        return meant;
    ids[0] = job->unit->id;
    meant.party_count = 1;
    meant.place = job->unit->place;
    if (*record->sector_field)
        meant.sector = service_text(job->request, record->sector_field);
    return meant;
}

// By what the caller may do it: his own post and each of his grants, as far as they cover the record.
static bool find_origins(struct service *service, struct service_job *job)
{
    struct uuid ids[SERVICE_PARTIES_MOST];
    struct access_record meant = record_meant(job, ids);
    struct service_acting *acting = &job->acting;
    bool own = false;
    *acting = (struct service_acting){
        .grants = arena_array(&job->call->arena, job->caller.grant_count, sizeof(*acting->grants))};
    for (size_t i = 0; acting->grants && i <= job->caller.grant_count; i++) {
        if (!access_covers_by(&job->decision, &meant, (unsigned)i))
            continue;
        if (i == 0) {
            own = true;
            continue;
        }
        struct service_behalf *grant = &acting->grants[acting->count++];
        grant->grant_id = job->caller.grants[i - 1];
        grant->principal_count = access_principals(service->directory, &grant->grant_id, grant->principals);
    }
    acting->chosen = own || acting->count == 0 ? 0 : 1;
    return acting->grants || out_of_memory(job);
}

// The place at which the result may be read again: the record's before the change, or, where it is new, since.
static bool pack_place(struct service_job *job, const struct service_change *change)
{
    struct uuid ids[SERVICE_PARTIES_MOST];
    ProtobufCBinaryData levels[DIRECTORY_LEVELS];
    ProtobufCBinaryData parties[SERVICE_PARTIES_MOST];
    struct access_record at = service_job_record(job, change->before ? change->before : change->after, ids);
    Anlan__Feed__StoredPlace stored = ANLAN__FEED__STORED_PLACE__INIT;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        levels[i] = (ProtobufCBinaryData){.len = sizeof(struct uuid), .data = at.place.levels[i].bytes};
    for (size_t i = 0; i < at.party_count; i++)
        parties[i] = (ProtobufCBinaryData){.len = sizeof(struct uuid), .data = ids[i].bytes};
    stored.n_level = DIRECTORY_LEVELS;
    stored.level = levels;
    stored.n_party = at.party_count;
    stored.party = parties;
    if (at.sector)
        stored.sector = (char *)at.sector;
    size_t length = anlan__feed__stored_place__get_packed_size(&stored);
    uint8_t *packed = arena_alloc(&job->call->arena, length);
    if (!packed)
        return false;
    anlan__feed__stored_place__pack(&stored, packed);
    job->place = (struct bytes){packed, length};
    return true;
}

static Anlan__Rpc__V1__Place *place_or_none(const struct service_job *job, const ProtobufCMessage *record)
{
    if (!record)
        return NULL;
    struct directory_place place = place_of(job, record);
    return service_place(&place, &job->call->arena);
}

// On whose behalf, the nearest first.
bool service_name_principals(const struct service_behalf *grant, struct arena *arena, Anlan__Rpc__V1__Actor *actor)
{
    actor->grant_id = service_uuid(&grant->grant_id, arena);
    actor->on_behalf_of = arena_array(arena, grant->principal_count, sizeof(*actor->on_behalf_of));
    for (size_t i = 0; actor->on_behalf_of && i < grant->principal_count; i++) {
        Anlan__Rpc__V1__Principal *principal = arena_alloc(arena, sizeof(*principal));
        if (!principal)
            return false;
        anlan__rpc__v1__principal__init(principal);
        principal->subject_id = service_uuid(&grant->principals[i].person_id, arena);
        principal->unit_id = service_uuid(&grant->principals[i].unit_id, arena);
        principal->post_id = service_uuid(&grant->principals[i].post_id, arena);
        principal->grant_id = service_uuid(&grant->principals[i].grant_id, arena);
        actor->on_behalf_of[actor->n_on_behalf_of++] = principal;
    }
    return !arena->exhausted;
}

static bool name_actor(struct service_job *job, Anlan__Rpc__V1__Actor *actor)
{
    struct arena *arena = &job->call->arena;
    actor->subject_id = service_uuid(&job->caller.subject_id, arena);
    actor->subject_name = job->caller.subject_name;
    actor->unit_id = service_uuid(&job->caller.unit_id, arena);
    actor->role = job->caller.role;
    actor->post_id = service_uuid(&job->caller.post_id, arena);
    const struct service_acting *acting = &job->acting;
    return acting->chosen == 0 || service_name_principals(&acting->grants[acting->chosen - 1], arena, actor);
}

// The entry of a change. The first one's after-image is the reply.
static bool make_entry(struct service_job *job, struct service_change *change, int64_t position)
{
    struct arena *arena = &job->call->arena;
    const ProtobufCMessage *shown = service_job_shown(job, change->after);
    size_t length = shown ? protobuf_c_message_get_packed_size(shown) : 0;
    uint8_t *after = shown ? arena_bytes(arena, length) : NULL;
    if (!after)
        return false;
    protobuf_c_message_pack(shown, after);
    change->packed = (struct bytes){after, length};
    Anlan__Rpc__V1__Actor actor = ANLAN__RPC__V1__ACTOR__INIT;
    if (!name_actor(job, &actor))
        return false;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.tenant_id = job->context.tenant_id;
    entry.position = position;
    entry.method = (char *)job->slot->policy->method;
    entry.record_type = (char *)change->after->descriptor->name;
    entry.record_id = (char *)service_text(change->after, "id");
    entry.version = service_integer(change->after, "version");
    entry.actor = &actor;
    entry.request_id = (char *)service_text(job->request, "request_id");
    entry.occurred_at = service_timestamp(job->occurred_at, arena);
    entry.entered_at = job->context.now;
    entry.place_before = place_or_none(job, change->before);
    entry.place_after = place_or_none(job, change->after);
    entry.after = (ProtobufCBinaryData){.data = after, .len = length};
    if (arena->exhausted || !feed_entry_seal(&entry, arena, &change->entry))
        return false;
    if (change != job->changes)
        return true;
    job->position = position;
    return pack_place(job, change) &&
           service_reply_record(job->slot->record_field, (struct bytes){after, length}, arena, &job->reply);
}

int64_t service_decide(struct service *service, struct service_job *job, int64_t position)
{
    if (job->answered || !status_ok(&job->status))
        return position;
    job->writes =
        make_changes(job) && find_origins(service, job) && ask_rule(service, job, position + 1) && units_known(job);
    int64_t at = position;
    for (size_t i = 0; job->writes && i < job->change_count; i++)
        if (job->changes[i].after && !make_entry(job, &job->changes[i], ++at))
            job->writes = false;
    if (job->call->arena.exhausted || (!job->writes && status_ok(&job->status)))
        job->writes = out_of_memory(job);
    return job->writes ? at : position;
}

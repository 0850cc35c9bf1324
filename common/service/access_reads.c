// SPDX-License-Identifier: Apache-2.0
// What an accounted call has read, as the access log has it: a record that was read unmasked; or the records of a page
// that was exported, those of each tenant and of each origin, own post or grant, together.
#include <string.h>

#include "access/granting.h"
#include "service/access_notes.h"
#include "service/values.h"

static bool out_of_memory(struct service_job *job)
{
    return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

static void name_behalf(struct service *service, const struct service_job *job, int origin, struct access_note *note)
{
    if (origin <= 0)
        return;
    note->behalf.grant_id = job->caller.grants[origin - 1];
    note->behalf.principal_count =
        access_principals(service->directory, &note->behalf.grant_id, note->behalf.principals);
}

// By what the caller reached the record: his own post, or else a grant.
static int origin_of(struct service *service, struct service_job *job, const ProtobufCMessage *answer,
                     const struct access_note *note)
{
    struct uuid parties[2] = {note->unit_id};
    struct access_record record = {
        .place = note->place, .sector = service_text(answer, "sector"), .parties = parties, .party_count = 1};
    bool kept = uuid_parse(service_text(answer, "restricted_to_unit_id"), &parties[1]);
    record.party_count += kept;
    return kept ? service_kept_origin(service, job, &record, &parties[1]) : access_origin(&job->decision, &record);
}

static size_t note_one(struct service *service, struct service_job *job, const ProtobufCMessage *reply,
                       const ProtobufCFieldDescriptor *field, struct access_note **notes)
{
    const ProtobufCMessage *record = service_message_field(reply, field->name);
    struct access_note *note = arena_alloc(&job->call->arena, sizeof(*note));
    if (!note || !record)
        return out_of_memory(job);
    service_access_note_fill(job, ACCESS_KIND(UNMASKED_READ), note);
    uuid_parse(service_text(record, "unit_id"), &note->unit_id);
    note->key.tenant_id = service_access_tenant(service, &note->unit_id, &note->place);
    if (*job->slot->policy->tenant_field)    // whose record it is, wherever it stands
        note->key.tenant_id = job->tenant_id;
    note->record_type = service_text(record, "record_type");
    note->record_id = service_text(record, "id");
    note->purpose = service_text(job->request, "purpose");
    name_behalf(service, job, origin_of(service, job, record, note), note);
    notes[0] = note;
    return 1;
}

// A note for what is exported of a tenant, reached by this origin; of a page without records, of the top that was asked
// for. NULL where the arena is full.
static struct access_note *note_export(struct service *service, struct service_job *job, const struct uuid *tenant_id,
                                       int origin, size_t room)
{
    struct access_note *note = arena_alloc(&job->call->arena, sizeof(*note));
    if (!note)
        return NULL;
    service_access_note_fill(job, ACCESS_KIND(EXPORT), note);
    note->unit_id = job->unit ? job->unit->id : *tenant_id;
    note->key.tenant_id = service_access_tenant(service, &note->unit_id, &note->place);
    if (!uuid_is_nil(tenant_id))
        note->key.tenant_id = *tenant_id;
    note->count = 0;
    note->record_type = job->slot->method->record->message->name;
    note->purpose = service_text(job->request, "purpose");
    note->record_ids = arena_array(&job->call->arena, room, sizeof(char *));
    name_behalf(service, job, origin, note);
    return note->record_ids ? note : NULL;
}

static struct access_note *find(struct access_note **notes, size_t count, const struct uuid *tenant_id,
                                const struct uuid *grant_id)
{
    for (size_t i = 0; i < count; i++)
        if (uuid_compare(&notes[i]->key.tenant_id, tenant_id) == 0 &&
            uuid_compare(&notes[i]->behalf.grant_id, grant_id) == 0)
            return notes[i];
    return NULL;
}

static bool add_exported(struct service *service, struct service_job *job, const ProtobufCMessage *record, size_t room,
                         struct access_note **notes, size_t *noted)
{
    static const struct uuid nil;
    struct uuid parties[SERVICE_PARTIES_MOST];
    struct uuid tenant_id = {{0}};
    struct access_record seen = service_job_record(job, record, parties);
    int origin = access_origin(&job->decision, &seen);
    uuid_parse(service_text(record, "tenant_id"), &tenant_id);
    struct access_note *note = find(notes, *noted, &tenant_id, origin > 0 ? &job->caller.grants[origin - 1] : &nil);
    if (!note && *noted < ACCESS_NOTES_OF_READ)
        note = notes[(*noted)++] = note_export(service, job, &tenant_id, origin, room);
    if (!note)
        return out_of_memory(job);
    note->record_ids[note->record_id_count++] = (char *)service_text(record, "id");
    note->count++;
    return true;
}

static size_t note_page(struct service *service, struct service_job *job, const ProtobufCMessage *reply,
                        const ProtobufCFieldDescriptor *field, struct access_note **notes)
{
    static const struct uuid nil;
    size_t count = *(const size_t *)((const char *)reply + field->quantifier_offset);
    ProtobufCMessage *const *records = *(ProtobufCMessage *const *const *)((const char *)reply + field->offset);
    size_t noted = 0;
    for (size_t i = 0; i < count; i++)
        if (!add_exported(service, job, records[i], count, notes, &noted))
            return 0;
    if (count == 0) {
        notes[0] = note_export(service, job, &nil, 0, 1);
        noted = notes[0] ? 1 : out_of_memory(job);
    }
    return noted;
}

size_t service_access_note_read(struct service *service, struct service_job *job, struct access_note **notes)
{
    if (service_job_over(job))
        return 0;
    const ProtobufCMessage *reply = protobuf_c_message_unpack(job->slot->policy->response, &job->call->arena.protobuf,
                                                              job->reply.length, job->reply.data);
    const ProtobufCFieldDescriptor *field =
        reply ? protobuf_c_message_descriptor_get_field(reply->descriptor, job->slot->record_field) : NULL;
    if (!field)
        return out_of_memory(job);
    return field->label == PROTOBUF_C_LABEL_REPEATED ? note_page(service, job, reply, field, notes)
                                                     : note_one(service, job, reply, field, notes);
}

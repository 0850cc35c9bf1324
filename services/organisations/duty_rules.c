// SPDX-License-Identifier: Apache-2.0
#include "duty_rules.h"

#include <string.h>

#include "anlan/organisations/v1/duty.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__DUTY_CHANGE_KIND__DUTY_CHANGE_KIND_##name
#define SHIFT_MOST (31 * 24 * 60 * 60 * CLOCK_SECOND)

typedef Anlan__Organisations__V1__DutyShift shift;
typedef Anlan__Organisations__V1__DutyPeople people;
typedef Anlan__Organisations__V1__DutyChangeKind change_kind;
typedef Anlan__Organisations__V1__Leave leave;
typedef Anlan__Organisations__Facts__DutyFacts duty_facts;

// Who is on duty, as a request names them.
struct crew {
    char **leader_ids;
    size_t leader_count;
    char **officer_ids;
    size_t officer_count;
};

static bool named_before(const struct crew *crew, size_t leaders, size_t officers, const char *id)
{
    for (size_t i = 0; i < leaders; i++)
        if (strcmp(crew->leader_ids[i], id) == 0)
            return true;
    for (size_t i = 0; i < officers; i++)
        if (strcmp(crew->officer_ids[i], id) == 0)
            return true;
    return false;
}

static bool all_known(char **names, size_t named, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (i >= named || !*names[i])
            return false;
    return true;
}

static bool check_crew(const struct service_rule_input *input, const struct crew *crew, struct status *status)
{
    const duty_facts *facts = (const duty_facts *)input->facts;
    if (crew->leader_count + crew->officer_count == 0)
        return status_violate(status, input->arena, "officer_ids", "somebody must be on duty");
    if (!all_known(facts->leader_names, facts->n_leader_names, crew->leader_count))
        return status_violate(status, input->arena, "leader_ids", "each must be an active person");
    if (!all_known(facts->officer_names, facts->n_officer_names, crew->officer_count))
        return status_violate(status, input->arena, "officer_ids", "each must be an active person");
    for (size_t i = 0; i < crew->leader_count; i++)
        if (named_before(crew, i, 0, crew->leader_ids[i]))
            return status_violate(status, input->arena, "leader_ids", "names somebody twice");
    for (size_t i = 0; i < crew->officer_count; i++)
        if (named_before(crew, crew->leader_count, i, crew->officer_ids[i]))
            return status_violate(status, input->arena, "officer_ids", "names somebody twice, or who leads the duty");
    return true;
}

static people *people_of(struct arena *arena, char **ids, char **names, size_t count)
{
    people *made = count ? arena_alloc(arena, sizeof(*made)) : NULL;
    if (!made)
        return NULL;
    anlan__organisations__v1__duty_people__init(made);
    made->person_ids = ids;
    made->names = names;
    made->n_person_ids = made->n_names = count;
    return made;
}

static void take_crew(const struct service_rule_input *input, const struct crew *crew, shift *now)
{
    const duty_facts *facts = (const duty_facts *)input->facts;
    now->leaders = people_of(input->arena, crew->leader_ids, facts->leader_names, crew->leader_count);
    now->officers = people_of(input->arena, crew->officer_ids, facts->officer_names, crew->officer_count);
}

static void note_change(const struct service_rule_input *input, change_kind kind, char *reason, shift *now)
{
    Anlan__Organisations__V1__DutyChange *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return;
    anlan__organisations__v1__duty_change__init(made);
    made->kind = kind;
    made->reason = reason;
    made->person_name = (char *)input->caller->subject_name;
    made->at = service_timestamp(input->now, input->arena);
    now->change = made;
    now->occurred_at = service_timestamp(input->occurred_at, input->arena);
}

static bool check_span(const struct service_rule_input *input, const Google__Protobuf__Timestamp *from,
                       const Google__Protobuf__Timestamp *until, clock_time most, struct status *status)
{
    if (service_time(until) <= service_time(from))
        return status_violate(status, input->arena, "ends_at", "must be after its beginning");
    return !most || service_time(until) - service_time(from) <= most ||
           status_violate(status, input->arena, "ends_at", "must be at most 31 days after its beginning");
}

bool duty_rules_create_shift(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__CreateDutyShiftRequest *request = (const void *)input->request;
    const duty_facts *facts = (const duty_facts *)input->facts;
    const struct crew crew = {request->leader_ids, request->n_leader_ids, request->officer_ids, request->n_officer_ids};
    shift *made = (shift *)after;
    (void)before;
    if (facts->unit_retired)
        return status_set(status, REASON(STATE_CONFLICT), "the unit is retired");
    if (!facts->desk_open)
        return status_set(status, REASON(STATE_CONFLICT), "the unit keeps no duty desk");
    if (!check_span(input, request->starts_at, request->ends_at, SHIFT_MOST, status) ||
        !check_crew(input, &crew, status))
        return false;
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "another shift of the unit holds in that time");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->unit_id = request->unit_id;
    made->starts_at = request->starts_at;
    made->ends_at = request->ends_at;
    made->occasion = request->occasion;
    made->entered_at = service_timestamp(input->now, input->arena);
    take_crew(input, &crew, made);
    note_change(input, KIND(ENTERED), (char *)"", made);
    return true;
}

static bool same_people(const people *was, char **ids, size_t count)
{
    if ((was ? was->n_person_ids : 0) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(was->person_ids[i], ids[i]) != 0)
            return false;
    return true;
}

static bool is_change(change_kind kind)
{
    return kind == KIND(SWAP) || kind == KIND(REPLACEMENT) || kind == KIND(CORRECTION);
}

bool duty_rules_change_shift(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__ChangeDutyShiftRequest *request = (const void *)input->request;
    const struct crew crew = {request->leader_ids, request->n_leader_ids, request->officer_ids, request->n_officer_ids};
    const shift *was = (const shift *)before;
    shift *now = (shift *)after;
    if (!record_version_is(was->version, request->version, status))
        return false;
    if (was->cancelled)
        return status_set(status, REASON(STATE_CONFLICT), "the shift was taken off the roster");
    if (!is_change(request->kind))
        return status_violate(status, input->arena, "kind", "must be a swap, a replacement or a correction");
    if (service_time(was->ends_at) <= input->now && request->kind != KIND(CORRECTION))
        return status_set(status, REASON(STATE_CONFLICT), "the shift is over: it can be corrected only");
    if (!check_crew(input, &crew, status))
        return false;
    if (same_people(was->leaders, crew.leader_ids, crew.leader_count) &&
        same_people(was->officers, crew.officer_ids, crew.officer_count))
        return status_violate(status, input->arena, "officer_ids", "nobody else is on duty than before");
    now->version = was->version + 1;
    take_crew(input, &crew, now);
    note_change(input, request->kind, request->reason, now);
    return true;
}

bool duty_rules_cancel_shift(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__CancelDutyShiftRequest *request = (const void *)input->request;
    const shift *was = (const shift *)before;
    shift *now = (shift *)after;
    if (!record_version_is(was->version, request->version, status))
        return false;
    if (was->cancelled)
        return status_set(status, REASON(STATE_CONFLICT), "the shift was taken off the roster before");
    now->version = was->version + 1;
    now->cancelled = true;
    note_change(input, KIND(CANCELLED), request->reason, now);
    return true;
}

bool duty_rules_enter_leave(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__EnterLeaveRequest *request = (const void *)input->request;
    const duty_facts *facts = (const duty_facts *)input->facts;
    leave *made = (leave *)after;
    (void)before;
    if (!*facts->person_name)
        return status_violate(status, input->arena, "person_id", "must be an active person with a post at the unit");
    if (!check_span(input, request->starts_at, request->ends_at, 0, status))
        return false;
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "the person is away in a part of that time");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->person_id = request->person_id;
    made->person_name = facts->person_name;
    made->unit_id = request->unit_id;
    made->starts_at = request->starts_at;
    made->ends_at = request->ends_at;
    made->reason = request->reason;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool duty_rules_end_leave(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__EndLeaveRequest *request = (const void *)input->request;
    const leave *was = (const leave *)before;
    leave *now = (leave *)after;
    clock_time starts_at = service_time(was->starts_at);
    clock_time ends_at = record_time(request->ends_at, input->occurred_at > starts_at ? input->occurred_at : starts_at);
    if (!record_version_is(was->version, request->version, status) ||
        !record_ends(input, was->starts_at, was->ends_at, ends_at, status))
        return false;
    now->version = was->version + 1;
    now->ends_at = service_timestamp(ends_at, input->arena);
    return true;
}

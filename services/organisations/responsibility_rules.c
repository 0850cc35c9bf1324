// SPDX-License-Identifier: Apache-2.0
#include "responsibility_rules.h"

#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"
#include "unit_kinds.h"

typedef Anlan__Organisations__V1__Responsibility responsibility;
typedef Anlan__Organisations__V1__CreateResponsibilityRequest create_request;
typedef Anlan__Organisations__Facts__ResponsibilityFacts responsibility_facts;

static bool check_units(const struct service_rule_input *input, struct status *status)
{
    const responsibility_facts *facts = (const responsibility_facts *)input->facts;
    const struct directory_unit *overseer = service_named_unit(input, "overseer_unit_id");
    if ((unit_kind_of(input->unit->kind)->traits & UNIT_IS_OVERSEEN) == 0)
        return status_violate(status, input->arena, "unit_id", "must be a tier, park, village, enterprise or place");
    const struct unit_kind *overseen_by = unit_kind_of(overseer->kind);    // NULL: it is nowhere
    if (!overseen_by || !facts->overseer_seen || (overseen_by->traits & UNIT_OVERSEES) == 0)
        return status_violate(status, input->arena, "overseer_unit_id",
                              "must be a department, office, regulator, park or tier");
    if (facts->unit_retired || facts->overseer_retired)
        return status_set(status, REASON(STATE_CONFLICT), "the unit or the overseer is retired");
    return true;
}

bool responsibility_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                                 ProtobufCMessage *after, struct status *status)
{
    const create_request *request = (const void *)input->request;
    const responsibility_facts *facts = (const responsibility_facts *)input->facts;
    clock_time starts_at = record_time(request->starts_at, input->occurred_at);
    responsibility *made = (responsibility *)after;
    (void)before;
    if (!check_units(input, status))
        return false;
    if (!*facts->leader_name)
        return status_violate(status, input->arena, "leader_person_id", "is no active person");
    if (request->ends_at && service_time(request->ends_at) <= starts_at)
        return status_violate(status, input->arena, "ends_at", "must be after its beginning");
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "another line holds for this unit and sector in that time");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->unit_id = request->unit_id;
    made->sector = request->sector;
    made->overseer_unit_id = request->overseer_unit_id;
    made->leader_person_id = request->leader_person_id;
    made->leader_name = facts->leader_name;
    made->leader_position = request->leader_position;
    made->starts_at = service_timestamp(starts_at, input->arena);
    made->ends_at = request->ends_at;
    made->document = request->document;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool responsibility_rules_end(const struct service_rule_input *input, const ProtobufCMessage *before,
                              ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__EndResponsibilityRequest *request = (const void *)input->request;
    const responsibility *was = (const responsibility *)before;
    responsibility *now = (responsibility *)after;
    clock_time ends_at = record_time(request->ends_at, input->occurred_at);
    if (!record_version_is(was->version, request->version, status) ||
        !record_ends(input, was->starts_at, was->ends_at, ends_at, status))
        return false;
    now->version = was->version + 1;
    now->ends_at = service_timestamp(ends_at, input->arena);
    now->end_document = request->document;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "hazard_rules.h"

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "service/values.h"

typedef Anlan__Hazards__V1__Hazard hazard;

#define STATE(name) ANLAN__HAZARDS__V1__STATE__STATE_##name

static const char *state_name(Anlan__Hazards__V1__State state)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&anlan__hazards__v1__state__descriptor, (int)state);
    return value ? value->name : "unknown";
}

bool hazard_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__CreateHazardRequest *request = (const void *)input->request;
    hazard *made = (hazard *)after;
    if (!before)
        return status_violate(status, input->arena, "sector", "is not in the list of sectors");
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->unit_id = request->unit_id;
    made->state = STATE(REGISTERED);
    made->grade = request->grade;
    made->sector = request->sector;
    made->location = request->location;
    made->description = request->description;
    made->finding_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->found_by = request->found_by[0] ? request->found_by : (char *)input->caller->subject_name;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->place = service_place(&input->unit->place, input->arena);
    return true;
}

bool hazard_rules_assign(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__AssignHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (request->version != was->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)request->version);
    if (was->state != STATE(REGISTERED))
        return status_set(status, REASON(STATE_CONFLICT), "it is in %s and must be in STATE_REGISTERED",
                          state_name(was->state));
    const struct directory_unit *responsible = service_named_unit(input, "responsible_unit_id");
    if (uuid_compare(&responsible->tenant_id, &input->tenant_id) != 0)
        return status_violate(status, input->arena, "responsible_unit_id", "is not a unit of this tenant");
    if (service_time(request->deadline) <= input->now)
        return status_violate(status, input->arena, "deadline", "must be in the future");
    now->version = was->version + 1;
    now->state = STATE(ASSIGNED);
    now->responsible_unit_id = request->responsible_unit_id;
    now->responsible_person = request->responsible_person;
    now->deadline = request->deadline;
    now->sending_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    return true;
}

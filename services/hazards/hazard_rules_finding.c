// SPDX-License-Identifier: Apache-2.0
// What an inspection has found goes in the ledger of its tenant, once, in the inspector's name.
#include "anlan/hazards/v1/hazards.pb-c.h"
#include "hazard_checks.h"
#include "hazard_life.h"
#include "hazard_rules.h"
#include "hazards/facts.pb-c.h"
#include "service/values.h"

typedef Anlan__Hazards__V1__EnterFindingRequest finding_request;

static Anlan__Hazards__V1__Signature *inspector(const struct service_rule_input *input, const finding_request *request)
{
    Anlan__Hazards__V1__Signature *by = hazard_life_sign(input, input->occurred_at);
    if (!by)
        return NULL;
    by->person_id = request->found_by_id;
    by->person = request->found_by;
    by->unit_id = request->finding_unit_id;
    return by;
}

// The unit lies within the tenant, the finder belongs to it.
static bool check_units(const struct service_rule_input *input, struct status *status)
{
    const struct directory_unit *finder = service_named_unit(input, "finding_unit_id");
    bool within = uuid_compare(&input->unit->tenant_id, &input->tenant_id) == 0;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        within |= uuid_compare(&input->unit->place.levels[i], &input->tenant_id) == 0;
    if (!within)
        return status_violate(status, input->arena, "unit_id", "does not lie within the tenant");
    return uuid_compare(&finder->tenant_id, &input->tenant_id) == 0 ||
           status_violate(status, input->arena, "finding_unit_id", "is not a unit of this tenant");
}

static bool fill(const struct service_rule_input *input, const finding_request *request, hazard *made)
{
    made->life = arena_alloc(input->arena, sizeof(*made->life));
    if (!made->life)
        return false;
    anlan__hazards__v1__life__init(made->life);
    made->tenant_id = request->tenant_id;
    made->id = service_uuid(&input->new_id, input->arena);
    made->unit_id = request->unit_id;
    made->sector = request->sector;
    made->location = request->location;
    made->description = request->description;
    made->finding_unit_id = request->finding_unit_id;
    made->found_by = request->found_by;
    made->occurred_at = request->occurred_at;
    made->entered_at = service_timestamp(input->now, input->arena);
    made->place = service_place(&input->unit->place, input->arena);
    made->external_id = arena_printf(input->arena, "%s/%d", request->inspection_id, (int)request->inspection_finding);
    made->overseer_unit_id = service_uuid(&input->overseers->all_id, input->arena);
    made->sector_overseer_unit_id = service_uuid(&input->overseers->sector_id, input->arena);
    made->leader = (char *)input->overseers->leader_name;
    made->campaign_id = request->campaign_id;
    made->inspection_id = request->inspection_id;
    made->inspection_finding = request->inspection_finding;
    made->inspection_item = request->inspection_item;
    return !input->arena->exhausted;
}

bool hazard_rules_enter_finding(const struct service_rule_input *input, const ProtobufCMessage *before,
                                ProtobufCMessage *after, struct status *status)
{
    const finding_request *request = (const void *)input->request;
    const Anlan__Hazards__Facts__HazardFacts *known = (const void *)input->facts;
    hazard *made = (hazard *)after;
    (void)before;
    if (!known)
        return status_violate(status, input->arena, "sector", "is not in the list of sectors");
    if (*known->external_id)
        return status_set(status, REASON(RECORD_EXISTS), "the finding was entered as %s", known->external_id);
    if (!check_units(input, status) || !fill(input, request, made) ||
        !hazard_checks_grade(input, request->grade, request->criterion, made, status))
        return false;
    return hazard_life_end(
        input, made,
        &(struct hazard_step){.action = ACTION(REGISTER), .to = STATE(REGISTERED), .by = inspector(input, request)});
}

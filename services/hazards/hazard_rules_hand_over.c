// SPDX-License-Identifier: Apache-2.0
// Rules by which a hazard goes from one tenant to another: the last step here, the first one there.
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "hazard_checks.h"
#include "hazard_life.h"
#include "hazard_rules.h"
#include "hazards/facts.pb-c.h"
#include "service/values.h"

typedef Anlan__Hazards__V1__HandOver hand_over;

static bool same(const struct uuid *left, const struct uuid *right)
{
    return uuid_compare(left, right) == 0;
}

// The unit belongs to another tenant now, or was merged into one that does.
static bool check_units(const struct service_rule_input *input, const hazard *was, struct status *status)
{
    const struct directory_unit *at = service_named_unit(input, "unit_id");
    const struct directory_unit *to = service_named_unit(input, "to_unit_id");
    struct uuid found_at;
    if (!uuid_parse(was->unit_id, &found_at) || !same(&found_at, &at->id))
        return status_violate(status, input->arena, "unit_id", "is not the unit at which it was found");
    if (uuid_is_nil(&to->id) || !same(&to->id, at->retired ? &at->successor_id : &at->id))
        return status_violate(status, input->arena, "to_unit_id",
                              "must be that unit, or its successor where it is retired");
    if (to->retired)
        return status_violate(status, input->arena, "to_unit_id", "is retired");
    return !same(&to->tenant_id, &input->tenant_id) ||
           status_set(status, REASON(STATE_CONFLICT), "its unit belongs to this tenant");
}

bool hazard_rules_hand_over(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__HandOverHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(HAND_OVER), status) || !check_units(input, was, status) ||
        !hazard_checks_not_listed(was, status))
        return false;
    hand_over *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return false;
    anlan__hazards__v1__hand_over__init(made);
    made->tenant_id = service_uuid(&service_named_unit(input, "to_unit_id")->tenant_id, input->arena);
    made->unit_id = request->to_unit_id;
    made->position = input->position;
    made->document = request->document;
    made->handed = hazard_life_sign(input, input->occurred_at);
    now->life->handed_over = made;
    now->successor_id = service_uuid(&input->new_id, input->arena);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(HAND_OVER),
                                                 .to = STATE(HANDED_OVER),
                                                 .note = request->document,
                                                 .to_unit_id = made->unit_id});
}

static bool check_origin(const struct service_rule_input *input, const hazard *origin, struct status *status)
{
    struct uuid unit;
    if (origin->state != STATE(HANDED_OVER) || !origin->life || !origin->life->handed_over)
        return status_set(status, REASON(STATE_CONFLICT), "it is not handed over");
    if (!uuid_parse(origin->life->handed_over->unit_id, &unit) || !same(&unit, &input->unit->id))
        return status_violate(status, input->arena, "unit_id", "is not the unit to which it was handed over");
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is retired");
    if (strcmp(origin->sector, service_text(input->request, "sector")) != 0)
        return status_violate(status, input->arena, "sector", "is not the record's");
    const Anlan__Hazards__Facts__TakeOverFacts *facts = (const void *)input->facts;
    return !facts->taken ||
           status_set(status, REASON(RECORD_EXISTS), "%s has been taken over as %s", origin->id, origin->successor_id);
}

// A halt stays in force: whoever takes over has ordered it from now on, by the same document.
static void uphold_halt(const struct service_rule_input *input, const hazard *origin, hazard *made)
{
    const Anlan__Hazards__V1__Halt *was = origin->life->halt;
    if (!was || (origin->halt != HALT(ORDERED) && origin->halt != HALT(RESUMPTION_ASKED)))
        return;
    made->life->halt = arena_alloc(input->arena, sizeof(*made->life->halt));
    if (!made->life->halt)
        return;
    *made->life->halt = *was;
    made->life->halt->ordered = hazard_life_sign(input, input->occurred_at);
    made->halt = HALT(ORDERED);
}

static void name_origin(const struct service_rule_input *input, const hazard *origin, hazard *made)
{
    Anlan__Hazards__V1__Origin *named = arena_alloc(input->arena, sizeof(*named));
    if (!named)
        return;
    anlan__hazards__v1__origin__init(named);
    named->tenant_id = origin->tenant_id;
    named->id = origin->id;
    named->position = origin->life->handed_over->position;
    made->life->origin = named;
}

// What was found stays what was found, when and by whom; who must do what by when is decided anew.
static bool go_on(const struct service_rule_input *input, const hazard *origin, hazard *made)
{
    made->life = arena_alloc(input->arena, sizeof(*made->life));
    if (!made->life)
        return false;
    anlan__hazards__v1__life__init(made->life);
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = origin->successor_id;
    made->unit_id = service_uuid(&input->unit->id, input->arena);
    made->place = service_place(&input->unit->place, input->arena);
    made->grade = origin->grade;
    made->sector = origin->sector;
    made->location = origin->location;
    made->description = origin->description;
    made->finding_unit_id = origin->finding_unit_id;
    made->found_by = origin->found_by;
    if (*origin->restricted_to_unit_id)    // what was reported stays with who keeps it there
        made->restricted_to_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->occurred_at = origin->occurred_at;
    made->entered_at = service_timestamp(input->now, input->arena);
    made->overseer_unit_id = service_uuid(&input->overseers->all_id, input->arena);
    made->sector_overseer_unit_id = service_uuid(&input->overseers->sector_id, input->arena);
    made->leader = (char *)input->overseers->leader_name;
    made->rebound_count = origin->rebound_count;
    made->life->criterion = origin->life->criterion;
    made->life->five_items = origin->life->five_items;
    uphold_halt(input, origin, made);
    name_origin(input, origin, made);
    return !input->arena->exhausted;
}

static bool take_over(const struct service_rule_input *input, const hazard *origin, hazard *made, struct status *status)
{
    if (!check_origin(input, origin, status) || !go_on(input, origin, made))
        return false;
    bool lead = origin->state_before == STATE(LEAD);    // which nobody has verified since
    return hazard_life_end(input, made,
                           &(struct hazard_step){.action = ACTION(TAKE_OVER),
                                                 .to = lead ? STATE(LEAD) : STATE(REGISTERED),
                                                 .note = origin->life->handed_over->document});
}

bool hazard_rules_take_over(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__Facts__TakeOverFacts *facts = (const void *)input->facts;
    (void)before;
    if (!facts || !facts->origin)
        return status_set(status, REASON(RECORD_NOT_FOUND), "no such record within your scope");
    return take_over(input, facts->origin, (hazard *)after, status);
}

bool hazard_rules_take_over_from_above(const struct service_rule_input *input, const ProtobufCMessage *before,
                                       ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__TakeOverFromAboveRequest *request = (const void *)input->request;
    (void)before;
    if (strcmp(request->origin->successor_id, request->successor_id) != 0)
        return status_set(status, REASON(DATA_CORRUPT), "the record goes on as another one");
    return take_over(input, request->origin, (hazard *)after, status);
}

// SPDX-License-Identifier: Apache-2.0
#include "hazard_life.h"

#include <string.h>

#include "base/check.h"
#include "hazard_restricted.h"
#include "service/values.h"

#define STEPS_MOST 500

#define ROW(from_state, by_action, to_state) {STATE(from_state), ACTION(by_action), STATE(to_state)},
static const struct {
    hazard_state from;
    hazard_action action;
    hazard_state to;
} moves[] = {HAZARD_MOVES(ROW)};

bool hazard_life_allows(hazard_state from, hazard_action action, hazard_state to)
{
    for (size_t i = 0; i < COUNT_OF(moves); i++)
        if (moves[i].from == from && moves[i].action == action && moves[i].to == to)
            return true;
    return false;
}

static bool allows_somewhere(hazard_state from, hazard_action action)
{
    for (size_t i = 0; i < COUNT_OF(moves); i++)
        if (moves[i].from == from && moves[i].action == action)
            return true;
    return false;
}

static const char *name_of(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return found ? found->name : "unknown";
}

static Anlan__Hazards__V1__Life *copy_life(const hazard *was, struct arena *arena)
{
    Anlan__Hazards__V1__Life *life = arena_alloc(arena, sizeof(*life));
    if (life && was->life)
        *life = *was->life;
    else if (life)
        anlan__hazards__v1__life__init(life);
    return life;
}

bool hazard_life_begin(const struct service_rule_input *input, const hazard *was, hazard *now, hazard_action action,
                       struct status *status)
{
    int64_t version = service_integer(input->request, "version");
    if (version != was->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)version);
    return hazard_life_follow(input, was, now, action, status);
}

bool hazard_life_follow(const struct service_rule_input *input, const hazard *was, hazard *now, hazard_action action,
                        struct status *status)
{
    if (!allows_somewhere(was->state, action))
        return status_set(status, REASON(STATE_CONFLICT), "%s does not allow %s",
                          name_of(&anlan__hazards__v1__state__descriptor, (int)was->state),
                          name_of(&anlan__hazards__v1__action__descriptor, (int)action));
    if (was->life && was->life->n_steps >= STEPS_MOST)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "it has been through %d steps, and no more are kept",
                          STEPS_MOST);
    now->life = copy_life(was, input->arena);
    return now->life != NULL;
}

Anlan__Hazards__V1__Signature *hazard_life_sign(const struct service_rule_input *input, clock_time at)
{
    Anlan__Hazards__V1__Signature *signature = arena_alloc(input->arena, sizeof(*signature));
    if (!signature)
        return NULL;
    anlan__hazards__v1__signature__init(signature);
    signature->person_id = service_uuid(&input->caller->subject_id, input->arena);
    signature->person = (char *)input->caller->subject_name;
    signature->unit_id = service_uuid(&input->caller->unit_id, input->arena);
    signature->occurred_at = service_timestamp(at, input->arena);
    signature->entered_at = service_timestamp(input->now, input->arena);
    return signature;
}

// Whose turn it is.
static char *next_unit(const hazard *now)
{
    switch (now->state) {
    case STATE(LEAD):
    case STATE(REGISTERED):
        return now->tenant_id;
    case STATE(ASSIGNED):
    case STATE(RECTIFYING):
        return now->responsible_unit_id;
    case STATE(AWAITING_ACCEPTANCE):
        return now->finding_unit_id;
    case STATE(ACCEPTED):
        if (now->listing == LISTING(CLOSING_ASKED))
            return now->listing_unit_id;
        return now->halt == HALT(RESUMPTION_ASKED) ? now->life->halt->ordered->unit_id : now->tenant_id;
    case STATE(CLOSED):
    case STATE(CONFIRMED):
    case STATE(VOIDED):
    case STATE(HANDED_OVER):
    case STATE(UNSPECIFIED):
    case _ANLAN__HAZARDS__V1__STATE_IS_INT_SIZE:
        return (char *)"";
    }
    return (char *)"";
}

static void add_step(const struct service_rule_input *input, hazard *now, const struct hazard_step *step)
{
    Anlan__Hazards__V1__Life *life = now->life;
    Anlan__Hazards__V1__Step *made = arena_alloc(input->arena, sizeof(*made));
    Anlan__Hazards__V1__Step **steps = arena_array(input->arena, life->n_steps + 1, sizeof(Anlan__Hazards__V1__Step *));
    if (!made || !steps)
        return;
    anlan__hazards__v1__step__init(made);
    made->action = step->action;
    made->state = step->to;
    made->by = step->by ? step->by : hazard_life_sign(input, step->at ? step->at : input->occurred_at);
    made->note = (char *)(step->note ? step->note : "");
    made->to_unit_id = (char *)(step->to_unit_id ? step->to_unit_id : "");
    made->deadline = now->deadline;
    made->evidence = (char **)step->evidence;
    made->n_evidence = step->evidence_count;
    if (*now->restricted_to_unit_id)
        hazard_restricted_seal(input, now, made);
    if (life->n_steps > 0)
        memcpy(steps, life->steps, life->n_steps * sizeof(Anlan__Hazards__V1__Step *));
    steps[life->n_steps++] = made;
    life->steps = steps;
}

bool hazard_life_end(const struct service_rule_input *input, hazard *now, const struct hazard_step *step)
{
    CHECK(hazard_life_allows(now->state, step->action, step->to));
    now->state_before = now->state;
    now->last_action = step->action;
    now->state = step->to;
    now->version++;
    now->next_unit_id = next_unit(now);
    add_step(input, now, step);
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "listing_life.h"

#include <string.h>

#include "base/check.h"
#include "hazard_life.h"

// Closings may be asked for and refused again and again.
#define STEPS_MOST 500

#define ROW(from_state, by_action, to_state) {STAGE(from_state), LISTING_ACTION(by_action), STAGE(to_state)},
static const struct {
    listing_stage from;
    listing_action action;
    listing_stage to;
} moves[] = {LISTING_MOVES(ROW)};

listing_stage listing_life_leads(listing_stage from, listing_action action)
{
    for (size_t i = 0; i < COUNT_OF(moves); i++)
        if (moves[i].from == from && moves[i].action == action)
            return moves[i].to;
    return STAGE(UNSPECIFIED);
}

static const char *name_of(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return found ? found->name : "unknown";
}

bool listing_life_begin(const struct service_rule_input *input, const listing *was, listing *now, listing_action action,
                        struct status *status)
{
    if (!listing_life_leads(was->state, action))
        return status_set(status, REASON(STATE_CONFLICT), "%s does not allow %s",
                          name_of(&anlan__hazards__v1__listing_stage__descriptor, (int)was->state),
                          name_of(&anlan__hazards__v1__listing_action__descriptor, (int)action));
    if (was->detail && was->detail->n_steps >= STEPS_MOST)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "it has been through %d steps, and no more are kept",
                          STEPS_MOST);
    now->detail = arena_alloc(input->arena, sizeof(*now->detail));
    if (!now->detail)
        return false;
    if (was->detail)
        *now->detail = *was->detail;
    else
        anlan__hazards__v1__listing_detail__init(now->detail);
    return true;
}

bool listing_life_end(const struct service_rule_input *input, listing *now, const struct listing_step *step)
{
    Anlan__Hazards__V1__ListingDetail *detail = now->detail;
    Anlan__Hazards__V1__ListingStep *made = arena_alloc(input->arena, sizeof(*made));
    Anlan__Hazards__V1__ListingStep **steps = arena_array(input->arena, detail->n_steps + 1, sizeof(made));
    listing_stage to = listing_life_leads(now->state, step->action);
    CHECK(to);
    if (!made || !steps)
        return false;
    now->state_before = now->state;
    now->last_action = step->action;
    now->state = to;
    now->version++;
    anlan__hazards__v1__listing_step__init(made);
    made->action = step->action;
    made->state = to;
    made->by = step->by ? step->by : hazard_life_sign(input, input->occurred_at);
    made->note = (char *)(step->note ? step->note : "");
    if (detail->n_steps > 0)
        memcpy(steps, detail->steps, detail->n_steps * sizeof(made));
    steps[detail->n_steps++] = made;
    detail->steps = steps;
    return true;
}

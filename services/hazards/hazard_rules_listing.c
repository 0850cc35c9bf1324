// SPDX-License-Identifier: Apache-2.0
// What the ledger does about a listing of its hazard (挂牌督办): a record of another tenant, or of its own, applied as
// it is now. A step that comes twice, late or for nothing changes nothing.
#include <string.h>

#include "anlan/hazards/v1/listings.pb-c.h"
#include "hazard_checks.h"
#include "hazard_life.h"
#include "hazard_rules.h"
#include "listing_life.h"
#include "service/values.h"

typedef Anlan__Hazards__V1__AppliedListing applied_listing;

static bool nothing(struct status *status, const char *why)
{
    return status_set(status, REASON(STATE_CONFLICT), "%s", why);
}

static bool is_listed(const hazard *was)
{
    return was->listing == LISTING(LISTED) || was->listing == LISTING(CLOSING_ASKED);
}

// What is known of this listing; NULL where nothing is.
static const applied_listing *known_of(const hazard *was, const listing *of)
{
    const applied_listing *known = was->life ? was->life->listing : NULL;
    bool same = known && strcmp(known->id, of->id) == 0 && strcmp(known->tenant_id, of->tenant_id) == 0;
    return same ? known : NULL;
}

// What the record knows of the listing from now on. NULL where memory is out.
static applied_listing *note(const struct service_rule_input *input, const listing *of, hazard *now)
{
    applied_listing *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return NULL;
    if (known_of(now, of))
        *made = *now->life->listing;
    else
        anlan__hazards__v1__applied_listing__init(made);
    made->tenant_id = of->tenant_id;
    made->id = of->id;
    made->version = of->version;
    made->document = of->document;
    made->level = of->level;
    made->reason = of->detail->reason;
    made->listed = of->detail->listed;
    now->listing_unit_id = of->listing_unit_id;
    now->listed_by = of->issuer;
    now->listed_until = of->until;
    now->life->listing = made;
    return made;
}

static bool apply_list(const struct service_rule_input *input, const hazard *was, const listing *of, hazard *now,
                       struct status *status)
{
    if (is_listed(was))
        return nothing(status, "it is listed already");
    if (was->grade != GRADE(MAJOR))
        return nothing(status, "it is no major hazard any more");
    if (!hazard_life_follow(input, was, now, ACTION(LIST), status) || !note(input, of, now))
        return false;
    now->listing = LISTING(LISTED);
    return hazard_life_end(
        input, now,
        &(struct hazard_step){
            .action = ACTION(LIST), .to = was->state, .note = of->document, .by = of->detail->listed});
}

// The decision is on the question that is asked, and on no earlier one.
static bool apply_decision(const struct service_rule_input *input, const hazard *was, const listing *of, hazard *now,
                           struct status *status)
{
    const applied_listing *known = known_of(was, of);
    bool granted = of->state == STAGE(CLOSING_GRANTED);
    hazard_action action = granted ? ACTION(GRANT_CLOSING) : ACTION(REFUSE_CLOSING);
    if (!known || was->listing != LISTING(CLOSING_ASKED) || known->asked_version != of->detail->decided_version)
        return nothing(status, "it is not asked for its closing");
    if (!hazard_life_follow(input, was, now, action, status) || !note(input, of, now))
        return false;
    now->listing = granted ? LISTING(DELISTED) : LISTING(LISTED);
    if (granted)
        now->life->closed = of->detail->decided;
    else
        now->life->accepted = NULL;
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = action,
                                                 .to = granted ? STATE(CLOSED) : STATE(RECTIFYING),
                                                 .note = of->detail->decision_reason,
                                                 .to_unit_id = granted ? NULL : was->responsible_unit_id,
                                                 .by = of->detail->decided});
}

static bool apply_withdrawal(const struct service_rule_input *input, const hazard *was, const listing *of, hazard *now,
                             struct status *status)
{
    if (!known_of(was, of) || !is_listed(was))
        return nothing(status, "it is not listed by that");
    if (!hazard_life_follow(input, was, now, ACTION(DELIST), status) || !note(input, of, now))
        return false;
    now->listing = LISTING(DELISTED);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(DELIST),
                                                 .to = was->state,
                                                 .note = of->detail->withdrawal_reason,
                                                 .by = of->detail->withdrawn});
}

bool hazard_rules_apply_listing(const struct service_rule_input *input, const ProtobufCMessage *before,
                                ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__ApplyListingRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    const listing *of = request->listing;
    const applied_listing *known = known_of(was, of);
    hazard *now = (hazard *)after;
    if (!of->detail || !of->detail->listed)
        return status_set(status, REASON(DATA_CORRUPT), "the listing does not say who listed it");
    if (known && of->version <= known->version)
        return nothing(status, "it has been applied");
    switch (of->state) {
    case STAGE(ASKED):
    case STAGE(IN_FORCE):
    case STAGE(CLOSING_ASKED):
        return apply_list(input, was, of, now, status);
    case STAGE(CLOSING_GRANTED):
    case STAGE(CLOSING_REFUSED):
        return apply_decision(input, was, of, now, status);
    case STAGE(WITHDRAWN):
        return apply_withdrawal(input, was, of, now, status);
    case STAGE(DELISTED):
    case STAGE(UNSPECIFIED):
    case _ANLAN__HAZARDS__V1__LISTING_STAGE_IS_INT_SIZE:
        break;
    }
    return nothing(status, "nothing follows from it");
}

// SPDX-License-Identifier: Apache-2.0
// The life of a listing (挂牌督办) as a state machine: its table, and the one mover. README.md draws it, the constraint
// `life` of the table `listings` repeats it, and tests/unit/hazards/listing_life_test.c holds the three against one
// another.
#pragma once

#include "anlan/hazards/v1/listings.pb-c.h"
#include "service/service.h"

typedef Anlan__Hazards__V1__Listing listing;
typedef Anlan__Hazards__V1__ListingStage listing_stage;
typedef Anlan__Hazards__V1__ListingAction listing_action;

#define STAGE(name) ANLAN__HAZARDS__V1__LISTING_STAGE__LISTING_STAGE_##name
#define LISTING_ACTION(name) ANLAN__HAZARDS__V1__LISTING_ACTION__LISTING_ACTION_##name

// row(from, action, to); from UNSPECIFIED: the listing is new. Those of the hazard's ledger are noted by the service.
// clang-format off
#define LISTING_MOVES(row)                            \
    row(UNSPECIFIED, OPEN, ASKED)                     \
    row(ASKED, APPLIED, IN_FORCE)                     \
    row(ASKED, WITHDRAW, WITHDRAWN)                   \
    row(IN_FORCE, CLOSING_ASKED, CLOSING_ASKED)       \
    row(IN_FORCE, WITHDRAW, WITHDRAWN)                \
    row(CLOSING_ASKED, GRANT, CLOSING_GRANTED)        \
    row(CLOSING_ASKED, REFUSE, CLOSING_REFUSED)       \
    row(CLOSING_ASKED, WITHDRAW, WITHDRAWN)           \
    row(CLOSING_GRANTED, DELISTED, DELISTED)          \
    row(CLOSING_REFUSED, RETURNED, IN_FORCE)          \
    row(WITHDRAWN, DELISTED, DELISTED)
// clang-format on

// What a step leaves in the record: by NULL is the caller.
struct listing_step {
    listing_action action;
    Anlan__Hazards__V1__Signature *by;
    const char *note;
};

// Where an action leads; UNSPECIFIED where the state does not allow it.
listing_stage listing_life_leads(listing_stage from, listing_action action);

// Begins a step of a listing that exists: its state allows the action (STATE_CONFLICT), and now->detail is a copy that
// may be changed.
bool listing_life_begin(const struct service_rule_input *input, const listing *was, listing *now, listing_action action,
                        struct status *status);

// Ends it: state, version and the step itself. False where memory is out.
bool listing_life_end(const struct service_rule_input *input, listing *now, const struct listing_step *step);

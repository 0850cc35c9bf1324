// SPDX-License-Identifier: Apache-2.0
// The life of a hazard (隐患) as a state machine: its table, and the one mover.
// README.md draws it, the constraint hazards_life of the table repeats it, and
// tests/unit/hazards/life_test.c holds the three against one another.
#pragma once

#include "anlan/hazards/v1/hazard.pb-c.h"
#include "service/service.h"

typedef Anlan__Hazards__V1__Hazard hazard;
typedef Anlan__Hazards__V1__State hazard_state;
typedef Anlan__Hazards__V1__Action hazard_action;

#define STATE(name) ANLAN__HAZARDS__V1__STATE__STATE_##name
#define ACTION(name) ANLAN__HAZARDS__V1__ACTION__ACTION_##name
#define GRADE(name) ANLAN__HAZARDS__V1__GRADE__GRADE_##name
#define LISTING(name) ANLAN__HAZARDS__V1__LISTING_STATE__LISTING_STATE_##name
#define HALT(name) ANLAN__HAZARDS__V1__HALT_STATE__HALT_STATE_##name

// row(from, action, to); from UNSPECIFIED: the hazard is new.
// clang-format off
#define HAZARD_MOVES(row)                                     \
    row(UNSPECIFIED, REGISTER, REGISTERED)                    \
    row(UNSPECIFIED, ASSIGN, ASSIGNED)                        \
    row(UNSPECIFIED, FIX_ON_SPOT, CLOSED)                     \
    row(UNSPECIFIED, TAKE_OVER, REGISTERED)                   \
    row(UNSPECIFIED, TAKE_OVER, LEAD)                         \
    row(UNSPECIFIED, REGISTER_LEAD, LEAD)                     \
    row(LEAD, VERIFY, REGISTERED)                             \
    row(LEAD, ASK_VOIDING, LEAD)                              \
    row(LEAD, GRANT_VOIDING, VOIDED)                          \
    row(LEAD, REFUSE_VOIDING, LEAD)                           \
    row(LEAD, HAND_OVER, HANDED_OVER)                         \
    row(REGISTERED, ASSIGN, ASSIGNED)                         \
    row(REGISTERED, FIX_ON_SPOT, CLOSED)                      \
    row(REGISTERED, REGRADE, REGISTERED)                      \
    row(REGISTERED, HALT, REGISTERED)                         \
    row(REGISTERED, ASK_VOIDING, REGISTERED)                  \
    row(REGISTERED, GRANT_VOIDING, VOIDED)                    \
    row(REGISTERED, REFUSE_VOIDING, REGISTERED)               \
    row(ASSIGNED, START, RECTIFYING)                          \
    row(ASSIGNED, RETURN, REGISTERED)                         \
    row(ASSIGNED, TRANSFER, ASSIGNED)                         \
    row(ASSIGNED, ASK_EXTENSION, ASSIGNED)                    \
    row(ASSIGNED, GRANT_EXTENSION, ASSIGNED)                  \
    row(ASSIGNED, REFUSE_EXTENSION, ASSIGNED)                 \
    row(ASSIGNED, REGRADE, ASSIGNED)                          \
    row(ASSIGNED, HALT, ASSIGNED)                             \
    row(ASSIGNED, ASK_VOIDING, ASSIGNED)                      \
    row(ASSIGNED, GRANT_VOIDING, VOIDED)                      \
    row(ASSIGNED, REFUSE_VOIDING, ASSIGNED)                   \
    row(RECTIFYING, REPORT, AWAITING_ACCEPTANCE)              \
    row(RECTIFYING, TRANSFER, ASSIGNED)                       \
    row(RECTIFYING, ASK_EXTENSION, RECTIFYING)                \
    row(RECTIFYING, GRANT_EXTENSION, RECTIFYING)              \
    row(RECTIFYING, REFUSE_EXTENSION, RECTIFYING)             \
    row(RECTIFYING, REGRADE, RECTIFYING)                      \
    row(RECTIFYING, HALT, RECTIFYING)                         \
    row(RECTIFYING, ASK_VOIDING, RECTIFYING)                  \
    row(RECTIFYING, GRANT_VOIDING, VOIDED)                    \
    row(RECTIFYING, REFUSE_VOIDING, RECTIFYING)               \
    row(AWAITING_ACCEPTANCE, ACCEPT, CLOSED)                  \
    row(AWAITING_ACCEPTANCE, ACCEPT, ACCEPTED)                \
    row(AWAITING_ACCEPTANCE, REFUSE, RECTIFYING)              \
    row(AWAITING_ACCEPTANCE, REGRADE, AWAITING_ACCEPTANCE)    \
    row(AWAITING_ACCEPTANCE, HALT, AWAITING_ACCEPTANCE)       \
    row(AWAITING_ACCEPTANCE, ASK_RESUMPTION, AWAITING_ACCEPTANCE)    \
    row(AWAITING_ACCEPTANCE, REFUSE_RESUMPTION, AWAITING_ACCEPTANCE) \
    row(AWAITING_ACCEPTANCE, ASK_VOIDING, AWAITING_ACCEPTANCE)       \
    row(AWAITING_ACCEPTANCE, GRANT_VOIDING, VOIDED)                  \
    row(AWAITING_ACCEPTANCE, REFUSE_VOIDING, AWAITING_ACCEPTANCE)    \
    row(ACCEPTED, CLOSE, CLOSED)                              \
    row(ACCEPTED, REFUSE, RECTIFYING)                         \
    row(ACCEPTED, ASK_RESUMPTION, ACCEPTED)                   \
    row(ACCEPTED, GRANT_RESUMPTION, ACCEPTED)                 \
    row(ACCEPTED, REFUSE_RESUMPTION, ACCEPTED)                \
    row(REGISTERED, HAND_OVER, HANDED_OVER)                   \
    row(ASSIGNED, HAND_OVER, HANDED_OVER)                     \
    row(RECTIFYING, HAND_OVER, HANDED_OVER)                   \
    row(AWAITING_ACCEPTANCE, HAND_OVER, HANDED_OVER)          \
    row(ACCEPTED, HAND_OVER, HANDED_OVER)                     \
    row(REGISTERED, LIST, REGISTERED)                         \
    row(REGISTERED, DELIST, REGISTERED)                       \
    row(ASSIGNED, LIST, ASSIGNED)                             \
    row(ASSIGNED, DELIST, ASSIGNED)                           \
    row(RECTIFYING, LIST, RECTIFYING)                         \
    row(RECTIFYING, DELIST, RECTIFYING)                       \
    row(AWAITING_ACCEPTANCE, LIST, AWAITING_ACCEPTANCE)       \
    row(AWAITING_ACCEPTANCE, DELIST, AWAITING_ACCEPTANCE)     \
    row(ACCEPTED, LIST, ACCEPTED)                             \
    row(ACCEPTED, DELIST, ACCEPTED)                           \
    row(ACCEPTED, ASK_CLOSING, ACCEPTED)                      \
    row(ACCEPTED, GRANT_CLOSING, CLOSED)                      \
    row(ACCEPTED, REFUSE_CLOSING, RECTIFYING)                 \
    row(CLOSED, CONFIRM, CONFIRMED)                           \
    row(CLOSED, REBOUND, RECTIFYING)                          \
    row(CONFIRMED, CONFIRM, CONFIRMED)                        \
    row(CONFIRMED, REBOUND, RECTIFYING)
// clang-format on

// What a step leaves in the record, besides who and when.
struct hazard_step {
    hazard_action action;
    hazard_state to;
    const char *note;
    const char *to_unit_id;    // to which it passes; NULL: it stays
    char *const *evidence;
    size_t evidence_count;
    clock_time at;                        // when; 0: input->occurred_at
    Anlan__Hazards__V1__Signature *by;    // who; NULL: the caller
};

// True if the table has such a row.
bool hazard_life_allows(hazard_state from, hazard_action action, hazard_state to);

// Begins a step of a hazard that exists: its version is the request's
// (VERSION_CONFLICT), its state allows the action (STATE_CONFLICT), and now->life
// is a copy that may be changed.
bool hazard_life_begin(const struct service_rule_input *input, const hazard *was, hazard *now, hazard_action action,
                       struct status *status);

// The same of a step that follows from another record: whatever its version is.
bool hazard_life_follow(const struct service_rule_input *input, const hazard *was, hazard *now, hazard_action action,
                        struct status *status);

// Ends it: state, version, whose turn it is, and the step itself. Always true; a
// step that the table does not have is our mistake and ends the program.
bool hazard_life_end(const struct service_rule_input *input, hazard *now, const struct hazard_step *step);

// Whoever calls, for what he did at a time.
Anlan__Hazards__V1__Signature *hazard_life_sign(const struct service_rule_input *input, clock_time at);

// SPDX-License-Identifier: Apache-2.0
// Rules beside the straight way: look-back, halts, voiding, grades.
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "hazard_checks.h"
#include "hazard_life.h"
#include "hazard_rules.h"
#include "service/values.h"

#define DECISION(name) ANLAN__HAZARDS__V1__DECISION__DECISION_##name
#define VERDICT(name) ANLAN__HAZARDS__V1__VERDICT__VERDICT_##name

// It is back: in rectification again, with a deadline, and the halt of the time before is history.
static bool reopen(const struct service_rule_input *input, const Anlan__Hazards__V1__Assignment *to, hazard *now,
                   struct status *status)
{
    if (!to)
        return status_violate(status, input->arena, "assignment", "is required after a rebound");
    if (!hazard_checks_assign(input, to, now, status))
        return false;
    now->rebound_count++;
    now->halt = HALT(UNSPECIFIED);
    now->life->halt = NULL;
    now->life->accepted = NULL;
    return true;
}

bool hazard_rules_look_back(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__LookBackRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    bool rebound = request->verdict == VERDICT(REBOUND);
    hazard_action action = rebound ? ACTION(REBOUND) : ACTION(CONFIRM);
    if (!hazard_life_begin(input, was, now, action, status) ||
        !hazard_checks_other_person(input, hazard_checks_rectifier(was), "rectified", status) ||
        !hazard_checks_other_person(input, now->life->closed, "closed", status))
        return false;
    if (!rebound && request->assignment)
        return status_violate(status, input->arena, "assignment", "is for rebounds only");
    if (rebound && !reopen(input, request->assignment, now, status))
        return false;
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = action,
                                                 .to = rebound ? STATE(RECTIFYING) : STATE(CONFIRMED),
                                                 .note = request->note,
                                                 .to_unit_id = rebound ? now->responsible_unit_id : NULL,
                                                 .evidence = request->evidence,
                                                 .evidence_count = request->n_evidence});
}

bool hazard_rules_halt(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Hazards__V1__HaltOperationsRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(HALT), status))
        return false;
    if (was->halt == HALT(ORDERED) || was->halt == HALT(RESUMPTION_ASKED))
        return status_set(status, REASON(STATE_CONFLICT), "operations are halted already");
    Anlan__Hazards__V1__Halt *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return false;
    anlan__hazards__v1__halt__init(made);
    made->document = request->document;
    made->reason = request->reason;
    made->ordered = hazard_life_sign(input, input->occurred_at);
    now->life->halt = made;
    now->halt = HALT(ORDERED);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(HALT), .to = was->state, .note = request->reason});
}

bool hazard_rules_ask_resumption(const struct service_rule_input *input, const ProtobufCMessage *before,
                                 ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__AskResumptionRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(ASK_RESUMPTION), status) ||
        !hazard_checks_unit(input, was->responsible_unit_id, "", status))
        return false;
    if (was->halt != HALT(ORDERED))
        return status_set(status, REASON(STATE_CONFLICT), "no halt is in force, or resumption is asked for already");
    now->halt = HALT(RESUMPTION_ASKED);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(ASK_RESUMPTION),
                                                 .to = was->state,
                                                 .note = request->reason,
                                                 .to_unit_id = was->life->halt->ordered->unit_id});
}

bool hazard_rules_decide_resumption(const struct service_rule_input *input, const ProtobufCMessage *before,
                                    ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__DecideResumptionRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    bool granted = request->decision == DECISION(GRANTED);
    hazard_action action = granted ? ACTION(GRANT_RESUMPTION) : ACTION(REFUSE_RESUMPTION);
    if (!hazard_life_begin(input, was, now, action, status))
        return false;
    if (was->halt != HALT(RESUMPTION_ASKED))
        return status_set(status, REASON(STATE_CONFLICT), "no resumption is asked for");
    if (!hazard_checks_unit(input, was->life->halt->ordered->unit_id, "", status) ||
        !hazard_checks_other_person(input, hazard_checks_rectifier(was), "rectified", status))
        return false;
    now->halt = granted ? HALT(RESUMED) : HALT(ORDERED);
    return hazard_life_end(
        input, now,
        &(struct hazard_step){
            .action = action, .to = was->state, .note = request->reason, .to_unit_id = was->responsible_unit_id});
}

bool hazard_rules_ask_voiding(const struct service_rule_input *input, const ProtobufCMessage *before,
                              ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__AskVoidingRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(ASK_VOIDING), status) || !hazard_checks_not_listed(was, status))
        return false;
    if (now->life->voiding)
        return status_set(status, REASON(STATE_CONFLICT), "its voiding is asked for already");
    Anlan__Hazards__V1__Voiding *asked = arena_alloc(input->arena, sizeof(*asked));
    if (!asked)
        return false;
    anlan__hazards__v1__voiding__init(asked);
    asked->reason = request->reason;
    asked->asked = hazard_life_sign(input, input->occurred_at);
    now->life->voiding = asked;
    return hazard_life_end(
        input, now, &(struct hazard_step){.action = ACTION(ASK_VOIDING), .to = was->state, .note = request->reason});
}

bool hazard_rules_decide_voiding(const struct service_rule_input *input, const ProtobufCMessage *before,
                                 ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__DecideVoidingRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    bool granted = request->decision == DECISION(GRANTED);
    hazard_action action = granted ? ACTION(GRANT_VOIDING) : ACTION(REFUSE_VOIDING);
    if (!hazard_life_begin(input, was, now, action, status))
        return false;
    if (!now->life->voiding)
        return status_set(status, REASON(STATE_CONFLICT), "no voiding is asked for");
    if (!hazard_checks_other_person(input, now->life->voiding->asked, "asked to void", status))
        return false;
    if (granted && !hazard_checks_not_listed(was, status))
        return false;
    bool halted = was->halt == HALT(ORDERED) || was->halt == HALT(RESUMPTION_ASKED);
    if (granted && halted && !hazard_checks_unit(input, was->life->halt->ordered->unit_id, "", status))
        return false;
    if (granted && halted)
        now->halt = HALT(RESUMED);    // its ground is gone
    if (!granted)
        now->life->voiding = NULL;    // what is granted stays to be read
    return hazard_life_end(
        input, now,
        &(struct hazard_step){.action = action, .to = granted ? STATE(VOIDED) : was->state, .note = request->reason});
}

bool hazard_rules_regrade(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__RegradeHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(REGRADE), status))
        return false;
    if (request->grade == was->grade)
        return status_violate(status, input->arena, "grade", "is the one it has");
    if (request->grade != GRADE(MAJOR) && !hazard_checks_not_listed(was, status))
        return false;
    if (!hazard_checks_grade(input, request->grade, request->criterion, now, status))
        return false;
    if (request->five_items)
        now->life->five_items = request->five_items;
    if (now->grade == GRADE(MAJOR) && was->state != STATE(REGISTERED) && !now->life->five_items)
        return status_violate(status, input->arena, "five_items", "are required for a major hazard");
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(REGRADE), .to = was->state, .note = request->reason});
}

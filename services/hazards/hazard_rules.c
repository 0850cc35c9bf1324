// SPDX-License-Identifier: Apache-2.0
#include "hazard_rules.h"

#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "hazard_checks.h"
#include "hazard_life.h"
#include "hazard_restricted.h"
#include "hazards/facts.pb-c.h"
#include "service/values.h"

#define DECISION(name) ANLAN__HAZARDS__V1__DECISION__DECISION_##name

static bool fill_new(const struct service_rule_input *input, hazard *made)
{
    const Anlan__Hazards__V1__CreateHazardRequest *request = (const void *)input->request;
    made->life = arena_alloc(input->arena, sizeof(*made->life));
    if (!made->life)
        return false;
    anlan__hazards__v1__life__init(made->life);
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->unit_id = request->unit_id;
    made->sector = request->sector;
    made->location = request->location;
    made->description = request->description;
    made->finding_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->found_by = request->found_by;
    if (request->restricted)
        made->restricted_to_unit_id = made->finding_unit_id;
    else if (!*made->found_by)
        made->found_by = (char *)input->caller->subject_name;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->place = service_place(&input->unit->place, input->arena);
    made->external_id = request->external_id;
    made->campaign_id = request->campaign_id;
    made->overseer_unit_id = service_uuid(&input->overseers->all_id, input->arena);
    made->sector_overseer_unit_id = service_uuid(&input->overseers->sector_id, input->arena);
    made->leader = (char *)input->overseers->leader_name;
    return !input->arena->exhausted;
}

// The step of what was fixed on the spot.
static bool fix_step(const struct service_rule_input *input, const Anlan__Hazards__V1__Fix *fix, const char *note,
                     hazard *now, struct hazard_step *step, struct status *status)
{
    *step = (struct hazard_step){.action = ACTION(FIX_ON_SPOT),
                                 .to = STATE(CLOSED),
                                 .note = fix->measures,
                                 .evidence = fix->evidence,
                                 .evidence_count = fix->n_evidence};
    if (*note)
        step->note = arena_printf(input->arena, "%s（%s）", fix->measures, note);
    return hazard_checks_fix(input, fix, now, &step->at, status);
}

bool hazard_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__CreateHazardRequest *request = (const void *)input->request;
    const Anlan__Hazards__Facts__HazardFacts *known = (const void *)input->facts;
    hazard *made = (hazard *)after;
    (void)before;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is a unit that is retired");
    if (!known)
        return status_violate(status, input->arena, "sector", "is not in the list of sectors");
    if (*known->external_id)
        return status_set(status, REASON(RECORD_EXISTS), "your unit has entered %s already", known->external_id);
    if (request->assignment && request->fix)
        return status_violate(status, input->arena, "fix", "leaves nothing to be assigned");
    if (request->lead && (request->assignment || request->fix))
        return status_violate(status, input->arena, "lead", "is verified before it is assigned or fixed");
    if (!hazard_restricted_checks(input, status))
        return false;
    if (!fill_new(input, made) || !hazard_checks_grade(input, request->grade, request->criterion, made, status))
        return false;
    struct hazard_step step = {.action = request->lead ? ACTION(REGISTER_LEAD) : ACTION(REGISTER),
                               .to = request->lead ? STATE(LEAD) : STATE(REGISTERED),
                               .note = request->note};
    if (request->assignment) {
        if (!hazard_checks_assign(input, request->assignment, made, status))
            return false;
        step.action = ACTION(ASSIGN);
        step.to = STATE(ASSIGNED);
        step.to_unit_id = made->responsible_unit_id;
    } else if (request->fix && !fix_step(input, request->fix, request->note, made, &step, status)) {
        return false;
    }
    if (!hazard_life_end(input, made, &step))
        return false;
    if (request->restricted)
        made->description = request->public_description;    // what was reported is withheld
    return true;
}

bool hazard_rules_verify(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__VerifyLeadRequest *request = (const void *)input->request;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, (const hazard *)before, now, ACTION(VERIFY), status))
        return false;
    if (now->life->voiding)
        return status_set(status, REASON(STATE_CONFLICT), "its voiding is asked for; that is decided first");
    if (!request->grade && request->criterion)
        return status_violate(status, input->arena, "grade", "is missing beside its criterion");
    if (request->grade && !hazard_checks_grade(input, request->grade, request->criterion, now, status))
        return false;
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(VERIFY),
                                                 .to = STATE(REGISTERED),
                                                 .note = request->note,
                                                 .evidence = request->evidence,
                                                 .evidence_count = request->n_evidence});
}

bool hazard_rules_fix(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                      struct status *status)
{
    const Anlan__Hazards__V1__FixHazardOnSpotRequest *request = (const void *)input->request;
    hazard *now = (hazard *)after;
    struct hazard_step step;
    return hazard_life_begin(input, (const hazard *)before, now, ACTION(FIX_ON_SPOT), status) &&
           fix_step(input, request->fix, "", now, &step, status) && hazard_life_end(input, now, &step);
}

bool hazard_rules_assign(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__AssignHazardRequest *request = (const void *)input->request;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, (const hazard *)before, now, ACTION(ASSIGN), status) ||
        !hazard_checks_assign(input, request->assignment, now, status))
        return false;
    return hazard_life_end(
        input, now,
        &(struct hazard_step){.action = ACTION(ASSIGN), .to = STATE(ASSIGNED), .to_unit_id = now->responsible_unit_id});
}

bool hazard_rules_start(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Hazards__V1__StartRectificationRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(START), status) ||
        !hazard_checks_unit(input, was->responsible_unit_id, "", status))
        return false;
    return hazard_life_end(
        input, now, &(struct hazard_step){.action = ACTION(START), .to = STATE(RECTIFYING), .note = request->note});
}

bool hazard_rules_return(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__ReturnHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(RETURN), status) ||
        !hazard_checks_unit(input, was->responsible_unit_id, "", status))
        return false;
    hazard_checks_keep_view(input, now, was->responsible_unit_id);
    hazard_checks_keep_view(input, now, was->sending_unit_id);
    now->responsible_unit_id = (char *)"";
    now->responsible_person = (char *)"";
    now->life->responsible_person_id = (char *)"";
    now->sending_unit_id = (char *)"";
    now->deadline = NULL;
    now->life->extension = NULL;
    return hazard_life_end(
        input, now,
        &(struct hazard_step){
            .action = ACTION(RETURN), .to = STATE(REGISTERED), .note = request->reason, .to_unit_id = now->tenant_id});
}

bool hazard_rules_transfer(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__TransferHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(TRANSFER), status) ||
        !hazard_checks_unit(input, was->responsible_unit_id, was->sending_unit_id, status))
        return false;
    if (strcmp(request->assignment->responsible_unit_id, was->responsible_unit_id) == 0)
        return status_violate(status, input->arena, "assignment.responsible_unit_id", "is responsible already");
    if (service_time(request->assignment->deadline) > service_time(was->deadline))
        return status_violate(status, input->arena, "assignment.deadline", "may not be later than the one that is set");
    if (!hazard_checks_assign(input, request->assignment, now, status))
        return false;
    now->sending_unit_id = was->sending_unit_id;    // who has set the deadline decides on its extension
    now->life->extension = NULL;
    hazard_checks_keep_view(input, now, was->responsible_unit_id);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(TRANSFER),
                                                 .to = STATE(ASSIGNED),
                                                 .note = request->reason,
                                                 .to_unit_id = now->responsible_unit_id});
}

bool hazard_rules_ask_extension(const struct service_rule_input *input, const ProtobufCMessage *before,
                                ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__AskExtensionRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(ASK_EXTENSION), status) ||
        !hazard_checks_unit(input, was->responsible_unit_id, "", status))
        return false;
    if (now->life->extension)
        return status_set(status, REASON(STATE_CONFLICT), "an extension is asked for already");
    if (service_time(request->deadline) <= service_time(was->deadline))
        return status_violate(status, input->arena, "deadline", "must be later than the one that is set");
    Anlan__Hazards__V1__Extension *asked = arena_alloc(input->arena, sizeof(*asked));
    if (!asked)
        return false;
    anlan__hazards__v1__extension__init(asked);
    asked->deadline = request->deadline;
    asked->reason = request->reason;
    asked->asked = hazard_life_sign(input, input->occurred_at);
    now->life->extension = asked;
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(ASK_EXTENSION),
                                                 .to = was->state,
                                                 .note = request->reason,
                                                 .to_unit_id = was->sending_unit_id});
}

bool hazard_rules_decide_extension(const struct service_rule_input *input, const ProtobufCMessage *before,
                                   ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__DecideExtensionRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    bool granted = request->decision == DECISION(GRANTED);
    hazard_action action = granted ? ACTION(GRANT_EXTENSION) : ACTION(REFUSE_EXTENSION);
    if (!hazard_life_begin(input, was, now, action, status))
        return false;
    const Anlan__Hazards__V1__Extension *asked = now->life->extension;
    if (!asked)
        return status_set(status, REASON(STATE_CONFLICT), "no extension is asked for");
    if (!hazard_checks_unit(input, was->sending_unit_id, "", status) ||
        !hazard_checks_other_person(input, asked->asked, "asked for", status))
        return false;
    if (granted) {
        now->deadline = asked->deadline;
        now->life->extensions_granted++;
    }
    now->life->extension = NULL;
    return hazard_life_end(
        input, now,
        &(struct hazard_step){
            .action = action, .to = was->state, .note = request->reason, .to_unit_id = was->responsible_unit_id});
}

bool hazard_rules_report(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__ReportRectificationRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(REPORT), status) ||
        !hazard_checks_unit(input, was->responsible_unit_id, "", status))
        return false;
    Anlan__Hazards__V1__Rectification *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return false;
    anlan__hazards__v1__rectification__init(made);
    made->measures = request->measures;
    made->evidence = request->evidence;
    made->n_evidence = request->n_evidence;
    made->reported = hazard_life_sign(input, input->occurred_at);
    now->life->rectification = made;
    now->life->extension = NULL;
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(REPORT),
                                                 .to = STATE(AWAITING_ACCEPTANCE),
                                                 .note = request->measures,
                                                 .to_unit_id = was->finding_unit_id,
                                                 .evidence = request->evidence,
                                                 .evidence_count = request->n_evidence});
}

bool hazard_rules_accept(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__AcceptHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(ACCEPT), status) ||
        !hazard_checks_unit(input, was->finding_unit_id, was->sending_unit_id, status) ||
        !hazard_checks_other_person(input, hazard_checks_rectifier(was), "rectified", status))
        return false;
    if (now->life->voiding)
        return status_set(status, REASON(STATE_CONFLICT), "its voiding is asked for; that is decided first");
    bool halted = was->halt == HALT(ORDERED) || was->halt == HALT(RESUMPTION_ASKED);
    bool closes = was->grade == GRADE(GENERAL) && !halted;
    now->life->accepted = hazard_life_sign(input, input->occurred_at);
    if (closes)
        now->life->closed = now->life->accepted;
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(ACCEPT),
                                                 .to = closes ? STATE(CLOSED) : STATE(ACCEPTED),
                                                 .note = request->note,
                                                 .evidence = request->evidence,
                                                 .evidence_count = request->n_evidence});
}

bool hazard_rules_refuse(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__RefuseHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    const char *second = was->state == STATE(ACCEPTED) ? was->tenant_id : was->sending_unit_id;
    if (!hazard_life_begin(input, was, now, ACTION(REFUSE), status) ||
        !hazard_checks_unit(input, was->finding_unit_id, second, status) ||
        !hazard_checks_other_person(input, hazard_checks_rectifier(was), "rectified", status))
        return false;
    if (was->listing == LISTING(CLOSING_ASKED))
        return status_set(status, REASON(STATE_CONFLICT), "its closing is asked for; unit %s decides on it",
                          was->listing_unit_id);
    now->life->accepted = NULL;
    if (was->halt == HALT(RESUMPTION_ASKED))
        now->halt = HALT(ORDERED);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(REFUSE),
                                                 .to = STATE(RECTIFYING),
                                                 .note = request->reason,
                                                 .to_unit_id = was->responsible_unit_id});
}

// Who listed it approves its closing: that is asked for here.
static bool ask_closing(const struct service_rule_input *input, const hazard *was, hazard *now, const char *note,
                        struct status *status)
{
    if (was->listing == LISTING(CLOSING_ASKED))
        return status_set(status, REASON(STATE_CONFLICT), "its closing is asked for already");
    Anlan__Hazards__V1__AppliedListing *known = arena_alloc(input->arena, sizeof(*known));
    if (!known)
        return false;
    *known = *now->life->listing;
    known->asked = hazard_life_sign(input, input->occurred_at);
    known->asked_version = was->version + 1;
    now->life->listing = known;
    now->listing = LISTING(CLOSING_ASKED);
    return hazard_life_end(
        input, now,
        &(struct hazard_step){
            .action = ACTION(ASK_CLOSING), .to = STATE(ACCEPTED), .note = note, .to_unit_id = was->listing_unit_id});
}

bool hazard_rules_close(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Hazards__V1__CloseHazardRequest *request = (const void *)input->request;
    const hazard *was = (const hazard *)before;
    hazard *now = (hazard *)after;
    if (!hazard_life_begin(input, was, now, ACTION(CLOSE), status) ||
        !hazard_checks_unit(input, was->tenant_id, "", status) ||
        !hazard_checks_other_person(input, hazard_checks_rectifier(was), "rectified", status))
        return false;
    if (was->halt == HALT(ORDERED) || was->halt == HALT(RESUMPTION_ASKED))
        return status_set(status, REASON(STATE_CONFLICT), "operations are halted; their resumption comes first");
    if (was->listing == LISTING(LISTED) || was->listing == LISTING(CLOSING_ASKED))
        return ask_closing(input, was, now, request->note, status);
    now->life->closed = hazard_life_sign(input, input->occurred_at);
    return hazard_life_end(input, now,
                           &(struct hazard_step){.action = ACTION(CLOSE), .to = STATE(CLOSED), .note = request->note});
}

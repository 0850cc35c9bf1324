// SPDX-License-Identifier: Apache-2.0
#include "listing_rules.h"

#include <string.h>

#include "hazard_checks.h"
#include "hazard_life.h"
#include "hazards/facts.pb-c.h"
#include "listing_life.h"
#include "service/values.h"

#define DECISION(name) ANLAN__HAZARDS__V1__DECISION__DECISION_##name

// The hazard's tenant is the lister's own, or one below it.
static bool check_tenants(const struct service_rule_input *input, struct status *status)
{
    const struct directory_unit *owner = service_named_unit(input, "hazard_tenant_id");
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (!uuid_is_nil(&owner->id) && uuid_compare(&owner->place.levels[i], &input->tenant_id) == 0)
            return true;
    return status_violate(status, input->arena, "hazard_tenant_id", "is neither your unit's tenant nor one below it");
}

static bool check_hazard(const struct service_rule_input *input, const hazard *h, struct status *status)
{
    const Anlan__Hazards__V1__OpenListingRequest *request = (const void *)input->request;
    if (strcmp(h->sector, request->sector) != 0)
        return status_violate(status, input->arena, "sector", "is not the hazard's");
    if (h->grade != GRADE(MAJOR))
        return status_set(status, REASON(STATE_CONFLICT), "it is no major hazard; others are not listed");
    if (!hazard_life_allows(h->state, ACTION(LIST), h->state))
        return status_set(status, REASON(STATE_CONFLICT), "it is not open; only what is open is listed");
    return true;
}

static bool fill_new(const struct service_rule_input *input, const hazard *h, listing *made)
{
    const Anlan__Hazards__V1__OpenListingRequest *request = (const void *)input->request;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__hazards__v1__listing_detail__init(made->detail);
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->place = h->place;
    made->unit_id = h->unit_id;
    made->sector = h->sector;
    made->listing_unit_id = service_uuid(&input->unit->id, input->arena);
    made->hazard_tenant_id = h->tenant_id;
    made->hazard_id = h->id;
    made->issuer = request->issuer;
    made->document = request->document;
    made->level = request->level;
    made->until = request->until;
    made->description = h->description;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->detail->reason = request->reason;
    made->detail->listed = hazard_life_sign(input, input->occurred_at);
    return !input->arena->exhausted;
}

bool listing_rules_open(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Hazards__V1__OpenListingRequest *request = (const void *)input->request;
    const Anlan__Hazards__Facts__ListingFacts *facts = (const void *)input->facts;
    listing *made = (listing *)after;
    (void)before;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is a unit that is retired");
    if (!check_tenants(input, status))
        return false;
    if (!facts || !facts->hazard)
        return status_set(status, REASON(RECORD_NOT_FOUND), "no such hazard within your scope");
    if (!service_acts_for(input, &input->unit->id))
        return status_set(status, REASON(STEP_OF_OTHER_UNIT), "this step belongs to unit %s", request->unit_id);
    if (!check_hazard(input, facts->hazard, status))
        return false;
    bool listed = facts->hazard->listing == LISTING(LISTED) || facts->hazard->listing == LISTING(CLOSING_ASKED);
    if (facts->open || listed)
        return status_set(status, REASON(RECORD_EXISTS), "it is listed already");
    if (service_time(request->until) <= input->now)
        return status_violate(status, input->arena, "until", "must be in the future");
    if (!fill_new(input, facts->hazard, made))
        return false;
    return listing_life_end(input, made, &(struct listing_step){LISTING_ACTION(OPEN), NULL, request->reason});
}

// A step of the unit that listed it, on the version that it has read.
static bool begin(const struct service_rule_input *input, const listing *was, listing *now, listing_action action,
                  struct status *status)
{
    int64_t version = service_integer(input->request, "version");
    if (version != was->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)version);
    return listing_life_begin(input, was, now, action, status) &&
           hazard_checks_unit(input, was->listing_unit_id, "", status);
}

bool listing_rules_decide(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__DecideClosingRequest *request = (const void *)input->request;
    listing *now = (listing *)after;
    bool granted = request->decision == DECISION(GRANTED);
    listing_action action = granted ? LISTING_ACTION(GRANT) : LISTING_ACTION(REFUSE);
    if (!begin(input, (const listing *)before, now, action, status))
        return false;
    Anlan__Hazards__V1__ListingDetail *detail = now->detail;
    if (!hazard_checks_other_person(input, detail->rectified, "rectified", status) ||
        !hazard_checks_other_person(input, detail->accepted, "accepted", status) ||
        !hazard_checks_other_person(input, detail->asked, "asked to close", status))
        return false;
    detail->decision = request->decision;
    detail->decision_reason = request->reason;
    detail->decided = hazard_life_sign(input, input->occurred_at);
    detail->decided_version = detail->asked_version;
    return listing_life_end(input, now, &(struct listing_step){action, detail->decided, request->reason});
}

bool listing_rules_withdraw(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Hazards__V1__WithdrawListingRequest *request = (const void *)input->request;
    listing *now = (listing *)after;
    if (!begin(input, (const listing *)before, now, LISTING_ACTION(WITHDRAW), status))
        return false;
    now->detail->withdrawn = hazard_life_sign(input, input->occurred_at);
    now->detail->withdrawal_reason = request->reason;
    return listing_life_end(input, now,
                            &(struct listing_step){LISTING_ACTION(WITHDRAW), now->detail->withdrawn, request->reason});
}

// What a step of the hazard means to its listing.
static listing_action meant(hazard_action action)
{
    switch ((int)action) {
    case ACTION(LIST):
        return LISTING_ACTION(APPLIED);
    case ACTION(ASK_CLOSING):
        return LISTING_ACTION(CLOSING_ASKED);
    case ACTION(REFUSE_CLOSING):
        return LISTING_ACTION(RETURNED);
    case ACTION(GRANT_CLOSING):
    case ACTION(DELIST):
        return LISTING_ACTION(DELISTED);
    }
    return LISTING_ACTION(UNSPECIFIED);
}

bool listing_rules_note(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Hazards__V1__NoteListingRequest *request = (const void *)input->request;
    const listing *was = (const listing *)before;
    listing *now = (listing *)after;
    listing_action action = meant(request->action);
    if (request->hazard_version <= was->hazard_version)
        return status_set(status, REASON(STATE_CONFLICT), "version %lld of the hazard is known already",
                          (long long)request->hazard_version);
    if (!listing_life_begin(input, was, now, action, status))
        return false;
    now->hazard_version = request->hazard_version;
    if (action == LISTING_ACTION(CLOSING_ASKED)) {
        now->detail->rectified = request->rectified;
        now->detail->accepted = request->accepted;
        now->detail->asked = request->asked;
        now->detail->asked_version = request->hazard_version;
    }
    return listing_life_end(input, now, &(struct listing_step){action, request->by, request->note});
}

bool listing_rules_pick(const ProtobufCMessage *message, bool parties, struct arena *arena, struct service_pick *pick,
                        struct status *status)
{
    const Anlan__Hazards__V1__ListListingsRequest *request = (const void *)message;
    (void)parties;
    (void)arena;
    (void)status;
    *pick = (struct service_pick){.passes_over = request->state || *request->hazard_id};
    return true;
}

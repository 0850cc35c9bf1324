// SPDX-License-Identifier: Apache-2.0
// What revokes tokens before their end. Pure.
#include <string.h>

#include "account_rules.h"
#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__TokenRevocation revocation;
typedef Anlan__Organisations__Facts__AccountFacts account_facts;

// Clocks of processes may differ by so much: a token of a session that has ended is never issued behind it.
#define MARGIN (5 * 60 * CLOCK_SECOND)

static bool begin(const struct service_rule_input *input, revocation *made, struct status *status)
{
    const account_facts *facts = (const account_facts *)input->facts;
    Anlan__Rpc__V1__Place *place = arena_alloc(input->arena, sizeof(*place));
    if (!place)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->occurred_at = made->entered_at = service_timestamp(input->now, input->arena);
    if (!*facts->unit_id)
        return true;
    anlan__rpc__v1__place__init(place);
    place->region_id = facts->region_id;
    place->city_id = facts->city_id;
    place->county_id = facts->county_id;
    place->township_id = facts->township_id;
    made->place = place;
    made->unit_id = facts->unit_id;
    return true;
}

// All that the subject was given until now, or whatever the one or the session is.
static void set_end(const struct service_rule_input *input, revocation *made)
{
    made->issued_before = service_timestamp(*made->subject_id ? input->now : input->now + MARGIN, input->arena);
}

bool revocation_rules_revoke(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__RevokeTokensRequest *request = (const void *)input->request;
    const account_facts *facts = (const account_facts *)input->facts;
    revocation *made = (revocation *)after;
    bool subject = request->which_case == ANLAN__ORGANISATIONS__V1__REVOKE_TOKENS_REQUEST__WHICH_SUBJECT_ID;
    (void)before;
    if (request->which_case == ANLAN__ORGANISATIONS__V1__REVOKE_TOKENS_REQUEST__WHICH__NOT_SET)
        return status_violate(status, input->arena, "subject_id",
                              "one of token_id, session_id, subject_id is required");
    if (!input->whole_instance && !subject)
        return status_set(status, REASON(PERMISSION_MISSING), "single tokens are revoked at the instance");
    if (!input->whole_instance && !*facts->unit_id)
        return status_set(status, REASON(RECORD_NOT_FOUND), "no such person or client within your scope");
    if (!begin(input, made, status))
        return false;
    if (subject)
        made->subject_id = request->subject_id;
    else if (request->which_case == ANLAN__ORGANISATIONS__V1__REVOKE_TOKENS_REQUEST__WHICH_SESSION_ID)
        made->session_id = request->session_id;
    else
        made->token_id = request->token_id;
    made->reason = request->reason;
    set_end(input, made);
    return true;
}

bool revocation_rules_sign_out(const struct service_rule_input *input, const ProtobufCMessage *before,
                               ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__SignOutRequest *request = (const void *)input->request;
    revocation *made = (revocation *)after;
    (void)before;
    if (!begin(input, made, status))
        return false;
    if (request->everywhere)
        made->subject_id = service_uuid(&input->caller->subject_id, input->arena);
    else if (!uuid_is_nil(&input->caller->session_id))
        made->session_id = service_uuid(&input->caller->session_id, input->arena);
    else
        made->token_id = service_uuid(&input->caller->token_id, input->arena);
    made->reason = (char *)(request->everywhere ? "signed out everywhere" : "signed out");
    set_end(input, made);
    return true;
}

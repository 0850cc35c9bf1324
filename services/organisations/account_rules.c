// SPDX-License-Identifier: Apache-2.0
#include "account_rules.h"

#include <string.h>

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "passwords.h"
#include "record_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Account account;
typedef Anlan__Organisations__Facts__AccountFacts account_facts;

#define STATE(name) ANLAN__ORGANISATIONS__V1__ACCOUNT_STATE__ACCOUNT_STATE_##name

// The person as he is now: his name, his unit of record.
static void take_person(const struct service_rule_input *input, account *now)
{
    const account_facts *facts = (const account_facts *)input->facts;
    now->person_name = facts->person_name;
    now->unit_id = facts->unit_id;
}

// Who may give a password may act as whom he gives it to: he must cover all of that person's posts.
static bool check_reach(const struct service_rule_input *input, struct status *status)
{
    const account_facts *facts = (const account_facts *)input->facts;
    return !facts->beyond_scope ||
           status_set(status, REASON(PERMISSION_MISSING), "the person holds a post beyond your scope");
}

// Of system, security and audit administrator (三员) each keeps watch on the others, so none may take another's place:
// the account of somebody who holds a role of such a group is changed by the same role, or by who holds the instance's
// key.
static bool check_apart(const struct service_rule_input *input, struct status *status)
{
    const account_facts *facts = (const account_facts *)input->facts;
    if (uuid_is_nil(&input->caller->post_id) && input->whole_instance)
        return true;
    for (size_t i = 0; i < facts->n_apart_roles; i++)
        if (strcmp(facts->apart_roles[i], input->caller->role) != 0)
            return status_set(status, REASON(PERMISSION_MISSING),
                              "the person is a %s, whom a %s watches and does not replace", facts->apart_roles[i],
                              input->caller->role);
    return true;
}

static bool check_name(const char *name, struct arena *arena, struct status *status)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789._@-";
    return (strspn(name, first) > 0 && strspn(name, rest) == strlen(name)) ||
           status_violate(status, arena, "name", "must be of a-z 0-9 . _ @ -, beginning with a letter or digit");
}

static bool check_new(const struct service_rule_input *input, const char *name, struct status *status)
{
    const account_facts *facts = (const account_facts *)input->facts;
    if (!check_name(name, input->arena, status))
        return false;
    if (!*facts->person_name)
        return status_set(status, REASON(RECORD_NOT_FOUND), "no such person within your scope");
    if (facts->has_account)
        return status_set(status, REASON(RECORD_EXISTS), "the person has an account");
    if (facts->name_taken)
        return status_set(status, REASON(RECORD_EXISTS), "the name is taken");
    return check_reach(input, status) && check_apart(input, status);
}

// Secrets that work has made.
static Anlan__Organisations__V1__AccountSecrets *worked_secrets(const struct service_rule_input *input)
{
    return ((const account *)input->worked)->secrets;
}

bool account_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__CreateAccountRequest *request = (const void *)input->request;
    account *made = (account *)after;
    char *name = password_account_name(request->name, input->arena);
    (void)before;
    if (!name || !check_new(input, name, status))
        return false;
    take_person(input, made);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->person_id = request->person_id;
    made->name = name;
    made->state = STATE(ACTIVE);
    made->needs_second_factor = request->needs_second_factor;
    made->must_change_password = true;
    made->password_changed_at = service_timestamp(input->now, input->arena);
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->secrets = worked_secrets(input);
    return true;
}

// What every change by an administrator begins with.
static bool begin_change(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const account *was = (const account *)before;
    account *now = (account *)after;
    now->version = was->version + 1;
    take_person(input, now);
    return record_version_is(was->version, service_integer(input->request, "version"), status) &&
           check_reach(input, status) && check_apart(input, status);
}

static void refuse_tokens(const struct service_rule_input *input, account *now)
{
    now->tokens_from = service_timestamp(input->now, input->arena);
}

bool account_rules_disable(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__DisableAccountRequest *request = (const void *)input->request;
    account *now = (account *)after;
    if (!begin_change(input, before, after, status))
        return false;
    if (now->state == STATE(DISABLED))
        return status_set(status, REASON(STATE_CONFLICT), "the account is disabled");
    now->state = STATE(DISABLED);
    now->disabled_reason = request->reason;
    refuse_tokens(input, now);
    return true;
}

bool account_rules_enable(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    account *now = (account *)after;
    if (!begin_change(input, before, after, status))
        return false;
    if (now->state == STATE(ACTIVE))
        return status_set(status, REASON(STATE_CONFLICT), "the account is active");
    now->state = STATE(ACTIVE);
    now->disabled_reason = (char *)"";
    return true;
}

bool account_rules_reset(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__ResetAccountRequest *request = (const void *)input->request;
    const account *was = (const account *)before;
    account *now = (account *)after;
    if (!begin_change(input, before, after, status))
        return false;
    // The account's name is known here: work saw the password alone.
    if (!password_check(request->password, was->name, 0, "password", input->arena, status))
        return false;
    now->must_change_password = true;
    now->password_changed_at = service_timestamp(input->now, input->arena);
    now->secrets = worked_secrets(input);
    now->secrets->drop_second_factor = request->drop_second_factor;
    if (request->drop_second_factor)
        now->second_factor_since = NULL;
    refuse_tokens(input, now);
    return true;
}

bool account_rules_require_factor(const struct service_rule_input *input, const ProtobufCMessage *before,
                                  ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__RequireSecondFactorRequest *request = (const void *)input->request;
    account *now = (account *)after;
    if (!begin_change(input, before, after, status))
        return false;
    if (now->needs_second_factor == request->needed)
        return status_set(status, REASON(STATE_CONFLICT), request->needed ? "it needs one already" : "it needs none");
    now->needs_second_factor = request->needed;
    return true;
}

// What every change by the person himself begins with: the account is as it was when he proved that it is his.
static bool begin_own(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                      struct status *status)
{
    const account *was = (const account *)before;
    account *now = (account *)after;
    now->version = was->version + 1;
    take_person(input, now);
    return record_version_is(was->version, ((const account *)input->worked)->version, status);
}

bool account_rules_change_password(const struct service_rule_input *input, const ProtobufCMessage *before,
                                   ProtobufCMessage *after, struct status *status)
{
    account *now = (account *)after;
    if (!begin_own(input, before, after, status))
        return false;
    now->must_change_password = false;
    now->password_changed_at = service_timestamp(input->now, input->arena);
    now->secrets = worked_secrets(input);
    refuse_tokens(input, now);
    return true;
}

bool account_rules_enrol(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    account *now = (account *)after;
    if (!begin_own(input, before, after, status))
        return false;
    now->second_factor_since = service_timestamp(input->now, input->arena);
    now->secrets = worked_secrets(input);
    return true;
}

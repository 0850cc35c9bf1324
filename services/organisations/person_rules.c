// SPDX-License-Identifier: Apache-2.0
#include "person_rules.h"

#include "anlan/organisations/v1/people.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "phones.h"
#include "record_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Person person;
typedef Anlan__Organisations__Facts__PersonFacts person_facts;

static bool take_phone(const struct service_rule_input *input, const char *given, const person *was, person *now,
                       struct status *status)
{
    struct phone before = {0};
    struct phone taken;
    if (was)
        before = (struct phone){was->phone, was->phone_digest};
    if (!phone_take(input, "phone", given, was ? &before : NULL, &taken, &now->withheld, status))
        return false;
    now->phone = taken.shown;
    now->phone_digest = taken.digest;
    return true;
}

static bool check_unit(const struct service_rule_input *input, struct status *status)
{
    const person_facts *facts = (const person_facts *)input->facts;
    return !facts->unit_retired || status_set(status, REASON(STATE_CONFLICT), "the unit is retired");
}

static bool check_change(const person *was, int64_t version, struct status *status)
{
    return record_version_is(was->version, version, status) &&
           (!was->retired_at || status_set(status, REASON(STATE_CONFLICT), "the person has left"));
}

bool person_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__CreatePersonRequest *request = (const void *)input->request;
    person *made = (person *)after;
    (void)before;
    if (!check_unit(input, status) || !take_phone(input, request->phone, NULL, made, status))
        return false;
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->unit_id = request->unit_id;
    made->name = request->name;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool person_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__UpdatePersonRequest *request = (const void *)input->request;
    const person *was = (const person *)before;
    person *now = (person *)after;
    if (!check_change(was, request->version, status) || !check_unit(input, status) ||
        !take_phone(input, request->phone, was, now, status))
        return false;
    now->version = was->version + 1;
    now->unit_id = request->unit_id;
    now->name = request->name;
    return true;
}

bool person_rules_retire(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__RetirePersonRequest *request = (const void *)input->request;
    const person_facts *facts = (const person_facts *)input->facts;
    const person *was = (const person *)before;
    person *now = (person *)after;
    if (!check_change(was, request->version, status))
        return false;
    if (facts->holds_post)
        return status_set(status, REASON(STATE_CONFLICT), "the person holds a post");
    if (facts->answers)
        return status_set(status, REASON(STATE_CONFLICT), "the person answers by the responsibility list");
    now->version = was->version + 1;
    now->retired_at = service_timestamp(input->occurred_at, input->arena);
    now->retired_reason = request->reason;
    return true;
}

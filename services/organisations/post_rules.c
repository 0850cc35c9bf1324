// SPDX-License-Identifier: Apache-2.0
#include "post_rules.h"

#include <string.h>

#include "anlan/organisations/v1/people.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Post post;
typedef Anlan__Organisations__V1__CreatePostRequest create_request;
typedef Anlan__Organisations__Facts__PersonFacts person_facts;

static bool is_caller(const struct service_rule_input *input, const char *person_id)
{
    struct uuid id;
    return uuid_parse(person_id, &id) && uuid_compare(&id, &input->caller->subject_id) == 0;
}

static bool check_create(const struct service_rule_input *input, const create_request *request, struct status *status)
{
    const person_facts *facts = (const person_facts *)input->facts;
    if (!*facts->person_name)
        return status_violate(status, input->arena, "person_id", "is no active person");
    if (is_caller(input, request->person_id))
        return status_violate(status, input->arena, "person_id", "nobody gives a post to himself");
    if (!facts->role_known)
        return status_violate(status, input->arena, "role", "is not in the list of roles");
    if (*facts->role_apart)
        return status_set(status, REASON(STATE_CONFLICT), "the person holds the role %s, which is kept apart from %s",
                          facts->role_apart, request->role);
    if (facts->unit_retired)
        return status_set(status, REASON(STATE_CONFLICT), "the unit is retired");
    return !facts->post_taken || status_set(status, REASON(RECORD_EXISTS), "the person holds this post in that time");
}

bool post_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const create_request *request = (const void *)input->request;
    const person_facts *facts = (const person_facts *)input->facts;
    clock_time starts_at = record_time(request->starts_at, input->occurred_at);
    post *made = (post *)after;
    (void)before;
    if (!check_create(input, request, status))
        return false;
    if (request->ends_at && service_time(request->ends_at) <= starts_at)
        return status_violate(status, input->arena, "ends_at", "must be after its beginning");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->person_id = request->person_id;
    made->person_name = facts->person_name;
    made->unit_id = request->unit_id;
    made->role = request->role;
    made->n_sectors = request->n_sectors;
    made->sectors = request->sectors;
    made->starts_at = service_timestamp(starts_at, input->arena);
    made->ends_at = request->ends_at;
    made->document = request->document;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool post_rules_end(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                    struct status *status)
{
    const Anlan__Organisations__V1__EndPostRequest *request = (const void *)input->request;
    const post *was = (const post *)before;
    post *now = (post *)after;
    clock_time ends_at = record_time(request->ends_at, input->occurred_at);
    if (!record_version_is(was->version, request->version, status) ||
        !record_ends(input, was->starts_at, was->ends_at, ends_at, status))
        return false;
    now->version = was->version + 1;
    now->ends_at = service_timestamp(ends_at, input->arena);
    now->end_document = request->document;
    return true;
}

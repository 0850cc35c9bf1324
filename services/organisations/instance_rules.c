// SPDX-License-Identifier: Apache-2.0
#include "instance_rules.h"

#include <string.h>

#include "anlan/organisations/v1/instances.pb-c.h"
#include "crypto/certificate.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "rpc/address.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Instance instance;
typedef Anlan__Organisations__V1__InstanceAddresses addresses;

#define STATE(name) ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_##name
#define ADDRESS_SIZE 300

static bool are_addresses(const char *list)
{
    for (const char *at = list; *at;) {
        char one[ADDRESS_SIZE];
        struct status ignored = {0};
        size_t length = strcspn(at, ",");
        if (length >= sizeof(one))
            return false;
        memcpy(one, at, length);
        one[length] = '\0';
        if (!rpc_address_is_tls(one) || !rpc_address_allowed(one, &ignored))
            return false;
        at += length + (at[length] == ',' && at[length + 1] != '\0');
        if (*at == ',')
            return false;
    }
    return *list != '\0';
}

static bool check_addresses(const struct service_rule_input *input, const addresses *given, struct status *status)
{
    bool signs_in = false;
    for (size_t i = 0; i < given->n_services; i++) {
        const Anlan__Organisations__V1__ServiceAddresses *service = given->services[i];
        const char *wrong = !are_addresses(service->calls) ? "calls" : !are_addresses(service->feed) ? "feed" : NULL;
        if (wrong)
            return status_violate(status, input->arena,
                                  arena_printf(input->arena, "addresses.services[%zu].%s", i, wrong),
                                  "must be tls+tcp://HOST:PORT, several separated by commas");
        for (size_t k = 0; k < i; k++)
            if (strcmp(given->services[k]->service, service->service) == 0)
                return status_violate(status, input->arena,
                                      arena_printf(input->arena, "addresses.services[%zu].service", i),
                                      "is named twice");
        signs_in = signs_in || strcmp(service->service, "organisations") == 0;
    }
    return signs_in || status_violate(status, input->arena, "addresses", "must name organisations: one signs in there");
}

static bool check(const struct service_rule_input *input, const addresses *given, const char *authority,
                  struct status *status)
{
    if (!record_has_whole_tree(input))
        return status_set(status, REASON(PERMISSION_MISSING), "instances concern all: only the whole tree's post may");
    if (!check_addresses(input, given, status))
        return false;
    return crypto_authority_good(authority) ||
           status_violate(status, input->arena, "certificate_authority",
                          "must be certificates of authorities in PEM, nothing else");
}

static bool check_enrolment(const struct service_rule_input *input, const struct uuid *id, struct status *status)
{
    const Anlan__Organisations__V1__EnrolInstanceRequest *request = (const void *)input->request;
    const Anlan__Organisations__Facts__InstanceFacts *facts = (const void *)input->facts;
    if (uuid_is_nil(id) || uuid_compare(id, directory_instance(input->access->directory)) == 0)
        return status_violate(status, input->arena, "id", "must be another instance's");
    if (facts->known)
        return status_set(status, REASON(RECORD_EXISTS), "the instance is known");
    if (!facts->unit_fits)
        return status_violate(status, input->arena, "unit_id", "must be an active city or county below another unit");
    if (facts->unit_taken)
        return status_set(status, REASON(STATE_CONFLICT), "another instance has this unit");
    return request->kind != ANLAN__ORGANISATIONS__V1__INSTANCE_KIND__INSTANCE_KIND_ABOVE || !facts->above_known ||
           status_set(status, REASON(STATE_CONFLICT), "there is an instance above already");
}

bool instance_rules_enrol(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__EnrolInstanceRequest *request = (const void *)input->request;
    instance *made = (instance *)after;
    struct uuid id = {{0}};
    (void)before;
    uuid_parse(request->id, &id);
    if (!check(input, request->addresses, request->certificate_authority, status) ||
        !check_enrolment(input, &id, status))
        return false;
    made->id = request->id;
    made->version = 1;
    made->kind = request->kind;
    made->unit_id = request->unit_id;
    made->display_name = request->display_name;
    made->addresses = request->addresses;
    made->certificate_authority = request->certificate_authority;
    made->state = STATE(ENROLLED);
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->state_since = made->entered_at;
    return true;
}

bool instance_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__UpdateInstanceRequest *request = (const void *)input->request;
    const instance *was = (const instance *)before;
    instance *now = (instance *)after;
    if (!record_version_is(was->version, request->version, status) ||
        !check(input, request->addresses, request->certificate_authority, status))
        return false;
    if (was->state == STATE(ENDED))
        return status_set(status, REASON(STATE_CONFLICT), "the instance has ended");
    now->version = was->version + 1;
    now->display_name = request->display_name;
    now->addresses = request->addresses;
    now->certificate_authority = request->certificate_authority;
    return true;
}

// The states and what leads from one to another: README.md draws them.
static bool move(const struct service_rule_input *input, const instance *was, instance *now,
                 Anlan__Organisations__V1__InstanceState to, int64_t version, struct status *status)
{
    bool allowed = to == STATE(ENROLLED)    ? was->state == STATE(SUSPENDED)
                   : to == STATE(SUSPENDED) ? was->state == STATE(ENROLLED)
                                            : was->state != STATE(ENDED);
    if (!record_version_is(was->version, version, status))
        return false;
    if (!record_has_whole_tree(input))
        return status_set(status, REASON(PERMISSION_MISSING), "instances concern all: only the whole tree's post may");
    if (!allowed)
        return status_set(status, REASON(STATE_CONFLICT), "the instance is not in a state from which this leads on");
    now->version = was->version + 1;
    now->state = to;
    now->state_since = service_timestamp(input->now, input->arena);
    return true;
}

bool instance_rules_suspend(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__SuspendInstanceRequest *request = (const void *)input->request;
    ((instance *)after)->reason = request->reason;
    return move(input, (const instance *)before, (instance *)after, STATE(SUSPENDED), request->version, status);
}

bool instance_rules_resume(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__ResumeInstanceRequest *request = (const void *)input->request;
    ((instance *)after)->reason = (char *)"";
    return move(input, (const instance *)before, (instance *)after, STATE(ENROLLED), request->version, status);
}

bool instance_rules_end(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Organisations__V1__EndInstanceRequest *request = (const void *)input->request;
    ((instance *)after)->reason = request->reason;
    return move(input, (const instance *)before, (instance *)after, STATE(ENDED), request->version, status);
}

// SPDX-License-Identifier: Apache-2.0
#include "role_rules.h"

#include <string.h>

#include "anlan/organisations/v1/roles.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Role role;

bool role_rules_is_permission(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    size_t noun = strspn(text, letters);
    size_t verb = noun > 0 && text[noun] == '.' ? strspn(text + noun + 1, letters) : 0;
    return verb > 0 && text[noun + 1 + verb] == '\0';
}

static bool check(const struct service_rule_input *input, char *const *permissions, size_t count, struct status *status)
{
    if (!record_has_whole_tree(input))
        return status_set(status, REASON(PERMISSION_MISSING), "roles hold everywhere: only the whole tree's post may");
    for (size_t i = 0; i < count; i++)
        if (!role_rules_is_permission(permissions[i]))
            return status_violate(status, input->arena, arena_printf(input->arena, "permissions[%zu]", i),
                                  "must be noun.verb");
    return true;
}

bool role_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__CreateRoleRequest *request = (const void *)input->request;
    const Anlan__Organisations__Facts__RoleFacts *facts = (const void *)input->facts;
    role *made = (role *)after;
    (void)before;
    if (!check(input, request->permissions, request->n_permissions, status))
        return false;
    if (facts->name_taken)
        return status_set(status, REASON(RECORD_EXISTS), "there is a role %s", request->name);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->name = request->name;
    made->zh = request->zh;
    made->en = request->en;
    made->n_permissions = request->n_permissions;
    made->permissions = request->permissions;
    made->separate_group = request->separate_group;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool role_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__UpdateRoleRequest *request = (const void *)input->request;
    const role *was = (const role *)before;
    role *now = (role *)after;
    if (!record_version_is(was->version, request->version, status) ||
        !check(input, request->permissions, request->n_permissions, status))
        return false;
    now->version = was->version + 1;
    now->zh = request->zh;
    now->en = request->en;
    now->n_permissions = request->n_permissions;
    now->permissions = request->permissions;
    now->separate_group = request->separate_group;
    now->retired = request->retired;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "beginning.h"

#include "base/check.h"

static const char *const administrator[] = {
    "units.create",
    "units.update",
    "units.retire",
    "units.move",
    "units.merge",
    "units.read",
    "people.create",
    "people.update",
    "people.read",
    "posts.create",
    "posts.end",
    "posts.read",
    "roles.write",
    "roles.read",
    "responsibilities.read",
    "responsibilities.end",
    "responsibilities.create",
    "grants.read",
    "grants.revoke",
    "access.explain",
    "accounts.manage",
    "accounts.read",
    "clients.manage",
    "clients.read",
    "instances.manage",
    "instances.read",
    "tokens.revoke",
    "sign_in_rules.read",
    "sign_in_rules.write",
    "duty.read",
    "duty.write",
    NULL,
};
static const char *const service[] = {"feed.pull", "units.read", "hazards.enter_finding", NULL};

// What other instances may, within the unit at which the border runs: the one above copies the logs, the one below
// follows what it is shown.
static const char *const instance_above[] = {"feed.pull", "units.read", NULL};
static const char *const instance_below[] = {"units.read", "hazards.read", "campaigns.read", NULL};

const struct access_role beginning_roles[] = {
    {"administrator", administrator},
    {"service", service},
    {ACCESS_INSTANCE_ABOVE, instance_above},
    {ACCESS_INSTANCE_BELOW, instance_below},
};
const size_t beginning_role_count = COUNT_OF(beginning_roles);

// SPDX-License-Identifier: Apache-2.0
// How old the directory may be for what is decided on it: a person's own post in his own tenant goes on without
// organisations for a while, so that a restart of that does not stop a county; what lies elsewhere does not.
#include "base/clock.h"
#include "service/engine.h"

// What is covered lies within one tenant: a tier that is none itself or has none below, or what a unit is party to.
static bool pair_in_tenant(const struct directory *directory, const struct access_pair *pair,
                           const struct uuid *tenant_id)
{
    const struct directory_unit *unit = directory_find(directory, &pair->unit_id);
    return unit && uuid_compare(&unit->tenant_id, tenant_id) == 0 && pair->kind != ACCESS_REGION &&
           pair->kind != ACCESS_CITY;
}

bool service_fresh_is_home(struct service *service, const struct access_caller *caller, const struct uuid *tenant_id,
                           const struct access_decision *decision)
{
    if (caller->is_client || !caller->has_post)
        return false;
    if (uuid_compare(&caller->unit_id, &service->instance_id) == 0)
        return true;
    directory_lock(service->directory);
    const struct directory_unit *unit = directory_find(service->directory, &caller->unit_id);
    bool home = unit != NULL;
    if (home && !uuid_is_nil(tenant_id) && !service->definition->keeps_directory)
        home = uuid_compare(tenant_id, &unit->tenant_id) == 0;
    else
        for (size_t i = 0; home && i < decision->count; i++)
            home = pair_in_tenant(service->directory, &decision->pairs[i], &unit->tenant_id);
    directory_unlock(service->directory);
    return home;
}

bool service_fresh_behind(const struct service *service, struct status *status)
{
    *status = (struct status){0};
    status_set(status, REASON(DIRECTORY_BEHIND), "the directory was seen too long ago, at position %lld",
               (long long)directory_position(service->directory));
    status->retry_after_ms = 100;
    return false;
}

bool service_fresh_enough(struct service *service, const struct access_caller *caller, const struct uuid *tenant_id,
                          const struct access_decision *decision, struct status *status)
{
    struct status stale = {0};
    const struct access_freshness freshness = {.now = clock_monotonic(), .outside = true};
    return access_fresh(service->directory, &freshness, &stale) ||
           service_fresh_is_home(service, caller, tenant_id, decision) || service_fresh_behind(service, status);
}

// SPDX-License-Identifier: Apache-2.0
// What a unit keeps to itself. Nothing of it is inherited from tiers: a caller's own post has what its own unit keeps,
// a grant what the unit of the post keeps that gave it, each as far as the decision reaches; and what units kept in
// whose place that unit is. So each pair of the decision goes with the keepers of its origin, and two of them never
// make a third.
#include "access/granting.h"
#include "service/engine.h"
#include "service/values.h"

// Whose keeping an origin of the decision opens.
struct keepers {
    struct uuid *ids;
    size_t count;
};

// The unit of an origin; false where it has none, as with what was taken in an emergency.
static bool unit_of(struct service *service, const struct service_job *job, size_t origin, struct uuid *unit_id)
{
    struct access_principal principals[ACCESS_PRINCIPALS_MOST];
    *unit_id = job->caller.unit_id;
    if (origin > 0) {
        size_t count = access_principals(service->directory, &job->caller.grants[origin - 1], principals);
        if (count == 0)
            return false;
        *unit_id = principals[count - 1].unit_id;
    }
    return !uuid_is_nil(unit_id);
}

static void find_keepers(struct service *service, struct service_job *job, size_t origin, struct keepers *keepers)
{
    struct uuid unit_id;
    struct uuid former;
    size_t formers = 0;
    *keepers = (struct keepers){0};
    if (!unit_of(service, job, origin, &unit_id))
        return;
    directory_lock(service->directory);
    for (size_t at = 0; directory_next_former(service->directory, &unit_id, &at, &former);)
        formers++;
    keepers->ids = arena_array(&job->call->arena, 1 + formers, sizeof(*keepers->ids));
    if (keepers->ids)
        keepers->ids[keepers->count++] = unit_id;
    for (size_t at = 0; keepers->ids && directory_next_former(service->directory, &unit_id, &at, &former);)
        keepers->ids[keepers->count++] = former;
    directory_unlock(service->directory);
}

static struct keepers *all_keepers(struct service *service, struct service_job *job)
{
    struct keepers *keepers = arena_array(&job->call->arena, job->caller.grant_count + 1, sizeof(*keepers));
    for (size_t i = 0; keepers && i <= job->caller.grant_count; i++)
        find_keepers(service, job, i, &keepers[i]);
    return keepers;
}

// "keeper/t/unit/sector".
static char *key_of(struct service_job *job, const struct uuid *keeper_id, const struct access_pair *pair)
{
    char keeper[UUID_TEXT_SIZE];
    char unit[UUID_TEXT_SIZE];
    uuid_format(keeper_id, keeper);
    uuid_format(&pair->unit_id, unit);
    char kind = pair->kind == ACCESS_PARTY ? 'p' : pair->kind == ACCESS_UNIT ? 'a' : 't';
    return arena_printf(&job->call->arena, "%s/%c/%s/%s", keeper, kind, unit, pair->sector ? pair->sector : "");
}

bool service_kept_fill(struct service *service, struct service_job *job)
{
    Anlan__Service__Context *context = &job->context;
    const struct access_decision *decision = &job->decision;
    const struct keepers *keepers = all_keepers(service, job);
    size_t most = 0;
    for (size_t i = 0; keepers && i < decision->count; i++)
        most += keepers[decision->pairs[i].origin].count;
    context->kept = arena_array(&job->call->arena, most, sizeof(char *));
    for (size_t i = 0; keepers && context->kept && i < decision->count; i++) {
        const struct access_pair *pair = &decision->pairs[i];
        for (size_t k = 0; pair->kind != ACCESS_INSTANCE && k < keepers[pair->origin].count; k++)
            context->kept[context->n_kept++] = key_of(job, &keepers[pair->origin].ids[k], pair);
    }
    return !job->call->arena.exhausted;
}

static bool keeps(const struct keepers *keepers, const struct uuid *keeper_id)
{
    for (size_t i = 0; i < keepers->count; i++)
        if (uuid_compare(&keepers->ids[i], keeper_id) == 0)
            return true;
    return false;
}

int service_kept_origin(struct service *service, struct service_job *job, const struct access_record *record,
                        const struct uuid *keeper_id)
{
    const struct keepers *keepers = all_keepers(service, job);
    for (size_t i = 0; keepers && i <= job->caller.grant_count; i++)
        if (access_covers_by(&job->decision, record, (unsigned)i) && keeps(&keepers[i], keeper_id))
            return (int)i;
    return -1;
}

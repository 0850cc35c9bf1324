// SPDX-License-Identifier: Apache-2.0
// What a unit keeps to itself. Nothing of it is inherited: a caller's own post has what its own unit keeps, a grant
// what the unit of the post keeps that gave it, each as far as the decision reaches. So each pair of the decision goes
// with the keeper of its origin, and two of them never make a third.
#include "access/granting.h"
#include "service/engine.h"
#include "service/values.h"

// Whose keeping an origin of the decision opens. False: nobody's, as with what was taken in an emergency.
static bool keeper_of(struct service *service, const struct service_job *job, unsigned origin, struct uuid *keeper_id)
{
    struct access_principal principals[ACCESS_PRINCIPALS_MOST];
    if (origin == 0) {
        *keeper_id = job->caller.unit_id;
        return !uuid_is_nil(keeper_id);
    }
    size_t count = access_principals(service->directory, &job->caller.grants[origin - 1], principals);
    if (count == 0)
        return false;
    *keeper_id = principals[count - 1].unit_id;
    return true;
}

// "keeper/t/unit/sector"; NULL for what no keeper has.
static char *key_of(struct service *service, const struct service_job *job, const struct access_pair *pair)
{
    struct uuid keeper_id;
    char keeper[UUID_TEXT_SIZE];
    char unit[UUID_TEXT_SIZE];
    if (pair->kind == ACCESS_INSTANCE || !keeper_of(service, job, pair->origin, &keeper_id))
        return NULL;
    uuid_format(&keeper_id, keeper);
    uuid_format(&pair->unit_id, unit);
    char kind = pair->kind == ACCESS_PARTY ? 'p' : pair->kind == ACCESS_UNIT ? 'a' : 't';
    return arena_printf(&job->call->arena, "%s/%c/%s/%s", keeper, kind, unit, pair->sector ? pair->sector : "");
}

bool service_kept_fill(struct service *service, struct service_job *job)
{
    Anlan__Service__Context *context = &job->context;
    context->kept = arena_array(&job->call->arena, job->decision.count, sizeof(char *));
    for (size_t i = 0; context->kept && i < job->decision.count; i++) {
        char *key = key_of(service, job, &job->decision.pairs[i]);
        if (key)
            context->kept[context->n_kept++] = key;
    }
    return !job->call->arena.exhausted;
}

int service_kept_origin(struct service *service, const struct service_job *job, const struct access_record *record,
                        const struct uuid *keeper_id)
{
    for (size_t i = 0; i <= job->caller.grant_count; i++) {
        struct uuid keeper;
        if (access_covers_by(&job->decision, record, (unsigned)i) && keeper_of(service, job, (unsigned)i, &keeper) &&
            uuid_compare(&keeper, keeper_id) == 0)
            return (int)i;
    }
    return -1;
}

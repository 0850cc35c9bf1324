// SPDX-License-Identifier: Apache-2.0
#include "access/granting.h"

#include <string.h>

#include "access/standing.h"
#include "base/check.h"

#define CONDITION_TEXTS(name, en, zh) [ACCESS_##name] = {(en), (zh)},
static const char *const texts[][2] = {ACCESS_CONDITIONS(CONDITION_TEXTS)};

const char *access_condition_text(enum access_condition condition, bool chinese)
{
    return texts[condition][chinese];
}

// A pair holds the unit as a whole, in a sector: any (NULL with `some`), all (NULL), or one.
static bool holds_unit(struct reach *scratch, const struct access_pair *pair, const struct directory_unit *unit,
                       const char *sector, bool some)
{
    if (pair->sector && !some && (!sector || strcmp(pair->sector, sector) != 0))
        return false;
    scratch->count = 0;
    reach_add_within(scratch, pair, unit);
    for (size_t i = 0; i < scratch->count; i++)
        if (uuid_compare(&scratch->pairs[i].unit_id, &unit->id) == 0)
            return true;
    return false;
}

static bool pairs_hold(struct reach *scratch, const struct access_pair *pairs, size_t count,
                       const struct directory_unit *unit, const char *sector, bool some)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].origin == 0 && holds_unit(scratch, &pairs[i], unit, sector, some))
            return true;
    return false;
}

// Each sector that is named, or, where none is, some or all.
static bool pairs_hold_sectors(struct reach *scratch, const struct access_pair *pairs, size_t count,
                               const struct directory_grant *grant, bool some, const char **missing)
{
    const struct directory_unit *unit = directory_find(scratch->directory, &grant->unit_id);
    *missing = NULL;
    if (!unit || unit->retired)
        return false;
    if (grant->sectors->count == 0)
        return pairs_hold(scratch, pairs, count, unit, NULL, some);
    for (size_t i = 0; i < grant->sectors->count; i++) {
        *missing = grant->sectors->words[i];
        if (!pairs_hold(scratch, pairs, count, unit, *missing, false))
            return false;
    }
    return true;
}

static bool grantor_holds(const struct directory *directory, const struct directory_grant *grant, clock_time now,
                          struct arena *arena, struct access_shortfall *shortfall)
{
    for (size_t i = 0; i < grant->permissions->count; i++) {
        struct reach grantor = {.directory = directory, .arena = arena};
        struct reach scratch = {.directory = directory, .arena = arena};
        *shortfall = (struct access_shortfall){.permission = grant->permissions->words[i]};
        shortfall->standing = standing_of_grantor(&grantor, grant, shortfall->permission, now);
        if (shortfall->standing.condition != ACCESS_HOLDS)
            return false;
        if (!pairs_hold_sectors(&scratch, grantor.pairs, grantor.count, grant, true, &shortfall->sector)) {
            shortfall->standing = (struct access_standing){ACCESS_OUT_OF_REACH, grant->unit_id};
            return false;
        }
    }
    return true;
}

bool access_grantor_holds(const struct access_policy *policy, const struct directory_grant *grant, clock_time now,
                          struct arena *arena, struct access_shortfall *shortfall)
{
    directory_lock(policy->directory);
    bool good = grantor_holds(policy->directory, grant, now, arena, shortfall);
    directory_unlock(policy->directory);
    return good;
}

bool access_own_post_covers(const struct access_policy *policy, const struct access_decision *decision,
                            const struct directory_grant *grant, struct arena *arena)
{
    const char *missing = NULL;
    struct reach scratch = {.directory = policy->directory, .arena = arena};
    directory_lock(policy->directory);
    bool good = pairs_hold_sectors(&scratch, decision->pairs, decision->count, grant, false, &missing);
    directory_unlock(policy->directory);
    return good;
}

bool access_unit_grantable(const struct access_policy *policy, const struct uuid *unit_id)
{
    const struct directory_unit *below[REACH_BELOW_MOST];
    size_t count = 0;
    directory_lock(policy->directory);
    const struct directory_unit *unit = directory_find(policy->directory, unit_id);
    bool good =
        unit && (reach_level(unit) >= 0 || directory_below(policy->directory, unit_id, below, COUNT_OF(below), &count));
    directory_unlock(policy->directory);
    return good;
}

size_t access_principals(struct directory *directory, const struct uuid *grant_id,
                         struct access_principal principals[ACCESS_PRINCIPALS_MOST])
{
    size_t count = 0;
    directory_lock(directory);
    const struct directory_grant *grant = directory_grant(directory, grant_id);
    for (; grant && count < ACCESS_PRINCIPALS_MOST; grant = directory_grant(directory, &grant->parent_id)) {
        const struct directory_post *post = directory_post(directory, &grant->grantor_post_id);
        if (grant->ground == ANLAN__ORGANISATIONS__V1__GRANT_GROUND__GRANT_GROUND_BREAK_GLASS)
            break;
        principals[count++] = (struct access_principal){.person_id = grant->grantor_person_id,
                                                        .unit_id = post ? post->unit_id : (struct uuid){{0}},
                                                        .post_id = grant->grantor_post_id,
                                                        .grant_id = grant->id};
    }
    directory_unlock(directory);
    return count;
}

// The unit belongs to a tenant that lies below this one.
static bool is_of_below(struct directory *directory, const struct uuid *unit_id, const struct uuid *tenant_id)
{
    bool below = false;
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, unit_id);
    for (size_t i = 0; unit && i < DIRECTORY_LEVELS; i++)
        below = below || uuid_compare(&unit->place.levels[i], tenant_id) == 0;
    below = below && uuid_compare(&unit->tenant_id, tenant_id) != 0;
    directory_unlock(directory);
    return below;
}

// By whose unit a pair counts: the caller's, or that of the post which gave the grant.
static struct uuid unit_behind(const struct access_policy *policy, const struct access_caller *caller, unsigned origin)
{
    struct access_principal principals[ACCESS_PRINCIPALS_MOST];
    size_t count = origin == 0 ? 0 : access_principals(policy->directory, &caller->grants[origin - 1], principals);
    return count == 0 ? caller->unit_id : principals[count - 1].unit_id;
}

void access_keep_below_out(const struct access_policy *policy, const struct access_caller *caller,
                           const struct uuid *tenant_id, struct access_decision *decision)
{
    size_t kept = 0;
    bool out = false;
    for (size_t i = 0; i < decision->count; i++) {
        const struct access_pair *pair = &decision->pairs[i];
        if (i == 0 || pair->origin != decision->pairs[i - 1].origin) {
            struct uuid unit_id = unit_behind(policy, caller, pair->origin);
            out = is_of_below(policy->directory, &unit_id, tenant_id);
        }
        if (!out)
            decision->pairs[kept++] = *pair;
    }
    decision->count = kept;
}

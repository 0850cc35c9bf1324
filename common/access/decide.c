// SPDX-License-Identifier: Apache-2.0
#include "access/decide.h"

#include <string.h>

#include "access/standing.h"
#include "access/words.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"

bool access_fresh(const struct directory *directory, const struct access_freshness *freshness, struct status *status)
{
    int64_t caught_up = directory_caught_up_at(directory);
    int64_t most = freshness->outside ? LIMIT_DIRECTORY_AGE_GRANT_MS : LIMIT_DIRECTORY_AGE_MAX_MS;
    if (caught_up >= 0 && freshness->now - caught_up <= most * CLOCK_MILLISECOND &&
        directory_position(directory) >= freshness->position)
        return true;
    status_set(status, REASON(DIRECTORY_BEHIND), "the directory is at position %lld",
               (long long)directory_position(directory));
    status->retry_after_ms = 100;
    return false;
}

static bool names(const char *const *permissions, const char *permission)
{
    for (; *permissions; permissions++)
        if (strcmp(*permissions, permission) == 0)
            return true;
    return false;
}

// A role that the key's holder vouches for: one of the beginning, or of the directory.
static bool vouched_role_permits(const struct access_policy *policy, const char *name, const char *permission)
{
    for (size_t i = 0; i < policy->role_count; i++)
        if (strcmp(policy->roles[i].name, name) == 0)
            return names(policy->roles[i].permissions, permission);
    const struct directory_role *role = directory_role(policy->directory, name);
    return role && words_has(role->permissions, permission);
}

// What is decided, as far as it has come.
struct deciding {
    const struct access_policy *policy;
    const struct access_question *question;
    struct reach reach;
    struct uuid unit_id;    // of the acting post; nil where he acts in none
    bool permitted;         // by the post or a grant
};

static void add_vouched(struct deciding *deciding)
{
    const struct access_caller *caller = deciding->question->caller;
    const char *sectors[COUNT_OF(caller->sectors)];
    for (size_t i = 0; i < caller->sector_count; i++) {
        sectors[i] = arena_text(deciding->reach.arena, caller->sectors[i], strlen(caller->sectors[i]));
        if (!sectors[i])
            return;
    }
    const struct directory_unit *unit = directory_find(deciding->policy->directory, &caller->unit_id);
    if (unit)
        reach_add_post(&deciding->reach, unit, sectors, caller->sector_count);
    else
        reach_add_instance(&deciding->reach);
}

static bool vouched_unit_stands(const struct access_policy *policy, const struct uuid *unit_id)
{
    const struct directory_unit *unit = directory_find(policy->directory, unit_id);
    return (unit && !unit->retired) || uuid_compare(unit_id, directory_instance(policy->directory)) == 0;
}

static bool decide_vouched(struct deciding *deciding, struct status *status)
{
    const struct access_caller *caller = deciding->question->caller;
    if (!vouched_unit_stands(deciding->policy, &caller->unit_id))
        return status_set(status, REASON(POST_ENDED), "the post's unit is not in the directory or retired");
    deciding->unit_id = caller->unit_id;
    deciding->permitted = vouched_role_permits(deciding->policy, caller->role, deciding->question->permission);
    if (deciding->permitted)
        add_vouched(deciding);
    return true;
}

// Another instance: a client that needs no grant.
static void decide_peer(struct deciding *deciding)
{
    const struct access_policy *policy = deciding->policy;
    const struct access_caller *caller = deciding->question->caller;
    const struct directory_peer *peer =
        caller->is_client ? directory_peer(policy->directory, &caller->subject_id) : NULL;
    const struct directory_unit *unit = peer ? directory_find(policy->directory, &peer->unit_id) : NULL;
    const char *role = peer && peer->above ? ACCESS_INSTANCE_ABOVE : ACCESS_INSTANCE_BELOW;
    if (!unit || peer->state != ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_ENROLLED ||
        !vouched_role_permits(policy, role, deciding->question->permission))
        return;
    deciding->permitted = true;
    reach_add_post(&deciding->reach, unit, NULL, 0);
}

static bool decide_post(struct deciding *deciding, struct status *status)
{
    const struct access_question *question = deciding->question;
    const struct access_caller *caller = question->caller;
    if (!caller->has_post)
        return true;
    if (uuid_is_nil(&caller->post_id))
        return decide_vouched(deciding, status);
    struct standing_post found;
    struct access_standing standing =
        standing_of_post(deciding->policy->directory, &caller->post_id, &caller->subject_id, question->now, &found);
    if (caller->is_client || standing.condition != ACCESS_HOLDS)
        return status_set(status, REASON(POST_ENDED), "the post does not exist, is not the caller's or has ended");
    deciding->unit_id = found.post->unit_id;
    standing = standing_of_role(&deciding->reach, &found, question->permission);
    deciding->permitted = standing.condition == ACCESS_HOLDS;
    return true;
}

static void decide_grants(struct deciding *deciding)
{
    const struct access_question *question = deciding->question;
    const struct access_caller *caller = question->caller;
    struct reach *reach = &deciding->reach;
    for (size_t i = 0; i < caller->grant_count && !question->without_grants; i++) {
        size_t before = reach->count;
        const struct directory_grant *grant = directory_grant(deciding->policy->directory, &caller->grants[i]);
        if (!grant || !standing_is_grantee(grant, &caller->subject_id, caller->is_client, &deciding->unit_id))
            continue;
        struct access_standing standing = standing_of_grant(reach, grant, question->permission, question->now);
        deciding->permitted = deciding->permitted || standing.condition == ACCESS_HOLDS;
        for (size_t at = before; at < reach->count; at++)
            reach->pairs[at].origin = (unsigned)i + 1;
    }
}

// Confines what was found to a unit's records.
static bool confine(struct deciding *deciding, struct status *status)
{
    const struct uuid *within = deciding->question->within;
    const struct directory_unit *unit = within ? directory_find(deciding->policy->directory, within) : NULL;
    if (!within)
        return true;
    struct reach all = deciding->reach;
    struct reach part = {.directory = all.directory, .arena = all.arena, .use = all.use};
    for (size_t i = 0; unit && i < all.count; i++) {
        size_t before = part.count;
        reach_add_within(&part, &all.pairs[i], unit);
        for (size_t at = before; at < part.count; at++)
            part.pairs[at].origin = all.pairs[i].origin;
    }
    deciding->reach = part;
    return part.count > 0 || status_set(status, REASON(UNIT_NOT_FOUND), "no such unit within your scope");
}

static bool decide_locked(struct deciding *deciding, struct status *status)
{
    const struct access_question *question = deciding->question;
    if (!decide_post(deciding, status))
        return false;
    decide_peer(deciding);
    decide_grants(deciding);
    if (!deciding->permitted)
        return status_set(status, REASON(PERMISSION_MISSING), "neither the post (%s) nor a grant has %s",
                          question->caller->role, question->permission);
    return confine(deciding, status);
}

bool access_decide(const struct access_policy *policy, const struct access_question *question, struct arena *arena,
                   struct access_decision *decision, struct status *status)
{
    struct deciding deciding = {.policy = policy,
                                .question = question,
                                .reach = {.directory = policy->directory, .arena = arena, .use = question->use}};
    directory_lock(policy->directory);
    bool good = decide_locked(&deciding, status);
    directory_unlock(policy->directory);
    if (arena->exhausted)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    if (good)
        *decision = (struct access_decision){deciding.reach.pairs, deciding.reach.count};
    return good;
}

static bool pair_covers(const struct access_pair *pair, const struct access_record *record)
{
    if (pair->kind == ACCESS_INSTANCE)
        return true;
    if (pair->sector && (!record->sector || strcmp(pair->sector, record->sector) != 0))
        return false;
    if (pair->kind != ACCESS_PARTY && pair->kind != ACCESS_UNIT)
        return uuid_compare(&record->place.levels[pair->kind - ACCESS_REGION], &pair->unit_id) == 0;
    size_t count = pair->kind == ACCESS_UNIT && record->party_count > 0 ? 1 : record->party_count;
    for (size_t i = 0; i < count; i++)
        if (uuid_compare(&record->parties[i], &pair->unit_id) == 0)
            return true;
    return false;
}

int access_origin(const struct access_decision *decision, const struct access_record *record)
{
    for (size_t i = 0; i < decision->count; i++)
        if (pair_covers(&decision->pairs[i], record))
            return (int)decision->pairs[i].origin;
    return -1;
}

bool access_covers(const struct access_decision *decision, const struct access_record *record)
{
    return access_origin(decision, record) >= 0;
}

bool access_covers_by(const struct access_decision *decision, const struct access_record *record, unsigned origin)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->pairs[i].origin == origin && pair_covers(&decision->pairs[i], record))
            return true;
    return false;
}

// SPDX-License-Identifier: Apache-2.0
#include "access/standing.h"

#include <string.h>

#include "access/words.h"

#define STATE(name) ANLAN__ORGANISATIONS__V1__GRANT_STATE__GRANT_STATE_##name
#define GROUND(name) ANLAN__ORGANISATIONS__V1__GRANT_GROUND__GRANT_GROUND_##name
#define GRANTEE(name) ANLAN__ORGANISATIONS__V1__GRANTEE_KIND__GRANTEE_KIND_##name

// Pairs that need no memory of the call.
#define FEW 8

static struct access_standing says(enum access_condition condition, const struct uuid *of)
{
    return (struct access_standing){condition, *of};
}

struct access_standing standing_of_post(const struct directory *directory, const struct uuid *post_id,
                                        const struct uuid *person_id, clock_time now, struct standing_post *found)
{
    const struct directory_post *post = found->post = directory_post(directory, post_id);
    if (!post)
        return says(ACCESS_POST_UNKNOWN, post_id);
    if (person_id && uuid_compare(&post->person_id, person_id) != 0)
        return says(ACCESS_POST_OF_OTHER, post_id);
    if (now < post->starts_at)
        return says(ACCESS_POST_NOT_BEGUN, post_id);
    if (now >= post->ends_at)
        return says(ACCESS_POST_ENDED, post_id);
    found->unit = directory_find(directory, &post->unit_id);
    if (!found->unit)
        return says(ACCESS_UNIT_UNKNOWN, &post->unit_id);
    return says(found->unit->retired ? ACCESS_UNIT_RETIRED : ACCESS_HOLDS, post_id);
}

bool standing_is_grantee(const struct directory_grant *grant, const struct uuid *subject_id, bool is_client,
                         const struct uuid *unit_id)
{
    switch (grant->grantee_kind) {
    case GRANTEE(PERSON):
        return !is_client && uuid_compare(&grant->grantee_id, subject_id) == 0;
    case GRANTEE(CLIENT):
        return is_client && uuid_compare(&grant->grantee_id, subject_id) == 0;
    case GRANTEE(UNIT):
        return !uuid_is_nil(unit_id) && uuid_compare(&grant->grantee_id, unit_id) == 0;
    case GRANTEE(UNSPECIFIED):
    case _ANLAN__ORGANISATIONS__V1__GRANTEE_KIND_IS_INT_SIZE:
        return false;
    }
    return false;
}

static struct access_standing role_permits(const struct directory *directory, const struct directory_post *post,
                                           const char *permission)
{
    const struct directory_role *role = directory_role(directory, post->role);
    if (!role)
        return says(ACCESS_ROLE_UNKNOWN, &post->id);
    return says(words_has(role->permissions, permission) ? ACCESS_HOLDS : ACCESS_ROLE_LACKS, &post->id);
}

struct access_standing standing_of_role(struct reach *reach, const struct standing_post *found, const char *permission)
{
    struct access_standing standing = role_permits(reach->directory, found->post, permission);
    if (standing.condition == ACCESS_HOLDS)
        reach_add_post(reach, found->unit, found->post->sectors->words, found->post->sectors->count);
    return standing;
}

struct access_standing standing_of_post_for(struct reach *reach, const struct uuid *post_id,
                                            const struct uuid *person_id, const char *permission, clock_time now)
{
    struct standing_post found;
    struct access_standing standing = standing_of_post(reach->directory, post_id, person_id, now, &found);
    return standing.condition == ACCESS_HOLDS ? standing_of_role(reach, &found, permission) : standing;
}

static bool is_reading(const char *permission)
{
    size_t length = strlen(permission);
    static const char tail[] = ".read";
    return length >= sizeof(tail) && strcmp(permission + length - (sizeof(tail) - 1), tail) == 0;
}

// Taken in an emergency: the territory of the post's tenant.
static struct access_standing broken_glass(struct reach *reach, const struct directory_grant *grant,
                                           const char *permission, clock_time now)
{
    struct standing_post found;
    struct access_standing standing =
        standing_of_post(reach->directory, &grant->grantor_post_id, &grant->grantor_person_id, now, &found);
    if (standing.condition != ACCESS_HOLDS)
        return standing;
    standing = role_permits(reach->directory, found.post, "grants.break_glass");
    if (standing.condition != ACCESS_HOLDS)
        return standing;
    if (!is_reading(permission))
        return says(ACCESS_GRANT_LACKS, &grant->id);
    reach_add_tenant(reach, found.unit);
    return standing;
}

static struct access_standing grant_stands(const struct directory_grant *grant, const char *permission, clock_time now)
{
    enum access_condition condition = ACCESS_HOLDS;
    if (grant->state == STATE(REQUESTED))
        condition = ACCESS_GRANT_WAITING;
    else if (grant->state == STATE(REFUSED))
        condition = ACCESS_GRANT_REFUSED;
    else if (grant->state != STATE(APPROVED))
        condition = ACCESS_GRANT_REVOKED;
    else if (now < grant->starts_at)
        condition = ACCESS_GRANT_NOT_BEGUN;
    else if (now >= grant->ends_at)
        condition = ACCESS_GRANT_ENDED;
    else if (!words_has(grant->permissions, permission))
        condition = ACCESS_GRANT_LACKS;
    return says(condition, &grant->id);
}

static struct access_standing grant_reaches(struct reach *reach, const struct directory_grant *grant,
                                            const char *permission, clock_time now, int chain);

// By the grant that it is a part of: that one's grantee is the grantor, and it may be handed on so often.
static struct access_standing parent_reaches(struct reach *reach, const struct directory_grant *grant,
                                             const char *permission, clock_time now, int chain)
{
    struct standing_post found;
    const struct directory_grant *parent = directory_grant(reach->directory, &grant->parent_id);
    if (!parent)
        return says(ACCESS_GRANT_UNKNOWN, &grant->parent_id);
    struct access_standing standing =
        standing_of_post(reach->directory, &grant->grantor_post_id, &grant->grantor_person_id, now, &found);
    if (standing.condition != ACCESS_HOLDS)
        return standing;
    if (parent->depth <= grant->depth || parent->ground == GROUND(BREAK_GLASS) ||
        !standing_is_grantee(parent, &grant->grantor_person_id, false, &found.post->unit_id))
        return says(ACCESS_NOT_HANDED_ON, &parent->id);
    return grant_reaches(reach, parent, permission, now, chain + 1);
}

static struct access_standing grantor_reaches(struct reach *reach, const struct directory_grant *grant,
                                              const char *permission, clock_time now, int chain)
{
    if (grant->ground == GROUND(BREAK_GLASS))
        return broken_glass(reach, grant, permission, now);
    if (!uuid_is_nil(&grant->parent_id))
        return parent_reaches(reach, grant, permission, now, chain);
    struct access_standing standing =
        standing_of_post_for(reach, &grant->grantor_post_id, &grant->grantor_person_id, permission, now);
    if (standing.condition == ACCESS_POST_OF_OTHER)
        standing.condition = ACCESS_GRANTOR_CHANGED;
    return standing;
}

// Pairs of a grantor, confined to the grant.
static bool confine(struct reach *reach, const struct reach *grantor, const struct directory_grant *grant)
{
    const struct directory_unit *unit = directory_find(reach->directory, &grant->unit_id);
    size_t before = reach->count;
    struct access_pair few[FEW];
    for (size_t i = 0; unit && i < grantor->count; i++) {
        struct reach part = {
            .directory = reach->directory, .arena = reach->arena, .use = reach->use, .pairs = few, .room = FEW};
        reach_add_within(&part, &grantor->pairs[i], unit);
        for (size_t k = 0; k < part.count; k++)
            reach_add_sectors(reach, &part.pairs[k], grant->sectors);
    }
    return reach->count > before;
}

static struct access_standing grant_reaches(struct reach *reach, const struct directory_grant *grant,
                                            const char *permission, clock_time now, int chain)
{
    if (chain == STANDING_CHAIN_MOST)
        return says(ACCESS_NOT_HANDED_ON, &grant->id);
    struct access_standing standing = grant_stands(grant, permission, now);
    struct access_pair few[FEW];
    struct reach grantor = {
        .directory = reach->directory, .arena = reach->arena, .use = reach->use, .pairs = few, .room = FEW};
    if (standing.condition == ACCESS_HOLDS)
        standing = grantor_reaches(&grantor, grant, permission, now, chain);
    if (standing.condition == ACCESS_HOLDS && !confine(reach, &grantor, grant))
        return says(ACCESS_OUT_OF_REACH, &grant->id);
    return standing;
}

struct access_standing standing_of_grant(struct reach *reach, const struct directory_grant *grant,
                                         const char *permission, clock_time now)
{
    return grant_reaches(reach, grant, permission, now, 0);
}

struct access_standing standing_of_grantor(struct reach *reach, const struct directory_grant *grant,
                                           const char *permission, clock_time now)
{
    return grantor_reaches(reach, grant, permission, now, 0);
}

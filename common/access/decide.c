// SPDX-License-Identifier: Apache-2.0
// Where a post's scope lies, by the kind of its unit:
//   the instance         everything
//   a tier               its own territory
//   an enterprise        itself, as a party; so a place, so a village
//   any other unit       the territory of the tier that it belongs to, in its sectors; and itself, as a party
// A territory pair and a party pair may cover the same record: lists remove the second (their statements say so).
#include "access/decide.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

bool access_fresh(const struct directory *directory, const struct access_freshness *freshness, struct status *status)
{
    int64_t caught_up = directory_caught_up_at(directory);
    if (caught_up >= 0 && freshness->now - caught_up <= freshness->most &&
        directory_position(directory) >= freshness->position)
        return true;
    status_set(status, REASON(DIRECTORY_BEHIND), "the directory is at position %lld",
               (long long)directory_position(directory));
    status->retry_after_ms = 100;
    return false;
}

// The level of a tier; -1 for units that are none.
static int level_of(const struct directory_unit *unit)
{
    switch (unit->kind) {
    case KIND(REGION):
        return DIRECTORY_REGION;
    case KIND(CITY):
        return DIRECTORY_CITY;
    case KIND(COUNTY):
        return DIRECTORY_COUNTY;
    case KIND(TOWNSHIP):
        return DIRECTORY_TOWNSHIP;
    case KIND(UNSPECIFIED):
    case KIND(DEPARTMENT):
    case KIND(OFFICE):
    case KIND(REGULATOR):
    case KIND(PARK):
    case KIND(TEAM):
    case KIND(ENTERPRISE):
    case KIND(PLACE):
    case KIND(VILLAGE):
    case _ANLAN__ORGANISATIONS__V1__UNIT_KIND_IS_INT_SIZE:
        return -1;
    }
    return -1;
}

// The lowest level that a place has; -1 if it has none.
static int lowest_level(const struct directory_place *place)
{
    int level = DIRECTORY_LEVELS - 1;
    while (level >= 0 && uuid_is_nil(&place->levels[level]))
        level--;
    return level;
}

static bool holds(const struct access_policy *policy, const char *role, const char *permission)
{
    for (size_t i = 0; i < policy->role_count; i++) {
        if (strcmp(policy->roles[i].name, role) != 0)
            continue;
        for (const char *const *at = policy->roles[i].permissions; *at; at++)
            if (strcmp(*at, permission) == 0)
                return true;
    }
    return false;
}

// The sectors that confine a post: its own, its unit's, or what both have; none means all.
#define SECTORS_MOST 64
struct confinement {
    const char *sectors[SECTORS_MOST];
    size_t count;
};

static bool unit_has(const struct directory_unit *unit, const char *sector)
{
    if (unit->sector_count == 0)
        return true;
    for (size_t i = 0; i < unit->sector_count; i++)
        if (strcmp(unit->sectors[i], sector) == 0)
            return true;
    return false;
}

static void confine(struct confinement *confinement, const char *sector)
{
    for (size_t i = 0; i < confinement->count; i++)
        if (strcmp(confinement->sectors[i], sector) == 0)
            return;
    if (confinement->count < COUNT_OF(confinement->sectors))
        confinement->sectors[confinement->count++] = sector;
}

// False where nothing is left.
static bool confine_post(const struct access_caller *caller, const struct directory_unit *unit,
                         struct confinement *confinement)
{
    confinement->count = 0;
    if (caller->sector_count == 0) {
        for (size_t i = 0; i < unit->sector_count; i++)
            confine(confinement, unit->sectors[i]);
        return true;
    }
    for (size_t i = 0; i < caller->sector_count; i++)
        if (unit_has(unit, caller->sectors[i]))
            confine(confinement, caller->sectors[i]);
    return confinement->count > 0;
}

struct deciding {
    struct arena *arena;
    struct access_decision decision;
    size_t room;
    const struct directory_unit *within;
};

static void add_pair(struct deciding *deciding, enum access_scope_kind kind, const struct uuid *unit_id,
                     const char *sector)
{
    CHECK(deciding->decision.count < deciding->room);
    deciding->decision.pairs[deciding->decision.count++] =
        (struct access_pair){.kind = kind,
                             .unit_id = *unit_id,
                             .sector = sector ? arena_text(deciding->arena, sector, strlen(sector)) : NULL};
}

// A territory, as far as it lies within the unit that is asked for: a tier. (The records of an enterprise or office
// within a territory are no pair: as a party it may have others elsewhere.)
static void add_territory(struct deciding *deciding, int level, const struct directory_place *place, const char *sector)
{
    const struct uuid *unit_id = &place->levels[level];
    const struct directory_unit *within = deciding->within;
    if (!within) {
        add_pair(deciding, (enum access_scope_kind)(ACCESS_REGION + level), unit_id, sector);
        return;
    }
    int within_level = level_of(within);
    if (within_level < 0)
        return;
    if (uuid_compare(&within->place.levels[level], unit_id) == 0)
        add_pair(deciding, (enum access_scope_kind)(ACCESS_REGION + within_level), &within->id, sector);
    else if (uuid_compare(&place->levels[within_level], &within->id) == 0)
        add_pair(deciding, (enum access_scope_kind)(ACCESS_REGION + level), unit_id, sector);
}

static void add_territories(struct deciding *deciding, const struct directory_unit *unit,
                            const struct confinement *confinement)
{
    int level = lowest_level(&unit->place);
    if (level < 0)
        return;
    if (confinement->count == 0)
        add_territory(deciding, level, &unit->place, NULL);
    for (size_t i = 0; i < confinement->count; i++)
        add_territory(deciding, level, &unit->place, confinement->sectors[i]);
}

// A party sees its own records wherever they are; asked for another unit, only where that is itself.
static void add_party(struct deciding *deciding, const struct directory_unit *unit)
{
    if (!deciding->within || uuid_compare(&deciding->within->id, &unit->id) == 0)
        add_pair(deciding, ACCESS_PARTY, &unit->id, NULL);
}

static void add_instance(struct deciding *deciding)
{
    static const struct uuid nil;
    const struct directory_unit *within = deciding->within;
    if (!within) {
        add_pair(deciding, ACCESS_INSTANCE, &nil, NULL);
        return;
    }
    int level = level_of(within);
    add_pair(deciding, level >= 0 ? (enum access_scope_kind)(ACCESS_REGION + level) : ACCESS_PARTY, &within->id, NULL);
}

static bool sees_itself_only(const struct directory_unit *unit)
{
    return unit->kind == KIND(ENTERPRISE) || unit->kind == KIND(PLACE) || unit->kind == KIND(VILLAGE);
}

static void decide_for_unit(struct deciding *deciding, const struct access_caller *caller,
                            const struct directory_unit *unit)
{
    struct confinement confinement;
    if (!sees_itself_only(unit) && confine_post(caller, unit, &confinement))
        add_territories(deciding, unit, &confinement);
    // A tier that is a tenant is party to nothing beyond its territory; a township may be, anywhere in its tenant.
    if (level_of(unit) < 0 || (!unit->is_tenant && !deciding->within))
        add_party(deciding, unit);
}

static bool decide_locked(const struct access_policy *policy, const struct access_caller *caller,
                          const struct uuid *within, struct deciding *deciding, struct status *status)
{
    if (within && !(deciding->within = directory_find(policy->directory, within)))
        return status_set(status, REASON(UNIT_NOT_FOUND), "no such unit within your scope");
    if (uuid_compare(&caller->unit_id, directory_instance(policy->directory)) == 0) {
        add_instance(deciding);
    } else {
        const struct directory_unit *unit = directory_find(policy->directory, &caller->unit_id);
        if (!unit || unit->retired)
            return status_set(status, REASON(POST_ENDED), "the post's unit is not in the directory or retired");
        decide_for_unit(deciding, caller, unit);
    }
    if (within && deciding->decision.count == 0)
        return status_set(status, REASON(UNIT_NOT_FOUND), "no such unit within your scope");
    return true;
}

bool access_decide(const struct access_policy *policy, const struct access_question *question, struct arena *arena,
                   struct access_decision *decision, struct status *status)
{
    const struct access_caller *caller = question->caller;
    if (!holds(policy, caller->role, question->permission))
        return status_set(status, REASON(PERMISSION_MISSING), "the role %s lacks %s", caller->role,
                          question->permission);
    // A pair for each sector, and the unit itself.
    struct deciding deciding = {.arena = arena, .room = SECTORS_MOST + 1};
    deciding.decision.pairs = arena_array(arena, deciding.room, sizeof(struct access_pair));
    if (!deciding.decision.pairs)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    directory_lock(policy->directory);
    bool good = decide_locked(policy, caller, question->within, &deciding, status);
    directory_unlock(policy->directory);
    if (good && arena->exhausted)
        good = status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    if (good)
        *decision = deciding.decision;
    return good;
}

static bool pair_covers(const struct access_pair *pair, const struct access_record *record)
{
    if (pair->kind == ACCESS_INSTANCE)
        return true;
    if (pair->sector && (!record->sector || strcmp(pair->sector, record->sector) != 0))
        return false;
    if (pair->kind != ACCESS_PARTY)
        return uuid_compare(&record->place.levels[pair->kind - ACCESS_REGION], &pair->unit_id) == 0;
    for (size_t i = 0; i < record->party_count; i++)
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

// SPDX-License-Identifier: Apache-2.0
#include "access/reach.h"

#include <string.h>

#include "base/check.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

int reach_level(const struct directory_unit *unit)
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

static bool is_at(const struct directory_place *place, int level, const struct uuid *unit_id)
{
    return uuid_compare(&place->levels[level], unit_id) == 0;
}

static void add_pair(struct reach *reach, const struct access_pair *pair)
{
    if (reach->count == reach->room) {
        size_t room = reach->room ? 4 * reach->room : 8;
        struct access_pair *pairs = arena_array(reach->arena, room, sizeof(*pairs));
        if (!pairs)
            return;
        if (reach->count > 0)
            memcpy(pairs, reach->pairs, reach->count * sizeof(*pairs));
        reach->pairs = pairs;
        reach->room = room;
    }
    reach->pairs[reach->count++] = *pair;
}

static void add(struct reach *reach, enum access_scope_kind kind, const struct uuid *unit_id, const char *sector)
{
    add_pair(reach, &(struct access_pair){.kind = kind, .unit_id = *unit_id, .sector = sector});
}

// A territory, and to read, what came to it from elsewhere: the records of before stay where they were registered.
static void add_level(struct reach *reach, int level, const struct uuid *unit_id, const char *sector)
{
    size_t at = 0;
    struct uuid came;
    add(reach, (enum access_scope_kind)(ACCESS_REGION + level), unit_id, sector);
    while (reach->use == ACCESS_READ && directory_next_arrival(reach->directory, level, unit_id, &at, &came)) {
        const struct directory_unit *unit = directory_find(reach->directory, &came);
        int came_level = unit ? reach_level(unit) : -1;
        enum access_scope_kind kind =
            came_level >= 0 ? (enum access_scope_kind)(ACCESS_REGION + came_level) : ACCESS_UNIT;
        if (unit)
            add_pair(reach, &(struct access_pair){.kind = kind, .unit_id = came, .sector = sector, .arrived = true});
    }
}

void reach_add_instance(struct reach *reach)
{
    static const struct uuid nil;
    add(reach, ACCESS_INSTANCE, &nil, NULL);
}

static bool has(const char *const *sectors, size_t count, const char *sector)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(sectors[i], sector) == 0)
            return true;
    return count == 0;
}

// The territory of the tier that a unit is or belongs to, in the sectors that both the unit and the post have.
static void add_territory(struct reach *reach, const struct directory_unit *unit, const char *const *sectors,
                          size_t count)
{
    int level = lowest_level(&unit->place);
    if (level < 0)
        return;
    const struct uuid *unit_id = &unit->place.levels[level];
    if (count == 0 && unit->sector_count == 0)
        add_level(reach, level, unit_id, NULL);
    for (size_t i = 0; i < count; i++)
        if (has(unit->sectors, unit->sector_count, sectors[i]) && !(i > 0 && has(sectors, i, sectors[i])))
            add_level(reach, level, unit_id, sectors[i]);
    for (size_t i = 0; count == 0 && i < unit->sector_count; i++)
        if (!(i > 0 && has(unit->sectors, i, unit->sectors[i])))
            add_level(reach, level, unit_id, unit->sectors[i]);
}

static bool sees_itself_only(const struct directory_unit *unit)
{
    return unit->kind == KIND(ENTERPRISE) || unit->kind == KIND(PLACE) || unit->kind == KIND(VILLAGE) ||
           unit->kind == KIND(TEAM);
}

void reach_add_post(struct reach *reach, const struct directory_unit *unit, const char *const *sectors, size_t count)
{
    if (!sees_itself_only(unit))
        add_territory(reach, unit, sectors, count);
    // A tier that is a tenant is party to nothing beyond its territory; a township may be, anywhere in its tenant.
    if (reach_level(unit) < 0 || !unit->is_tenant)
        add(reach, ACCESS_PARTY, &unit->id, NULL);
}

void reach_add_tenant(struct reach *reach, const struct directory_unit *unit)
{
    const struct directory_unit *tenant = directory_find(reach->directory, &unit->tenant_id);
    int level = tenant && !tenant->retired ? reach_level(tenant) : -1;
    if (level >= 0)
        add_level(reach, level, &tenant->id, NULL);
}

// Whether a unit stands in what a pair of a territory, or of everything, has.
static bool stands_in(const struct directory_unit *unit, const struct access_pair *pair)
{
    return pair->kind == ACCESS_INSTANCE || is_at(&unit->place, (int)pair->kind - ACCESS_REGION, &pair->unit_id);
}

// All units below one; NULL where the arena is full. A grant has few, a page may be asked of a unit with many.
static const struct directory_unit **all_below(const struct reach *reach, const struct directory_unit *unit,
                                               size_t *count)
{
    for (size_t room = REACH_BELOW_MOST;; room *= 4) {
        const struct directory_unit **below = arena_array(reach->arena, room, sizeof(*below));
        if (!below || directory_below(reach->directory, &unit->id, below, room, count))
            return below;
    }
}

// The records that stand at a unit that is no tier, or below it, as far as they stand in what the pair has.
static void add_units(struct reach *reach, const struct access_pair *pair, const struct directory_unit *within)
{
    size_t count = 0;
    const struct directory_unit **below = all_below(reach, within, &count);
    if (stands_in(within, pair))
        add(reach, ACCESS_UNIT, &within->id, pair->sector);
    for (size_t i = 0; below && i < count; i++)
        if (stands_in(below[i], pair))
            add(reach, ACCESS_UNIT, &below[i]->id, pair->sector);
}

// A territory within a tier: the deeper one of both, if one lies in the other.
static void add_deeper(struct reach *reach, const struct access_pair *pair, const struct directory_unit *within,
                       int within_level)
{
    int level = (int)pair->kind - ACCESS_REGION;
    if (is_at(&within->place, level, &pair->unit_id)) {
        add_level(reach, within_level, &within->id, pair->sector);
        return;
    }
    const struct directory_unit *unit = directory_find(reach->directory, &pair->unit_id);
    if (unit && is_at(&unit->place, within_level, &within->id))
        add_pair(reach, pair);
}

static bool stands_below(const struct reach *reach, const struct directory_unit *unit, const struct uuid *above)
{
    for (int step = 0; unit && step < DIRECTORY_STEPS_MOST; step++) {
        if (uuid_compare(&unit->id, above) == 0)
            return true;
        unit = directory_find(reach->directory, &unit->parent_id);
    }
    return false;
}

static void add_unit_within(struct reach *reach, const struct access_pair *pair, const struct directory_unit *within,
                            int within_level)
{
    const struct directory_unit *unit = directory_find(reach->directory, &pair->unit_id);
    if (unit &&
        (within_level >= 0 ? is_at(&unit->place, within_level, &within->id) : stands_below(reach, unit, &within->id)))
        add_pair(reach, pair);
}

void reach_add_within(struct reach *reach, const struct access_pair *pair, const struct directory_unit *within)
{
    int within_level = reach_level(within);
    switch (pair->kind) {
    case ACCESS_INSTANCE:
        if (within_level >= 0)
            add_level(reach, within_level, &within->id, NULL);
        else
            add_units(reach, pair, within);
        return;
    case ACCESS_REGION:
    case ACCESS_CITY:
    case ACCESS_COUNTY:
    case ACCESS_TOWNSHIP:
        if (within_level >= 0)
            add_deeper(reach, pair, within, within_level);
        else
            add_units(reach, pair, within);
        return;
    case ACCESS_PARTY:    // what it is party to may be anywhere: within another unit nothing is its own
        if (within_level < 0 && uuid_compare(&pair->unit_id, &within->id) == 0)
            add(reach, ACCESS_PARTY, &pair->unit_id, NULL);
        return;
    case ACCESS_UNIT:
        add_unit_within(reach, pair, within, within_level);
        return;
    }
}

void reach_add_sectors(struct reach *reach, const struct access_pair *pair, const struct directory_words *sectors)
{
    if (sectors->count == 0 || (pair->sector && has(sectors->words, sectors->count, pair->sector))) {
        add_pair(reach, pair);
        return;
    }
    // A party's pair has all sectors; in some, what stands at it remains.
    enum access_scope_kind kind = pair->kind == ACCESS_PARTY ? ACCESS_UNIT : pair->kind;
    for (size_t i = 0; !pair->sector && i < sectors->count; i++)
        add_pair(reach,
                 &(struct access_pair){
                     .kind = kind, .unit_id = pair->unit_id, .sector = sectors->words[i], .arrived = pair->arrived});
}

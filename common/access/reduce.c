// SPDX-License-Identifier: Apache-2.0
// Pairs without what another pair has anyway. Children that are all there do not become their parent: records stand at
// the parent itself too, which nobody granted.
#include <stdlib.h>
#include <string.h>

#include "access/decide.h"

// A pair and where its unit stands.
struct standing_pair {
    struct access_pair pair;
    struct directory_place place;
};

static int by_unit(const void *left, const void *right)
{
    const struct standing_pair *l = left;
    const struct standing_pair *r = right;
    int order = uuid_compare(&l->pair.unit_id, &r->pair.unit_id);
    if (order == 0)
        order = (int)l->pair.kind - (int)r->pair.kind;
    return order ? order : strcmp(l->pair.sector ? l->pair.sector : "", r->pair.sector ? r->pair.sector : "");
}

static bool is_there(const struct standing_pair *pairs, size_t count, const struct access_pair *pair,
                     enum access_scope_kind kind, const struct uuid *unit_id, const char *sector)
{
    const struct standing_pair wanted = {.pair = {.kind = kind, .unit_id = *unit_id, .sector = sector}};
    const struct standing_pair *found = bsearch(&wanted, pairs, count, sizeof(*pairs), by_unit);
    return found && by_unit(found, &(struct standing_pair){.pair = *pair}) != 0;
}

static bool has_wider(const struct standing_pair *pairs, size_t count, const struct access_pair *pair,
                      enum access_scope_kind kind, const struct uuid *unit_id)
{
    return is_there(pairs, count, pair, kind, unit_id, NULL) ||
           (pair->sector && is_there(pairs, count, pair, kind, unit_id, pair->sector));
}

// A territory above (which lacks what a unit had before it came), the same unit in all sectors, or the party that
// stands there. A party's records may be anywhere: only everything holds them.
static bool is_held(const struct standing_pair *pairs, size_t count, const struct standing_pair *one)
{
    const struct access_pair *pair = &one->pair;
    if (pair->kind == ACCESS_INSTANCE || pair->kind == ACCESS_PARTY)
        return false;
    if (pair->arrived && pair->kind != ACCESS_UNIT)
        return pair->sector && has_wider(pairs, count, pair, pair->kind, &pair->unit_id);
    for (int level = 0; !pair->arrived && level < DIRECTORY_LEVELS; level++)
        if (!uuid_is_nil(&one->place.levels[level]) &&
            has_wider(pairs, count, pair, (enum access_scope_kind)(ACCESS_REGION + level), &one->place.levels[level]))
            return true;
    return pair->kind == ACCESS_UNIT && (has_wider(pairs, count, pair, ACCESS_PARTY, &pair->unit_id) ||
                                         has_wider(pairs, count, pair, ACCESS_UNIT, &pair->unit_id));
}

static size_t without_repeats(struct standing_pair *pairs, size_t count)
{
    size_t kept = 0;
    qsort(pairs, count, sizeof(*pairs), by_unit);
    for (size_t i = 0; i < count; i++)
        if (kept > 0 && by_unit(&pairs[kept - 1], &pairs[i]) == 0)
            pairs[kept - 1].pair.arrived = pairs[kept - 1].pair.arrived || pairs[i].pair.arrived;
        else
            pairs[kept++] = pairs[i];
    return kept;
}

static void find_places(struct directory *directory, struct standing_pair *pairs, size_t count)
{
    directory_lock(directory);
    for (size_t i = 0; i < count; i++) {
        const struct directory_unit *unit = directory_find(directory, &pairs[i].pair.unit_id);
        if (unit)
            pairs[i].place = unit->place;
    }
    directory_unlock(directory);
}

bool access_reduce(struct directory *directory, const struct access_decision *decision, struct arena *arena,
                   struct access_decision *reduced)
{
    static const struct access_pair everything = {.kind = ACCESS_INSTANCE};
    size_t count = decision->count;
    struct standing_pair *pairs = arena_array(arena, count, sizeof(*pairs));
    reduced->pairs = arena_array(arena, count, sizeof(*reduced->pairs));
    reduced->count = 0;
    if (!pairs || !reduced->pairs)
        return false;
    for (size_t i = 0; i < count; i++) {
        pairs[i].pair = decision->pairs[i];
        if (decision->pairs[i].kind == ACCESS_INSTANCE) {
            reduced->pairs[reduced->count++] = everything;
            return true;
        }
    }
    find_places(directory, pairs, count);
    count = without_repeats(pairs, count);
    for (size_t i = 0; i < count; i++)
        if (!is_held(pairs, count, &pairs[i]))
            reduced->pairs[reduced->count++] = pairs[i].pair;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// The units of the directory: by their ids, and below one another.
#include <stdlib.h>
#include <uthash.h>

#include "access/directory_parts.h"
#include "access/read.h"
#include "base/check.h"

// A unit as it is kept: the public part, what stands below it, and its place in the table. A unit is entered after the
// one above it.
struct kept_unit {
    struct directory_unit unit;
    struct kept_unit *first_below;
    struct kept_unit *next;
    UT_hash_handle hh;
};

static struct kept_unit *find(const struct directory *directory, const struct uuid *id)
{
    struct kept_unit *kept = NULL;
    HASH_FIND(hh, directory->units, id->bytes, sizeof(id->bytes), kept);
    return kept;
}

void directory_units_free(struct directory *directory)
{
    struct kept_unit *kept = NULL;
    struct kept_unit *next = NULL;
    HASH_ITER(hh, directory->units, kept, next)
    {
        HASH_DEL(directory->units, kept);
        free(kept);
    }
}

static bool read_place(const Anlan__Rpc__V1__Place *place, struct directory_place *levels)
{
    return !place || (read_id(place->region_id, &levels->levels[DIRECTORY_REGION]) &&
                      read_id(place->city_id, &levels->levels[DIRECTORY_CITY]) &&
                      read_id(place->county_id, &levels->levels[DIRECTORY_COUNTY]) &&
                      read_id(place->township_id, &levels->levels[DIRECTORY_TOWNSHIP]));
}

static bool read_unit(struct directory *directory, const Anlan__Organisations__V1__Unit *record,
                      struct directory_unit *unit)
{
    *unit = (struct directory_unit){
        .kind = record->kind, .is_tenant = record->is_tenant, .retired = record->retired_at != NULL};
    if (!uuid_parse(record->id, &unit->id) || !read_id(record->parent_id, &unit->parent_id) ||
        !read_id(record->tenant_id, &unit->tenant_id) || !read_id(record->successor_id, &unit->successor_id) ||
        !read_place(record->place, &unit->place))
        return false;
    const struct directory_words *sectors = words_keep_list(directory->words, record->sectors, record->n_sectors);
    unit->sector_count = sectors->count;
    unit->sectors = sectors->words;
    return true;
}

// Tops are few: an instance has one, a nation 34.
static void note_top(struct directory *directory, const struct directory_unit *unit)
{
    size_t at = 0;
    while (at < directory->top_count && uuid_compare(&directory->tops[at], &unit->id) != 0)
        at++;
    if (uuid_is_nil(&unit->parent_id) && at == directory->top_count && at < LIMIT_TOPS)
        directory->tops[directory->top_count++] = unit->id;
    else if (!uuid_is_nil(&unit->parent_id) && at < directory->top_count)
        directory->tops[at] = directory->tops[--directory->top_count];
}

static void put_below(struct directory *directory, struct kept_unit *kept)
{
    struct kept_unit *above = find(directory, &kept->unit.parent_id);
    if (!above)
        return;
    kept->next = above->first_below;
    above->first_below = kept;
}

static void take_from_below(struct directory *directory, struct kept_unit *kept)
{
    struct kept_unit *above = find(directory, &kept->unit.parent_id);
    struct kept_unit **at = above ? &above->first_below : NULL;
    while (at && *at && *at != kept)
        at = &(*at)->next;
    if (at && *at)
        *at = kept->next;
    kept->next = NULL;
}

static bool keep_unit(struct directory *directory, const struct directory_unit *unit,
                      const Anlan__Organisations__V1__Unit *record)
{
    pthread_rwlock_wrlock(&directory->lock);
    struct kept_unit *kept = find(directory, &unit->id);
    if (!kept) {
        kept = calloc(1, sizeof(*kept));
        CHECK(kept);
        kept->unit = *unit;
        HASH_ADD(hh, directory->units, unit.id.bytes, sizeof(kept->unit.id.bytes), kept);
        put_below(directory, kept);
    } else if (uuid_compare(&kept->unit.parent_id, &unit->parent_id) != 0) {
        take_from_below(directory, kept);
        kept->unit = *unit;
        put_below(directory, kept);
    } else {
        kept->unit = *unit;
    }
    note_top(directory, unit);
    bool kept_arrivals = arrivals_keep(directory->arrivals, record);
    if (unit->retired && !uuid_is_nil(&unit->successor_id))
        heirs_keep(directory->heirs, &unit->id, &unit->successor_id);
    pthread_rwlock_unlock(&directory->lock);
    return kept_arrivals;
}

bool directory_units_keep(struct directory *directory, ProtobufCBinaryData packed)
{
    Anlan__Organisations__V1__Unit *record = anlan__organisations__v1__unit__unpack(NULL, packed.len, packed.data);
    struct directory_unit unit;
    bool good = record && read_unit(directory, record, &unit) && keep_unit(directory, &unit, record);
    if (record)
        anlan__organisations__v1__unit__free_unpacked(record, NULL);
    return good;
}

static int lowest_level(const struct directory_unit *unit)
{
    int level = DIRECTORY_LEVELS - 1;
    while (level > 0 && uuid_is_nil(&unit->place.levels[level]))
        level--;
    return level;
}

size_t directory_tops(struct directory *directory, struct directory_top *tops, size_t most)
{
    size_t count = 0;
    directory_lock(directory);
    for (; count < directory->top_count && count < most; count++) {
        const struct directory_unit *unit = directory_find(directory, &directory->tops[count]);
        tops[count] = (struct directory_top){.unit_id = unit->id, .level = lowest_level(unit)};
    }
    directory_unlock(directory);
    return count;
}

size_t directory_units(struct directory *directory)
{
    directory_lock(directory);
    size_t count = HASH_COUNT(directory->units);
    directory_unlock(directory);
    return count;
}

size_t directory_tenants(struct directory *directory, struct uuid *tenants, size_t most)
{
    size_t count = 0;
    directory_lock(directory);
    for (const struct kept_unit *kept = directory->units; kept && count < most; kept = kept->hh.next)
        if (kept->unit.is_tenant)
            tenants[count++] = kept->unit.id;
    directory_unlock(directory);
    return count;
}

const struct directory_unit *directory_find(const struct directory *directory, const struct uuid *id)
{
    const struct kept_unit *kept = find(directory, id);
    return kept ? &kept->unit : NULL;
}

static bool add_below(const struct kept_unit *kept, const struct directory_unit **units, size_t most, size_t *count,
                      int steps)
{
    for (const struct kept_unit *below = kept->first_below; below; below = below->next) {
        if (*count == most || steps == 0)
            return false;
        units[(*count)++] = &below->unit;
        if (!add_below(below, units, most, count, steps - 1))
            return false;
    }
    return true;
}

bool directory_below(const struct directory *directory, const struct uuid *id, const struct directory_unit **units,
                     size_t most, size_t *count)
{
    const struct kept_unit *kept = find(directory, id);
    *count = 0;
    return !kept || add_below(kept, units, most, count, DIRECTORY_STEPS_MOST);
}

const struct directory_unit *directory_child(const struct directory *directory, const struct uuid *id,
                                             Anlan__Organisations__V1__UnitKind kind)
{
    const struct kept_unit *kept = find(directory, id);
    const struct directory_unit *found = NULL;
    for (const struct kept_unit *below = kept ? kept->first_below : NULL; below; below = below->next)
        if (below->unit.kind == kind && !below->unit.retired &&
            (!found || uuid_compare(&below->unit.id, &found->id) < 0))
            found = &below->unit;
    return found;
}

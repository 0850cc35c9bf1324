// SPDX-License-Identifier: Apache-2.0
#include "access/directory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "access/arrivals.h"
#include "access/charges.h"
#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "base/check.h"
#include "base/limits.h"

// Steps up the tree, more than it has.
#define STEPS_MOST 64

// A unit as it is kept: the public part and its place in the table.
struct entry_of_unit {
    struct directory_unit unit;
    UT_hash_handle hh;
};

struct directory {
    struct uuid instance_id;
    pthread_rwlock_t lock;
    struct entry_of_unit *units;
    struct uuid tops[LIMIT_TOPS];
    size_t top_count;
    struct charges *charges;
    struct arrivals *arrivals;
    _Atomic int64_t position;
    _Atomic int64_t caught_up_at;
};

// A writer is not kept waiting by readers that keep coming: entries are few, decisions never end.
static void init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attributes;
    CHECK(pthread_rwlockattr_init(&attributes) == 0);
    CHECK(pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    CHECK(pthread_rwlock_init(lock, &attributes) == 0);
    pthread_rwlockattr_destroy(&attributes);
}

struct directory *directory_new(const struct uuid *instance_id)
{
    struct directory *directory = calloc(1, sizeof(*directory));
    CHECK(directory);
    directory->instance_id = *instance_id;
    directory->charges = charges_new();
    directory->arrivals = arrivals_new();
    init_lock(&directory->lock);
    atomic_store(&directory->caught_up_at, -1);
    return directory;
}

static void free_sectors(struct directory_unit *unit)
{
    for (size_t i = 0; i < unit->sector_count; i++)
        free((char *)unit->sectors[i]);
    free((void *)unit->sectors);
}

void directory_free(struct directory *directory)
{
    if (!directory)
        return;
    struct entry_of_unit *entry = NULL;
    struct entry_of_unit *next = NULL;
    HASH_ITER(hh, directory->units, entry, next)
    {
        HASH_DEL(directory->units, entry);
        free_sectors(&entry->unit);
        free(entry);
    }
    charges_free(directory->charges);
    arrivals_free(directory->arrivals);
    pthread_rwlock_destroy(&directory->lock);
    free(directory);
}

// An id that may be empty; false if it is anything else that is no id.
static bool read_id(const char *text, struct uuid *id)
{
    *id = (struct uuid){{0}};
    return *text == '\0' || uuid_parse(text, id);
}

static bool read_place(const Anlan__Rpc__V1__Place *place, struct directory_place *levels)
{
    return !place || (read_id(place->region_id, &levels->levels[DIRECTORY_REGION]) &&
                      read_id(place->city_id, &levels->levels[DIRECTORY_CITY]) &&
                      read_id(place->county_id, &levels->levels[DIRECTORY_COUNTY]) &&
                      read_id(place->township_id, &levels->levels[DIRECTORY_TOWNSHIP]));
}

static void copy_sectors(const Anlan__Organisations__V1__Unit *record, struct directory_unit *unit)
{
    if (record->n_sectors == 0)
        return;
    char **sectors = calloc(record->n_sectors, sizeof(*sectors));
    CHECK(sectors);
    for (size_t i = 0; i < record->n_sectors; i++) {
        sectors[i] = strdup(record->sectors[i]);
        CHECK(sectors[i]);
    }
    unit->sector_count = record->n_sectors;
    unit->sectors = (const char *const *)sectors;
}

static bool read_unit(const Anlan__Organisations__V1__Unit *record, struct directory_unit *unit)
{
    *unit = (struct directory_unit){
        .kind = record->kind, .is_tenant = record->is_tenant, .retired = record->retired_at != NULL};
    if (!uuid_parse(record->id, &unit->id) || !read_id(record->parent_id, &unit->parent_id) ||
        !read_id(record->tenant_id, &unit->tenant_id) || !read_id(record->successor_id, &unit->successor_id) ||
        !read_place(record->place, &unit->place))
        return false;
    copy_sectors(record, unit);
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

static bool keep_unit(struct directory *directory, const struct directory_unit *unit,
                      const Anlan__Organisations__V1__Unit *record)
{
    struct entry_of_unit *entry = NULL;
    pthread_rwlock_wrlock(&directory->lock);
    HASH_FIND(hh, directory->units, unit->id.bytes, sizeof(unit->id.bytes), entry);
    if (entry) {
        free_sectors(&entry->unit);
        entry->unit = *unit;
    } else {
        entry = calloc(1, sizeof(*entry));
        CHECK(entry);
        entry->unit = *unit;
        HASH_ADD(hh, directory->units, unit.id.bytes, sizeof(entry->unit.id.bytes), entry);
    }
    note_top(directory, unit);
    bool kept = arrivals_keep(directory->arrivals, record);
    pthread_rwlock_unlock(&directory->lock);
    return kept;
}

static bool apply_unit(struct directory *directory, ProtobufCBinaryData after)
{
    Anlan__Organisations__V1__Unit *record = anlan__organisations__v1__unit__unpack(NULL, after.len, after.data);
    struct directory_unit unit;
    bool good = record && read_unit(record, &unit) && keep_unit(directory, &unit, record);
    if (record)
        anlan__organisations__v1__unit__free_unpacked(record, NULL);
    return good;
}

static bool apply_charge(struct directory *directory, ProtobufCBinaryData after)
{
    struct charge charge;
    if (!charge_read(after, &charge))
        return false;
    pthread_rwlock_wrlock(&directory->lock);
    charges_keep(directory->charges, &charge);
    pthread_rwlock_unlock(&directory->lock);
    return true;
}

bool directory_apply(struct directory *directory, const Anlan__Rpc__V1__Entry *entry)
{
    if (entry->position != directory_position(directory) + 1)
        return false;
    if (strcmp(entry->record_type, anlan__organisations__v1__unit__descriptor.name) == 0) {
        if (!apply_unit(directory, entry->after))
            return false;
    } else if (strcmp(entry->record_type, anlan__organisations__v1__responsibility__descriptor.name) == 0) {
        if (!apply_charge(directory, entry->after))
            return false;
    }
    atomic_store(&directory->position, entry->position);
    return true;
}

void directory_caught_up(struct directory *directory, int64_t monotonic)
{
    atomic_store(&directory->caught_up_at, monotonic);
}

int64_t directory_position(const struct directory *directory)
{
    return atomic_load(&directory->position);
}

int64_t directory_caught_up_at(const struct directory *directory)
{
    return atomic_load(&directory->caught_up_at);
}

const struct uuid *directory_instance(const struct directory *directory)
{
    return &directory->instance_id;
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

void directory_lock(struct directory *directory)
{
    pthread_rwlock_rdlock(&directory->lock);
}

void directory_unlock(struct directory *directory)
{
    pthread_rwlock_unlock(&directory->lock);
}

const struct directory_unit *directory_find(const struct directory *directory, const struct uuid *id)
{
    struct entry_of_unit *entry = NULL;
    HASH_FIND(hh, directory->units, id->bytes, sizeof(id->bytes), entry);
    return entry ? &entry->unit : NULL;
}

bool directory_next_arrival(const struct directory *directory, int level, const struct uuid *territory, size_t *at,
                            struct uuid *unit_id)
{
    return arrivals_next(directory->arrivals, directory, level, territory, at, unit_id);
}

static void name_leader(const struct charge *charge, struct directory_overseers *overseers)
{
    overseers->leader_id = charge->leader_id;
    overseers->leader_charge_id = charge->id;
    snprintf(overseers->leader_name, sizeof(overseers->leader_name), "%s", charge->leader_name);
    snprintf(overseers->leader_position, sizeof(overseers->leader_position), "%s", charge->leader_position);
}

// What stands at one unit, as far as nothing nearer has been found.
static void look_at(const struct directory *directory, const struct uuid *unit_id, const char *sector, clock_time at,
                    struct directory_overseers *overseers)
{
    const struct charge *all = charges_at(directory->charges, unit_id, "", at);
    const struct charge *special = *sector ? charges_at(directory->charges, unit_id, sector, at) : NULL;
    if (all && uuid_is_nil(&overseers->all_id)) {
        overseers->all_id = all->overseer_id;
        overseers->all_charge_id = all->id;
    }
    if (special && uuid_is_nil(&overseers->sector_id)) {
        overseers->sector_id = special->overseer_id;
        overseers->sector_charge_id = special->id;
    }
    if ((all || special) && uuid_is_nil(&overseers->leader_id))
        name_leader(special ? special : all, overseers);
}

bool directory_overseers(struct directory *directory, const struct uuid *unit_id, const char *sector, clock_time at,
                         struct directory_overseers *overseers)
{
    memset(overseers, 0, sizeof(*overseers));
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, unit_id);
    bool known = unit != NULL;
    for (int step = 0; unit && step < STEPS_MOST; step++) {
        look_at(directory, &unit->id, sector, at, overseers);
        unit = directory_find(directory, &unit->parent_id);
    }
    directory_unlock(directory);
    return known;
}

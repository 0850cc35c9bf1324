// SPDX-License-Identifier: Apache-2.0
#include "access/arrivals.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

// A unit with records of a former place. They are few: a county gains some townships in ten years.
struct arrival {
    struct uuid unit_id;
    struct uuid at_id;    // the unit whose present place says who gained it: itself, or what it was merged into
    struct directory_place former;
};

struct arrivals {
    struct arrival *list;
    size_t count;
    size_t room;
};

struct arrivals *arrivals_new(void)
{
    struct arrivals *arrivals = calloc(1, sizeof(*arrivals));
    CHECK(arrivals);
    return arrivals;
}

void arrivals_free(struct arrivals *arrivals)
{
    if (!arrivals)
        return;
    free(arrivals->list);
    free(arrivals);
}

static void add(struct arrivals *arrivals, const struct arrival *arrival)
{
    if (arrivals->count == arrivals->room) {
        arrivals->room = arrivals->room ? 2 * arrivals->room : 16;
        arrivals->list = realloc(arrivals->list, arrivals->room * sizeof(*arrivals->list));
        CHECK(arrivals->list);
    }
    arrivals->list[arrivals->count++] = *arrival;
}

// Takes away what a unit's record said before.
static void forget(struct arrivals *arrivals, const struct uuid *id)
{
    size_t kept = 0;
    for (size_t i = 0; i < arrivals->count; i++) {
        const struct arrival *arrival = &arrivals->list[i];
        bool own_move = uuid_compare(&arrival->unit_id, id) == 0 && uuid_compare(&arrival->at_id, id) == 0;
        if (!own_move)
            arrivals->list[kept++] = *arrival;
    }
    arrivals->count = kept;
}

static bool read_former(const Anlan__Rpc__V1__Place *place, struct directory_place *former)
{
    const char *const levels[] = {place->region_id, place->city_id, place->county_id, place->township_id};
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (*levels[i] && !uuid_parse(levels[i], &former->levels[i]))
            return false;
    return true;
}

static bool keep_moves(struct arrivals *arrivals, const Anlan__Organisations__V1__Moves *moves, const struct uuid *id)
{
    for (size_t i = 0; i < moves->n_moves; i++) {
        struct arrival arrival = {.unit_id = *id, .at_id = *id};
        if (!moves->moves[i]->place)
            continue;
        if (!read_former(moves->moves[i]->place, &arrival.former))
            return false;
        add(arrivals, &arrival);
    }
    return true;
}

static bool known_merger(const struct arrivals *arrivals, const struct uuid *id)
{
    for (size_t i = 0; i < arrivals->count; i++)
        if (uuid_compare(&arrivals->list[i].unit_id, id) == 0 && uuid_compare(&arrivals->list[i].at_id, id) != 0)
            return true;
    return false;
}

// What was merged stays merged; what had been merged into it before goes along.
static bool keep_mergers(struct arrivals *arrivals, const Anlan__Organisations__V1__Moves *moves, const struct uuid *id)
{
    for (size_t i = 0; i < moves->n_mergers; i++) {
        struct arrival arrival = {.at_id = *id};
        if (!uuid_parse(moves->mergers[i]->unit_id, &arrival.unit_id))
            return false;
        if (known_merger(arrivals, &arrival.unit_id))
            continue;
        for (size_t j = 0; j < arrivals->count; j++)
            if (uuid_compare(&arrivals->list[j].at_id, &arrival.unit_id) == 0 &&
                uuid_compare(&arrivals->list[j].unit_id, &arrival.unit_id) != 0)
                arrivals->list[j].at_id = *id;
        add(arrivals, &arrival);
    }
    return true;
}

bool arrivals_keep(struct arrivals *arrivals, const Anlan__Organisations__V1__Unit *record)
{
    struct uuid id;
    if (!record->moves)
        return true;
    if (!uuid_parse(record->id, &id))
        return false;
    forget(arrivals, &id);
    return keep_moves(arrivals, record->moves, &id) && keep_mergers(arrivals, record->moves, &id);
}

// Where the arrival's records are: those of a unit that was merged, where it was last.
static bool former_of(const struct arrival *arrival, const struct directory *directory, struct directory_place *former)
{
    *former = arrival->former;
    if (uuid_compare(&arrival->unit_id, &arrival->at_id) == 0)
        return true;
    const struct directory_unit *unit = directory_find(directory, &arrival->unit_id);
    if (unit)
        *former = unit->place;
    return unit != NULL;
}

static bool came_to(const struct arrival *arrival, const struct directory *directory, int level,
                    const struct uuid *territory, struct directory_place *former)
{
    const struct directory_unit *at = directory_find(directory, &arrival->at_id);
    return at && uuid_compare(&at->place.levels[level], territory) == 0 && former_of(arrival, directory, former) &&
           uuid_compare(&former->levels[level], territory) != 0;
}

// True if a unit that the place lies in was merged into something of the territory: its records came as a whole.
static bool came_with(const struct arrivals *arrivals, const struct directory *directory, int level,
                      const struct uuid *territory, const struct arrival *which, const struct directory_place *former)
{
    for (size_t i = 0; i < arrivals->count; i++) {
        const struct arrival *other = &arrivals->list[i];
        struct directory_place ignored;
        if (other == which || uuid_compare(&other->unit_id, &which->unit_id) == 0)
            continue;
        bool within = false;
        for (int l = level; l < DIRECTORY_LEVELS; l++)
            within = within || uuid_compare(&former->levels[l], &other->unit_id) == 0;
        if (within && came_to(other, directory, level, territory, &ignored))
            return true;
    }
    return false;
}

// True if the unit has been answered already: it left and came more than once.
static bool came_before(const struct arrivals *arrivals, const struct directory *directory, int level,
                        const struct uuid *territory, size_t which)
{
    struct directory_place ignored;
    for (size_t i = 0; i < which; i++)
        if (uuid_compare(&arrivals->list[i].unit_id, &arrivals->list[which].unit_id) == 0 &&
            came_to(&arrivals->list[i], directory, level, territory, &ignored))
            return true;
    return false;
}

bool arrivals_next(const struct arrivals *arrivals, const struct directory *directory, int level,
                   const struct uuid *territory, size_t *at, struct uuid *unit_id)
{
    while (*at < arrivals->count) {
        size_t i = (*at)++;
        const struct arrival *arrival = &arrivals->list[i];
        struct directory_place former;
        if (!came_to(arrival, directory, level, territory, &former) ||
            came_before(arrivals, directory, level, territory, i) ||
            came_with(arrivals, directory, level, territory, arrival, &former))
            continue;
        *unit_id = arrival->unit_id;
        return true;
    }
    return false;
}

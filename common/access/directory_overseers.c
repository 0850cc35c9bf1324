// SPDX-License-Identifier: Apache-2.0
// Who has charge of a unit: the nearest charges up the tree.
#include <stdio.h>
#include <string.h>

#include "access/directory_parts.h"

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
    for (int step = 0; unit && step < DIRECTORY_STEPS_MOST; step++) {
        look_at(directory, &unit->id, sector, at, overseers);
        unit = directory_find(directory, &unit->parent_id);
    }
    directory_unlock(directory);
    return known;
}

// SPDX-License-Identifier: Apache-2.0
// Territories that came from elsewhere: units that moved, and units that were merged
// into others. Their records stay where they were registered; whoever sees the
// territory that gained them may read those. Part of the directory, under its lock.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "access/directory.h"

struct arrivals;

// None. Never answers NULL.
struct arrivals *arrivals_new(void);
void arrivals_free(struct arrivals *arrivals);

// Keeps what a unit's record says of its moves and mergers, in place of what it said
// before. False where an id is none.
bool arrivals_keep(struct arrivals *arrivals, const Anlan__Organisations__V1__Unit *record);

// The next unit that came to a territory (of a tier at `level`) from outside of it;
// *at begins with 0. A unit that came with another that did is passed over. False at
// the end.
bool arrivals_next(const struct arrivals *arrivals, const struct directory *directory, int level,
                   const struct uuid *territory, size_t *at, struct uuid *unit_id);

// SPDX-License-Identifier: Apache-2.0
// What is reached: pairs, made from a post's unit and confined again. Part of the
// decision; the directory's lock is held.
#pragma once

#include "access/decide.h"
#include "access/directory.h"
#include "base/arena.h"

// Units below a unit that is no tier, at most: RequestGrant refuses more.
#define REACH_BELOW_MOST 64

struct reach {
    const struct directory *directory;
    struct arena *arena;    // exhausted: pairs are missing
    enum access_use use;    // to read, a territory has the units that came to it as well
    struct access_pair *pairs;
    size_t count;
    size_t room;
};

// The level of a unit that is a tier; -1 for others.
int reach_level(const struct directory_unit *unit);

// Adds everything.
void reach_add_instance(struct reach *reach);

// Adds what a post at a unit reaches, confined to sectors (none: the unit's).
void reach_add_post(struct reach *reach, const struct directory_unit *unit, const char *const *sectors, size_t count);

// Adds the territory of a unit's tenant.
void reach_add_tenant(struct reach *reach, const struct directory_unit *unit);

// Adds what of a pair lies within a unit.
void reach_add_within(struct reach *reach, const struct access_pair *pair, const struct directory_unit *within);

// Adds what of a pair lies in sectors (none: all).
void reach_add_sectors(struct reach *reach, const struct access_pair *pair, const struct directory_words *sectors);

// SPDX-License-Identifier: Apache-2.0
// Records whose turn was refused: they rest, so that they keep no others from theirs. Not for services.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

#define RESTING_MOST 256

struct resting {
    struct {
        struct uuid id;
        int64_t until;    // clock_monotonic
    } list[RESTING_MOST];
    size_t next;
};

// From now on it rests, for a minute; when too many do, the first of them no longer.
void resting_add(struct resting *resting, const struct uuid *id);
bool resting_has(const struct resting *resting, const struct uuid *id);

// How many rest: they stand before all others that are due.
size_t resting_count(const struct resting *resting);

// SPDX-License-Identifier: Apache-2.0
// Draws again what was drawn before: proto/anlan/tasks/v1/look_backs.proto says how. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

// What is drawn from, and how. Ids are in their order, as 36 characters.
struct draw_pool {
    char *const *ids;
    const bool *major;
    size_t count;
    const char *seed;
    bool all_major;
    int32_t share_permille;
    int32_t at_least;
};

// The ids that are drawn; *count says how many. NULL where the arena is full.
char **draw_from(const struct draw_pool *pool, struct arena *arena, size_t *count);

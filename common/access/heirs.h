// SPDX-License-Identifier: Apache-2.0
// Units that ended and what takes their place: whoever takes it has what they kept.
// Part of the directory, under its lock.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/uuid.h"

struct heirs;

// None. Never answers NULL.
struct heirs *heirs_new(void);
void heirs_free(struct heirs *heirs);

// Keeps that a unit ended and another takes its place; again: that one instead.
void heirs_keep(struct heirs *heirs, const struct uuid *unit_id, const struct uuid *successor_id);

// The next unit in whose place this one is, over units that ended in between; *at
// begins with 0. False at the end.
bool heirs_next(const struct heirs *heirs, const struct uuid *unit_id, size_t *at, struct uuid *former_id);

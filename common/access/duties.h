// SPDX-License-Identifier: Apache-2.0
// Duties: which units keep a duty desk, under which number it is reached, and who is on duty now and in the time ahead.
// Part of the directory, which guards them by its lock; kept by services that ask for it alone. What is over for more
// than a day is forgotten, so that the book is as large as the rosters ahead and no larger.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "access/directory.h"

struct duties;

// An empty book. Never answers NULL.
struct duties *duties_new(void);

// Frees it; accepts NULL.
void duties_free(struct duties *duties);

// Puts a desk, or a shift, of a packed record in the book, in place of the one with its id; false where it cannot be
// read.
bool duties_keep_desk(struct duties *duties, ProtobufCBinaryData packed);
bool duties_keep_shift(struct duties *duties, ProtobufCBinaryData packed);

// Who is on duty at the desk of a unit at a time. False where it keeps none.
bool duties_at(const struct duties *duties, const struct uuid *unit_id, clock_time at, struct directory_duty *duty);

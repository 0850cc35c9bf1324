// SPDX-License-Identifier: Apache-2.0
// The other instances that the directory knows: by their ids, and by the units at which the borders run. Part of the
// directory, which guards them by its lock.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "access/directory.h"

struct peers;

// An empty book. Never answers NULL.
struct peers *peers_new(void);

// Frees it; accepts NULL.
void peers_free(struct peers *peers);

// Puts the instance of a packed record in the book, in place of the one with its id. False where it cannot be read: the
// book stays as it was.
bool peers_keep(struct peers *peers, ProtobufCBinaryData packed);

// An instance by its id; NULL if there is none.
const struct directory_peer *peers_find(const struct peers *peers, const struct uuid *id);

// All of them, at most `most`; answers how many.
size_t peers_list(const struct peers *peers, const struct directory_peer **list, size_t most);

// True if there is any.
bool peers_any(const struct peers *peers);

// The instance above, the one that was enrolled last where one has ended; NULL if there is none.
const struct directory_peer *peers_above(const struct peers *peers);

// The instance below whose border runs at a unit, one that has not ended before one that has; NULL if there is none.
const struct directory_peer *peers_below(const struct peers *peers, const struct uuid *unit_id);

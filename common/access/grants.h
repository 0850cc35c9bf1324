// SPDX-License-Identifier: Apache-2.0
// The grants that the directory knows: by their ids, and by who received them. Part of
// the directory, which guards them by its lock.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "access/directory.h"
#include "access/words.h"

struct grants;

// An empty book. Never answers NULL.
struct grants *grants_new(void);

// Frees it; accepts NULL.
void grants_free(struct grants *grants);

// Puts the grant of a packed record in the book, in place of the one with its id.
// False where it cannot be read: the book stays as it was.
bool grants_keep(struct grants *grants, struct words *words, ProtobufCBinaryData packed);

// A grant by its id; NULL if there is none.
const struct directory_grant *grants_find(const struct grants *grants, const struct uuid *id);

// The grants to a person, unit or client, at most `most`; answers how many. Past ones too.
size_t grants_to(const struct grants *grants, const struct uuid *grantee_id, const struct directory_grant **received,
                 size_t most);

// Calls `see` for every grant until it answers false.
void grants_each(const struct grants *grants, bool (*see)(void *user, const struct directory_grant *grant), void *user);

// How many there are.
size_t grants_count(const struct grants *grants);

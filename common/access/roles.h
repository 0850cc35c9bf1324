// SPDX-License-Identifier: Apache-2.0
// The roles that the directory knows, by their names. Part of the directory, which
// guards them by its lock.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "access/directory.h"
#include "access/words.h"

struct roles;

// An empty book. Never answers NULL.
struct roles *roles_new(void);

// Frees it; accepts NULL.
void roles_free(struct roles *roles);

// Puts the role of a packed record in the book, in place of the one with its name.
// False where it cannot be read: the book stays as it was.
bool roles_keep(struct roles *roles, struct words *words, ProtobufCBinaryData packed);

// The role of a name; NULL if there is none.
const struct directory_role *roles_find(const struct roles *roles, const char *name);

// SPDX-License-Identifier: Apache-2.0
// The posts that the directory knows: by their ids, and by who holds them. Part of
// the directory, which guards them by its lock.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "access/directory.h"
#include "access/words.h"

struct posts;

// An empty book. Never answers NULL.
struct posts *posts_new(void);

// Frees it; accepts NULL.
void posts_free(struct posts *posts);

// Puts the post of a packed record in the book, in place of the one with its id.
// False where it cannot be read: the book stays as it was.
bool posts_keep(struct posts *posts, struct words *words, ProtobufCBinaryData packed);

// A post by its id; NULL if there is none.
const struct directory_post *posts_find(const struct posts *posts, const struct uuid *id);

// The posts of a person, at most `most`; answers how many. Past ones too.
size_t posts_of(const struct posts *posts, const struct uuid *person_id, const struct directory_post **held,
                size_t most);

// Calls `see` for every post until it answers false.
void posts_each(const struct posts *posts, bool (*see)(void *user, const struct directory_post *post), void *user);

// How many there are.
size_t posts_count(const struct posts *posts);

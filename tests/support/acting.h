// SPDX-License-Identifier: Apache-2.0
// People of the directory in their posts, and by which grants they act.
#pragma once

#include "support/instance.h"

#define ACTING_GRANTS_MOST 8

struct actor {
    const char *person_id;
    const char *post_id;    // NULL: a client
    const char *name;
};

// Enters a person and gives him a post; sector NULL: all.
struct actor actor_new(struct instance *instance, const char *role, const char *unit_id, const char *name,
                       const char *sector);

// Gives somebody another post.
struct actor actor_in(struct instance *instance, struct actor actor, const char *role, const char *unit_id);

// A client that is registered.
struct actor actor_client(struct instance *instance, const char *name);

// He calls in his post, by grants besides; ended by NULL.
struct person acting(struct instance *instance, struct actor actor, ...) __attribute__((sentinel));

// Makes a unit; kind as "UNIT_KIND_TEAM".
const char *unit_new(struct instance *instance, const char *parent_id, const char *kind, const char *name);

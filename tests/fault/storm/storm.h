// SPDX-License-Identifier: Apache-2.0
// The storm: load, accidents and a copy of the log, for tests/fault/run.
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "support/instance.h"

#define STORM_PROCESSES 2

// Numbers that follow from a seed.
struct dice {
    uint64_t state;
};
uint64_t dice_throw(struct dice *dice);
// From 0 to below `most`.
unsigned dice_below(struct dice *dice, unsigned most);

// A relay between unix sockets, whose connections can be cut.
struct relay;
struct relay *relay_start(const char *listen_path, const char *to_path);
// Ends all connections and refuses new ones until it is mended.
void relay_cut(struct relay *relay);
void relay_mend(struct relay *relay);
void relay_stop(struct relay *relay);

// Hazards that walk through their lives, each step again until it is acknowledged.
struct walk;
struct walk_figures {
    size_t acknowledged;
    size_t sent;       // calls, those that were repeated by us included
    size_t refused;    // by a rule: none should be
};
// `addresses` of hazards; what is acknowledged is written to `path`: request_id, hazard, version.
struct walk *walk_start(struct instance *instance, const char *addresses, const char *path, uint64_t seed);
// No further steps; answers how many are under way still.
int walk_ending(struct walk *walk);
// When none is: frees.
struct walk_figures walk_stop(struct walk *walk);

// A copy of the county's log, made by Pull through cuts and kills; written to `path`: position, digest.
struct copy;
struct copy *copy_start(struct instance *instance, const char *addresses, const char *path);
// Ends when the copy has the whole log. Answers how many entries it has; -1 where they were not contiguous.
int64_t copy_stop(struct copy *copy);

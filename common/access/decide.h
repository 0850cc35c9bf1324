// SPDX-License-Identifier: Apache-2.0
// The access decision: which records a caller may reach with a permission. A
// check and a list use the same decision, so they agree.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/directory.h"
#include "access/token.h"
#include "base/arena.h"
#include "base/status.h"

// What a pair of a scope covers. The numbers stand in statements and policies.
enum access_scope_kind {
    ACCESS_INSTANCE = 0,    // everything; the pair's unit is nil
    ACCESS_REGION = 1,      // records whose place has the unit at this level
    ACCESS_CITY = 2,
    ACCESS_COUNTY = 3,
    ACCESS_TOWNSHIP = 4,
    ACCESS_PARTY = 5,    // records to which the unit is a party: its own, or one of its parties
};

// One pair: a unit's records, in one sector or in all.
struct access_pair {
    enum access_scope_kind kind;
    struct uuid unit_id;
    const char *sector;    // NULL: all; lives as long as the decision's arena
};

// A decision: a record is within it if any pair covers it. Several pairs may cover
// one: a territory and a party, or a territory and a unit that came to it.
struct access_decision {
    struct access_pair *pairs;
    size_t count;
};

// How old the mirror may be.
struct access_freshness {
    int64_t now;         // clock_monotonic
    int64_t most;        // microseconds since it was caught up
    int64_t position;    // that it must have reached
};

// True if the mirror is good for a decision; otherwise false with
// DIRECTORY_BEHIND. Does not wait.
bool access_fresh(const struct directory *directory, const struct access_freshness *freshness, struct status *status);

// One row for each role: what it may do. A role's name stands in tokens. The rows
// stand with the services: what may be done is theirs to say.
struct access_role {
    const char *name;
    const char *zh;
    const char *const *permissions;    // ended by NULL
};

// What decisions are made by.
struct access_policy {
    struct directory *directory;
    const struct access_role *roles;
    size_t role_count;
};

// What the caller wants with the records. Who reads a territory also reads what units
// that came to it (moved or merged) had before; who changes records does not.
enum access_use { ACCESS_CHANGE, ACCESS_READ };

// Decides. `within` (may be NULL) confines the scope to a unit's records. False
// with POST_ENDED (the post's unit is not in the directory, or retired), PERMISSION_MISSING
// (the role lacks it), or UNIT_NOT_FOUND (`within` is unknown or out of the
// scope: the two cannot be told apart). Takes the directory's lock itself; memory
// from `arena`; does not block.
bool access_decide(const struct access_policy *policy, const struct access_caller *caller, const char *permission,
                   enum access_use use, const struct uuid *within, struct arena *arena,
                   struct access_decision *decision, struct status *status);

// A record as decisions see it.
struct access_record {
    struct directory_place place;
    const char *sector;            // NULL or "" for none
    const struct uuid *parties;    // its own unit, the finding, sending and responsible one
    size_t party_count;
};

// True if the decision covers the record.
bool access_covers(const struct access_decision *decision, const struct access_record *record);

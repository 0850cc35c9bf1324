// SPDX-License-Identifier: Apache-2.0
// The access decision: which records a caller may reach with a permission. A
// check and a list use the same decision, so they agree.
//
// What a post reaches with a permission, if its role has it:
//   at the instance        everything
//   at a tier              the tier's territory, in the post's sectors
//   at an enterprise, place, village or team: itself as a party (a team is formed
//                          for a time: what it inspects, it is granted)
//   at any other unit      the territory of the tier that it belongs to, in the
//                          sectors; and itself as a party
//   at a tier that is no tenant (a township): itself as a party too
// The sectors are the post's, the unit's, or what both have (none: all).
//
// What a grant reaches: what its grantor reaches now with the permission (by the
// post, or, where it is a part of another grant, by that one), as far as it lies
// within the grant's unit and sectors, while all of this holds:
//   it is approved, and starts_at <= now < ends_at; it names the permission
//   the caller is its grantee, or, where that is a unit, acts in a post at it
//   the grantor's post is in force and still the grantor's, its unit active
//   a part: the parent holds likewise, names the permission, has a greater depth,
//   and its grantee is the grantor or the unit of the grantor's post
// Within a tier lies what lies in its territory. Within any other unit lie the
// records that stand at it or at a unit below it (ACCESS_UNIT), and what is its
// own as a party only where the grantor is that very party.
// Taken in an emergency (BREAK_GLASS): the territory of the tenant of the post's
// unit, permissions ending in ".read", while the role has "grants.break_glass".
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
    ACCESS_UNIT = 6,     // records that stand at the unit: its own, and no others
};

// One pair: a unit's records, in one sector or in all.
struct access_pair {
    enum access_scope_kind kind;
    unsigned origin;    // 0: the caller's own post; n: his grant n - 1
    struct uuid unit_id;
    const char *sector;    // NULL: all; lives as long as the decision's arena
    bool arrived;          // what the unit had before it came: a territory above it does not have that
};

// A decision: pairs, those of the own post first, then by the order of the caller's
// grants; a record is within it if any pair covers it. Pairs may overlap.
struct access_decision {
    struct access_pair *pairs;
    size_t count;
};

// How old the mirror may be.
struct access_freshness {
    int64_t now;         // clock_monotonic
    bool outside;        // a grant, or access from outside, is decided: not a person's own post in his own tenant
    int64_t position;    // that it must have reached
};

// True if the mirror is good for a decision; otherwise false with
// DIRECTORY_BEHIND. Does not wait.
bool access_fresh(const struct directory *directory, const struct access_freshness *freshness, struct status *status);

// A role that is there before any record is: only tokens that the key's holder
// vouches for act in it, so that an empty directory can be filled. The rows stand
// with the services: what may be done is theirs to say.
struct access_role {
    const char *name;
    const char *const *permissions;    // ended by NULL
};

// The roles of instances above and below that have signed in: what they may, in the territory of the unit at which the
// border runs. They act as long as they are enrolled.
#define ACCESS_INSTANCE_ABOVE "instance_above"
#define ACCESS_INSTANCE_BELOW "instance_below"

// What decisions are made by: the directory's roles, posts and grants, and the
// roles of the beginning (may be none), which come first.
struct access_policy {
    struct directory *directory;
    const struct access_role *roles;
    size_t role_count;
};

// What the caller wants with the records. Who reads a territory also reads what units
// that came to it (moved or merged) had before; who changes records does not.
enum access_use { ACCESS_CHANGE, ACCESS_READ };

// What is asked.
struct access_question {
    const struct access_caller *caller;
    const char *permission;
    enum access_use use;
    const struct uuid *within;    // confines the scope to a unit's records; NULL for no
    clock_time now;
    bool without_grants;    // the caller's own post alone
};

// Decides. False with POST_ENDED (the post is not in the directory, not the
// subject's, not in force, or its unit is not there or retired), PERMISSION_MISSING
// (neither the role nor a grant that holds has it), or UNIT_NOT_FOUND (`within` is
// unknown or out of the scope: the two cannot be told apart). Takes the directory's
// lock itself; memory from `arena`; does not block.
bool access_decide(const struct access_policy *policy, const struct access_question *question, struct arena *arena,
                   struct access_decision *decision, struct status *status);

// A record as decisions see it.
struct access_record {
    struct directory_place place;
    const char *sector;            // NULL or "" for none
    const struct uuid *parties;    // its own unit first, then the finding, sending and responsible one
    size_t party_count;
};

// True if the decision covers the record.
bool access_covers(const struct access_decision *decision, const struct access_record *record);

// True if a pair of this origin covers it.
bool access_covers_by(const struct access_decision *decision, const struct access_record *record, unsigned origin);

// The origin of the first pair that covers the record, so the own post before any
// grant; -1 if none does.
int access_origin(const struct access_decision *decision, const struct access_record *record);

// The decision without pairs that others hold anyway, in no particular order: what
// the statements of reads are bound to. Territories, sectors and units are disjoint then, but
// for two overlaps: a party's records may also lie in a territory, and what a wider
// territory has in one sector a narrower one, or a unit, may have in all. What adds
// up must leave those out. False where the arena is full.
bool access_reduce(struct directory *directory, const struct access_decision *decision, struct arena *arena,
                   struct access_decision *reduced);

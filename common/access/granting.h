// SPDX-License-Identifier: Apache-2.0
// What may be granted: never more than the grantor holds, nor than the approver
// covers. The same code as the decision at every use.
#pragma once

#include "access/conditions.h"
#include "access/decide.h"

// What a grantor lacks.
struct access_shortfall {
    struct access_standing standing;
    const char *permission;
    const char *sector;    // NULL: none in particular
};

// Whether the grantor of a grant holds, now, each of its permissions at its unit in
// each of its sectors (none: in some). Of a grant taken in an emergency, whether it
// may be taken. Takes the directory's lock; memory from `arena`.
bool access_grantor_holds(const struct access_policy *policy, const struct directory_grant *grant, clock_time now,
                          struct arena *arena, struct access_shortfall *shortfall);

// Whether a decision's own post covers a grant's unit in its sectors (none: in all).
// Takes the directory's lock; memory from `arena`.
bool access_own_post_covers(const struct access_policy *policy, const struct access_decision *decision,
                            const struct directory_grant *grant, struct arena *arena);

// Whether a unit can be granted: a tier, or one with at most 64 units below it.
// Takes the directory's lock.
bool access_unit_grantable(const struct access_policy *policy, const struct uuid *unit_id);

// One on whose behalf a grant lets somebody act.
struct access_principal {
    struct uuid person_id;
    struct uuid unit_id;
    struct uuid post_id;
    struct uuid grant_id;
};

#define ACCESS_PRINCIPALS_MOST 8

// Those on whose behalf who uses a grant acts: its grantor, then the grantor of the
// grant that it is a part of, and so on; none of what was taken in an emergency.
// Answers how many. Takes the directory's lock.
size_t access_principals(struct directory *directory, const struct uuid *grant_id,
                         struct access_principal principals[ACCESS_PRINCIPALS_MOST]);

// Drops the pairs of who acts for a tenant below this one: the own post's, where its
// unit belongs to one, and those of grants that are given by such a post. Takes the
// directory's lock.
void access_keep_below_out(const struct access_policy *policy, const struct access_caller *caller,
                           const struct uuid *tenant_id, struct access_decision *decision);

// Text of a condition.
const char *access_condition_text(enum access_condition condition, bool chinese);

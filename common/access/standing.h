// SPDX-License-Identifier: Apache-2.0
// Whether a post or a grant counts at a time, and what it reaches then. Part of
// the decision; the directory's lock is held.
#pragma once

#include "access/conditions.h"
#include "access/reach.h"

// Grants from the one that is used up to a post: longer chains do not count.
#define STANDING_CHAIN_MOST 8

// A post and its unit, as far as they are there.
struct standing_post {
    const struct directory_post *post;
    const struct directory_unit *unit;
};

// Whether a post is in force, its unit active, and, unless NULL, whether the
// person holds it. `found` says what was found.
struct access_standing standing_of_post(const struct directory *directory, const struct uuid *post_id,
                                        const struct uuid *person_id, clock_time now, struct standing_post *found);

// Whether a post that stands permits something: what it reaches with it is added to
// `reach`.
struct access_standing standing_of_role(struct reach *reach, const struct standing_post *found, const char *permission);

// Whether the grantee of a grant is this subject, acting at this unit (nil for none).
bool standing_is_grantee(const struct directory_grant *grant, const struct uuid *subject_id, bool is_client,
                         const struct uuid *unit_id);

// Whether a post permits something, and what it reaches with it: added to `reach`.
struct access_standing standing_of_post_for(struct reach *reach, const struct uuid *post_id,
                                            const struct uuid *person_id, const char *permission, clock_time now);

// Whether a grant permits something, and what it reaches with it: added to `reach`.
// With ACCESS_OUT_OF_REACH it adds nothing. Who uses it is not asked.
struct access_standing standing_of_grant(struct reach *reach, const struct directory_grant *grant,
                                         const char *permission, clock_time now);

// What the grantor of a grant reaches with a permission: by his post, or by the
// grant that it is a part of. The grant itself need not be in the directory.
struct access_standing standing_of_grantor(struct reach *reach, const struct directory_grant *grant,
                                           const char *permission, clock_time now);

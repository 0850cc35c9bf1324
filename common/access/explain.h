// SPDX-License-Identifier: Apache-2.0
// Why somebody may do something at a unit, or why not; and who could. By the code
// that decides.
#pragma once

#include "access/conditions.h"
#include "access/decide.h"

// What is asked. With a permission that ends in ".read", what came to a territory from elsewhere counts too.
struct access_inquiry {
    const char *permission;
    struct uuid unit_id;    // at which the record stands
    const char *sector;     // NULL: in any
    clock_time at;
};

// A post, or a grant (the post is nil then), and whether it lets.
struct access_way {
    struct uuid post_id;
    struct uuid grant_id;
    struct uuid subject_id;    // the post's holder, or the grantee
    struct access_standing standing;
    const char *sector;    // where it lets: in which sector; NULL: in all, or in the one asked for
};

// Ways, at most `room`.
struct access_ways {
    struct access_way *list;
    size_t room;
    size_t count;
    bool more;    // there are more
};

// Each post of a person, or the one that is named, and each grant to him and to the
// units of those posts; of a client, its grants. Under the directory's lock; memory
// from `arena`.
void access_explain_person(const struct directory *directory, const struct access_inquiry *inquiry,
                           const struct uuid *person_id, const struct uuid *post_id, struct arena *arena,
                           struct access_ways *ways);
void access_explain_client(const struct directory *directory, const struct access_inquiry *inquiry,
                           const struct uuid *client_id, struct arena *arena, struct access_ways *ways);

// Each post and each grant that lets. Under the lock; looks at all of them.
void access_explain_all(const struct directory *directory, const struct access_inquiry *inquiry,
                        struct access_ways *ways);

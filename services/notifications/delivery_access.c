// SPDX-License-Identifier: Apache-2.0
#include "delivery_access.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "service/values.h"

#define PERMISSION "inbox.read"
#define POSTS_MOST 64

typedef Anlan__Notifications__V1__Endpoint endpoint;
typedef Anlan__Notifications__V1__Message message;

// True if the caller reaches what the message tells of.
static bool reaches(const struct access_policy *policy, const struct access_caller *caller, const message *m,
                    clock_time now, struct arena *arena)
{
    char *const texts[] = {m->about_unit_id, m->finding_unit_id, m->responsible_unit_id, m->sending_unit_id};
    struct uuid parties[COUNT_OF(texts)];
    struct status ignored = {0};
    struct access_decision decision;
    const struct access_question question = {
        .caller = caller, .permission = PERMISSION, .use = ACCESS_READ, .now = now, .without_grants = true};
    struct access_record record = {.place = service_place_of(m->place), .sector = m->sector, .parties = parties};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (uuid_parse(texts[i], &parties[record.party_count]))
            record.party_count++;
    return access_decide(policy, &question, arena, &decision, &ignored) && access_covers(&decision, &record);
}

// The ids of a person's posts at a unit, of this role ("": any).
static size_t posts_at(struct directory *directory, const struct uuid *person, const struct uuid *unit,
                       const char *role, struct uuid ids[POSTS_MOST])
{
    const struct directory_post *posts[POSTS_MOST];
    size_t count = 0;
    directory_lock(directory);
    size_t held = directory_posts_of(directory, person, posts, POSTS_MOST);
    for (size_t i = 0; i < held; i++)
        if (uuid_compare(&posts[i]->unit_id, unit) == 0 && (!*role || strcmp(posts[i]->role, role) == 0))
            ids[count++] = posts[i]->id;
    directory_unlock(directory);
    return count;
}

static bool person_stands(const struct access_policy *policy, const endpoint *to, const message *m, clock_time now,
                          struct arena *arena)
{
    struct access_caller caller = {.has_post = true};
    struct uuid ids[POSTS_MOST];
    if (!uuid_parse(to->person_id, &caller.subject_id) || !uuid_parse(to->unit_id, &caller.unit_id))
        return false;
    size_t count = posts_at(policy->directory, &caller.subject_id, &caller.unit_id, m->role, ids);
    for (size_t i = 0; i < count; i++) {
        caller.post_id = ids[i];
        if (reaches(policy, &caller, m, now, arena))
            return true;
    }
    return false;
}

bool delivery_access_stands(const struct access_policy *policy, const endpoint *to, const message *m, clock_time now,
                            struct arena *arena)
{
    struct access_caller caller = {.has_post = true};
    if (*to->person_id)
        return person_stands(policy, to, m, now, arena);
    if (!uuid_parse(to->unit_id, &caller.unit_id))
        return false;
    snprintf(caller.role, sizeof(caller.role), "%s", to->role);
    return reaches(policy, &caller, m, now, arena);
}

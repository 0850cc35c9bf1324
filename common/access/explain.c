// SPDX-License-Identifier: Apache-2.0
#include "access/explain.h"

#include <string.h>

#include "access/standing.h"
#include "base/check.h"

// A person's posts and grants, at most: more than anybody has.
#define HELD_MOST 256

static bool covers(const struct access_inquiry *inquiry, const struct directory_unit *unit,
                   const struct access_pair *pair)
{
    const struct access_decision decision = {(struct access_pair *)pair, 1};
    const struct access_record record = {.place = unit->place,
                                         .sector = inquiry->sector ? inquiry->sector : pair->sector,
                                         .parties = &unit->id,
                                         .party_count = 1};
    return access_covers(&decision, &record);
}

// Who reads a territory reads what came to it, too.
static enum access_use use_of(const struct access_inquiry *inquiry)
{
    static const char reads[] = ".read";
    size_t length = strlen(inquiry->permission);
    return length > strlen(reads) && strcmp(inquiry->permission + length - strlen(reads), reads) == 0 ? ACCESS_READ
                                                                                                      : ACCESS_CHANGE;
}

// What a post or grant that stands reaches, held against what is asked.
static void look(const struct directory *directory, const struct access_inquiry *inquiry, const struct reach *reach,
                 struct access_way *way)
{
    const struct directory_unit *unit = directory_find(directory, &inquiry->unit_id);
    if (way->standing.condition != ACCESS_HOLDS)
        return;
    way->standing = (struct access_standing){ACCESS_OUT_OF_REACH, inquiry->unit_id};
    for (size_t i = 0; unit && i < reach->count; i++)
        if (covers(inquiry, unit, &reach->pairs[i])) {
            way->standing.condition = ACCESS_HOLDS;
            way->sector = reach->pairs[i].sector;
            return;
        }
}

static void add(struct access_ways *ways, const struct access_way *way)
{
    if (ways->count == ways->room)
        ways->more = true;
    else
        ways->list[ways->count++] = *way;
}

static struct access_way of_post(const struct directory *directory, const struct access_inquiry *inquiry,
                                 const struct directory_post *post, struct arena *arena)
{
    struct reach reach = {.directory = directory, .arena = arena, .use = use_of(inquiry)};
    struct access_way way = {.post_id = post->id, .subject_id = post->person_id};
    way.standing = standing_of_post_for(&reach, &post->id, NULL, inquiry->permission, inquiry->at);
    look(directory, inquiry, &reach, &way);
    return way;
}

static struct access_way of_grant(const struct directory *directory, const struct access_inquiry *inquiry,
                                  const struct directory_grant *grant, struct arena *arena)
{
    struct reach reach = {.directory = directory, .arena = arena, .use = use_of(inquiry)};
    struct access_way way = {.grant_id = grant->id, .subject_id = grant->grantee_id};
    way.standing = standing_of_grant(&reach, grant, inquiry->permission, inquiry->at);
    look(directory, inquiry, &reach, &way);
    return way;
}

static void add_grants_to(const struct directory *directory, const struct access_inquiry *inquiry,
                          const struct uuid *grantee_id, struct arena *arena, struct access_ways *ways)
{
    const struct directory_grant *grants[HELD_MOST];
    size_t count = directory_grants_to(directory, grantee_id, grants, COUNT_OF(grants));
    ways->more = ways->more || count == COUNT_OF(grants);
    for (size_t i = 0; i < count; i++) {
        struct access_way way = of_grant(directory, inquiry, grants[i], arena);
        add(ways, &way);
    }
}

// The first of a person's posts at its unit: the unit's grants are told once.
static bool is_first_there(const struct directory_post *const *posts, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (uuid_compare(&posts[i]->unit_id, &posts[at]->unit_id) == 0)
            return false;
    return true;
}

void access_explain_person(const struct directory *directory, const struct access_inquiry *inquiry,
                           const struct uuid *person_id, const struct uuid *post_id, struct arena *arena,
                           struct access_ways *ways)
{
    const struct directory_post *posts[HELD_MOST];
    size_t count = directory_posts_of(directory, person_id, posts, COUNT_OF(posts));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!post_id || uuid_compare(&posts[i]->id, post_id) == 0)
            posts[kept++] = posts[i];
    for (size_t i = 0; i < kept; i++) {
        struct access_way way = of_post(directory, inquiry, posts[i], arena);
        add(ways, &way);
    }
    add_grants_to(directory, inquiry, person_id, arena, ways);
    // A unit's grants are for who acts in a post that is in force.
    struct standing_post found;
    for (size_t i = 0; i < kept; i++)
        if (standing_of_post(directory, &posts[i]->id, NULL, inquiry->at, &found).condition == ACCESS_HOLDS &&
            is_first_there(posts, i))
            add_grants_to(directory, inquiry, &posts[i]->unit_id, arena, ways);
}

void access_explain_client(const struct directory *directory, const struct access_inquiry *inquiry,
                           const struct uuid *client_id, struct arena *arena, struct access_ways *ways)
{
    add_grants_to(directory, inquiry, client_id, arena, ways);
}

struct search {
    const struct directory *directory;
    const struct access_inquiry *inquiry;
    struct access_ways *ways;
    struct arena arena;    // of one post or grant
};

static bool keep(struct search *search, const struct access_way *way)
{
    if (way->standing.condition == ACCESS_HOLDS)
        add(search->ways, way);
    arena_fini(&search->arena);
    return !search->ways->more;
}

static bool see_post(void *user, const struct directory_post *post)
{
    struct search *search = user;
    struct access_way way = of_post(search->directory, search->inquiry, post, &search->arena);
    return keep(search, &way);
}

static bool see_grant(void *user, const struct directory_grant *grant)
{
    struct search *search = user;
    struct access_way way = of_grant(search->directory, search->inquiry, grant, &search->arena);
    return keep(search, &way);
}

void access_explain_all(const struct directory *directory, const struct access_inquiry *inquiry,
                        struct access_ways *ways)
{
    struct search search = {.directory = directory, .inquiry = inquiry, .ways = ways};
    arena_init(&search.arena, 1 << 20);
    directory_each_post(directory, see_post, &search);
    directory_each_grant(directory, see_grant, &search);
    arena_fini(&search.arena);
}

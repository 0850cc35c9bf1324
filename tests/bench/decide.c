// SPDX-License-Identifier: Apache-2.0
// Decisions on a directory of the nation's size: 44,703 divisions, 200,000 people with a post each, 50,000 grants.
// Prints the median and the 99th percentile of a decision, and what the mirror needs of memory; fails where the median
// is above 5 µs.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "support/world.h"

#define REGIONS 31
#define CITIES 342
#define COUNTIES 2978
#define TOWNSHIPS 41352
#define PEOPLE 200000
#define GRANTS 50000
#define DECISIONS 200000
#define MEDIAN_MOST_NS 5000

static struct uuid units[REGIONS + CITIES + COUNTIES + TOWNSHIPS];
static struct uuid people[PEOPLE];
static struct uuid posts[PEOPLE];
static struct uuid grants[GRANTS];
static int64_t times[DECISIONS];

// A level of the tree, spread evenly over the level above.
static size_t plant(struct world *world, size_t above, size_t above_count, size_t count,
                    Anlan__Organisations__V1__UnitKind kind)
{
    size_t first = above + above_count;
    for (size_t i = 0; i < count; i++)
        units[first + i] = world_unit(world, above_count ? &units[above + i % above_count] : NULL, kind, NULL);
    return first;
}

static void plant_tree(struct world *world)
{
    size_t regions = plant(world, 0, 0, REGIONS, WORLD_KIND(REGION));
    size_t cities = plant(world, regions, REGIONS, CITIES, WORLD_KIND(CITY));
    size_t counties = plant(world, cities, CITIES, COUNTIES, WORLD_KIND(COUNTY));
    plant(world, counties, COUNTIES, TOWNSHIPS, WORLD_KIND(TOWNSHIP));
}

static void appoint(struct world *world)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = uuid_make(clock_now());
        posts[i] = world_post(world, &(struct world_post){.person = people[i],
                                                          .unit = units[i % COUNT_OF(units)],
                                                          .role = "officer",
                                                          .sector = i % 4 == 0 ? "fireworks" : NULL});
    }
}

// Somebody higher up lets somebody else read a part of his territory: the grantor's own unit.
static void grant(struct world *world)
{
    for (size_t i = 0; i < GRANTS; i++) {
        size_t grantor = i * 3 % PEOPLE;
        grants[i] = world_grant(world, &(struct world_grant){.post = posts[grantor],
                                                             .grantor = people[grantor],
                                                             .grantee = people[(i + 7) % PEOPLE],
                                                             .unit = units[grantor % COUNT_OF(units)],
                                                             .permissions = "hazards.read hazards.create"});
    }
}

static int by_time(const void *left, const void *right)
{
    int64_t l = *(const int64_t *)left;
    int64_t r = *(const int64_t *)right;
    return (l > r) - (l < r);
}

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// Decides for `grant_count` grants besides the post; answers the median in ns.
static int64_t measure(struct world *world, size_t grant_count)
{
    const struct access_policy policy = {.directory = world->directory};
    struct arena arena;
    unsigned seed = 15;
    size_t pairs = 0;
    arena_init(&arena, 1 << 24);
    for (size_t i = 0; i < DECISIONS; i++) {
        size_t at = (size_t)rand_r(&seed) % GRANTS;
        size_t grantee = (at + 7) % PEOPLE;
        struct access_caller caller = {.has_post = true, .subject_id = people[grantee], .post_id = posts[grantee]};
        for (size_t g = 0; g < grant_count; g++)
            caller.grants[caller.grant_count++] = grants[at];
        const struct access_question question = {.caller = &caller, .permission = "hazards.read", .now = clock_now()};
        struct access_decision decision = {0};
        struct status status = {0};
        int64_t begun = nanoseconds();
        CHECK(access_decide(&policy, &question, &arena, &decision, &status));
        times[i] = nanoseconds() - begun;
        pairs += decision.count;
        if (i % 64 == 0)
            arena_fini(&arena);    // as a call's arena ends with the call
    }
    arena_fini(&arena);
    qsort(times, DECISIONS, sizeof(times[0]), by_time);
    printf("post and %zu grants: median %lld ns, 99%% %lld ns, %.1f pairs\n", grant_count,
           (long long)times[DECISIONS / 2], (long long)times[DECISIONS / 100 * 99], (double)pairs / DECISIONS);
    return times[DECISIONS / 2];
}

static double megabytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd) / 1048576;
}

int main(void)
{
    struct world world;
    double before = megabytes();
    int64_t begun = nanoseconds();
    world_init(&world);
    world_role(&world, "officer", "hazards.read hazards.create hazards.assign grants.request grants.approve");
    plant_tree(&world);
    double tree = megabytes();
    appoint(&world);
    double held = megabytes();
    grant(&world);
    printf("%zu units, %d posts, %d grants: %.1f s, %.1f MiB (units %.1f, posts %.1f, grants %.1f)\n", COUNT_OF(units),
           PEOPLE, GRANTS, (double)(nanoseconds() - begun) / 1e9, megabytes() - before, tree - before, held - tree,
           megabytes() - held);
    int64_t median = measure(&world, 0);
    measure(&world, 8);
    int64_t with_grant = measure(&world, 1);
    world_fini(&world);
    return median <= MEDIAN_MOST_NS && with_grant <= MEDIAN_MOST_NS ? EXIT_SUCCESS : EXIT_FAILURE;
}

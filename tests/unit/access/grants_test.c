// SPDX-License-Identifier: Apache-2.0
// Posts, roles and grants in memory: what they reach, while they hold, and never more than the grantor's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "access/granting.h"
#include "base/check.h"
#include "support/world.h"

#define NOW (INT64_C(1000000000) * CLOCK_SECOND)
#define DAY CLOCK_DAY

static struct world world;
static struct uuid region, city, county, township, other_township, sibling, regulator, department, park, enterprise,
    place, far_enterprise, team;
static struct uuid officer, officer_post, member, member_post, clerk, clerk_post, client;

static struct uuid person(void)
{
    return uuid_make(clock_now());
}

static int up(void **state)
{
    (void)state;
    world_init(&world);
    region = world_unit(&world, NULL, WORLD_KIND(REGION), NULL);
    city = world_unit(&world, &region, WORLD_KIND(CITY), NULL);
    county = world_unit(&world, &city, WORLD_KIND(COUNTY), NULL);
    sibling = world_unit(&world, &city, WORLD_KIND(COUNTY), NULL);
    township = world_unit(&world, &county, WORLD_KIND(TOWNSHIP), NULL);
    other_township = world_unit(&world, &county, WORLD_KIND(TOWNSHIP), NULL);
    regulator = world_unit(&world, &county, WORLD_KIND(REGULATOR), "fireworks");
    department = world_unit(&world, &county, WORLD_KIND(DEPARTMENT), NULL);
    park = world_unit(&world, &township, WORLD_KIND(PARK), NULL);
    enterprise = world_unit(&world, &park, WORLD_KIND(ENTERPRISE), NULL);
    place = world_unit(&world, &enterprise, WORLD_KIND(PLACE), NULL);
    far_enterprise = world_unit(&world, &sibling, WORLD_KIND(ENTERPRISE), NULL);
    team = world_unit(&world, &region, WORLD_KIND(TEAM), NULL);
    world_role(&world, "officer", "hazards.read hazards.accept grants.break_glass");
    world_role(&world, "reader", "units.read");
    officer = person();
    member = person();
    clerk = person();
    client = person();
    officer_post = world_post(&world, &(struct world_post){.person = officer, .unit = department, .role = "officer"});
    member_post = world_post(&world, &(struct world_post){.person = member, .unit = team, .role = "reader"});
    clerk_post = world_post(&world, &(struct world_post){.person = clerk, .unit = township, .role = "reader"});
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_fini(&world);
    return 0;
}

// A caller in a post (nil: none) with a grant (NULL: none).
static struct access_caller caller(struct uuid subject, struct uuid post, const struct uuid *grant)
{
    struct access_caller made = {.subject_id = subject, .has_post = !uuid_is_nil(&post), .post_id = post};
    if (grant)
        made.grants[made.grant_count++] = *grant;
    return made;
}

// Whether the caller may do something to a record that stands at a unit, in a sector, at a time.
static status_reason asked(const struct access_caller *who, const char *permission, const struct uuid *unit,
                           const char *sector, clock_time now, bool *covered, int *origin)
{
    struct arena arena;
    struct status status = {0};
    struct access_decision decision = {0};
    const struct access_policy policy = {.directory = world.directory};
    const struct access_question question = {.caller = who, .permission = permission, .now = now};
    arena_init(&arena, 1 << 20);
    *covered = false;
    *origin = -1;
    if (access_decide(&policy, &question, &arena, &decision, &status)) {
        const struct directory_unit *at = directory_find(world.directory, unit);
        struct access_record record = {.place = at->place, .sector = sector, .parties = unit, .party_count = 1};
        *covered = access_covers(&decision, &record);
        *origin = access_origin(&decision, &record);
    }
    arena_fini(&arena);
    return status.reason;
}

static bool may_at(struct access_caller who, const char *permission, const struct uuid *unit, const char *sector,
                   clock_time now)
{
    bool covered = false;
    int origin = 0;
    asked(&who, permission, unit, sector, now, &covered, &origin);
    return covered;
}

static bool may(struct access_caller who, const struct uuid *unit)
{
    return may_at(who, "hazards.read", unit, "road_traffic", NOW);
}

static status_reason refusal(struct access_caller who, const char *permission, clock_time now)
{
    bool covered = false;
    int origin = 0;
    return asked(&who, permission, &county, "", now, &covered, &origin);
}

static void a_post_is_what_the_directory_says(void **state)
{
    (void)state;
    struct uuid sectored = world_post(
        &world,
        &(struct world_post){.person = officer, .unit = regulator, .role = "officer", .from = NOW, .to = NOW + DAY});
    struct access_caller who = caller(officer, sectored, NULL);
    assert_int_equal(refusal(who, "hazards.read", NOW - 1), REASON(POST_ENDED));
    assert_int_equal(refusal(who, "hazards.read", NOW), REASON(UNSPECIFIED));
    assert_int_equal(refusal(who, "hazards.read", NOW + DAY - 1), REASON(UNSPECIFIED));
    assert_int_equal(refusal(who, "hazards.read", NOW + DAY), REASON(POST_ENDED));
    assert_int_equal(refusal(who, "hazards.assign", NOW), REASON(PERMISSION_MISSING));
    assert_true(may_at(who, "hazards.read", &township, "fireworks", NOW));
    assert_false(may_at(who, "hazards.read", &township, "road_traffic", NOW));
    assert_true(may_at(who, "hazards.read", &regulator, "road_traffic", NOW));    // its own
    // Another's post, a post that is not there, and a client in a person's post.
    assert_int_equal(refusal(caller(member, sectored, NULL), "hazards.read", NOW), REASON(POST_ENDED));
    assert_int_equal(refusal(caller(officer, person(), NULL), "hazards.read", NOW), REASON(POST_ENDED));
    who.is_client = true;
    assert_int_equal(refusal(who, "hazards.read", NOW), REASON(POST_ENDED));
    // What the token says besides does not count.
    who = caller(officer, sectored, NULL);
    who.unit_id = world.instance;
    snprintf(who.role, sizeof(who.role), "administrator");
    assert_false(may_at(who, "hazards.read", &sibling, "fireworks", NOW));
}

static void a_role_is_what_the_directory_says(void **state)
{
    (void)state;
    struct access_caller who = caller(officer, officer_post, NULL);
    assert_true(may(who, &township));
    world_role(&world, "officer", "units.read");
    assert_int_equal(refusal(who, "hazards.read", NOW), REASON(PERMISSION_MISSING));
    world_role(&world, "officer", "hazards.read hazards.accept grants.break_glass");
    assert_true(may(who, &township));
}

static void a_grant_reaches_its_unit_in_its_sectors(void **state)
{
    (void)state;
    struct world_grant grant = {.post = officer_post,
                                .grantor = officer,
                                .grantee = clerk,
                                .unit = township,
                                .sectors = "fireworks",
                                .permissions = "hazards.accept"};
    struct uuid id = world_grant(&world, &grant);
    struct access_caller who = caller(clerk, clerk_post, &id);
    assert_true(may_at(who, "hazards.accept", &enterprise, "fireworks", NOW));
    assert_false(may_at(who, "hazards.accept", &enterprise, "road_traffic", NOW));
    assert_false(may_at(who, "hazards.accept", &other_township, "fireworks", NOW));
    assert_false(may_at(who, "hazards.accept", &county, "fireworks", NOW));
    assert_false(may_at(who, "hazards.read", &enterprise, "fireworks", NOW));
    // It is his alone, and only a token that names it uses it.
    assert_false(may_at(caller(member, member_post, &id), "hazards.accept", &enterprise, "fireworks", NOW));
    assert_false(may_at(caller(clerk, clerk_post, NULL), "hazards.accept", &enterprise, "fireworks", NOW));
    who.is_client = true;
    who.has_post = false;
    assert_false(may_at(who, "hazards.accept", &enterprise, "fireworks", NOW));
}

static void two_grants_never_make_a_third(void **state)
{
    (void)state;
    struct world_grant one = {
        .post = officer_post, .grantor = officer, .grantee = clerk, .unit = township, .permissions = "hazards.read"};
    struct world_grant two = one;
    two.unit = other_township;
    two.permissions = "hazards.accept";
    struct uuid ids[] = {world_grant(&world, &one), world_grant(&world, &two)};
    struct access_caller who = caller(clerk, clerk_post, &ids[0]);
    who.grants[who.grant_count++] = ids[1];
    assert_true(may_at(who, "hazards.read", &township, "", NOW));
    assert_true(may_at(who, "hazards.accept", &other_township, "", NOW));
    assert_false(may_at(who, "hazards.read", &other_township, "", NOW));
    assert_false(may_at(who, "hazards.accept", &township, "", NOW));
}

static void a_grant_ends_at_its_second_and_when_it_is_revoked(void **state)
{
    (void)state;
    struct world_grant grant = {.post = officer_post,
                                .grantor = officer,
                                .grantee = clerk,
                                .unit = township,
                                .permissions = "hazards.read",
                                .from = NOW,
                                .to = NOW + 35 * DAY};
    grant.id = world_grant(&world, &grant);
    struct access_caller who = caller(clerk, clerk_post, &grant.id);
    assert_false(may_at(who, "hazards.read", &township, "", NOW - 1));
    assert_true(may_at(who, "hazards.read", &township, "", NOW));
    assert_true(may_at(who, "hazards.read", &township, "", NOW + 35 * DAY - 1));
    assert_false(may_at(who, "hazards.read", &township, "", NOW + 35 * DAY));
    static const int states[] = {WORLD_STATE(REQUESTED), WORLD_STATE(REFUSED), WORLD_STATE(REVOKED)};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        grant.state = states[i];
        world_grant(&world, &grant);
        assert_false(may_at(who, "hazards.read", &township, "", NOW));
    }
}

static void a_grant_is_never_wider_than_its_grantor(void **state)
{
    (void)state;
    struct world_grant grant = {.post = officer_post,
                                .grantor = officer,
                                .grantee = member,
                                .unit = region,
                                .permissions = "hazards.read hazards.assign"};
    grant.id = world_grant(&world, &grant);
    struct access_caller who = caller(member, member_post, &grant.id);
    assert_true(may(who, &township));    // the region names more: what remains is the grantor's county
    assert_false(may(who, &sibling));
    assert_false(may_at(who, "hazards.assign", &township, "", NOW));    // the officer's role does not have it
    // The grantor's post ends, is another's, or his role loses the permission.
    struct world_post post = {.id = officer_post, .person = officer, .unit = department, .role = "officer", .to = NOW};
    world_post(&world, &post);
    assert_false(may(who, &township));
    post.to = 0;
    post.person = clerk;
    world_post(&world, &post);
    assert_false(may(who, &township));
    post.person = officer;
    post.role = "reader";
    world_post(&world, &post);
    assert_false(may(who, &township));
    post.role = "officer";
    post.sector = "fireworks";
    world_post(&world, &post);
    assert_false(may(who, &township));
    assert_true(may_at(who, "hazards.read", &township, "fireworks", NOW));
    post.sector = NULL;
    world_post(&world, &post);
    assert_true(may(who, &township));
    grant.unit = far_enterprise;    // the tree moved out, or it never was within
    world_grant(&world, &grant);
    assert_false(may(who, &far_enterprise));
}

static void within_an_enterprise_lies_what_stands_there(void **state)
{
    (void)state;
    struct world_grant grant = {
        .post = officer_post, .grantor = officer, .grantee = member, .unit = enterprise, .permissions = "hazards.read"};
    grant.id = world_grant(&world, &grant);
    struct access_caller who = caller(member, member_post, &grant.id);
    assert_true(may(who, &enterprise));
    assert_true(may(who, &place));
    assert_false(may(who, &park));
    assert_false(may(who, &township));
    // What another county's enterprise owes it as a party does not come along.
    struct arena arena;
    struct status status = {0};
    struct access_decision decision = {0};
    const struct access_policy policy = {.directory = world.directory};
    const struct access_question question = {.caller = &who, .permission = "hazards.read", .now = NOW};
    arena_init(&arena, 1 << 20);
    assert_true(access_decide(&policy, &question, &arena, &decision, &status));
    struct uuid parties[] = {far_enterprise, enterprise};
    struct access_record record = {
        .place = directory_find(world.directory, &far_enterprise)->place, .parties = parties, .party_count = 2};
    assert_false(access_covers(&decision, &record));
    arena_fini(&arena);
    grant.unit = park;
    world_grant(&world, &grant);
    assert_true(may(who, &place));
    assert_false(may(who, &township));
}

static void a_page_of_a_large_park_lacks_nothing(void **state)
{
    (void)state;
    enum { ENTERPRISES = 300 };    // more than may be granted at once
    struct uuid large = world_unit(&world, &township, WORLD_KIND(PARK), NULL);
    for (int i = 0; i < ENTERPRISES; i++)
        world_unit(&world, &large, WORLD_KIND(ENTERPRISE), NULL);
    struct arena arena;
    struct status status = {0};
    struct access_decision decision = {0};
    const struct access_caller who = caller(officer, officer_post, NULL);
    const struct access_policy policy = {.directory = world.directory};
    const struct access_question question = {
        .caller = &who, .permission = "hazards.read", .within = &large, .now = NOW};
    arena_init(&arena, 1 << 20);
    assert_true(access_decide(&policy, &question, &arena, &decision, &status));
    assert_int_equal(decision.count, ENTERPRISES + 1);
    assert_false(access_unit_grantable(&policy, &large));
    arena_fini(&arena);
}

static void a_part_hangs_on_the_whole(void **state)
{
    (void)state;
    struct world_grant whole = {.post = officer_post,
                                .grantor = officer,
                                .grantee = team,
                                .kind = WORLD_GRANTEE(UNIT),
                                .unit = county,
                                .depth = 1,
                                .permissions = "hazards.read"};
    whole.id = world_grant(&world, &whole);
    struct world_grant part = {.post = member_post,
                               .grantor = member,
                               .parent = whole.id,
                               .grantee = clerk,
                               .unit = township,
                               .permissions = "hazards.read"};
    part.id = world_grant(&world, &part);
    struct access_caller who = caller(clerk, clerk_post, &part.id);
    assert_true(may(caller(member, member_post, &whole.id), &township));    // a post at the team
    assert_true(may(who, &township));
    part.unit = region;    // never wider than the whole
    world_grant(&world, &part);
    assert_true(may(who, &township));
    assert_false(may(who, &sibling));
    part.depth = 1;    // as deep as the whole
    world_grant(&world, &part);
    assert_false(may(who, &township));
    part.depth = 0;
    world_grant(&world, &part);
    whole.state = WORLD_STATE(REVOKED);
    world_grant(&world, &whole);
    assert_false(may(who, &township));
    whole.state = WORLD_STATE(APPROVED);
    whole.to = NOW;
    world_grant(&world, &whole);
    assert_false(may(who, &township));
    whole.to = 0;
    whole.grantee = sibling;    // the grantor of the part is no grantee of the whole
    world_grant(&world, &whole);
    assert_false(may(who, &township));
}

static void a_client_acts_by_its_grants_alone(void **state)
{
    (void)state;
    struct world_grant grant = {.post = officer_post,
                                .grantor = officer,
                                .grantee = client,
                                .kind = WORLD_GRANTEE(CLIENT),
                                .ground = WORLD_GROUND(AGENCY_DATA),
                                .unit = county,
                                .sectors = "fireworks",
                                .permissions = "hazards.read",
                                .to = NOW + DAY};
    struct uuid id = world_grant(&world, &grant);
    struct access_caller who = {.subject_id = client, .is_client = true, .grants = {id}, .grant_count = 1};
    assert_true(may_at(who, "hazards.read", &township, "fireworks", NOW));
    assert_false(may_at(who, "hazards.read", &township, "road_traffic", NOW));
    assert_int_equal(refusal(who, "hazards.read", NOW + DAY), REASON(PERMISSION_MISSING));
    who.is_client = false;    // a person of the same id is not the client
    assert_false(may_at(who, "hazards.read", &township, "fireworks", NOW));
}

static void broken_glass_reads_the_tenant(void **state)
{
    (void)state;
    struct uuid clerk_officer =
        world_post(&world, &(struct world_post){.person = clerk, .unit = township, .role = "officer"});
    struct world_grant grant = {.post = clerk_officer,
                                .grantor = clerk,
                                .grantee = clerk,
                                .unit = county,
                                .ground = WORLD_GROUND(BREAK_GLASS),
                                .permissions = "hazards.read people.read hazards.accept",
                                .to = NOW + DAY / 6};
    grant.id = world_grant(&world, &grant);
    struct access_caller who = caller(clerk, clerk_officer, &grant.id);
    assert_true(may(who, &other_township));
    assert_true(may_at(who, "people.read", &other_township, "", NOW));
    assert_false(may_at(who, "hazards.accept", &other_township, "", NOW));
    assert_false(may(who, &sibling));
    grant.unit = region;
    world_grant(&world, &grant);
    assert_false(may(who, &sibling));
    world_post(&world, &(struct world_post){.id = clerk_officer, .person = clerk, .unit = township, .role = "reader"});
    assert_false(may(who, &other_township));    // the role no longer has grants.break_glass
}

static void the_own_post_goes_before_grants(void **state)
{
    (void)state;
    struct world_grant grant = {
        .post = officer_post, .grantor = officer, .grantee = officer, .unit = township, .permissions = "hazards.read"};
    struct uuid id = world_grant(&world, &grant);
    struct access_caller who = caller(officer, officer_post, &id);
    bool covered = false;
    int origin = -1;
    asked(&who, "hazards.read", &township, "", NOW, &covered, &origin);
    assert_int_equal(origin, 0);
    who.post_id = member_post;
    who.subject_id = officer;
    struct uuid own = world_post(&world, &(struct world_post){.person = officer, .unit = sibling, .role = "officer"});
    who.post_id = own;
    asked(&who, "hazards.read", &township, "", NOW, &covered, &origin);
    assert_int_equal(origin, 1);
    asked(&who, "hazards.read", &sibling, "", NOW, &covered, &origin);
    assert_int_equal(origin, 0);
    asked(&who, "hazards.read", &region, "", NOW, &covered, &origin);
    assert_int_equal(origin, -1);
}

static void a_retired_unit_ends_posts_and_what_they_gave(void **state)
{
    (void)state;
    struct uuid office = world_unit(&world, &county, WORLD_KIND(OFFICE), NULL);
    struct uuid head = person();
    struct uuid post = world_post(&world, &(struct world_post){.person = head, .unit = office, .role = "officer"});
    struct world_grant grant = {
        .post = post, .grantor = head, .grantee = clerk, .unit = township, .permissions = "hazards.read"};
    struct uuid id = world_grant(&world, &grant);
    assert_true(may(caller(clerk, clerk_post, &id), &township));
    world_retire(&world, &office);
    assert_false(may(caller(clerk, clerk_post, &id), &township));
    assert_int_equal(refusal(caller(head, post, NULL), "hazards.read", NOW), REASON(POST_ENDED));
}

static struct access_pair pair(enum access_scope_kind kind, struct uuid unit, const char *sector)
{
    return (struct access_pair){.kind = kind, .unit_id = unit, .sector = sector};
}

static void overlaps_are_gone_before_binding(void **state)
{
    (void)state;
    struct arena arena;
    struct access_decision reduced = {0};
    struct access_pair pairs[] = {
        pair(ACCESS_COUNTY, county, "fireworks"),        // stays
        pair(ACCESS_TOWNSHIP, township, "fireworks"),    // lies in the county's
        pair(ACCESS_TOWNSHIP, township, "public"),       // another sector: lies in the next
        pair(ACCESS_TOWNSHIP, township, NULL),           // stays: more sectors than the county
        pair(ACCESS_UNIT, enterprise, NULL),             // stands in the township
        pair(ACCESS_UNIT, far_enterprise, NULL),         // as a party has it anyway
        pair(ACCESS_UNIT, far_enterprise, "public"),     // likewise
        pair(ACCESS_PARTY, far_enterprise, NULL),        // stays
        pair(ACCESS_PARTY, enterprise, NULL),            // stays: a party's records may be anywhere
        pair(ACCESS_COUNTY, county, "fireworks"),        // a repeat
        pair(ACCESS_TOWNSHIP, other_township, NULL),     // stays: all townships are not the county
    };
    struct access_decision decision = {pairs, COUNT_OF(pairs)};
    arena_init(&arena, 1 << 20);
    assert_true(access_reduce(world.directory, &decision, &arena, &reduced));
    assert_int_equal(reduced.count, 5);
    for (size_t i = 0; i < reduced.count; i++)
        assert_true(reduced.pairs[i].kind != ACCESS_UNIT);
    pairs[3].kind = ACCESS_INSTANCE;
    assert_true(access_reduce(world.directory, &decision, &arena, &reduced));
    assert_int_equal(reduced.count, 1);
    assert_int_equal(reduced.pairs[0].kind, ACCESS_INSTANCE);
    arena_fini(&arena);
}

// How many pairs of a decision stay for what a tenant keeps.
static size_t kept_for(struct access_caller who, const char *permission, const struct uuid *tenant)
{
    struct arena arena;
    struct status status = {0};
    struct access_decision decision = {0};
    const struct access_policy policy = {.directory = world.directory};
    const struct access_question question = {.caller = &who, .permission = permission, .now = NOW};
    arena_init(&arena, 1 << 16);
    assert_true(access_decide(&policy, &question, &arena, &decision, &status));
    access_keep_below_out(&policy, &who, tenant, &decision);
    size_t kept = decision.count;
    arena_fini(&arena);
    return kept;
}

static void what_a_tenant_keeps_nobody_of_one_below_changes(void **state)
{
    (void)state;
    struct access_caller below = caller(officer, officer_post, NULL);
    below.unit_id = department;
    assert_true(kept_for(below, "hazards.accept", &county) > 0);
    assert_int_equal(kept_for(below, "hazards.accept", &region), 0);
    assert_true(kept_for(below, "hazards.accept", &sibling) > 0);    // whose records lie in another territory anyhow
    struct uuid above = person();
    struct uuid above_post =
        world_post(&world, &(struct world_post){.person = above, .unit = region, .role = "officer"});
    struct access_caller from_above = caller(above, above_post, NULL);
    from_above.unit_id = region;
    assert_true(kept_for(from_above, "hazards.accept", &region) > 0);
    assert_true(kept_for(from_above, "hazards.accept", &county) > 0);
    // A grant counts as the post that gave it does; the own post beside it stays out.
    struct uuid grant = world_grant(
        &world,
        &(struct world_grant){
            .post = above_post, .grantor = above, .grantee = officer, .unit = county, .permissions = "hazards.accept"});
    struct access_caller lent = caller(officer, officer_post, &grant);
    lent.unit_id = department;
    assert_int_equal(kept_for(lent, "hazards.accept", &region), 1);
    assert_true(kept_for(lent, "hazards.accept", &county) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_what_the_directory_says),
        cmocka_unit_test(a_role_is_what_the_directory_says),
        cmocka_unit_test(a_grant_reaches_its_unit_in_its_sectors),
        cmocka_unit_test(two_grants_never_make_a_third),
        cmocka_unit_test(a_grant_ends_at_its_second_and_when_it_is_revoked),
        cmocka_unit_test(a_grant_is_never_wider_than_its_grantor),
        cmocka_unit_test(within_an_enterprise_lies_what_stands_there),
        cmocka_unit_test(a_page_of_a_large_park_lacks_nothing),
        cmocka_unit_test(a_part_hangs_on_the_whole),
        cmocka_unit_test(a_client_acts_by_its_grants_alone),
        cmocka_unit_test(broken_glass_reads_the_tenant),
        cmocka_unit_test(the_own_post_goes_before_grants),
        cmocka_unit_test(a_retired_unit_ends_posts_and_what_they_gave),
        cmocka_unit_test(overlaps_are_gone_before_binding),
        cmocka_unit_test(what_a_tenant_keeps_nobody_of_one_below_changes),
    };
    return cmocka_run_group_tests_name("grants", tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// Delegated access, as it is given, used and ended: the typical cases.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "service/values.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/steps.h"

static struct instance *region;
static struct person admin;
static const char *other_enterprise;    // of 巴林右旗
static struct actor region_officer, inspector, county_officer, township_clerk;
static const char *team;

#define at(reply, path) reply_at(region, reply, path)

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    other_enterprise = unit_new(region, region->ids[COUNTY_150423], "UNIT_KIND_ENTERPRISE", "巴林右旗某矿");
    team = unit_new(region, region->ids[REGION_15], "UNIT_KIND_TEAM", "自治区第三检查组");
    region_officer = actor_new(region, "region_officer", region->ids[REGION_15], "自治区应急厅处长", NULL);
    inspector = actor_new(region, "inspector", team, "检查组组员", NULL);
    county_officer = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "县应急局王建国", NULL);
    township_clerk = actor_new(region, "township_clerk", region->ids[TOWNSHIP_100], "林西镇赵铁柱", NULL);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// A time so many seconds from now, as JSON has it.
static const char *in(int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + seconds * CLOCK_SECOND, text);
    return arena_text(&region->arena, text, strlen(text));
}

#define DAYS(n) ((int64_t)(n)*86400)

struct wish {
    struct actor grantor;
    const char *grantee_field;
    const char *grantee;
    const char *ground;
    const char *unit;
    const char *sectors;        // "'fireworks'"
    const char *permissions;    // "'hazards.read'"
    int64_t seconds;
    const char *parent;
    int depth;
};

static const char *request(struct person who, const struct wish *wish, struct status *status)
{
    return ask(region, who, "RequestGrant", status,
               "{'ground': 'GRANT_GROUND_%s', 'grantorPostId': '%s', '%s': '%s', 'unitId': '%s', 'sectors': [%s], "
               "'permissions': [%s], 'endsAt': '%s', 'parentId': '%s', 'depth': %d, 'reason': '工作需要', "
               "'document': '内安委〔2026〕12 号'}",
               wish->ground, wish->grantor.post_id, wish->grantee_field, wish->grantee, wish->unit,
               wish->sectors ? wish->sectors : "", wish->permissions, in(wish->seconds),
               wish->parent ? wish->parent : "", wish->depth);
}

// The id of a grant that one asks for and the grantor approves.
static const char *granted(struct actor asker, const struct wish *wish)
{
    struct status status = {0};
    const char *made = request(acting(region, asker, NULL), wish, &status);
    assert_ok(status);
    assert_string_equal(at(made, "grant.state"), "GRANT_STATE_REQUESTED");
    const char *id = at(made, "grant.id");
    made = ask_well(region, acting(region, wish->grantor, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    assert_string_equal(at(made, "grant.state"), "GRANT_STATE_APPROVED");
    return id;
}

static void end_grant(struct actor who, const char *id)
{
    const char *read = ask_well(region, acting(region, who, NULL), "GetGrant", "{'id': '%s'}", id);
    ask_well(region, acting(region, who, NULL), "RevokeGrant", "{'id': '%s', 'version': %s, 'note': '不再需要'}", id,
             at(read, "grant.version"));
}

// How many hazards somebody sees; -1 where he is refused.
static int seen(struct person who, const char *unit_id)
{
    struct status status = {0};
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(region, who, unit_id, "", 200, &status);
    return page ? (int)page->n_hazards : -1;
}

static const Anlan__Hazards__V1__Hazard *found(struct person who, const char *unit_id, const char *sector,
                                               struct status *status)
{
    Anlan__Hazards__V1__CreateHazardRequest made = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    made.request_id = new_request_id(region);
    made.unit_id = (char *)unit_id;
    made.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    made.sector = (char *)sector;
    made.description = (char *)"安全出口上锁";
    const Anlan__Hazards__V1__CreateHazardResponse *reply = (const void *)call_hazards(
        region, who, "CreateHazard", &made.base, &anlan__hazards__v1__create_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}

static long long entries_with(const char *service, const char *text)
{
    return instance_sql(
        region, service,
        "SELECT count(*) FROM entries WHERE " OF_CHANGES " AND position(convert_to('%s', 'UTF8') IN entry) > 0", text);
}

static struct wish team_reads(const char *unit)
{
    return (struct wish){.grantor = region_officer,
                         .grantee_field = "granteeUnitId",
                         .grantee = team,
                         .ground = "INSPECTION",
                         .unit = unit,
                         .permissions = "'hazards.read', 'hazards.create'",
                         .seconds = DAYS(35)};
}

static void an_inspection_team_reads_a_county_and_enterprises_and_keeps_what_it_found(void **state)
{
    (void)state;
    struct status status = {0};
    struct person here = as(region, "county_officer", COUNTY_150424, "王建国");
    struct person there = as(region, "county_officer", COUNTY_150423, "李四");
    assert_non_null(found(here, region->ids[TOWNSHIP_100], "fireworks", &status));
    assert_non_null(found(there, other_enterprise, "fireworks", &status));
    assert_non_null(found(there, region->ids[TOWNSHIP_OTHER], "fireworks", &status));
    assert_int_equal(seen(acting(region, inspector, NULL), ""), 0);    // by itself a team sees what is its own
    struct wish wish = team_reads(region->ids[COUNTY_150424]);
    const char *county = granted(inspector, &wish);
    wish = team_reads(other_enterprise);
    const char *enterprise = granted(inspector, &wish);
    struct person member = acting(region, inspector, county, enterprise, NULL);
    assert_int_equal(seen(member, ""), 2);
    assert_int_equal(seen(member, region->ids[COUNTY_150424]), 1);
    assert_int_equal(seen(member, other_enterprise), 1);
    assert_int_equal(seen(member, region->ids[COUNTY_150423]), 1);    // of it, the enterprise alone
    assert_int_equal(seen(member, region->ids[TOWNSHIP_OTHER]), -1);
    // What the team finds stands in the county's ledger, by the grant and in the name of who gave it.
    const Anlan__Hazards__V1__Hazard *own = found(member, region->ids[ENTERPRISE], "public_places", &status);
    assert_ok(status);
    assert_string_equal(own->finding_unit_id, team);
    assert_int_equal(entries_with("hazards", county), 1);
    assert_int_equal(entries_with("hazards", region_officer.post_id), 1);
    assert_int_equal(entries_with("hazards", inspector.post_id), 1);
    assert_null(found(member, region->ids[TOWNSHIP_OTHER], "public_places", &status));
    assert_reason(status, UNIT_NOT_FOUND);
    // The grants end; what it found itself it still sees, whatever becomes of it.
    end_grant(region_officer, county);
    end_grant(region_officer, enterprise);
    assert_int_equal(seen(member, ""), 1);
    assert_non_null(assign_hazard(region, here, own, NULL, &status));
    own = get_hazard(region, member, own->tenant_id, own->id, &status);
    assert_ok(status);
    assert_int_equal(own->state, ANLAN__HAZARDS__V1__STATE__STATE_ASSIGNED);
    assert_null(found(member, region->ids[ENTERPRISE], "public_places", &status));
}

static void a_county_authorises_a_township_for_a_sector(void **state)
{
    (void)state;
    struct status status = {0};
    struct wish wish = {.grantor = county_officer,
                        .grantee_field = "granteeUnitId",
                        .grantee = region->ids[TOWNSHIP_100],
                        .ground = "AUTHORISED",
                        .unit = region->ids[TOWNSHIP_100],
                        .sectors = "'fireworks'",
                        .permissions = "'hazards.assign'",
                        .seconds = DAYS(365)};
    const char *id = granted(township_clerk, &wish);
    struct person clerk = acting(region, township_clerk, id, NULL);
    const Anlan__Hazards__V1__Hazard *fireworks = found(clerk, region->ids[TOWNSHIP_100], "fireworks", &status);
    const Anlan__Hazards__V1__Hazard *roads = found(clerk, region->ids[TOWNSHIP_100], "road_traffic", &status);
    assert_null(assign_hazard(region, acting(region, township_clerk, NULL), fireworks, NULL, &status));
    assert_reason(status, PERMISSION_MISSING);
    assert_null(assign_hazard(region, clerk, roads, NULL, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_non_null(assign_hazard(region, clerk, fireworks, NULL, &status));
    assert_ok(status);
    // The clerk's own finding was entered by his own post, the assignment alone by the grant.
    assert_int_equal(entries_with("hazards", id), 1);
}

static void a_fire_brigade_pulls_the_fire_hazards_of_a_city(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor city = actor_new(region, "city_officer", region->ids[CITY_1504], "市应急局", NULL);
    struct actor clerk = actor_new(region, "city_officer", region->ids[CITY_1504], "市消防支队联络员", NULL);
    struct actor client = actor_client(region, "消防数据平台");
    struct wish wish = {.grantor = city,
                        .grantee_field = "granteeClientId",
                        .grantee = client.person_id,
                        .ground = "AGENCY_DATA",
                        .unit = region->ids[CITY_1504],
                        .sectors = "'public_places'",
                        .permissions = "'hazards.read'",
                        .seconds = DAYS(365)};
    const char *id = granted(clerk, &wish);
    struct person brigade = acting(region, client, id, NULL);
    found(as(region, "county_officer", COUNTY_150423, "李四"), region->ids[TOWNSHIP_OTHER], "public_places", &status);
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(region, brigade, "", "", 200, &status);
    assert_ok(status);
    assert_true(page->n_hazards >= 1);
    for (size_t i = 0; i < page->n_hazards; i++)
        assert_string_equal(page->hazards[i]->sector, "public_places");
    assert_null(found(brigade, region->ids[TOWNSHIP_100], "public_places", &status));
    assert_reason(status, PERMISSION_MISSING);
    // Another client with the same grant in its token, and the client without it.
    assert_int_equal(seen(acting(region, actor_client(region, "别的平台"), id, NULL), ""), -1);
    end_grant(city, id);
    assert_int_equal(seen(brigade, ""), -1);
}

static void a_client_that_is_not_registered_is_granted_nothing(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor city = actor_new(region, "city_officer", region->ids[CITY_1504], "市局处长", NULL);
    struct actor clerk = actor_new(region, "city_officer", region->ids[CITY_1504], "市局联络员", NULL);
    struct actor client = actor_client(region, "气象数据平台");
    struct wish wish = {.grantor = city,
                        .grantee_field = "granteeClientId",
                        .grantee = client.person_id,
                        .ground = "AGENCY_DATA",
                        .unit = region->ids[CITY_1504],
                        .permissions = "'hazards.read'",
                        .seconds = DAYS(30)};
    const char *made = request(acting(region, clerk, NULL), &wish, &status);
    assert_ok(status);
    assert_string_equal(at(made, "grant.granteeName"), "气象数据平台");
    ask_well(region, admin, "RetireClient", "{'id': '%s', 'version': 1, 'reason': '协议终止'}", client.person_id);
    const char *const others[] = {client.person_id, clerk.person_id, "0193aaaa-0000-7000-8000-000000000001"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        wish.grantee = others[i];
        status = (struct status){0};
        assert_null(request(acting(region, clerk, NULL), &wish, &status));
        assert_reason(status, FIELD_INVALID);
        assert_string_equal(status.violations[0].field, "grantee_client_id");
    }
}

static void a_leader_on_leave_lends_a_post(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor leader = actor_new(region, "leader", region->ids[COUNTY_150424], "副县长", NULL);
    struct actor deputy = actor_new(region, "regulator", region->ids[REGULATOR], "应急局副局长", NULL);
    struct wish wish = {.grantor = leader,
                        .grantee_field = "granteePersonId",
                        .grantee = deputy.person_id,
                        .ground = "LENDING",
                        .unit = region->ids[COUNTY_150424],
                        .permissions = "'hazards.read', 'hazards.accept'",
                        .seconds = DAYS(14)};
    const char *id = granted(deputy, &wish);
    // The step belongs to the leader's unit. The deputy's own post reaches the record too, but only for him he may do
    // it.
    struct cast cast = cast_of(region);
    const hazard *was = hazard_in(region, &cast, ANLAN__HAZARDS__V1__STATE__STATE_AWAITING_ACCEPTANCE,
                                  ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL);
    cast.acceptor = acting(region, deputy, NULL);
    assert_null(step(region, &cast, was, ANLAN__HAZARDS__V1__ACTION__ACTION_ACCEPT, &status));
    assert_reason(status, STEP_OF_OTHER_UNIT);
    cast.acceptor = acting(region, deputy, id, NULL);
    assert_non_null(step(region, &cast, was, ANLAN__HAZARDS__V1__ACTION__ACTION_ACCEPT, &status));
    assert_ok(status);
    assert_true(entries_with("hazards", leader.post_id) >= 1);
}

static void two_persons_give_a_grant(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor other = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "县应急局李娜", NULL);
    struct actor stranger = actor_new(region, "emergency_officer", region->ids[COUNTY_150423], "邻县干部", NULL);
    struct actor below = actor_new(region, "leader", region->ids[TOWNSHIP_100], "林西镇镇长", NULL);
    struct wish wish = {.grantor = county_officer,
                        .grantee_field = "granteePersonId",
                        .grantee = other.person_id,
                        .ground = "ASSISTING",
                        .unit = region->ids[COUNTY_150424],
                        .permissions = "'hazards.halt'",
                        .seconds = DAYS(1)};
    const char *made = request(acting(region, county_officer, NULL), &wish, &status);
    assert_ok(status);
    const char *id = at(made, "grant.id");
    static const char body[] = "{'id': '%s', 'version': 1}";
    // The grantor asked himself: neither he nor the grantee decides, nor who does not cover it.
    ask(region, acting(region, county_officer, NULL), "ApproveGrant", &status, body, id);
    assert_reason(status, SAME_PERSON);
    ask(region, acting(region, other, NULL), "ApproveGrant", &status, body, id);
    assert_reason(status, SAME_PERSON);
    ask(region, acting(region, stranger, NULL), "ApproveGrant", &status, body, id);
    assert_reason(status, RECORD_NOT_FOUND);
    ask(region, acting(region, below, NULL), "ApproveGrant", &status, body, id);
    assert_reason(status, RECORD_NOT_FOUND);
    made = ask_well(region, acting(region, region_officer, NULL), "ApproveGrant", body, id);
    assert_string_equal(at(made, "grant.decided.personName"), region_officer.name);
    // Another asked: the grantor decides, nobody for him.
    made = request(acting(region, other, NULL), &wish, &status);
    assert_ok(status);
    id = at(made, "grant.id");
    ask(region, acting(region, region_officer, NULL), "ApproveGrant", &status, body, id);
    assert_reason(status, PERMISSION_MISSING);
    ask_well(region, acting(region, county_officer, NULL), "RefuseGrant", "{'id': '%s', 'version': 1, 'note': '不妥'}",
             id);
    ask(region, acting(region, county_officer, NULL), "ApproveGrant", &status, "{'id': '%s', 'version': 2}", id);
    assert_reason(status, STATE_CONFLICT);
}

static void nobody_grants_more_than_he_holds(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = acting(region, township_clerk, NULL);
    struct wish wish = {.grantor = county_officer,
                        .grantee_field = "granteePersonId",
                        .grantee = township_clerk.person_id,
                        .ground = "ASSISTING",
                        .unit = region->ids[CITY_1504],
                        .permissions = "'hazards.read'",
                        .seconds = DAYS(1)};
    request(clerk, &wish, &status);
    assert_reason(status, GRANT_TOO_WIDE);
    wish.unit = region->ids[COUNTY_150424];
    wish.permissions = "'units.create'";
    request(clerk, &wish, &status);
    assert_reason(status, GRANT_TOO_WIDE);
    wish.permissions = "'hazards'";
    request(clerk, &wish, &status);
    assert_reason(status, FIELD_INVALID);
    wish.permissions = "'hazards.read'";
    wish.seconds = -1;
    request(clerk, &wish, &status);
    assert_reason(status, FIELD_INVALID);
    // A regulator of one sector.
    wish.seconds = DAYS(1);
    wish.grantor = actor_new(region, "regulator", region->ids[REGULATOR], "监管员", NULL);
    wish.sectors = "'road_traffic'";
    request(clerk, &wish, &status);
    assert_reason(status, GRANT_TOO_WIDE);
    wish.sectors = "'fireworks'";
    request(clerk, &wish, &status);
    assert_ok(status);
}

static void what_is_handed_on_falls_with_the_whole(void **state)
{
    (void)state;
    struct status status = {0};
    struct wish wish = team_reads(region->ids[COUNTY_150424]);
    wish.depth = 1;
    wish.permissions = "'hazards.read'";
    const char *whole = granted(inspector, &wish);
    struct actor expert = actor_new(
        region, "inspector", unit_new(region, region->ids[CITY_1504], "UNIT_KIND_TEAM", "专家组"), "聘请专家", NULL);
    struct actor leader = actor_new(region, "leader", team, "检查组组长", NULL);
    struct wish part = {.grantor = leader,
                        .grantee_field = "granteePersonId",
                        .grantee = expert.person_id,
                        .ground = "INSPECTION",
                        .unit = region->ids[TOWNSHIP_100],
                        .permissions = "'hazards.read'",
                        .seconds = DAYS(7),
                        .parent = whole};
    const char *id = granted(expert, &part);
    struct person reader = acting(region, expert, id, NULL);
    assert_true(seen(reader, region->ids[TOWNSHIP_100]) > 0);
    // Deeper than the whole allows, and wider.
    part.depth = 1;
    request(acting(region, expert, NULL), &part, &status);
    assert_reason(status, GRANT_TOO_WIDE);
    part.depth = 0;
    part.unit = region->ids[TOWNSHIP_OTHER];
    request(acting(region, expert, NULL), &part, &status);
    assert_reason(status, GRANT_TOO_WIDE);
    end_grant(region_officer, whole);
    assert_int_equal(seen(reader, ""), 0);    // his own post remains
    assert_int_equal(seen(reader, region->ids[TOWNSHIP_100]), -1);
    // The part itself still stands as approved: it counts no longer.
    const char *read = ask_well(region, acting(region, leader, NULL), "GetGrant", "{'id': '%s'}", id);
    assert_string_equal(at(read, "grant.state"), "GRANT_STATE_APPROVED");
}

static void a_grant_ends_with_its_time_and_with_the_grantors_post(void **state)
{
    (void)state;
    struct actor officer = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "临时负责人", NULL);
    struct wish wish = {.grantor = officer,
                        .grantee_field = "granteePersonId",
                        .grantee = inspector.person_id,
                        .ground = "ASSISTING",
                        .unit = region->ids[TOWNSHIP_100],
                        .permissions = "'hazards.read'",
                        .seconds = 3};
    const char *brief = granted(inspector, &wish);
    struct person reader = acting(region, inspector, brief, NULL);
    assert_true(seen(reader, region->ids[TOWNSHIP_100]) > 0);
    sleep(3);
    assert_int_equal(seen(reader, region->ids[TOWNSHIP_100]), -1);
    // A renewal is a new approval.
    const char *made =
        ask_well(region, acting(region, inspector, NULL), "RenewGrant",
                 "{'id': '%s', 'endsAt': '%s', 'reason': '未查完', 'document': '延〔2026〕1 号'}", brief, in(DAYS(1)));
    const char *renewed = at(made, "grant.id");
    assert_string_equal(at(made, "grant.renewsId"), brief);
    reader = acting(region, inspector, renewed, NULL);
    assert_int_equal(seen(reader, region->ids[TOWNSHIP_100]), -1);
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", renewed);
    assert_true(seen(reader, region->ids[TOWNSHIP_100]) > 0);
    // The grantor is relieved of his post.
    ask_well(region, admin, "EndPost", "{'id': '%s', 'version': 1, 'document': '免〔2026〕2 号'}", officer.post_id);
    assert_int_equal(seen(reader, region->ids[TOWNSHIP_100]), -1);
}

static void broken_glass_is_alarmed_and_reviewed(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = acting(region, township_clerk, NULL);
    static const char body[] = "{'permissions': ['hazards.%s'], 'minutes': %d, 'reason': '氨气泄漏处置'}";
    ask(region, clerk, "BreakGlass", &status, body, "assign", 60);
    assert_reason(status, FIELD_INVALID);
    ask(region, clerk, "BreakGlass", &status, body, "read", 241);
    assert_reason(status, FIELD_INVALID);
    ask(region, acting(region, inspector, NULL), "BreakGlass", &status, body, "read", 60);
    assert_reason(status, PERMISSION_MISSING);
    ask(region, as(region, "township_clerk", TOWNSHIP_100, "无岗位者"), "BreakGlass", &status, body, "read", 60);
    assert_reason(status, PERMISSION_MISSING);
    found(as(region, "county_officer", COUNTY_150424, "王建国"), region->ids[TOWNSHIP_101], "fireworks", &status);
    assert_int_equal(seen(clerk, region->ids[TOWNSHIP_101]), -1);
    const char *made = ask_well(region, clerk, "BreakGlass", body, "read", 60);
    const char *id = at(made, "grant.id");
    clerk = acting(region, township_clerk, id, NULL);
    assert_true(seen(clerk, region->ids[TOWNSHIP_101]) > 0);
    assert_int_equal(seen(clerk, region->ids[COUNTY_150423]), -1);
    char output[4096];
    instance_run(region, output, sizeof(output), "grep '\"grant.break_glass\"' %s/organisations-0.log", region->dir);
    assert_non_null(strstr(output, "\"level\":\"warning\""));
    assert_non_null(strstr(output, id));
    assert_non_null(strstr(output, "氨气泄漏处置"));
    // It stands as unreviewed until another person has reviewed it.
    struct person reviewer = acting(region, county_officer, NULL);
    assert_string_equal(at(ask_well(region, reviewer, "ListGrants", "{'unreviewed': true}"), "grants.0.id"), id);
    static const char review[] = "{'id': '%s', 'version': 1, 'verdict': 'GRANT_VERDICT_JUSTIFIED', 'note': '处置属实'}";
    struct actor twice = actor_in(region, township_clerk, "emergency_officer", region->ids[COUNTY_150424]);
    ask(region, acting(region, twice, NULL), "ReviewGrant", &status, review, id);
    assert_reason(status, SAME_PERSON);
    ask_well(region, reviewer, "ReviewGrant", review, id);
    assert_string_equal(at(ask_well(region, reviewer, "ListGrants", "{'unreviewed': true}"), "grants"), "");
    end_grant(county_officer, id);
    assert_int_equal(seen(clerk, region->ids[TOWNSHIP_101]), -1);
}

static void what_was_in_force_stays_known(void **state)
{
    (void)state;
    struct wish wish = {.grantor = county_officer,
                        .grantee_field = "granteePersonId",
                        .grantee = inspector.person_id,
                        .ground = "INSPECTION",
                        .unit = region->ids[TOWNSHIP_101],
                        .permissions = "'hazards.read'",
                        .seconds = DAYS(30)};
    struct person reader = acting(region, county_officer, NULL);
    const char *before = in(0);
    sleep(1);
    const char *id = granted(inspector, &wish);
    sleep(1);
    const char *during = in(0);
    end_grant(county_officer, id);
    static const char body[] = "{'unitId': '%s', 'at': '%s'}";
    const char *unit = region->ids[TOWNSHIP_101];
    assert_string_equal(at(ask_well(region, reader, "ListGrants", body, unit, before), "grants"), "");
    assert_string_equal(at(ask_well(region, reader, "ListGrants", body, unit, during), "grants.0.id"), id);
    assert_string_equal(at(ask_well(region, reader, "ListGrants", body, unit, in(0)), "grants"), "");
    assert_string_equal(
        at(ask_well(region, reader, "ListGrants", "{'unitId': '%s', 'includePast': true}", unit), "grants"), "1");
    // Neither a sibling nor who is no party sees it.
    struct actor sibling = actor_new(region, "emergency_officer", region->ids[COUNTY_150423], "邻县经办", NULL);
    struct status status = {0};
    assert_null(ask(region, acting(region, sibling, NULL), "GetGrant", &status, "{'id': '%s'}", id));
    assert_reason(status, RECORD_NOT_FOUND);
}

static void three_administrators_are_three_persons(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor one = actor_new(region, "system_administrator", region->ids[REGION_15], "系统管理员甲", NULL);
    static const char body[] = "{'personId': '%s', 'unitId': '%s', 'role': '%s'}";
    ask(region, admin, "CreatePost", &status, body, one.person_id, region->ids[COUNTY_150424], "audit_administrator");
    assert_reason(status, STATE_CONFLICT);
    ask_well(region, admin, "CreatePost", body, one.person_id, region->ids[COUNTY_150424], "auditor");
    ask(region, admin, "CreatePost", &status, body, one.person_id, region->ids[COUNTY_150424], "administrator");
    assert_reason(status, FIELD_INVALID);
}

static void a_role_is_changed_for_all_who_hold_it(void **state)
{
    (void)state;
    struct status status = {0};
    static const char body[] =
        "{'name': 'watcher', 'zh': '值班员', 'en': 'watcher', 'permissions': ['hazards.read'%s]}";
    ask(region, acting(region, county_officer, NULL), "CreateRole", &status, body, "");
    assert_reason(status, PERMISSION_MISSING);
    ask(region, admin, "CreateRole", &status, body, ", 'Hazards.read'");
    assert_reason(status, FIELD_INVALID);
    const char *made = ask_well(region, admin, "CreateRole", body, "");
    ask(region, admin, "CreateRole", &status, body, "");
    assert_reason(status, RECORD_EXISTS);
    struct actor watcher = actor_new(region, "watcher", region->ids[COUNTY_150424], "值班员", NULL);
    assert_true(seen(acting(region, watcher, NULL), "") >= 0);
    ask_well(region, admin, "UpdateRole",
             "{'id': '%s', 'version': 1, 'zh': '值班员', 'en': 'watcher', 'permissions': ['units.read']}",
             at(made, "role.id"));
    assert_int_equal(seen(acting(region, watcher, NULL), ""), -1);
    // Of the security administrator at the top of the tree roles are the business too.
    struct actor security = actor_new(region, "security_administrator", region->ids[REGION_15], "安全管理员乙", NULL);
    ask_well(region, acting(region, security, NULL), "UpdateRole",
             "{'id': '%s', 'version': 2, 'zh': '值班员', 'en': 'watcher', 'permissions': ['hazards.read']}",
             at(made, "role.id"));
    assert_true(seen(acting(region, watcher, NULL), "") >= 0);
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
        int code = instance_run(region, output, sizeof(output), "anlan-organisations verify --database='%s' 2>&1",
                                instance_conninfo(region, "organisations", false));
        if (code != 0 || !strstr(output, " 0 faults: consistent, not witnessed"))
            fail_msg("%s", output);
        if (rebuilt)
            break;
        instance_sql(region, "organisations",
                     "TRUNCATE units, roles, grants, posts, people, responsibilities, clients");
        code = instance_run(region, output, sizeof(output), "anlan-organisations rebuild --database='%s' 2>&1",
                            instance_conninfo(region, "organisations", true));
        if (code != 0)
            fail_msg("rebuild: %s", output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inspection_team_reads_a_county_and_enterprises_and_keeps_what_it_found),
        cmocka_unit_test(a_county_authorises_a_township_for_a_sector),
        cmocka_unit_test(a_fire_brigade_pulls_the_fire_hazards_of_a_city),
        cmocka_unit_test(a_client_that_is_not_registered_is_granted_nothing),
        cmocka_unit_test(a_leader_on_leave_lends_a_post),
        cmocka_unit_test(two_persons_give_a_grant),
        cmocka_unit_test(nobody_grants_more_than_he_holds),
        cmocka_unit_test(what_is_handed_on_falls_with_the_whole),
        cmocka_unit_test(a_grant_ends_with_its_time_and_with_the_grantors_post),
        cmocka_unit_test(broken_glass_is_alarmed_and_reviewed),
        cmocka_unit_test(what_was_in_force_stays_known),
        cmocka_unit_test(three_administrators_are_three_persons),
        cmocka_unit_test(a_role_is_changed_for_all_who_hold_it),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests_name("grants", tests, up, down);
}

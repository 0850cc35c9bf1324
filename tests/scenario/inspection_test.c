// SPDX-License-Identifier: Apache-2.0
// An inspection from above (督查): a team of the region looks at a county and three enterprises for 35 days, registers
// what it finds in its own tenant's ledger, hands each over with receipt, and sees what becomes of it when its grants
// are over.
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "service/values.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/steps.h"

#define DAYS 35
#define ENTERPRISES 3

static struct instance *region;
static struct actor officer, inspector, clerk_of_team;
static struct person county, township, sibling;
static const char *team;
static const char *enterprises[ENTERPRISES];    // of 巴林右旗
static const char *unnamed;                     // another one of it
static const char *grants[1 + ENTERPRISES];
static struct person member;    // of the team, by all grants
static const hazard *finding, *lead, *late;
static const hazard *taken;

static int up(void **state)
{
    (void)state;
    static const char *const names[] = {"巴林右旗甲矿", "巴林右旗乙厂", "巴林右旗丙库"};
    region = instance_start(1);
    team = unit_new(region, region->ids[REGION_15], "UNIT_KIND_TEAM", "自治区第三检查组");
    for (size_t i = 0; i < ENTERPRISES; i++)
        enterprises[i] = unit_new(region, region->ids[COUNTY_150423], "UNIT_KIND_ENTERPRISE", names[i]);
    unnamed = unit_new(region, region->ids[COUNTY_150423], "UNIT_KIND_ENTERPRISE", "巴林右旗丁店");
    officer = actor_new(region, "region_officer", region->ids[REGION_15], "自治区应急厅处长", NULL);
    inspector = actor_new(region, "inspector", team, "检查组组员", NULL);
    clerk_of_team = actor_new(region, "auditor", team, "检查组联络员", NULL);
    county = as(region, "county_officer", COUNTY_150424, "王建国");
    township = as(region, "township_clerk", TOWNSHIP_100, "赵铁柱");
    sibling = as(region, "county_officer", COUNTY_150423, "李四");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// What somebody finds at a unit; `own` for his own tenant's ledger.
static const hazard *found(struct person who, const char *unit_id, const char *external_id, bool own,
                           struct status *status)
{
    Anlan__Hazards__V1__CreateHazardRequest made = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    *status = (struct status){0};
    made.request_id = new_request_id(region);
    made.unit_id = (char *)unit_id;
    made.grade = GRADE(GENERAL);
    made.sector = (char *)"public_places";
    made.description = (char *)"安全出口上锁";
    made.external_id = (char *)external_id;
    made.own_ledger = own;
    const Anlan__Hazards__V1__CreateHazardResponse *reply = (const void *)call_hazards(
        region, who, "CreateHazard", &made.base, &anlan__hazards__v1__create_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}

// A right to read a unit for 35 days, and nothing else.
static const char *granted(const char *unit_id)
{
    char ends_at[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + DAYS * CLOCK_DAY, ends_at);
    const char *made = ask_well(
        region, acting(region, inspector, NULL), "RequestGrant",
        "{'ground': 'GRANT_GROUND_INSPECTION', 'grantorPostId': '%s', 'granteeUnitId': '%s', 'unitId': '%s', "
        "'permissions': ['hazards.read'], 'endsAt': '%s', 'reason': '督查', 'document': '内安委〔2026〕12 号'}",
        officer.post_id, team, unit_id, ends_at);
    const char *id = reply_at(region, made, "grant.id");
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    return id;
}

static long long entries_of(const char *tenant_id, const char *text)
{
    return instance_sql(region, "hazards",
                        "SELECT count(*) FROM entries WHERE tenant_id = '%s' AND "
                        "position(convert_to('%s', 'UTF8') IN entry) > 0",
                        tenant_id, text);
}

static const hazard *reads(struct person who, const hazard *one)
{
    struct status status = {0};
    const hazard *read = get_hazard(region, who, one->tenant_id, one->id, &status);
    if (!read)
        assert_reason(status, RECORD_NOT_FOUND);
    return read;
}

static void without_a_grant_a_team_registers_nothing(void **state)
{
    (void)state;
    struct status status;
    struct person alone = acting(region, inspector, NULL);
    assert_null(found(alone, region->ids[ENTERPRISE], "", true, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    grants[0] = granted(region->ids[COUNTY_150424]);
    for (size_t i = 0; i < ENTERPRISES; i++)
        grants[1 + i] = granted(enterprises[i]);
    member = acting(region, inspector, grants[0], grants[1], grants[2], grants[3], NULL);
}

static void what_it_finds_stands_in_its_own_tenants_ledger(void **state)
{
    (void)state;
    struct status status;
    finding = found(member, region->ids[TOWNSHIP_100], "督-1", true, &status);
    assert_ok(status);
    assert_string_equal(finding->tenant_id, region->ids[REGION_15]);
    assert_string_equal(finding->finding_unit_id, team);
    assert_string_equal(finding->place->county_id, region->ids[COUNTY_150424]);
    assert_string_equal(finding->place->township_id, region->ids[TOWNSHIP_100]);
    lead = found(member, enterprises[1], "督-2", true, &status);
    assert_ok(status);
    late = found(member, enterprises[2], "督-3", true, &status);
    assert_ok(status);
    // The entry says by which grant; in the counties' logs nothing is written.
    assert_int_equal(entries_of(region->ids[REGION_15], grants[0]), 1);
    assert_int_equal(entries_of(region->ids[REGION_15], officer.post_id), 3);
    assert_int_equal(entries_of(region->ids[COUNTY_150424], team), 0);
    assert_int_equal(entries_of(region->ids[COUNTY_150423], team), 0);
    assert_null(found(member, region->ids[ENTERPRISE], "督-1", true, &status));
    assert_reason(status, RECORD_EXISTS);
}

static void only_where_it_may_read_and_only_within_its_tenant(void **state)
{
    (void)state;
    struct status status;
    assert_null(found(member, unnamed, "", true, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    // To write in the county's ledger takes more than to read there.
    assert_null(found(member, region->ids[TOWNSHIP_100], "", false, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    // Nor does it help to read, where one's own post registers nothing.
    assert_null(found(acting(region, clerk_of_team, grants[0], NULL), region->ids[TOWNSHIP_100], "", true, &status));
    assert_reason(status, PERMISSION_MISSING);
    assert_null(found(as_at(region, "county_officer", region->instance_id, "系统"), region->ids[TOWNSHIP_100], "", true,
                      &status));
    assert_reason(status, STATE_CONFLICT);
    // A county's own finding in its own ledger is what it always was.
    const hazard *own = found(county, region->ids[TOWNSHIP_101], "", true, &status);
    assert_ok(status);
    assert_string_equal(own->tenant_id, region->ids[COUNTY_150424]);
    // Across counties nobody keeps anything: a city's grant to read lets one read.
    struct actor visitor = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "县应急局李娜", NULL);
    const char *made =
        ask_well(region, acting(region, visitor, NULL), "RequestGrant",
                 "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', 'unitId': '%s', "
                 "'permissions': ['hazards.read'], 'endsAt': '2099-01-01T00:00:00Z', 'reason': '协查', 'document': "
                 "'函〔2026〕3 号'}",
                 officer.post_id, visitor.person_id, unnamed);
    const char *id = reply_at(region, made, "grant.id");
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    assert_null(found(acting(region, visitor, id, NULL), unnamed, "", true, &status));
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "own_ledger");
}

static void the_county_sees_it_at_once_and_changes_nothing(void **state)
{
    (void)state;
    struct status status;
    assert_non_null(reads(member, finding));
    assert_non_null(reads(acting(region, officer, NULL), finding));
    assert_non_null(reads(county, finding));
    assert_non_null(reads(township, finding));
    assert_null(reads(sibling, finding));
    struct cast cast = cast_of(region);
    static const Anlan__Hazards__V1__Action steps[] = {ACTION(FIX_ON_SPOT), ACTION(ASSIGN), ACTION(REGRADE),
                                                       ACTION(HALT), ACTION(ASK_VOIDING)};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        status = (struct status){0};
        assert_null(step(region, &cast, finding, steps[i], &status));
        assert_reason(status, RECORD_NOT_FOUND);
    }
    assert_null(hand_over(region, county, finding, finding->unit_id, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    // Who acts by a grant of the region's officer does what he could.
    struct actor deputy = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "县应急局张强", NULL);
    const char *made = ask_well(
        region, acting(region, deputy, NULL), "RequestGrant",
        "{'ground': 'GRANT_GROUND_AUTHORISED', 'grantorPostId': '%s', 'granteePersonId': '%s', 'unitId': '%s', "
        "'permissions': ['hazards.hand_over'], 'endsAt': '2099-01-01T00:00:00Z', 'reason': '代办', 'document': "
        "'函〔2026〕4 号'}",
        officer.post_id, deputy.person_id, region->ids[COUNTY_150424]);
    const char *id = reply_at(region, made, "grant.id");
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    const hazard *other = found(member, region->ids[ENTERPRISE], "督-4", true, &status);
    assert_ok(status);
    assert_null(hand_over(region, acting(region, deputy, NULL), other, other->unit_id, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_non_null(hand_over(region, acting(region, deputy, id, NULL), other, other->unit_id, &status));
}

static void it_is_handed_over_with_receipt(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *over = hand_over(region, acting(region, inspector, NULL), finding, finding->unit_id, &status);
    assert_ok(status);
    assert_int_equal(over->state, STATE(HANDED_OVER));
    assert_string_equal(over->life->handed_over->tenant_id, region->ids[COUNTY_150424]);
    assert_null(take_over(region, sibling, over, over->unit_id, over->sector, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    status = (struct status){0};
    taken = take_over(region, county, over, over->unit_id, over->sector, &status);
    assert_ok(status);
    assert_string_equal(taken->tenant_id, region->ids[COUNTY_150424]);
    assert_string_equal(taken->id, over->successor_id);
    assert_string_equal(taken->finding_unit_id, team);
    assert_string_equal(taken->life->origin->tenant_id, region->ids[REGION_15]);
    assert_string_equal(taken->life->origin->id, finding->id);
    // What belongs to the county is not handed over to it.
    assert_null(hand_over(region, acting(region, inspector, NULL), taken, taken->unit_id, &status));
    assert_reason(status, STATE_CONFLICT);
    finding = over;
}

static void the_grants_end_and_its_findings_stay_in_sight(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *foreign = found(county, region->ids[TOWNSHIP_100], "", false, &status);
    assert_ok(status);
    assert_non_null(reads(member, foreign));
    for (size_t i = 0; i < COUNT_OF(grants); i++)
        ask_well(region, acting(region, officer, NULL), "RevokeGrant", "{'id': '%s', 'version': 2, 'note': '检查结束'}",
                 grants[i]);
    assert_null(reads(member, foreign));
    assert_null(found(member, region->ids[TOWNSHIP_100], "", true, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    // The county goes on; the team sees it.
    status = (struct status){0};
    assert_non_null(assign_hazard(region, county, taken, NULL, &status));
    assert_ok(status);
    const hazard *now = reads(member, taken);
    assert_non_null(now);
    assert_int_equal(now->state, STATE(ASSIGNED));
    assert_int_equal(reads(member, finding)->state, STATE(HANDED_OVER));
    // What is left over it hands over now: that needs no grant.
    assert_non_null(hand_over(region, member, late, late->unit_id, &status));
    assert_ok(status);
    assert_non_null(take_over(region, sibling, late, late->unit_id, late->sector, &status));
    assert_ok(status);
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(region, member, "", "", 200, &status);
    assert_ok(status);
    for (size_t i = 0; i < page->n_hazards; i++)
        assert_string_equal(page->hazards[i]->finding_unit_id, team);
    assert_int_equal(page->n_hazards, 6);    // four findings, two of which go on in a county
}

static void the_client_registers_in_the_teams_ledger(void **state)
{
    (void)state;
    char output[4096];
    struct status status = {0};
    struct person again = acting(region, inspector, granted(region->ids[COUNTY_150424]), NULL);
    struct bytes credential = again.credential;
    // (The client is a process of its own: it does not know how far the directory must be.)
    assert_non_null(list_hazards(region, again, region->ids[COUNTY_150424], "", 1, &status));
    char *token = arena_alloc(&region->arena, 2 * credential.length);
    text_base64url(credential.data, credential.length, token);
    int code = instance_run(region, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 "
                            "ANLAN_TOKEN='%s'; anlan --json hazards create --unit %s --grade general "
                            "--sector public_places --description 疏散通道堵塞 --own-ledger 2>&1",
                            region->dir, region->dir, token, region->ids[TOWNSHIP_101]);
    if (code != 0 || !strstr(output, region->ids[REGION_15]))
        fail_msg("%d: %s", code, output);
    // It does not read units of the county: it says where the record goes.
    const char *id = reply_at(region, output, "id");
    code = instance_run(region, output, sizeof(output),
                        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 "
                        "ANLAN_TOKEN='%s'; anlan --lang zh hazards hand-over --tenant %s --id %s --to %s --document "
                        "督办1号 2>&1",
                        region->dir, region->dir, token, region->ids[REGION_15], id, region->ids[TOWNSHIP_101]);
    if (code != 0 || !strstr(output, "移交"))
        fail_msg("%d: %s", code, output);
    assert_int_equal(instance_sql(region, "hazards",
                                  "SELECT count(*) FROM hazards WHERE tenant_id = '%s' AND township_id = '%s' AND "
                                  "state = 9",
                                  region->ids[REGION_15], region->ids[TOWNSHIP_101]),
                     1);
}

static void tables_and_counters_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(region, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                            instance_conninfo(region, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_grant_a_team_registers_nothing),
        cmocka_unit_test(what_it_finds_stands_in_its_own_tenants_ledger),
        cmocka_unit_test(only_where_it_may_read_and_only_within_its_tenant),
        cmocka_unit_test(the_county_sees_it_at_once_and_changes_nothing),
        cmocka_unit_test(it_is_handed_over_with_receipt),
        cmocka_unit_test(the_grants_end_and_its_findings_stay_in_sight),
        cmocka_unit_test(the_client_registers_in_the_teams_ledger),
        cmocka_unit_test(tables_and_counters_are_what_the_log_says),
    };
    return cmocka_run_group_tests_name("inspection", tests, up, down);
}

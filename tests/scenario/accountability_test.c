// SPDX-License-Identifier: Apache-2.0
// Whoever changes something answers for it: the log names him, his post, the grant by which he acted, and those on
// whose behalf, one by one up to the post that gave it.
#include <string.h>

#include "base/clock.h"
#include "feed/entry.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/seen.h"

static struct instance *region;
static struct actor officer;    // of the region
static struct actor leader;     // of its team
static struct actor expert;     // whom the team asked
static const char *team, *experts;
static const char *whole, *part;    // grants: of the officer to the team, of its leader to the expert
static const char *hazard;

#define at(reply, path) reply_at(region, reply, path)

static const char *in_an_hour(void)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + 3600 * CLOCK_SECOND, text);
    return arena_text(&region->arena, text, strlen(text));
}

// Asks for a grant and has it approved by the grantor.
static const char *granted(struct actor grantor, struct actor asks, const char *rest)
{
    const char *made = ask_well(region, acting(region, asks, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_INSPECTION', 'grantorPostId': '%s', 'permissions': "
                                "['hazards.read', 'hazards.ask_voiding'], 'endsAt': '%s', 'reason': '督查', "
                                "'document': '内安委〔2026〕12 号', %s}",
                                grantor.post_id, in_an_hour(), rest);
    ask_well(region, acting(region, grantor, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", at(made, "grant.id"));
    return at(made, "grant.id");
}

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    team = unit_new(region, region->ids[REGION_15], "UNIT_KIND_TEAM", "自治区第三检查组");
    experts = unit_new(region, region->ids[CITY_1504], "UNIT_KIND_TEAM", "专家组");
    officer = actor_new(region, "region_officer", region->ids[REGION_15], "自治区应急厅处长", NULL);
    leader = actor_new(region, "leader", team, "检查组组长", NULL);
    expert = actor_new(region, "inspector", experts, "聘请专家", NULL);
    const char *made = ask_well(region, as(region, "county_officer", COUNTY_150424, "王建国"), "CreateHazard",
                                "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                                "'安全出口上锁'}",
                                region->ids[TOWNSHIP_100]);
    hazard = at(made, "hazard.id");
    const struct actor member = actor_new(region, "inspector", team, "检查组组员", NULL);
    whole = granted(officer, member,
                    arena_printf(&region->arena, "'granteeUnitId': '%s', 'unitId': '%s', 'depth': 1", team,
                                 region->ids[COUNTY_150424]));
    part = granted(leader, expert,
                   arena_printf(&region->arena, "'granteePersonId': '%s', 'unitId': '%s', 'parentId': '%s'",
                                expert.person_id, region->ids[TOWNSHIP_100], whole));
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

static const char *ask_voiding(struct person who, int version, struct status *status)
{
    *status = (struct status){0};
    return ask(region, who, "AskVoiding", status, "{'tenantId': '%s', 'id': '%s', 'version': %d, 'reason': '重复登记'}",
               region->ids[COUNTY_150424], hazard, version);
}

// The last entry of the county's log, as who pulls it reads it.
static const Anlan__Rpc__V1__Entry *last_entry(void)
{
    struct status status = {0};
    const Anlan__Rpc__V1__PullResponse *page =
        pull_page(region, "hazards", as(region, "auditor", COUNTY_150424, "审计员"), region->ids[COUNTY_150424], "",
                  false, &status);
    assert_ok(status);
    assert_int_equal(page->n_entries, page->head_position);    // the log is short
    const Anlan__Rpc__V1__Entry *entry = feed_entry_open(page->entries[page->n_entries - 1], &region->arena, &status);
    assert_non_null(entry);
    return entry;
}

static void assert_actor(const Anlan__Rpc__V1__Actor *actor, struct actor who, const char *unit_id, const char *role,
                         const char *grant_id)
{
    assert_string_equal(actor->subject_id, who.person_id);
    assert_string_equal(actor->subject_name, who.name);
    assert_string_equal(actor->post_id, who.post_id);
    assert_string_equal(actor->unit_id, unit_id);
    assert_string_equal(actor->role, role);
    assert_string_equal(actor->grant_id, grant_id);
}

static void assert_principal(const Anlan__Rpc__V1__Principal *principal, struct actor who, const char *unit_id,
                             const char *grant_id)
{
    assert_string_equal(principal->subject_id, who.person_id);
    assert_string_equal(principal->post_id, who.post_id);
    assert_string_equal(principal->unit_id, unit_id);
    assert_string_equal(principal->grant_id, grant_id);
}

static void a_change_by_a_part_names_all_in_their_order(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(ask_voiding(acting(region, expert, NULL), 1, &status));    // without the part he sees nothing
    assert_reason(status, RECORD_NOT_FOUND);
    assert_non_null(ask_voiding(acting(region, expert, part, NULL), 1, &status));
    const Anlan__Rpc__V1__Entry *entry = last_entry();
    assert_string_equal(entry->record_id, hazard);
    assert_int_equal(entry->version, 2);
    assert_string_equal(entry->method, "anlan.hazards.v1.HazardsService/AskVoiding");
    assert_actor(entry->actor, expert, experts, "inspector", part);
    assert_int_equal(entry->actor->n_on_behalf_of, 2);
    assert_principal(entry->actor->on_behalf_of[0], leader, team, part);
    assert_principal(entry->actor->on_behalf_of[1], officer, region->ids[REGION_15], whole);
}

static void a_change_by_the_own_post_names_nobody_else(void **state)
{
    (void)state;
    struct actor decider = actor_new(region, "county_officer", region->ids[COUNTY_150424], "审批人", NULL);
    ask_well(region, acting(region, decider, NULL), "DecideVoiding",
             "{'tenantId': '%s', 'id': '%s', 'version': 2, 'decision': 'DECISION_REFUSED', 'reason': '不属实'}",
             region->ids[COUNTY_150424], hazard);
    const Anlan__Rpc__V1__Entry *entry = last_entry();
    assert_int_equal(entry->version, 3);
    assert_actor(entry->actor, decider, region->ids[COUNTY_150424], "county_officer", "");
    assert_int_equal(entry->actor->n_on_behalf_of, 0);
}

static void a_change_by_the_whole_names_who_gave_it(void **state)
{
    (void)state;
    struct status status = {0};
    assert_non_null(ask_voiding(acting(region, leader, whole, NULL), 3, &status));
    const Anlan__Rpc__V1__Entry *entry = last_entry();
    assert_int_equal(entry->version, 4);
    assert_actor(entry->actor, leader, team, "leader", whole);
    assert_int_equal(entry->actor->n_on_behalf_of, 1);
    assert_principal(entry->actor->on_behalf_of[0], officer, region->ids[REGION_15], whole);
}

static void what_fell_with_the_whole_changes_nothing(void **state)
{
    (void)state;
    struct status status = {0};
    const Anlan__Rpc__V1__Entry *before = last_entry();
    const char *read = ask_well(region, acting(region, officer, NULL), "GetGrant", "{'id': '%s'}", whole);
    ask_well(region, acting(region, officer, NULL), "RevokeGrant", "{'id': '%s', 'version': %s, 'note': '督查结束'}",
             whole, at(read, "grant.version"));
    assert_null(ask_voiding(acting(region, expert, part, NULL), 4, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_int_equal(last_entry()->position, before->position);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_by_a_part_names_all_in_their_order),
        cmocka_unit_test(a_change_by_the_own_post_names_nobody_else),
        cmocka_unit_test(a_change_by_the_whole_names_who_gave_it),
        cmocka_unit_test(what_fell_with_the_whole_changes_nothing),
    };
    return cmocka_run_group_tests(tests, up, down);
}

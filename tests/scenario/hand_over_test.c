// SPDX-License-Identifier: Apache-2.0
// A township moves to another county (划转): what is open is handed over and goes on there, once; what is closed stays.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "hazard_life.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/steps.h"

static struct instance *city;
static struct person admin;
static struct person giver;
static struct person taker;

static int up(void **state)
{
    (void)state;
    city = instance_start(1);
    admin = as_at(city, "administrator", city->instance_id, "系统管理员");
    giver = as(city, "county_officer", COUNTY_150424, "林西县监管员");
    taker = as(city, "county_officer", COUNTY_150423, "巴林右旗监管员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(city);
    return 0;
}

static void move(const char *id, const char *parent)
{
    const char *version = reply_at(city, ask_well(city, admin, "GetUnit", "{'id': '%s'}", id), "unit.version");
    ask_well(city, admin, "MoveUnit", "{'id': '%s', 'version': %s, 'parentId': '%s', 'document': '内政字1号'}", id,
             version, parent);
}

// A hazard in each state of its life, at 林西镇; then the township moves.
static const hazard *planted[16];

static void a_township_leaves_with_hazards_in_every_state(void **state)
{
    (void)state;
    struct cast cast = cast_of(city);
    struct status status = {0};
    const ProtobufCEnumDescriptor *states = &anlan__hazards__v1__state__descriptor;
    for (unsigned s = 1; s < states->n_values; s++)
        if (states->values[s].value != (int)STATE(HANDED_OVER))
            planted[states->values[s].value] =
                hazard_in(city, &cast, (hazard_state)states->values[s].value,
                          states->values[s].value == (int)STATE(ACCEPTED) ? GRADE(MAJOR) : GRADE(GENERAL));
    planted[STATE(ASSIGNED)] = must(city, &cast, planted[STATE(ASSIGNED)], ACTION(HALT));
    assert_null(hand_over(city, giver, planted[STATE(REGISTERED)], city->ids[TOWNSHIP_100], &status));
    assert_reason(status, STATE_CONFLICT);    // it is still here
    move(city->ids[TOWNSHIP_100], city->ids[COUNTY_150423]);
}

// Whoever has the county that the township came to, and acts for the township by a grant besides, changes what it left
// in the old county's ledger: the wider territory does not have that.
static void who_acts_for_the_township_goes_on_with_what_stayed(void **state)
{
    (void)state;
    char ends[CLOCK_TEXT_SIZE];
    struct status status = {0};
    const hazard *was = planted[STATE(ASSIGNED)];
    struct actor officer = actor_new(city, "county_officer", city->ids[COUNTY_150423], "巴林右旗干部", NULL);
    struct actor station = actor_new(city, "emergency_officer", city->ids[TOWNSHIP_100], "镇应急办主任", NULL);
    clock_format(clock_now() + CLOCK_DAY, ends);
    const char *made = ask_well(city, acting(city, officer, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_LENDING', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': ['hazards.rectify'], 'endsAt': '%s', 'reason': "
                                "'划转期间代办', 'document': '镇政〔2026〕1 号'}",
                                station.post_id, officer.person_id, city->ids[TOWNSHIP_100], ends);
    const char *grant = reply_at(city, made, "grant.id");
    ask_well(city, acting(city, station, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", grant);
    ask(city, acting(city, officer, NULL), "StartRectification", &status,
        "{'tenantId': '%s', 'id': '%s', 'version': %lld}", was->tenant_id, was->id, (long long)was->version);
    assert_reason(status, RECORD_NOT_FOUND);    // it is the old county's
    status = (struct status){0};
    ask_well(city, acting(city, officer, grant, NULL), "StartRectification",
             "{'tenantId': '%s', 'id': '%s', 'version': %lld}", was->tenant_id, was->id, (long long)was->version);
    planted[STATE(ASSIGNED)] = get_hazard(city, giver, was->tenant_id, was->id, &status);
    assert_ok(status);
    assert_int_equal(planted[STATE(ASSIGNED)]->state, STATE(RECTIFYING));
    assert_int_equal(instance_sql(city, "hazards",
                                  "SELECT count(*) FROM entries WHERE tenant_id = '%s' AND position(convert_to('%s', "
                                  "'UTF8') IN entry) > 0",
                                  was->tenant_id, grant),
                     1);
}

static void only_what_is_open_is_handed_over_and_only_to_its_unit(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *was = planted[STATE(RECTIFYING)];
    assert_null(hand_over(city, giver, was, city->ids[TOWNSHIP_OTHER], &status));
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "to_unit_id");
    assert_null(hand_over(city, taker, was, city->ids[TOWNSHIP_100], &status));
    assert_reason(status, RECORD_NOT_FOUND);    // he reads it; to hand it over is not his
    assert_null(
        hand_over(city, as(city, "township_clerk", TOWNSHIP_100, "赵铁柱"), was, city->ids[TOWNSHIP_100], &status));
    assert_reason(status, PERMISSION_MISSING);
    assert_null(take_over(city, taker, was, city->ids[TOWNSHIP_100], was->sector, &status));
    assert_reason(status, STATE_CONFLICT);
    for (int s = STATE(REGISTERED); s <= (int)STATE(VOIDED); s++) {
        bool open = hazard_life_allows((hazard_state)s, ACTION(HAND_OVER), STATE(HANDED_OVER));
        status = (struct status){0};
        const hazard *over = hand_over(city, giver, planted[s], city->ids[TOWNSHIP_100], &status);
        assert_int_equal(open, s <= (int)STATE(ACCEPTED));
        if (!open) {
            assert_null(over);
            assert_reason(status, STATE_CONFLICT);
            continue;
        }
        assert_ok(status);
        assert_int_equal(over->state, STATE(HANDED_OVER));
        assert_string_equal(over->next_unit_id, "");
        assert_string_equal(over->life->handed_over->tenant_id, city->ids[COUNTY_150423]);
        assert_string_equal(over->life->handed_over->document, "内政字1号");
        assert_int_equal(instance_sql(city, "hazards",
                                      "SELECT count(*) FROM entries WHERE tenant_id = '%s' AND position = %lld AND "
                                      "position(convert_to('%s', 'UTF8') IN entry) > 0",
                                      over->tenant_id, (long long)over->life->handed_over->position, over->id),
                         1);
        planted[s] = over;
    }
}

static void what_was_handed_over_stays_so(void **state)
{
    (void)state;
    struct cast cast = cast_of(city);
    for (int action = ACTION(FIX_ON_SPOT); action <= (int)ACTION(REGRADE); action++) {
        struct status status = {0};
        assert_null(step(city, &cast, planted[STATE(REGISTERED)], (hazard_action)action, &status));
        assert_reason(status, STATE_CONFLICT);
    }
}

static void it_goes_on_where_its_unit_is(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *origin = planted[STATE(RECTIFYING)];
    assert_null(take_over(city, giver, origin, city->ids[TOWNSHIP_100], origin->sector, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    assert_null(take_over(city, taker, origin, city->ids[TOWNSHIP_OTHER], origin->sector, &status));
    assert_reason(status, FIELD_INVALID);
    assert_null(take_over(city, taker, origin, city->ids[TOWNSHIP_100], "road_traffic", &status));
    assert_reason(status, FIELD_INVALID);
    status = (struct status){0};
    const hazard *now = take_over(city, taker, origin, city->ids[TOWNSHIP_100], origin->sector, &status);
    assert_ok(status);
    assert_string_equal(now->id, origin->successor_id);
    assert_string_equal(now->tenant_id, city->ids[COUNTY_150423]);
    assert_string_equal(now->place->county_id, city->ids[COUNTY_150423]);
    assert_int_equal(now->state, STATE(REGISTERED));
    assert_int_equal(now->version, 1);
    assert_string_equal(now->description, origin->description);
    assert_int_equal(now->occurred_at->seconds, origin->occurred_at->seconds);
    assert_string_equal(now->life->origin->tenant_id, origin->tenant_id);
    assert_string_equal(now->life->origin->id, origin->id);
    assert_int_equal(now->life->origin->position, origin->life->handed_over->position);
    assert_null(take_over(city, taker, origin, city->ids[TOWNSHIP_100], origin->sector, &status));
    assert_reason(status, RECORD_EXISTS);
    // It is assigned anew; and nothing more happens to the old one.
    assert_non_null(assign_hazard(city, taker, now, NULL, &status));
    assert_ok(status);
    assign_hazard(city, giver, origin, NULL, &status);
    assert_reason(status, STATE_CONFLICT);
}

static void a_halt_is_upheld_by_who_takes_over(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *now = take_over(city, taker, planted[STATE(ASSIGNED)], city->ids[TOWNSHIP_100],
                                  planted[STATE(ASSIGNED)]->sector, &status);
    assert_ok(status);
    assert_int_equal(now->halt, HALT(ORDERED));
    assert_string_equal(now->life->halt->document, planted[STATE(ASSIGNED)]->life->halt->document);
    assert_string_equal(now->life->halt->ordered->unit_id, city->ids[COUNTY_150423]);
}

static void the_client_hands_over_and_takes_over_once(void **state)
{
    (void)state;
    char output[4096];
    struct status status = {0};
    const char *kept = reply_at(city,
                                ask_well(city, admin, "CreateUnit",
                                         "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'name': '合并镇', 'code': "
                                         "'150423777'}",
                                         city->ids[COUNTY_150423]),
                                "unit.id");
    const hazard *at_home = create_hazard(city, giver, TOWNSHIP_101, "随镇合并", NULL, &status);
    assert_ok(status);
    ask_well(city, admin, "MergeUnits", "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '内政字2号'}",
             kept, city->ids[TOWNSHIP_101]);
    int code = instance_run(city, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 "
                            "ANLAN_KEYS=%s/keys; export ANLAN_TOKEN=$(anlan token --role city_officer --unit %s); "
                            "anlan --lang zh hazards hand-over --tenant %s --id %s --document 内政字2号 2>&1 && "
                            "anlan --lang zh hazards take-over --tenant %s --id %s 2>&1 && "
                            "anlan --json hazards take-over --tenant %s --id %s 2>&1",
                            city->dir, city->dir, city->dir, city->ids[CITY_1504], at_home->tenant_id, at_home->id,
                            at_home->tenant_id, at_home->id, at_home->tenant_id, at_home->id);
    if (code != 0 || !strstr(output, "移交") || !strstr(output, kept))
        fail_msg("%d: %s", code, output);
    assert_int_equal(instance_sql(city, "hazards", "SELECT count(*) FROM hazards WHERE unit_id = '%s'", kept), 1);
}

static void tables_and_counters_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(city, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                            instance_conninfo(city, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_township_leaves_with_hazards_in_every_state),
        cmocka_unit_test(who_acts_for_the_township_goes_on_with_what_stayed),
        cmocka_unit_test(only_what_is_open_is_handed_over_and_only_to_its_unit),
        cmocka_unit_test(what_was_handed_over_stays_so),
        cmocka_unit_test(it_goes_on_where_its_unit_is),
        cmocka_unit_test(a_halt_is_upheld_by_who_takes_over),
        cmocka_unit_test(the_client_hands_over_and_takes_over_once),
        cmocka_unit_test(tables_and_counters_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

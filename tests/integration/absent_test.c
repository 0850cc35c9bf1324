// SPDX-License-Identifier: Apache-2.0
// Absent means absent: search, counters and unique codes do not tell of what one may not see, nor does the time that an
// answer takes. The pairs of every field that names something are in absent_*_test.c, by services.
#include <stdio.h>
#include <string.h>

#include "support/ask.h"
#include "support/probes.h"
#include "support/seen.h"

static struct instance *region;
static struct person admin;

// Who asks, in 巴林右旗, and what is his own.
static struct actor officer, unit_admin, leader, auditor;
static const char *own_hazard, *county_own, *township_own;

#define at(reply, path) reply_at(region, reply, path)

static const char *hazard_at(struct person who, const char *unit_id)
{
    const char *made = ask_well(region, who, "CreateHazard",
                                "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                                "'安全出口上锁', 'externalId': '2026-17'}",
                                unit_id);
    return at(made, "hazard.id");
}

// What takes its time.
#define ASSIGNMENT(unit)                                                                                               \
    "'assignment': {'responsibleUnitId': '" unit "', 'responsiblePerson': '某人', 'deadline': '2099-01-01T00:00:00Z'}"
static const struct probe rows[] = {
    {&officer, "GetHazard", "their_hazard", "{'tenantId': '{county}', 'id': '$'}"},
    {&officer, "GetHazard", "county", "{'tenantId': '$', 'id': '{hazard}'}"},
    {&officer, "AssignHazard", "their_hazard",
     "{'tenantId': '{county}', 'id': '$', 'version': 1, " ASSIGNMENT("{township}") "}"},
    {&officer, "AssignHazard", "county",
     "{'tenantId': '$', 'id': '{hazard}', 'version': 1, " ASSIGNMENT("{township}") "}"},
    {&officer, "AssignHazard", "their_township",
     "{'tenantId': '{own}', 'id': '{hazard}', 'version': 1, " ASSIGNMENT("$") "}"},
    {&unit_admin, "AssignHazard", "their_township",
     "{'tenantId': '{own}', 'id': '{hazard}', 'version': 1, " ASSIGNMENT("$") "}"},
    {&officer, "ListHazards", "county", "{'unitId': '$'}"},
    {&officer, "ListHazards", "their_township", "{'unitId': '$'}"},
    {&officer, "ListHazards", "their_township", "{'partyUnitId': '$'}"},
    {&officer, "GetPerson", "their_person", "{'id': '$'}"},
    {&unit_admin, "MoveUnit", "their_township", "{'id': '$', 'version': 1, 'parentId': '{own}', 'document': '文号'}"},
    {&unit_admin, "MoveUnit", "county", "{'id': '{township}', 'version': 1, 'parentId': '$', 'document': '文号'}"},
    {&leader, "MoveUnit", "county", "{'id': '{township}', 'version': 1, 'parentId': '$', 'document': '文号'}"},
};

static struct probes probes = {.rows = rows, .count = sizeof(rows) / sizeof(rows[0])};

static int up(void **state)
{
    (void)state;
    region = probes.instance = instance_start(1);
    admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    struct actor there = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "王建国", NULL);
    officer = actor_new(region, "emergency_officer", region->ids[COUNTY_150423], "邻县王五", NULL);
    unit_admin = actor_new(region, "system_administrator", region->ids[COUNTY_150423], "邻县系统管理员", NULL);
    leader = actor_new(region, "leader", region->ids[COUNTY_150423], "邻县分管领导", NULL);
    auditor = actor_new(region, "auditor", region->ids[COUNTY_150423], "邻县审计员", NULL);
    county_own = region->ids[COUNTY_150423];
    township_own = region->ids[TOWNSHIP_OTHER];
    own_hazard = hazard_at(acting(region, officer, NULL), township_own);
    probes_name(&probes, "county", region->ids[COUNTY_150424]);
    probes_name(&probes, "their_township", region->ids[TOWNSHIP_100]);
    probes_name(&probes, "their_hazard", hazard_at(acting(region, there, NULL), region->ids[TOWNSHIP_100]));
    probes_name(&probes, "their_person", there.person_id);
    probes_name(&probes, "own", county_own);
    probes_name(&probes, "township", township_own);
    probes_name(&probes, "hazard", own_hazard);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// The probes are good for something: what is the caller's own is answered, and what they say of it differs.
static void the_same_calls_about_what_one_may_see_are_answered(void **state)
{
    (void)state;
    struct person who = acting(region, officer, NULL);
    const char *read = ask_well(region, who, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", county_own, own_hazard);
    assert_string_equal(at(read, "hazard.id"), own_hazard);
    read = ask_well(region, who, "GetPerson", "{'id': '%s'}", leader.person_id);
    assert_string_equal(at(read, "person.id"), leader.person_id);
    read = ask_well(region, who, "ListHazards", "{'partyUnitId': '%s'}", township_own);
    assert_string_equal(at(read, "hazards"), "1");
    read = ask_well(region, who, "ListHazardCounts", "{'unitId': '%s'}", township_own);
    assert_string_equal(at(read, "counts.0.count"), "1");
}

static void search_and_counters_do_not_tell(void **state)
{
    (void)state;
    struct person who = acting(region, officer, NULL);
    const char *found = ask_well(region, who, "SearchUnits", "{'query': '林西'}");
    assert_string_equal(at(found, "units"), "");
    found = ask_well(region, who, "ListHazardCounts", "{}");
    assert_string_equal(at(found, "counts"), "1");
    assert_string_equal(at(found, "counts.0.count"), "1");
}

// Codes: who looks one up hears nothing of a unit that he may not see.
static void codes_of_hidden_units_look_unused_to_who_reads(void **state)
{
    (void)state;
    struct status of[2] = {{0}};
    static const char *const codes[] = {"150424100", "150499999"};
    for (int i = 0; i < 2; i++)
        assert_null(ask(region, acting(region, officer, NULL), "GetUnit", &of[i], "{'code': '%s'}", codes[i]));
    assert_reason(of[0], RECORD_NOT_FOUND);
    assert_reason(of[1], RECORD_NOT_FOUND);
    assert_string_equal(of[0].message, of[1].message);
}

// A finder's own number is his own: another unit's is no conflict.
static void an_external_id_of_another_unit_is_no_conflict(void **state)
{
    (void)state;
    struct status status = {0};    // both counties have entered 2026-17
    ask(region, acting(region, officer, NULL), "CreateHazard", &status,
        "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '再次登记', 'externalId': "
        "'2026-17'}",
        township_own);
    assert_reason(status, RECORD_EXISTS);    // his own
}

// What is unique in the whole country must be told, or there would be two of it: who may make units hears that a code
// is taken, and nothing of who has it, be that one of his own or not.
static void a_code_that_is_taken_says_nothing_of_who_has_it(void **state)
{
    (void)state;
    static const char codes[][10] = {"150424100", "150423100"};    // hidden; his own
    struct status of[2] = {{0}};
    char texts[2][256];
    for (int i = 0; i < 2; i++) {
        assert_null(ask(region, acting(region, unit_admin, NULL), "CreateUnit", &of[i],
                        "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'name': '新镇', 'code': '%s'}", county_own,
                        codes[i]));
        assert_reason(of[i], RECORD_EXISTS);
        snprintf(texts[i], sizeof(texts[i]), "%s", of[i].message);
        char *code = strstr(texts[i], codes[i]);
        if (code)
            memset(code, '#', strlen(codes[i]));
    }
    assert_string_equal(texts[0], texts[1]);
}

static void an_answer_takes_no_longer(void **state)
{
    (void)state;
    assert_int_equal(probes_that_take_longer(&probes, NULL), 0);
}

// A tenant that is not there gets no log by being named.
static void what_is_named_in_vain_leaves_nothing_behind(void **state)
{
    (void)state;
    struct status status = {0};
    long long before = instance_sql(region, "hazards", "SELECT count(*) FROM heads WHERE " OF_CHANGES);
    for (int i = 0; i < 10; i++)
        ask(region, acting(region, officer, NULL), "AskVoiding", &status,
            "{'tenantId': '%s', 'id': '%s', 'version': 1, 'reason': '重复登记'}", probes_absent(region),
            probes_absent(region));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM heads WHERE " OF_CHANGES), before);
}

// A page of a stream of what lies at a unit.
static struct status pull_stream(struct person who, const char *unit_id)
{
    struct status status = {0};
    struct rpc_client *client = NULL;
    struct rpc_client_options options;
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    request.unit_id = (char *)unit_id;
    request.projection = (char *)"full";
    rpc_client_options_init(&options, arena_printf(&region->arena, "ipc://%s/hazards-0.feed", region->dir));
    assert_true(rpc_client_open(&client, &options, &status));
    rpc_client_call(client, "anlan.rpc.v1.FeedService/PullStream", &request.base,
                    &anlan__rpc__v1__pull_stream_response__descriptor, who.credential, 10000, NULL, &region->arena,
                    &status);
    rpc_client_close(client);
    return status;
}

static void assert_alike(struct status of_hidden, struct status of_absent, status_reason reason)
{
    assert_int_equal(of_hidden.reason, reason);
    assert_int_equal(of_absent.reason, reason);
    assert_int_equal(of_hidden.code, of_absent.code);
    assert_string_equal(of_hidden.message, of_absent.message);
}

static void logs_and_streams_of_what_is_hidden_are_those_of_nobody(void **state)
{
    (void)state;
    static const char *const services[] = {"organisations", "hazards"};
    struct person reader = acting(region, auditor, NULL);
    const char *ids[] = {region->ids[COUNTY_150424], probes_absent(region)};
    struct status of[2] = {{0}};
    for (size_t s = 0; s < sizeof(services) / sizeof(services[0]); s++)
        for (int access_log = 0; access_log < 2; access_log++) {
            for (int i = 0; i < 2; i++)
                assert_null(pull_page(region, services[s], reader, ids[i], "", access_log, &of[i]));
            assert_alike(of[0], of[1], REASON(RECORD_NOT_FOUND));
        }
    for (int i = 0; i < 2; i++)
        of[i] = pull_stream(reader, ids[i]);
    assert_alike(of[0], of[1], REASON(UNIT_NOT_FOUND));
    struct status own = pull_stream(reader, county_own);
    assert_ok(own);
    assert_non_null(pull_page(region, "hazards", reader, county_own, "", false, &own));
}

// A unit that is nowhere is refused by every rule that names one, and stops no service.
static void what_is_nowhere_is_refused_to_who_sees_everything(void **state)
{
    (void)state;
    struct status status = {0};
    struct person who = acting(region, unit_admin, NULL);
    ask(region, who, "CreateResponsibility", &status,
        "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '副县长', 'document': "
        "'责任清单'}",
        township_own, probes_absent(region), leader.person_id);
    assert_reason(status, FIELD_INVALID);
    const char *made = ask_well(region, admin, "CreateUnit",
                                "{'parentId': '%s', 'kind': 'UNIT_KIND_VILLAGE', 'name': '某村'}", township_own);
    ask(region, admin, "RetireUnit", &status, "{'id': '%s', 'version': 1, 'reason': '撤销', 'successorId': '%s'}",
        at(made, "unit.id"), probes_absent(region));
    assert_reason(status, UNIT_NOT_FOUND);
    ask(region, admin, "MoveUnit", &status, "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '文号'}",
        at(made, "unit.id"), probes_absent(region));
    assert_reason(status, UNIT_NOT_FOUND);
    ask(region, admin, "CreateUnit", &status, "{'parentId': '%s', 'kind': 'UNIT_KIND_VILLAGE', 'name': '某村'}",
        probes_absent(region));
    assert_reason(status, UNIT_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_calls_about_what_one_may_see_are_answered),
        cmocka_unit_test(search_and_counters_do_not_tell),
        cmocka_unit_test(codes_of_hidden_units_look_unused_to_who_reads),
        cmocka_unit_test(an_external_id_of_another_unit_is_no_conflict),
        cmocka_unit_test(a_code_that_is_taken_says_nothing_of_who_has_it),
        cmocka_unit_test(an_answer_takes_no_longer),
        cmocka_unit_test(what_is_named_in_vain_leaves_nothing_behind),
        cmocka_unit_test(logs_and_streams_of_what_is_hidden_are_those_of_nobody),
        cmocka_unit_test(what_is_nowhere_is_refused_to_who_sees_everything),
    };
    return cmocka_run_group_tests(tests, up, down);
}

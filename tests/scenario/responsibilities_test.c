// SPDX-License-Identifier: Apache-2.0
// The responsibility list names two overseers and a leader for every place; the directory in memory says the same.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/directory.h"
#include "base/check.h"
#include "feed/entry.h"
#include "support/ask.h"

static struct instance *county;
static struct person admin;
static const char *bureau;    // 林西县应急管理局
static const char *police;    // 林西县公安局
static const char *mayor;
static const char *deputy;

#define at(reply, path) reply_at(county, reply, path)

static const char *unit(const char *parent, const char *kind, const char *name)
{
    const char *made = ask_well(county, admin, "CreateUnit", "{'parentId': '%s', 'kind': 'UNIT_KIND_%s', 'name': '%s'}",
                                parent, kind, name);
    return at(made, "unit.id");
}

static const char *leader(const char *name)
{
    return at(
        ask_well(county, admin, "CreatePerson", "{'unitId': '%s', 'name': '%s'}", county->ids[COUNTY_150424], name),
        "person.id");
}

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    bureau = unit(county->ids[COUNTY_150424], "DEPARTMENT", "林西县应急管理局");
    police = unit(county->ids[COUNTY_150424], "REGULATOR", "林西县公安局");
    mayor = leader("县长");
    deputy = leader("副县长");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static const char *line(const char *unit_id, const char *sector, const char *overseer, const char *person,
                        const char *rest)
{
    const char *made = ask_well(
        county, admin, "CreateResponsibility",
        "{'unitId': '%s', 'sector': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '领导', "
        "'document': '林政办发〔2026〕3 号'%s}",
        unit_id, sector, overseer, person, rest);
    return at(made, "responsibility.id");
}

static const char *resolve(struct person person, const char *unit_id, const char *sector)
{
    return ask_well(county, person, "ResolveResponsibility", "{'unitId': '%s', 'sector': '%s'}", unit_id, sector);
}

static void a_place_that_nobody_owns_is_a_blind_spot_until_it_is_settled(void **state)
{
    (void)state;
    const char *nobody = resolve(admin, county->ids[TOWNSHIP_100], "fireworks");
    assert_string_equal(at(nobody, "resolution.unitId"), county->ids[TOWNSHIP_100]);
    assert_string_equal(at(nobody, "resolution.comprehensive.unitId"), "");
    assert_string_equal(at(nobody, "resolution.leader.personId"), "");

    const char *general = line(county->ids[COUNTY_150424], "", bureau, mayor, "");
    const char *special = line(county->ids[COUNTY_150424], "fireworks", police, deputy, "");
    const char *now = resolve(admin, county->ids[ENTERPRISE], "fireworks");
    assert_string_equal(at(now, "resolution.comprehensive.unitId"), bureau);
    assert_string_equal(at(now, "resolution.comprehensive.name"), "林西县应急管理局");
    assert_string_equal(at(now, "resolution.comprehensive.responsibilityId"), general);
    assert_string_equal(at(now, "resolution.comprehensive.atUnitId"), county->ids[COUNTY_150424]);
    assert_string_equal(at(now, "resolution.sectorOverseer.unitId"), police);
    assert_string_equal(at(now, "resolution.sectorOverseer.document"), "林政办发〔2026〕3 号");
    assert_string_equal(at(now, "resolution.leader.responsibilityId"), special);
    assert_string_equal(at(now, "resolution.leader.name"), "副县长");
    // Another sector: comprehensive supervision alone, and its leader.
    now = resolve(admin, county->ids[ENTERPRISE], "road_traffic");
    assert_string_equal(at(now, "resolution.sectorOverseer.unitId"), "");
    assert_string_equal(at(now, "resolution.leader.name"), "县长");
}

static void the_nearest_line_wins_and_a_decision_settles_a_place(void **state)
{
    (void)state;
    const char *market = unit(county->ids[TOWNSHIP_100], "PLACE", "废弃厂房");
    assert_string_equal(at(resolve(admin, market, "fireworks"), "resolution.sectorOverseer.unitId"), police);
    line(county->ids[TOWNSHIP_100], "", county->ids[TOWNSHIP_100], leader("镇长"), "");
    const char *now = resolve(admin, market, "fireworks");
    assert_string_equal(at(now, "resolution.comprehensive.unitId"), county->ids[TOWNSHIP_100]);
    assert_string_equal(at(now, "resolution.sectorOverseer.unitId"), police);
    assert_string_equal(at(now, "resolution.leader.name"), "镇长");    // the nearest line of both kinds
    const char *settled = line(market, "fireworks", county->ids[REGULATOR], leader("包联领导"), "");
    now = resolve(admin, market, "fireworks");
    assert_string_equal(at(now, "resolution.sectorOverseer.responsibilityId"), settled);
    assert_string_equal(at(now, "resolution.leader.name"), "包联领导");
    // As it was last year: nobody.
    now = ask_well(county, admin, "ResolveResponsibility",
                   "{'unitId': '%s', 'sector': 'fireworks', 'at': '2020-01-01T00:00:00Z'}", market);
    assert_string_equal(at(now, "resolution.comprehensive.unitId"), "");
}

static void two_lines_for_one_thing_are_refused(void **state)
{
    (void)state;
    struct status status = {0};
    static const struct {
        const char *times;
        status_reason reason;
    } lines[] = {
        {"'startsAt': '2025-01-01T00:00:00Z', 'endsAt': '2026-01-01T00:00:00Z'", REASON(UNSPECIFIED)},
        {"'startsAt': '2025-12-31T00:00:00Z'", REASON(RECORD_EXISTS)},
        {"'startsAt': '2024-01-01T00:00:00Z', 'endsAt': '2025-01-01T00:00:01Z'", REASON(RECORD_EXISTS)},
        {"'startsAt': '2024-01-01T00:00:00Z', 'endsAt': '2025-01-01T00:00:00Z'", REASON(UNSPECIFIED)},
        {"'startsAt': '2026-01-01T00:00:00Z'", REASON(UNSPECIFIED)},
        {"'startsAt': '2030-01-01T00:00:00Z'", REASON(RECORD_EXISTS)},
        {"'startsAt': '2030-01-01T00:00:00Z', 'endsAt': '2029-01-01T00:00:00Z'", REASON(FIELD_INVALID)},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        ask(county, admin, "CreateResponsibility", &status,
            "{'unitId': '%s', 'sector': 'coal_mines', 'overseerUnitId': '%s', 'leaderPersonId': '%s', "
            "'leaderPosition': '县长', 'document': '文', %s}",
            county->ids[COUNTY_150424], bureau, mayor, lines[i].times);
        if (status.reason != lines[i].reason)
            fail_msg("%s: %s", lines[i].times, status.message);
    }
    const char *all =
        ask_well(county, admin, "ListResponsibilities", "{'overseerUnitId': '%s', 'includePast': true}", bureau);
    assert_string_equal(at(all, "responsibilities"), "4");    // and the general one of before
    all = ask_well(county, admin, "ListResponsibilities", "{'leaderPersonId': '%s', 'at': '2025-06-01T00:00:00Z'}",
                   mayor);
    assert_string_equal(at(all, "responsibilities"), "1");
}

static void what_cannot_answer_is_refused(void **state)
{
    (void)state;
    struct status status = {0};
    const struct {
        const char *unit;
        const char *overseer;
        const char *leader;
        const char *field;
    } lines[] = {
        {county->ids[ENTERPRISE], county->ids[ENTERPRISE], mayor, "overseer_unit_id"},
        {bureau, police, mayor, "unit_id"},
        {county->ids[ENTERPRISE], police, county->ids[ENTERPRISE], "leader_person_id"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        ask(county, admin, "CreateResponsibility", &status,
            "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '无', 'document': "
            "'文'}",
            lines[i].unit, lines[i].overseer, lines[i].leader);
        assert_reason(status, FIELD_INVALID);
        assert_string_equal(status.violations[0].field, lines[i].field);
    }
    ask(county, admin, "CreateResponsibility", &status,
        "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '县长'}",
        county->ids[ENTERPRISE], police, mayor);
    assert_reason(status, FIELD_INVALID);    // without a document it is nobody's decision
    // Who oversees or answers cannot vanish.
    ask(county, admin, "RetireUnit", &status, "{'id': '%s', 'version': 1, 'reason': '撤并'}", police);
    assert_reason(status, STATE_CONFLICT);
    ask(county, admin, "RetirePerson", &status, "{'id': '%s', 'version': 1, 'reason': '退休'}", deputy);
    assert_reason(status, STATE_CONFLICT);
}

static void a_line_ends_and_the_one_above_takes_over(void **state)
{
    (void)state;
    struct status status = {0};
    const char *site = unit(county->ids[TOWNSHIP_101], "ENTERPRISE", "接续企业");
    const char *id = line(site, "fireworks", bureau, leader("科长"), "");
    assert_string_equal(at(resolve(admin, site, "fireworks"), "resolution.sectorOverseer.unitId"), bureau);
    ask_well(county, admin, "EndResponsibility", "{'id': '%s', 'version': 1, 'document': '林政办发 8 号'}", id);
    assert_string_equal(at(resolve(admin, site, "fireworks"), "resolution.sectorOverseer.unitId"), police);
    ask(county, admin, "EndResponsibility", &status, "{'id': '%s', 'version': 2, 'document': '文'}", id);
    assert_reason(status, STATE_CONFLICT);
    const char *past = ask_well(county, admin, "ListResponsibilities", "{'unitId': '%s', 'includePast': true}", site);
    assert_string_equal(at(past, "responsibilities.0.endDocument"), "林政办发 8 号");
}

static void one_learns_who_answers_for_oneself_and_for_no_sibling(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    struct person enterprise = as(county, "enterprise_officer", ENTERPRISE, "企业安全员");
    struct person sibling = as(county, "county_officer", COUNTY_150423, "外县");
    // The lines stand above him: he learns them, and cannot list them.
    assert_string_equal(at(resolve(clerk, county->ids[TOWNSHIP_100], "fireworks"), "resolution.sectorOverseer.unitId"),
                        police);
    assert_string_equal(at(resolve(enterprise, county->ids[ENTERPRISE], ""), "resolution.comprehensive.unitId"),
                        bureau);
    const char *list = ask_well(county, clerk, "ListResponsibilities", "{'unitId': '%s'}", county->ids[COUNTY_150424]);
    assert_string_equal(at(list, "responsibilities"), "");
    const enum place hidden[] = {TOWNSHIP_101, COUNTY_150424};
    for (size_t i = 0; i < 2; i++) {
        ask(county, clerk, "ResolveResponsibility", &status, "{'unitId': '%s'}", county->ids[hidden[i]]);
        assert_reason(status, RECORD_NOT_FOUND);
        ask(county, sibling, "ResolveResponsibility", &status, "{'unitId': '%s'}", county->ids[hidden[i]]);
        assert_reason(status, RECORD_NOT_FOUND);
    }
    list = ask_well(county, sibling, "ListResponsibilities", "{'overseerUnitId': '%s', 'includePast': true}", bureau);
    assert_string_equal(at(list, "responsibilities"), "");
    // The overseer sees its lines as a party.
    list = ask_well(county, as_at(county, "county_officer", police, "公安"), "ListResponsibilities",
                    "{'overseerUnitId': '%s'}", police);
    assert_string_equal(at(list, "responsibilities"), "1");
    long long rows = instance_sql(county, "organisations",
                                  "SET ROLE anlan_organisations; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                  "SET LOCAL anlan.scope = '|{%s}||'; SELECT count(*) FROM responsibilities; COMMIT",
                                  county->ids[COUNTY_150423]);
    assert_int_equal(rows, 0);
}

// The directory as a service has it: made from the log by Pull.
static struct directory *mirror(void)
{
    char address[128];
    struct uuid instance_id;
    struct status status = {0};
    struct rpc_client *feed = NULL;
    struct rpc_client_options options;
    struct person auditor = as_at(county, "auditor", county->instance_id, "审计员");
    snprintf(address, sizeof(address), "ipc://%s/organisations-0.feed", county->dir);
    rpc_client_options_init(&options, address);
    CHECK(uuid_parse(county->instance_id, &instance_id) && rpc_client_open(&feed, &options, &status));
    struct directory *directory = directory_new(&instance_id);
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    request.tenant_id = county->instance_id;
    int64_t head = 0;
    do {
        const Anlan__Rpc__V1__PullResponse *page = (const void *)rpc_client_call(
            feed, "anlan.rpc.v1.FeedService/Pull", &request.base, &anlan__rpc__v1__pull_response__descriptor,
            auditor.credential, 20000, NULL, &county->arena, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_entries; i++) {
            const Anlan__Rpc__V1__Entry *entry = feed_entry_open(page->entries[i], &county->arena, &status);
            assert_true(entry && directory_apply(directory, entry));
        }
        head = page->head_position;
        request.cursor = page->cursor;
    } while (directory_position(directory) < head);
    rpc_client_close(feed);
    return directory;
}

#define SITES 40
#define YEARS 12

static unsigned seed = 7;

static int pick(int count)
{
    seed = seed * 1103515245u + 12345u;
    return (int)(seed >> 16) % count;
}

static void same_id(const char *text, const struct uuid *id)
{
    char expected[UUID_TEXT_SIZE] = "";
    if (!uuid_is_nil(id))
        uuid_format(id, expected);
    assert_string_equal(text, expected);
}

static void hold(struct directory *directory, const char *unit_id, const char *sector, int year)
{
    struct uuid id;
    struct directory_overseers found;
    char when[32];
    clock_time time = 0;
    snprintf(when, sizeof(when), "20%02d-03-01T00:00:00Z", 10 + year);
    CHECK(uuid_parse(unit_id, &id) && clock_parse(when, &time));
    const char *said = ask_well(county, admin, "ResolveResponsibility", "{'unitId': '%s', 'sector': '%s', 'at': '%s'}",
                                unit_id, sector, when);
    assert_true(directory_overseers(directory, &id, sector, time, &found));
    same_id(at(said, "resolution.comprehensive.unitId"), &found.all_id);
    same_id(at(said, "resolution.comprehensive.responsibilityId"), &found.all_charge_id);
    same_id(at(said, "resolution.sectorOverseer.unitId"), &found.sector_id);
    same_id(at(said, "resolution.sectorOverseer.responsibilityId"), &found.sector_charge_id);
    same_id(at(said, "resolution.leader.personId"), &found.leader_id);
    same_id(at(said, "resolution.leader.responsibilityId"), &found.leader_charge_id);
    assert_string_equal(at(said, "resolution.leader.name"), found.leader_name);
    assert_string_equal(at(said, "resolution.leader.position"), found.leader_position);
}

static void memory_and_database_name_the_same(void **state)
{
    (void)state;
    static const char *const sectors[] = {"", "fireworks", "road_traffic"};
    const char *sites[SITES];
    const char *overseers[] = {bureau, police, county->ids[TOWNSHIP_100], county->ids[COUNTY_150424]};
    const char *people[] = {mayor, deputy};
    struct status status = {0};
    int kept = 0;
    for (int i = 0; i < SITES; i++) {
        const char *parent = i < 4 ? county->ids[i % 2 ? TOWNSHIP_100 : COUNTY_150424] : sites[pick(i < 20 ? i : 20)];
        sites[i] = unit(parent, i < 20 ? "ENTERPRISE" : "PLACE", i < 20 ? "随机企业" : "随机场所");
    }
    for (int i = 0; i < 150; i++) {
        int from = pick(YEARS);
        const char *made =
            ask(county, admin, "CreateResponsibility", &status,
                "{'unitId': '%s', 'sector': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': "
                "'领导%d', 'document': '文', 'startsAt': '20%02d-01-01T00:00:00Z', 'endsAt': '20%02d-01-01T00:00:00Z'}",
                sites[pick(20)], sectors[pick(3)], overseers[pick(4)], people[pick(2)], i, 10 + from,
                11 + from + pick(YEARS));
        kept += made != NULL;
        if (!made)
            assert_reason(status, RECORD_EXISTS);
    }
    assert_true(kept > 40);
    struct directory *directory = mirror();
    for (int i = 0; i < 300; i++)
        hold(directory, sites[pick(SITES)], sectors[pick(3)], pick(YEARS));
    directory_free(directory);
}

static void the_client_keeps_the_list(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(
        county, output, sizeof(output),
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; export ANLAN_TOKEN=$(anlan token --keys %s/keys "
        "--role administrator --instance); set -e; "
        "id=$(anlan --json responsibilities create --unit 150423 --sector public_places --overseer 150423 --leader %s "
        "--position 旗长 --from 2026-01-01 --document 右政办发 | cut -d'\"' -f4); "
        "anlan --lang zh responsibilities resolve --unit 150423100 --sector public_places; "
        "anlan responsibilities list --unit 150423; "
        "anlan responsibilities end --id $id --version 1 --document 调整; "
        "anlan responsibilities list --unit 150423 --past 2>&1",
        county->dir, county->dir, mayor);
    if (code != 0 || !strstr(output, "旗长") || !strstr(output, "综合监管") || !strstr(output, "巴林右旗"))
        fail_msg("%d: %s", code, output);
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(county, output, sizeof(output), "anlan-organisations verify --database='%s' 2>&1",
                            instance_conninfo(county, "organisations", false));
    if (code != 0 || !strstr(output, " 0 faults: consistent, not witnessed"))
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_that_nobody_owns_is_a_blind_spot_until_it_is_settled),
        cmocka_unit_test(the_nearest_line_wins_and_a_decision_settles_a_place),
        cmocka_unit_test(two_lines_for_one_thing_are_refused),
        cmocka_unit_test(what_cannot_answer_is_refused),
        cmocka_unit_test(a_line_ends_and_the_one_above_takes_over),
        cmocka_unit_test(one_learns_who_answers_for_oneself_and_for_no_sibling),
        cmocka_unit_test(memory_and_database_name_the_same),
        cmocka_unit_test(the_client_keeps_the_list),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

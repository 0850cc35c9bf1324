// SPDX-License-Identifier: Apache-2.0
// People come, hold posts at several units, and leave; who held what when stays known.
#include <stdlib.h>
#include <string.h>

#include "support/ask.h"

static struct instance *county;
static struct person admin;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

#define at(reply, path) reply_at(county, reply, path)

static const char *enter(enum place place, const char *name, const char *phone)
{
    const char *made = ask_well(county, admin, "CreatePerson", "{'unitId': '%s', 'name': '%s', 'phone': '%s'}",
                                county->ids[place], name, phone);
    return at(made, "person.id");
}

static const char *appoint(const char *person, enum place place, const char *role, const char *times)
{
    const char *made =
        ask_well(county, admin, "CreatePost", "{'personId': '%s', 'unitId': '%s', 'role': '%s', 'document': '文号'%s}",
                 person, county->ids[place], role, times);
    return at(made, "post.id");
}

static void a_person_is_entered_and_shown_masked(void **state)
{
    (void)state;
    const char *id = enter(TOWNSHIP_100, "赵铁柱", "13812341234");
    const char *read = ask_well(county, admin, "GetPerson", "{'id': '%s'}", id);
    assert_string_equal(at(read, "person.name"), "赵铁柱");
    assert_string_equal(at(read, "person.phone"), "138****1234");
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM people WHERE id = '%s' AND county_id = '%s'", id,
                                  county->ids[COUNTY_150424]),
                     1);
    // Renamed with the masked number: the number stays.
    const char *now = ask_well(county, admin, "UpdatePerson",
                               "{'id': '%s', 'version': 1, 'unitId': '%s', 'name': '赵铁桩', 'phone': '138****1234'}",
                               id, county->ids[TOWNSHIP_101]);
    assert_string_equal(at(now, "person.phoneDigest"), at(read, "person.phoneDigest"));
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM people WHERE id = '%s' AND township_id = '%s'", id,
                                  county->ids[TOWNSHIP_101]),
                     1);
    const char *list = ask_well(county, admin, "ListPeople", "{'unitId': '%s'}", county->ids[TOWNSHIP_101]);
    assert_string_equal(at(list, "people.0.id"), id);
    assert_string_equal(at(list, "people"), "1");
    list = ask_well(county, admin, "ListPeople", "{'unitId': '%s'}", county->ids[TOWNSHIP_100]);
    assert_string_equal(at(list, "people"), "");
}

static void a_repeat_answers_the_same_and_holds_no_number(void **state)
{
    (void)state;
    char *request_id = new_request_id(county);
    const char *replies[2];
    for (int i = 0; i < 2; i++)
        replies[i] = ask_well(county, admin, "CreatePerson",
                              "{'requestId': '%s', 'unitId': '%s', 'name': '孙八', 'phone': '13600002222'}", request_id,
                              county->ids[TOWNSHIP_100]);
    assert_string_equal(replies[0], replies[1]);
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT (SELECT count(*) FROM entries "
                                  "WHERE position(convert_to('13600002222', 'UTF8') IN entry) > 0) + "
                                  "(SELECT count(*) FROM people p WHERE p::text LIKE '%%13600002222%%')"),
                     0);
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM withheld WHERE value = '13600002222'"),
                     1);
}

static void one_person_holds_several_posts(void **state)
{
    (void)state;
    struct status status = {0};
    const char *id = enter(COUNTY_150424, "王建国", "");
    appoint(id, COUNTY_150424, "county_officer", ", 'startsAt': '2024-01-01T00:00:00Z'");
    appoint(id, TOWNSHIP_100, "township_clerk",
            ", 'startsAt': '2025-01-01T00:00:00Z', 'endsAt': '2025-07-01T00:00:00Z'");
    // The same post in a time that overlaps; and one that begins where the other ends.
    ask(county, admin, "CreatePost", &status,
        "{'personId': '%s', 'unitId': '%s', 'role': 'township_clerk', 'startsAt': '2025-06-30T23:59:59Z'}", id,
        county->ids[TOWNSHIP_100]);
    assert_reason(status, RECORD_EXISTS);
    appoint(id, TOWNSHIP_100, "township_clerk", ", 'startsAt': '2025-07-01T00:00:00Z'");
    static const struct {
        const char *when;
        const char *posts;
    } counts[] = {{"2023-06-01T00:00:00Z", ""},
                  {"2024-06-01T00:00:00Z", "1"},
                  {"2025-06-30T23:59:59Z", "2"},
                  {"2025-07-01T00:00:00Z", "2"},
                  {"2026-01-01T00:00:00Z", "2"}};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const char *list = ask_well(county, admin, "ListPosts", "{'personId': '%s', 'at': '%s'}", id, counts[i].when);
        assert_string_equal(at(list, "posts"), counts[i].posts);
    }
    const char *all = ask_well(county, admin, "ListPosts", "{'personId': '%s', 'includePast': true}", id);
    assert_string_equal(at(all, "posts"), "3");
    assert_string_equal(at(all, "posts.0.personName"), "王建国");
    const char *there = ask_well(county, admin, "ListPosts", "{'unitId': '%s'}", county->ids[TOWNSHIP_100]);
    assert_string_equal(at(there, "posts"), "1");
}

static void a_post_ends_and_stays_in_the_record(void **state)
{
    (void)state;
    struct status status = {0};
    const char *id = enter(TOWNSHIP_100, "李某", "");
    const char *post = appoint(id, TOWNSHIP_100, "township_clerk", ", 'startsAt': '2025-01-01T00:00:00Z'");
    ask(county, admin, "RetirePerson", &status, "{'id': '%s', 'version': 1, 'reason': '退休'}", id);
    assert_reason(status, STATE_CONFLICT);
    ask(county, admin, "EndPost", &status,
        "{'id': '%s', 'version': 1, 'document': '文', 'endsAt': '2024-12-31T00:00:00Z'}", post);
    assert_reason(status, FIELD_INVALID);
    ask(county, admin, "EndPost", &status, "{'id': '%s', 'version': 2, 'document': '文'}", post);
    assert_reason(status, VERSION_CONFLICT);
    ask_well(county, admin, "EndPost", "{'id': '%s', 'version': 1, 'document': '林政发 9 号'}", post);
    ask(county, admin, "EndPost", &status, "{'id': '%s', 'version': 2, 'document': '文'}", post);
    assert_reason(status, STATE_CONFLICT);
    ask_well(county, admin, "RetirePerson", "{'id': '%s', 'version': 1, 'reason': '退休'}", id);
    ask(county, admin, "CreatePost", &status, "{'personId': '%s', 'unitId': '%s', 'role': 'auditor'}", id,
        county->ids[COUNTY_150424]);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "person_id");
    const char *all = ask_well(county, admin, "ListPosts", "{'personId': '%s', 'includePast': true}", id);
    assert_string_equal(at(all, "posts.0.endDocument"), "林政发 9 号");
}

static void what_cannot_be_a_post_is_refused(void **state)
{
    (void)state;
    struct status status = {0};
    char output[2048];
    const char *id = enter(TOWNSHIP_100, "周某", "");
    static const char *const roles[] = {"service", "no_such_role"};
    for (size_t i = 0; i < 2; i++) {
        ask(county, admin, "CreatePost", &status, "{'personId': '%s', 'unitId': '%s', 'role': '%s'}", id,
            county->ids[COUNTY_150424], roles[i]);
        assert_reason(status, FIELD_INVALID);
        assert_string_equal(status.violations[0].field, "role");
    }
    ask(county, admin, "CreatePost", &status,
        "{'personId': '%s', 'unitId': '%s', 'role': 'auditor', 'startsAt': '2025-02-01T00:00:00Z', "
        "'endsAt': '2025-02-01T00:00:00Z'}",
        id, county->ids[COUNTY_150424]);
    assert_string_equal(status.violations[0].field, "ends_at");
    // Nobody gives a post to himself.
    int code = instance_run(county, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; export ANLAN_TOKEN=$(anlan token "
                            "--keys %s/keys --role administrator --instance --subject %s --name 周某); "
                            "anlan posts create --person %s --unit 150424 --role county_officer 2>&1",
                            county->dir, county->dir, id, id);
    assert_int_equal(code, 1);
    assert_non_null(strstr(output, "nobody gives a post to himself"));
    // A retired unit takes neither people nor posts.
    const char *unit =
        ask_well(county, admin, "CreateUnit", "{'parentId': '%s', 'kind': 'UNIT_KIND_TEAM', 'name': '百日行动专班'}",
                 county->ids[COUNTY_150424]);
    ask_well(county, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '任务结束'}", at(unit, "unit.id"));
    ask(county, admin, "CreatePost", &status, "{'personId': '%s', 'unitId': '%s', 'role': 'county_officer'}", id,
        at(unit, "unit.id"));
    assert_reason(status, STATE_CONFLICT);
    ask(county, admin, "CreatePerson", &status, "{'unitId': '%s', 'name': '某人'}", at(unit, "unit.id"));
    assert_reason(status, STATE_CONFLICT);
}

static void people_are_seen_from_above_and_not_from_beside(void **state)
{
    (void)state;
    struct status status = {0};
    const char *id = enter(ENTERPRISE, "企业负责人", "13511112222");
    const char *post = appoint(id, ENTERPRISE, "enterprise_officer", "");
    struct person officer = as(county, "county_officer", COUNTY_150424, "县");
    struct person own = as(county, "enterprise_officer", ENTERPRISE, "企业");
    struct person strangers[] = {as(county, "county_officer", COUNTY_150423, "外县"),
                                 as(county, "township_clerk", TOWNSHIP_100, "外乡镇")};
    ask_well(county, officer, "GetPerson", "{'id': '%s'}", id);
    ask_well(county, own, "GetPerson", "{'id': '%s'}", id);
    assert_string_equal(at(ask_well(county, own, "ListPosts", "{'personId': '%s'}", id), "posts"), "1");
    for (size_t i = 0; i < 2; i++) {
        ask(county, strangers[i], "GetPerson", &status, "{'id': '%s'}", id);
        assert_reason(status, RECORD_NOT_FOUND);
        const char *list = ask_well(county, strangers[i], "ListPeople", "{'unitId': '%s'}", county->ids[ENTERPRISE]);
        assert_string_equal(at(list, "people"), "");
        list = ask_well(county, strangers[i], "ListPosts", "{'personId': '%s'}", id);
        assert_string_equal(at(list, "posts"), "");
    }
    struct person sibling = as(county, "administrator", COUNTY_150423, "外县管理员");
    ask(county, sibling, "RetirePerson", &status, "{'id': '%s', 'version': 1, 'reason': '不是自己的'}", id);
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, sibling, "UpdatePerson", &status, "{'id': '%s', 'version': 1, 'unitId': '%s', 'name': '改名'}", id,
        county->ids[COUNTY_150423]);
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, sibling, "EndPost", &status, "{'id': '%s', 'version': 1, 'document': '文'}", post);
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, officer, "EndPost", &status, "{'id': '%s', 'version': 1, 'document': '文'}", post);
    assert_reason(status, PERMISSION_MISSING);
}

static void the_client_keeps_people_and_posts(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(
        county, output, sizeof(output),
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; export ANLAN_TOKEN=$(anlan token --keys %s/keys "
        "--role administrator --instance); set -e; "
        "id=$(anlan --json people create --unit 150424101 --name 吴九 --phone 13912345678 | cut -d'\"' -f4); "
        "anlan people update --id $id --name 吴十 >/dev/null; "
        "anlan people get --id $id; "
        "post=$(anlan --json posts create --person $id --unit 150424101 --role township_clerk --from 2026-01-01 "
        "--document 林政发 | cut -d'\"' -f4); "
        "anlan --lang zh posts list --unit 150424101; "
        "anlan posts end --id $post --version 1 --document 调离 >/dev/null; "
        "anlan people retire --id $id --reason 调离; anlan people list --unit 150424101 --retired 2>&1",
        county->dir, county->dir);
    if (code != 0 || !strstr(output, "吴十") || !strstr(output, "139****5678") || !strstr(output, "township_clerk") ||
        !strstr(output, "任职起"))
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
        cmocka_unit_test(a_person_is_entered_and_shown_masked),
        cmocka_unit_test(a_repeat_answers_the_same_and_holds_no_number),
        cmocka_unit_test(one_person_holds_several_posts),
        cmocka_unit_test(a_post_ends_and_stays_in_the_record),
        cmocka_unit_test(what_cannot_be_a_post_is_refused),
        cmocka_unit_test(people_are_seen_from_above_and_not_from_beside),
        cmocka_unit_test(the_client_keeps_people_and_posts),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// Reads that matter leave a trace: who saw a number in full and what for, who acted by which grant, who was refused.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "anlan/rpc/v1/access_log.pb-c.h"
#include "base/clock.h"
#include "base/limits.h"
#include "feed/entry.h"
#include "service/values.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/seen.h"

#define KIND(name) ANLAN__RPC__V1__ACCESS_KIND__ACCESS_KIND_##name

static struct instance *region;
static struct person admin;
static struct actor officer, clerk, leader;

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    officer = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "王建国", NULL);
    clerk = actor_new(region, "township_clerk", region->ids[TOWNSHIP_100], "赵铁柱", NULL);
    leader = actor_new(region, "leader", region->ids[COUNTY_150423], "李副县长", NULL);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

#define at(reply, path) reply_at(region, reply, path)

static const Anlan__Rpc__V1__PullResponse *pull(const char *service, struct person who, const char *tenant_id,
                                                const char *cursor, struct status *status)
{
    return pull_page(region, service, who, tenant_id, cursor, true, status);
}

// The instance's own, of organisations.
static struct seen_log of_organisations(void)
{
    return read_access_log(region, "organisations", as_at(region, "auditor", region->instance_id, "审计管理员"),
                           region->instance_id);
}

static struct seen_log of_hazards(enum place tenant)
{
    return read_access_log(region, "hazards", as(region, "auditor", tenant, "审计员"), region->ids[tenant]);
}

static void wait_for_the_flush(void)
{
    usleep((LIMIT_ACCESS_FLUSH_MS + 1500) * 1000);
}

static void a_number_is_revealed_for_a_purpose_that_stands_in_the_log(void **state)
{
    (void)state;
    size_t last = 0;
    const char *made = ask_well(region, admin, "CreatePerson",
                                "{'unitId': '%s', 'name': '孙八', 'phone': '13812341234'}", region->ids[TOWNSHIP_100]);
    const char *id = at(made, "person.id");
    const char *shown =
        ask_well(region, acting(region, officer, NULL), "RevealPhone", "{'id': '%s', 'purpose': '通知群众撤离'}", id);
    assert_string_equal(at(shown, "phone.number"), "13812341234");
    assert_string_equal(at(shown, "phone.unitId"), region->ids[TOWNSHIP_100]);
    // At once, not with the next flush: the answer waited for it.
    struct seen_log seen = of_organisations();
    assert_int_equal(seen_calls(&seen, KIND(UNMASKED_READ), officer.person_id, "RevealPhone", &last), 1);
    const Anlan__Rpc__V1__AccessRecord *record = seen.records[last];
    assert_string_equal(record->record_id, id);
    assert_string_equal(record->record_type, "anlan.organisations.v1.Person");
    assert_string_equal(record->unit_id, region->ids[TOWNSHIP_100]);
    assert_string_equal(record->purpose, "通知群众撤离");
    assert_string_equal(record->tenant_id, region->instance_id);
    const Anlan__Rpc__V1__Entry *entry = seen.entries[last];
    assert_string_equal(entry->actor->post_id, officer.post_id);
    assert_string_equal(entry->actor->role, "emergency_officer");
    assert_string_equal(entry->actor->grant_id, "");
    assert_string_equal(entry->place_after->township_id, region->ids[TOWNSHIP_100]);
    assert_non_null(entry->entered_at);
    // The number itself stands in no log.
    assert_int_equal(instance_sql(region, "organisations",
                                  "SELECT count(*) FROM entries WHERE position('13812341234'::bytea IN entry) > 0"),
                     0);
    // It is the one that holds now.
    ask_well(region, admin, "UpdatePerson",
             "{'id': '%s', 'version': 1, 'unitId': '%s', 'name': '孙八', 'phone': '13900001111'}", id,
             region->ids[TOWNSHIP_100]);
    shown = ask_well(region, acting(region, officer, NULL), "RevealPhone", "{'id': '%s', 'purpose': '再次核对'}", id);
    assert_string_equal(at(shown, "phone.number"), "13900001111");
    ask_well(region, admin, "UpdatePerson", "{'id': '%s', 'version': 2, 'unitId': '%s', 'name': '孙八'}", id,
             region->ids[TOWNSHIP_100]);
    shown = ask_well(region, acting(region, officer, NULL), "RevealPhone", "{'id': '%s', 'purpose': '再次核对'}", id);
    assert_string_equal(at(shown, "phone.number"), "");
}

static void an_enterprise_has_two_numbers(void **state)
{
    (void)state;
    const char *made = ask_well(region, admin, "CreateUnit",
                                "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '林西县某烟花爆竹店', "
                                "'profile': {'responsiblePerson': '周某', 'responsiblePhone': '13711112222', "
                                "'safetyOfficer': '吴某', 'safetyPhone': '13733334444'}}",
                                region->ids[TOWNSHIP_100]);
    const char *id = at(made, "unit.id");
    struct person who = acting(region, officer, NULL);
    const char *shown = ask_well(region, who, "RevealPhone",
                                 "{'id': '%s', 'of': 'PHONE_OF_RESPONSIBLE_PERSON', 'purpose': '约谈负责人'}", id);
    assert_string_equal(at(shown, "phone.number"), "13711112222");
    shown = ask_well(region, who, "RevealPhone", "{'id': '%s', 'of': 'PHONE_OF_SAFETY_OFFICER', 'purpose': '现场联络'}",
                     id);
    assert_string_equal(at(shown, "phone.number"), "13733334444");
    assert_string_equal(at(shown, "phone.recordType"), "anlan.organisations.v1.Unit");
}

static void without_purpose_permission_or_scope_nothing_is_revealed(void **state)
{
    (void)state;
    struct status status = {0};
    size_t last = 0;
    const char *made = ask_well(region, admin, "CreatePerson",
                                "{'unitId': '%s', 'name': '郑九', 'phone': '13600006666'}", region->ids[TOWNSHIP_100]);
    const char *id = at(made, "person.id");
    static const char *const purposes[] = {"", "看看"};
    for (size_t i = 0; i < 2; i++) {
        ask(region, acting(region, officer, NULL), "RevealPhone", &status, "{'id': '%s', 'purpose': '%s'}", id,
            purposes[i]);
        assert_reason(status, FIELD_INVALID);
    }
    ask(region, acting(region, clerk, NULL), "RevealPhone", &status, "{'id': '%s', 'purpose': '通知撤离'}", id);
    assert_reason(status, PERMISSION_MISSING);
    ask(region, acting(region, leader, NULL), "RevealPhone", &status, "{'id': '%s', 'purpose': '通知撤离'}", id);
    assert_reason(status, RECORD_NOT_FOUND);
    wait_for_the_flush();
    struct seen_log seen = of_organisations();
    assert_int_equal(seen_calls(&seen, KIND(UNMASKED_READ), clerk.person_id, "RevealPhone", &last), 0);
    assert_int_equal(seen_calls(&seen, KIND(UNMASKED_READ), leader.person_id, "RevealPhone", &last), 0);
    assert_int_equal(seen_calls(&seen, KIND(DENIAL), clerk.person_id, "RevealPhone", &last), 1);
    assert_string_equal(seen.records[last]->reason, "PERMISSION_MISSING");
    assert_int_equal(seen_calls(&seen, KIND(DENIAL), leader.person_id, "RevealPhone", &last), 1);
    assert_string_equal(seen.records[last]->reason, "RECORD_NOT_FOUND");
}

static long long entries_about(const char *id)
{
    return instance_sql(region, "organisations",
                        "SELECT count(*) FROM entries WHERE position('%s'::bytea IN entry) > 0", id);
}

// Without its log, no read.
static void no_number_leaves_while_the_log_cannot_be_written(void **state)
{
    (void)state;
    struct status status = {0};
    struct person who = acting(region, officer, NULL);
    const char *made = ask_well(region, admin, "CreatePerson",
                                "{'unitId': '%s', 'name': '冯十', 'phone': '13555556666'}", region->ids[TOWNSHIP_100]);
    const char *id = at(made, "person.id");
    ask_well(region, who, "RevealPhone", "{'id': '%s', 'purpose': '通知撤离'}", id);
    long long before = entries_about(id);
    instance_sql(region, "organisations", "REVOKE INSERT ON entries FROM anlan_organisations");
    const char *shown = ask(region, who, "RevealPhone", &status, "{'id': '%s', 'purpose': '通知撤离'}", id);
    instance_sql(region, "organisations", "GRANT INSERT ON entries TO anlan_organisations");
    assert_null(shown);
    assert_false(status_ok(&status));
    assert_true(before > 0);
    assert_int_equal(entries_about(id), before);
    ask_well(region, who, "RevealPhone", "{'id': '%s', 'purpose': '通知撤离'}", id);
}

static const char *granted(const char *permissions, const char *unit_id)
{
    char ends[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + 3600 * CLOCK_SECOND, ends);
    const char *made = ask_well(region, acting(region, leader, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': [%s], 'endsAt': '%s', 'reason': '跨县支援', "
                                "'document': '林应急〔2026〕7 号'}",
                                officer.post_id, leader.person_id, unit_id, permissions, ends);
    const char *id = at(made, "grant.id");
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    return id;
}

static int listed(struct person who, const char *unit_id)
{
    struct status status = {0};
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(region, who, unit_id, "", 50, &status);
    return page ? (int)page->n_hazards : -1;
}

static void uses_of_a_grant_are_counted_for_the_county_whose_it_is(void **state)
{
    (void)state;
    size_t last = 0;
    const char *grant = granted("'hazards.read', 'people.reveal'", region->ids[COUNTY_150424]);
    struct person who = acting(region, leader, grant, NULL);
    const char *made =
        ask_well(region, admin, "CreatePerson", "{'unitId': '%s', 'name': '陈十一', 'phone': '13444445555'}",
                 region->ids[TOWNSHIP_100]);
    ask_well(region, who, "RevealPhone", "{'id': '%s', 'purpose': '支援时联络'}", at(made, "person.id"));
    for (int i = 0; i < 5; i++)
        assert_true(listed(who, region->ids[COUNTY_150424]) >= 0);
    assert_true(listed(who, region->ids[COUNTY_150423]) >= 0);    // by his own post
    wait_for_the_flush();
    struct seen_log seen = of_hazards(COUNTY_150424);
    assert_int_equal(seen_calls(&seen, KIND(GRANT_USE), leader.person_id, "ListHazards", &last), 5);
    assert_string_equal(seen.entries[last]->actor->grant_id, grant);
    assert_int_equal(seen.entries[last]->actor->n_on_behalf_of, 1);
    assert_string_equal(seen.entries[last]->actor->on_behalf_of[0]->post_id, officer.post_id);
    assert_string_equal(seen.records[last]->unit_id, region->ids[COUNTY_150424]);
    assert_true(service_time(seen.records[last]->first_at) <= service_time(seen.records[last]->last_at));
    seen = of_hazards(COUNTY_150423);
    assert_int_equal(seen_calls(&seen, KIND(GRANT_USE), leader.person_id, "", &last), 0);
    // What he read unmasked by it names it.
    seen = of_organisations();
    assert_int_equal(seen_calls(&seen, KIND(UNMASKED_READ), leader.person_id, "RevealPhone", &last), 1);
    assert_string_equal(seen.entries[last]->actor->grant_id, grant);
    assert_int_equal(seen_calls(&seen, KIND(GRANT_USE), leader.person_id, "RevealPhone", &last), 1);
}

static void refusals_are_counted_for_whom_they_concern_and_do_not_grow_with_their_number(void **state)
{
    (void)state;
    enum { TRIES = 200 };
    size_t last = 0;
    for (int i = 0; i < TRIES; i++)
        assert_int_equal(listed(acting(region, leader, NULL), region->ids[TOWNSHIP_100]), -1);
    wait_for_the_flush();
    struct seen_log seen = of_hazards(COUNTY_150424);
    assert_int_equal(seen_calls(&seen, KIND(DENIAL), leader.person_id, "ListHazards", &last), TRIES);
    assert_string_equal(seen.records[last]->reason, "UNIT_NOT_FOUND");
    assert_string_equal(seen.records[last]->unit_id, region->ids[TOWNSHIP_100]);
    size_t entries = 0;
    for (size_t i = 0; i < seen.count; i++)
        entries += seen.records[i]->kind == KIND(DENIAL);
    assert_true(entries <= 5);
}

static void an_access_log_is_pulled_by_those_whose_scope_covers_the_tenant(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(
        pull("hazards", as(region, "auditor", COUNTY_150423, "邻县审计员"), region->ids[COUNTY_150424], "", &status));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_null(pull("hazards", acting(region, officer, NULL), region->ids[COUNTY_150424], "", &status));
    assert_reason(status, PERMISSION_MISSING);
    // A cursor of the log of changes does not fit.
    struct uuid tenant;
    assert_true(uuid_parse(region->ids[COUNTY_150424], &tenant));
    const char *cursor = feed_cursor_write(&tenant, 1, &region->arena);
    assert_null(
        pull("hazards", as(region, "auditor", COUNTY_150424, "审计员"), region->ids[COUNTY_150424], cursor, &status));
    assert_reason(status, CURSOR_INVALID);
}

// Runs a command of the client as somebody; answers its output.
static const char *anlan(struct actor who, const char *command)
{
    static char output[65536];
    int code =
        instance_run(region, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS_FEED=ipc://%s/hazards-0.feed; "
                     "ANLAN_TOKEN=$(anlan token --keys %s/keys --post %s --subject %s --name %s); export ANLAN_TOKEN; "
                     "LC_ALL=C.UTF-8 anlan %s 2>&1",
                     region->dir, region->dir, region->dir, who.post_id, who.person_id, who.name, command);
    if (code != 0)
        fail_msg("%s: %d: %s", command, code, output);
    return output;
}

static void the_program_reveals_and_shows_the_log(void **state)
{
    (void)state;
    char command[256];
    struct actor auditor = actor_new(region, "auditor", region->ids[COUNTY_150424], "审计员", NULL);
    const char *made =
        ask_well(region, admin, "CreatePerson", "{'unitId': '%s', 'name': '褚十二', 'phone': '13333334444'}",
                 region->ids[TOWNSHIP_100]);
    snprintf(command, sizeof(command), "people reveal --id %s --purpose 通知群众撤离", at(made, "person.id"));
    assert_non_null(strstr(anlan(officer, command), "13333334444"));
    assert_non_null(strstr(anlan(auditor, "log hazards --access --tenant 150424"), "refused ×"));
    const char *shown = anlan(auditor, "log hazards --access --tenant 150424 --lang zh");
    assert_non_null(strstr(shown, "拒绝 ×"));
    assert_non_null(strstr(shown, "UNIT_NOT_FOUND"));
    assert_non_null(strstr(shown, "使用授权 ×"));
    assert_non_null(
        strstr(anlan(auditor, "log hazards --access --tenant 150424 --from 2 --json"), "\"kind\":\"ACCESS_KIND_"));
}

static void verification_knows_access_logs_and_finds_what_does_not_belong_there(void **state)
{
    (void)state;
    char output[8192];
    for (int rebuild = 0; rebuild < 2; rebuild++)
        for (int s = 0; s < 2; s++) {
            const char *service = s ? "hazards" : "organisations";
            int code = instance_run(region, output, sizeof(output), "anlan-%s verify --database='%s' 2>&1", service,
                                    instance_conninfo(region, service, true));
            if (code != 0)
                fail_msg("%s", output);
            assert_non_null(strstr(output, "consistent, not witnessed"));
        }
    // An access record that was moved to the log of changes, or of another tenant, is found.
    instance_sql(region, "hazards",
                 "UPDATE entries SET tenant_id = '%s', position = 1 WHERE (tenant_id, position) = (SELECT tenant_id, "
                 "min(position) FROM entries GROUP BY tenant_id LIMIT 1)",
                 region->ids[TOWNSHIP_OTHER]);
    instance_sql(region, "hazards", "INSERT INTO heads VALUES ('%s', 1)", region->ids[TOWNSHIP_OTHER]);
    int code = instance_run(region, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                            instance_conninfo(region, "hazards", true));
    assert_int_not_equal(code, 0);
    assert_non_null(strstr(output, "an access record that does not belong here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_revealed_for_a_purpose_that_stands_in_the_log),
        cmocka_unit_test(an_enterprise_has_two_numbers),
        cmocka_unit_test(without_purpose_permission_or_scope_nothing_is_revealed),
        cmocka_unit_test(no_number_leaves_while_the_log_cannot_be_written),
        cmocka_unit_test(uses_of_a_grant_are_counted_for_the_county_whose_it_is),
        cmocka_unit_test(refusals_are_counted_for_whom_they_concern_and_do_not_grow_with_their_number),
        cmocka_unit_test(an_access_log_is_pulled_by_those_whose_scope_covers_the_tenant),
        cmocka_unit_test(the_program_reveals_and_shows_the_log),
        cmocka_unit_test(verification_knows_access_logs_and_finds_what_does_not_belong_there),
    };
    return cmocka_run_group_tests(tests, up, down);
}

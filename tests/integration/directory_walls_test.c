// SPDX-License-Identifier: Apache-2.0
// Units, people, posts, grants and the responsibility list stand behind two walls too: each alone leaks nothing. And
// many who act at the same moment leave no two records where there may be one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ask.h"

static struct instance *county;
static struct person admin;
static const char *person_id;
static const char *post_id;
static const char *line_id;
static const char *grant_id;
static const char *desk_id;
static const char *shift_id;

#define at(reply, path) reply_at(county, reply, path)

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    const char *made =
        ask_well(county, admin, "CreatePerson", "{'unitId': '%s', 'name': '只有本县能看', 'phone': '13812341234'}",
                 county->ids[TOWNSHIP_100]);
    person_id = at(made, "person.id");
    made = ask_well(county, admin, "CreatePost", "{'personId': '%s', 'unitId': '%s', 'role': 'township_clerk'}",
                    person_id, county->ids[TOWNSHIP_100]);
    post_id = at(made, "post.id");
    made = ask_well(county, admin, "CreateResponsibility",
                    "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '镇长', "
                    "'document': '文'}",
                    county->ids[TOWNSHIP_100], county->ids[TOWNSHIP_100], person_id);
    line_id = at(made, "responsibility.id");
    made = ask_well(county, admin, "CreatePerson", "{'unitId': '%s', 'name': '被授权人'}", county->ids[TOWNSHIP_100]);
    made =
        ask_well(county, as(county, "county_officer", COUNTY_150424, "本县"), "RequestGrant",
                 "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', 'unitId': '%s', "
                 "'permissions': ['hazards.read'], 'endsAt': '2100-01-01T00:00:00Z', 'reason': '协助', "
                 "'document': '文'}",
                 post_id, at(made, "person.id"), county->ids[TOWNSHIP_100]);
    grant_id = at(made, "grant.id");
    made = ask_well(county, admin, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5552222'}",
                    county->ids[TOWNSHIP_100]);
    desk_id = at(made, "desk.id");
    made = ask_well(county, admin, "CreateDutyShift",
                    "{'unitId': '%s', 'startsAt': '2020-01-01T00:00:00Z', 'endsAt': '2020-01-02T00:00:00Z', "
                    "'officerIds': ['%s']}",
                    county->ids[TOWNSHIP_100], person_id);
    shift_id = at(made, "shift.id");
    made = ask_well(county, admin, "CancelDutyShift", "{'id': '%s', 'version': 1, 'reason': '重排'}", shift_id);
    made = ask_well(county, admin, "CreateDutyShift",
                    "{'unitId': '%s', 'startsAt': '2020-01-01T00:00:00Z', 'endsAt': '2020-01-02T00:00:00Z', "
                    "'officerIds': ['%s']}",
                    county->ids[TOWNSHIP_100], person_id);
    shift_id = at(made, "shift.id");
    ask_well(county, admin, "EnterLeave",
             "{'unitId': '%s', 'personId': '%s', 'startsAt': '2090-01-01T00:00:00Z', 'endsAt': '2090-01-02T00:00:00Z', "
             "'reason': '休假'}",
             county->ids[TOWNSHIP_100], person_id);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static const char *const tables[] = {"units",  "unit_keys",  "people",      "posts",         "responsibilities",
                                     "grants", "duty_desks", "duty_shifts", "duty_versions", "leaves"};

static void set_row_security(const char *verb)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        instance_sql(county, "organisations", "ALTER TABLE %s %s ROW LEVEL SECURITY", tables[i], verb);
}

struct question {
    const char *method;
    const char *request;
};

static const struct question *questions(size_t *count)
{
    struct arena *arena = &county->arena;
    const char *township = county->ids[TOWNSHIP_100];
    static struct question all[24];
    size_t n = 0;
    all[n++] = (struct question){"GetUnit", arena_printf(arena, "{'id': '%s'}", township)};
    all[n++] = (struct question){"GetUnit", "{'code': '150424100'}"};
    all[n++] = (struct question){"ListUnits", "{'pageSize': 1000}"};
    all[n++] = (struct question){"SearchUnits", "{'query': '林西镇'}"};
    all[n++] = (struct question){"GetPerson", arena_printf(arena, "{'id': '%s'}", person_id)};
    all[n++] = (struct question){"ListPeople", arena_printf(arena, "{'unitId': '%s'}", township)};
    all[n++] = (struct question){"ListPosts", arena_printf(arena, "{'unitId': '%s'}", township)};
    all[n++] = (struct question){"ListPosts", arena_printf(arena, "{'personId': '%s'}", person_id)};
    all[n++] = (struct question){"ListResponsibilities", arena_printf(arena, "{'unitId': '%s'}", township)};
    all[n++] = (struct question){"ListResponsibilities", arena_printf(arena, "{'leaderPersonId': '%s'}", person_id)};
    all[n++] = (struct question){"ResolveResponsibility", arena_printf(arena, "{'unitId': '%s'}", township)};
    all[n++] = (struct question){"GetGrant", arena_printf(arena, "{'id': '%s'}", grant_id)};
    all[n++] = (struct question){"ListGrants", arena_printf(arena, "{'unitId': '%s', 'includePast': true}", township)};
    all[n++] = (struct question){"ListGrants", "{'waiting': true}"};
    all[n++] = (struct question){"GetDutyDesk", arena_printf(arena, "{'id': '%s'}", desk_id)};
    all[n++] = (struct question){"GetDutyShift", arena_printf(arena, "{'id': '%s'}", shift_id)};
    all[n++] = (struct question){"ListDutyDesks", "{}"};
    all[n++] = (struct question){
        "ListDutyShifts",
        arena_printf(arena, "{'unitId': '%s', 'since': '2020-01-01T00:00:00Z', 'history': true}", township)};
    all[n++] = (struct question){"GetDuty", arena_printf(arena, "{'unitId': '%s'}", township)};
    all[n++] = (struct question){"ListDutyGaps", "{'pageSize': 500}"};
    all[n++] = (struct question){"ListLeaves", arena_printf(arena, "{'unitId': '%s'}", township)};
    *count = n;
    return all;
}

static bool tells(struct person person, const struct question *question)
{
    struct status status = {0};
    const char *reply = ask(county, person, question->method, &status, "%s", question->request);
    return reply && (strstr(reply, "林西镇") || strstr(reply, person_id) || strstr(reply, county->ids[TOWNSHIP_100]));
}

static void nobody_beside_learns_anything(const char *what)
{
    size_t count = 0;
    const struct question *all = questions(&count);
    const struct person strangers[] = {
        as(county, "county_officer", COUNTY_150423, "外县"),
        as(county, "township_clerk", TOWNSHIP_101, "外乡镇"),
        as(county, "enterprise_officer", ENTERPRISE, "企业"),
    };
    struct person own = as(county, "county_officer", COUNTY_150424, "本县");
    for (size_t q = 0; q < count; q++) {
        if (!tells(own, &all[q]))
            fail_msg("%s: %s %s tells its own county nothing", what, all[q].method, all[q].request);
        for (size_t s = 0; s < sizeof(strangers) / sizeof(strangers[0]); s++)
            if (tells(strangers[s], &all[q]))
                fail_msg("%s: %s %s leaks to stranger %zu", what, all[q].method, all[q].request, s);
    }
}

static void nobody_beside_changes_anything(const char *what)
{
    struct status status = {0};
    struct person stranger = as(county, "administrator", COUNTY_150423, "外县管理员");
    const struct question changes[] = {
        {"UpdateUnit",
         arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'name': '改'}", county->ids[TOWNSHIP_100])},
        {"RetireUnit",
         arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'reason': '改'}", county->ids[ENTERPRISE])},
        {"CreatePerson", arena_printf(&county->arena, "{'unitId': '%s', 'name': '外人'}", county->ids[TOWNSHIP_100])},
        {"RetirePerson", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'reason': '改'}", person_id)},
        {"UpdatePerson", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'unitId': '%s', 'name': '改'}",
                                      person_id, county->ids[COUNTY_150423])},
        {"EndPost", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'document': '改'}", post_id)},
        {"RevokeGrant", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'note': '改'}", grant_id)},
        {"EndResponsibility", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'document': '改'}", line_id)},
        {"UpdateDutyDesk", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'telephone': '110'}", desk_id)},
        {"ChangeDutyShift",
         arena_printf(&county->arena,
                      "{'id': '%s', 'version': 1, 'kind': 'DUTY_CHANGE_KIND_CORRECTION', 'leaderIds': ['%s'], "
                      "'reason': '改'}",
                      shift_id, person_id)},
        {"CancelDutyShift", arena_printf(&county->arena, "{'id': '%s', 'version': 1, 'reason': '改'}", shift_id)},
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        if (ask(county, stranger, changes[i].method, &status, "%s", changes[i].request))
            fail_msg("%s: %s by a stranger", what, changes[i].method);
        if (status.code != CODE(NOT_FOUND))
            fail_msg("%s: %s: %s", what, changes[i].method, status.message);
    }
}

static void both_walls_stand(void **state)
{
    (void)state;
    nobody_beside_learns_anything("both walls");
    nobody_beside_changes_anything("both walls");
}

static void the_scope_alone_leaks_nothing(void **state)
{
    (void)state;
    set_row_security("DISABLE");
    nobody_beside_learns_anything("scope alone");
    nobody_beside_changes_anything("scope alone");
    set_row_security("ENABLE");
}

static bool refused(const char *sql)
{
    char output[2048];
    return instance_run(county, output, sizeof(output),
                        "psql -X -q -v ON_ERROR_STOP=1 -h %s -U anlan_organisations -d anlan_organisations 2>&1 "
                        "<<'SQL'\n%s\nSQL",
                        county->dir, sql) != 0;
}

static void the_services_role_only_adds(void **state)
{
    (void)state;
    static const char *const kept[] = {"units",      "people",      "posts",         "responsibilities",
                                       "roles",      "grants",      "withheld",      "entries",
                                       "duty_desks", "duty_shifts", "duty_versions", "leaves"};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        assert_true(refused(arena_printf(&county->arena, "DELETE FROM %s", kept[i])));
        assert_true(refused(arena_printf(&county->arena, "TRUNCATE %s", kept[i])));
    }
    assert_true(refused("UPDATE withheld SET value = ''"));
    assert_false(refused("SELECT count(*) FROM withheld"));
}

// Runs a command of the client many times at once; answers how many were done, and how many failed otherwise than with
// the reason foreseen.
static long many(const char *command, const char *reason, long *strange)
{
    char output[65536];
    instance_run(county, output, sizeof(output),
                 "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; export ANLAN_TOKEN=$(anlan token --keys %s/keys "
                 "--role administrator --instance); seq 24 | xargs -P 24 -I{} sh -c '%s >/dev/null 2>%s/err.{} && echo "
                 "done || { grep -q %s %s/err.{} && echo refused || cat %s/err.{}; }'",
                 county->dir, county->dir, command, county->dir, reason, county->dir, county->dir);
    long done = 0;
    *strange = 0;
    char *save = NULL;
    for (char *line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        done += strcmp(line, "done") == 0;
        *strange += strcmp(line, "done") != 0 && strcmp(line, "refused") != 0;
        if (strcmp(line, "done") != 0 && strcmp(line, "refused") != 0)
            print_message("%s\n", line);
    }
    return done;
}

static void of_many_at_once_one_is_first(void **state)
{
    (void)state;
    long strange = 0;
    const char *const commands[] = {
        "anlan units create --parent 150424 --kind enterprise --name 同时{} --credit-code 91350100M000100Y43",
        "anlan units create --parent 150424 --kind township --name 同时{} --code 150424555",
        arena_printf(&county->arena,
                     "anlan responsibilities create --unit 150423 --sector fireworks --overseer 150423 --leader %s "
                     "--position {} --document {}",
                     person_id),
        arena_printf(&county->arena, "anlan posts create --person %s --unit 150423 --role auditor --document {}",
                     person_id),
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        assert_int_equal(many(commands[i], "RECORD_EXISTS", &strange), 1);
        assert_int_equal(strange, 0);
    }
    const char *team = at(ask_well(county, admin, "CreateUnit",
                                   "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '改名的企业'}",
                                   county->ids[COUNTY_150424]),
                          "unit.id");
    assert_int_equal(many(arena_printf(&county->arena, "anlan units update --id %s --version 1 --name 新名{}", team),
                          "VERSION_CONFLICT", &strange),
                     1);
    assert_int_equal(strange, 0);
}

static void nothing_is_made_below_what_is_retired_at_that_moment(void **state)
{
    (void)state;
    for (int round = 0; round < 6; round++) {
        char output[4096];
        const char *id = at(ask_well(county, admin, "CreateUnit",
                                     "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '竞态%d'}",
                                     county->ids[COUNTY_150424], round),
                            "unit.id");
        instance_run(county, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; export ANLAN_TOKEN=$(anlan token --keys "
                     "%s/keys --role administrator --instance); "
                     "for n in 1 2 3 4 5 6; do "
                     "anlan call organisations/CreateUnit '{\"parentId\": \"%s\", \"kind\": \"UNIT_KIND_PLACE\", "
                     "\"name\": \"车间\"}' >/dev/null 2>&1 & "
                     "anlan call organisations/RetireUnit '{\"id\": \"%s\", \"version\": 1, \"reason\": \"关\"}' "
                     ">/dev/null 2>&1 & done; wait",
                     county->dir, county->dir, id, id);
    }
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM units c JOIN units p ON p.id = c.parent_id "
                                  "WHERE p.retired_at IS NOT NULL AND c.retired_at IS NULL"),
                     0);
    // Each round had its winner.
    assert_int_equal(
        instance_sql(county, "organisations",
                     "SELECT count(*) FROM units p WHERE p.name LIKE '竞态%%' AND (p.retired_at IS NOT NULL "
                     "OR EXISTS (SELECT FROM units c WHERE c.parent_id = p.id))"),
        6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_walls_stand),
        cmocka_unit_test(the_scope_alone_leaks_nothing),
        cmocka_unit_test(the_services_role_only_adds),
        cmocka_unit_test(of_many_at_once_one_is_first),
        cmocka_unit_test(nothing_is_made_below_what_is_retired_at_that_moment),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// Why may she, why not, and who could see this on that day: asked of the directory as it is and as it was.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/acting.h"
#include "support/ask.h"

static struct instance *region;
static struct person admin, reader, above;
static struct actor officer, inspector;
static const char *team;
static const char *grant;

#define at(reply, path) reply_at(region, reply, path)

static const char *now(void)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now(), text);
    return arena_text(&region->arena, text, strlen(text));
}

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    team = unit_new(region, region->ids[REGION_15], "UNIT_KIND_TEAM", "检查组");
    officer = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "王建国", NULL);
    inspector = actor_new(region, "inspector", team, "组员", NULL);
    reader = acting(region, officer, NULL);
    above = acting(region,
                   actor_new(region, "security_administrator", region->ids[REGION_15], "自治区安全管理员", NULL), NULL);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

static const char *why(const char *permission, const char *unit, const char *more)
{
    return ask_well(region, above, "ExplainAccess", "{'personId': '%s', 'permission': '%s', 'unitId': '%s'%s}",
                    inspector.person_id, permission, unit, more);
}

// The condition of the inspector's grant.
static const char *condition_of_grant(const char *answer)
{
    for (int i = 0; i < 4; i++) {
        const char *grants = arena_printf(&region->arena, "ways.%d.grants", i);
        if (strcmp(at(answer, grants), "1") == 0)
            return at(answer, arena_printf(&region->arena, "ways.%d.condition", i));
    }
    return "";
}

static void why_not_and_why(void **state)
{
    (void)state;
    const char *unit = region->ids[ENTERPRISE];
    const char *answer = why("hazards.read", unit, "");
    assert_string_equal(at(answer, "allowed"), "");
    assert_string_equal(at(answer, "ways.0.condition"), "OUT_OF_REACH");
    assert_string_equal(at(answer, "ways.0.postId"), inspector.post_id);
    assert_string_equal(at(why("hazards.halt", unit, ""), "ways.0.condition"), "ROLE_LACKS");
    const char *made = ask_well(region, acting(region, inspector, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_INSPECTION', 'grantorPostId': '%s', 'granteeUnitId': '%s', "
                                "'unitId': '%s', 'sectors': ['fireworks'], 'permissions': ['hazards.read'], "
                                "'endsAt': '2100-01-01T00:00:00Z', 'reason': '检查', 'document': '文号'}",
                                officer.post_id, team, region->ids[COUNTY_150424]);
    grant = at(made, "grant.id");
    assert_string_equal(condition_of_grant(why("hazards.read", unit, "")), "GRANT_WAITING");
    ask_well(region, reader, "ApproveGrant", "{'id': '%s', 'version': 1}", grant);
    answer = why("hazards.read", unit, "");
    assert_string_equal(at(answer, "allowed"), "true");
    assert_string_equal(at(answer, "ways.0.grants.0.grantId"), grant);
    assert_string_equal(at(answer, "ways.0.grants.0.grantorName"), "王建国");
    assert_string_equal(at(answer, "ways.0.sector"), "fireworks");
    assert_string_equal(at(answer, "ways.0.zh"), "王建国的授权：有效");
    assert_string_equal(at(why("hazards.read", unit, ", 'sector': 'road_traffic'"), "allowed"), "");
    assert_string_equal(condition_of_grant(why("hazards.create", unit, "")), "GRANT_LACKS");
    assert_string_equal(condition_of_grant(why("hazards.read", region->ids[COUNTY_150424], "")), "HOLDS");
    answer =
        ask_well(region, admin, "ExplainAccess", "{'personId': '%s', 'permission': 'hazards.read', 'unitId': '%s'}",
                 inspector.person_id, region->ids[COUNTY_150423]);
    assert_string_equal(condition_of_grant(answer), "OUT_OF_REACH");
    // A post alone; one that is not there.
    answer = ask_well(region, reader, "ExplainAccess", "{'postId': '%s', 'permission': 'hazards.halt', 'unitId': '%s'}",
                      officer.post_id, unit);
    assert_string_equal(at(answer, "ways.0.condition"), "HOLDS");
    answer = ask_well(region, reader, "ExplainAccess", "{'postId': '%s', 'permission': 'hazards.halt', 'unitId': '%s'}",
                      team, unit);
    assert_string_equal(at(answer, "ways.0.condition"), "POST_UNKNOWN");
}

static void who_could_see_it_then(void **state)
{
    (void)state;
    const char *unit = region->ids[ENTERPRISE];
    static const char body[] = "{'unitId': '%s', 'permission': 'hazards.read', 'at': '%s'}";
    sleep(1);
    const char *then = now();
    sleep(1);
    ask_well(region, reader, "RevokeGrant", "{'id': '%s', 'version': 2, 'note': '查完'}", grant);
    ask_well(region, admin, "EndPost", "{'id': '%s', 'version': 1, 'document': '免'}", inspector.post_id);
    assert_string_equal(condition_of_grant(why("hazards.read", unit, "")), "");    // no post at the team any more
    assert_string_equal(at(why("hazards.read", unit, ""), "ways.0.condition"), "POST_ENDED");
    const char *past = arena_printf(&region->arena, ", 'at': '%s'", then);
    assert_string_equal(at(why("hazards.read", unit, past), "allowed"), "true");
    const char *could = ask_well(region, reader, "ListAccess", body, unit, then);
    assert_string_equal(at(could, "ways"), "2");    // the officer by his post, the team by its grant
    assert_string_equal(at(could, "ways.0.postId"), officer.post_id);
    assert_string_equal(at(could, "ways.1.subjectId"), team);
    could = ask_well(region, reader, "ListAccess", "{'unitId': '%s', 'permission': 'hazards.read'}", unit);
    assert_string_equal(at(could, "ways"), "1");
    // Before all of it, then again later: the past is made anew and goes on.
    could = ask_well(region, reader, "ListAccess", body, unit, "2020-05-03T00:00:00Z");
    assert_string_equal(at(could, "ways"), "");
    could = ask_well(region, reader, "ListAccess", body, unit, then);
    assert_string_equal(at(could, "ways"), "2");
}

static void only_within_ones_own_scope(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor clerk = actor_new(region, "township_clerk", region->ids[TOWNSHIP_100], "赵铁柱", NULL);
    static const char body[] = "{'unitId': '%s', 'permission': 'hazards.read'%s}";
    ask(region, acting(region, clerk, NULL), "ListAccess", &status, body, region->ids[TOWNSHIP_100], "");
    assert_reason(status, PERMISSION_MISSING);
    ask(region, reader, "ListAccess", &status, body, region->ids[COUNTY_150423], "");
    assert_reason(status, UNIT_NOT_FOUND);
    ask(region, reader, "ListAccess", &status, body, region->ids[TOWNSHIP_100], ", 'at': '2100-01-01T00:00:00Z'");
    assert_reason(status, FIELD_INVALID);
    ask(region, reader, "ExplainAccess", &status, body, region->ids[TOWNSHIP_100], "");
    assert_reason(status, FIELD_INVALID);
}

// Runs a command of the client as the officer; answers its output.
static const char *anlan(int code, const char *command)
{
    static char output[8192];
    int ended =
        instance_run(region, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; ANLAN_TOKEN=$(anlan token --keys "
                     "%s/keys --post %s --subject %s --name 王建国); export ANLAN_TOKEN; LC_ALL=C.UTF-8 anlan %s 2>&1",
                     region->dir, region->dir, officer.post_id, officer.person_id, command);
    if (ended != code)
        fail_msg("%s: %d: %s", command, ended, output);
    return output;
}

static void the_client_asks_grants_and_explains(void **state)
{
    (void)state;
    char command[1024];
    struct actor other = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "李娜", NULL);
    assert_non_null(strstr(anlan(0, "roles list --all"), "audit_administrator"));
    snprintf(command, sizeof(command),
             "grants request --ground assisting --post %s --to-person %s --unit 150424 --sector fireworks --permission "
             "hazards.halt --permission hazards.read --to 2099-12-31 --depth 1 --reason 协助执法 --document "
             "林应急〔2026〕3号 "
             "--json",
             officer.post_id, other.person_id);
    const char *asked = anlan(0, command);
    char id[UUID_TEXT_SIZE];
    snprintf(id, sizeof(id), "%s", strstr(asked, "\"id\":\"") + strlen("\"id\":\""));
    assert_non_null(strstr(asked, "\"depth\":1"));
    const char *waiting = anlan(0, "grants list --waiting");
    if (!strstr(waiting, id))
        fail_msg("%s is not in %s", id, waiting);
    snprintf(command, sizeof(command), "grants approve --id %s", id);
    assert_non_null(strstr(anlan(1, command), "SAME_PERSON"));
    snprintf(command, sizeof(command), "--lang zh grants approve --id %s", id);
    assert_non_null(strstr(anlan(1, command), "不得由同一人办理"));
    snprintf(command, sizeof(command), "grants revoke --id %s --note 不再需要", id);
    assert_non_null(strstr(anlan(0, command), "revoked"));
    snprintf(command, sizeof(command), "grants show --id %s", id);
    assert_non_null(strstr(anlan(0, command), "不再需要"));
    snprintf(command, sizeof(command), "access explain --person %s --permission hazards.halt --unit 150424",
             other.person_id);
    assert_non_null(strstr(anlan(0, command), "the grant was revoked"));
    assert_non_null(strstr(anlan(0, "--lang zh access list --permission hazards.halt --unit 150424"), "李娜"));
    anlan(1, "grants break-glass --permission hazards.assign --minutes 60 --reason 氨气泄漏处置");
    assert_non_null(strstr(anlan(0, "grants break-glass --permission hazards.read --minutes 60 --reason 氨气泄漏处置"),
                           "break glass"));
    assert_non_null(strstr(anlan(0, "help grants request"), "anlan grants request --ground inspection"));
    // Roles from a file: those that say the same stay, bad rows are told.
    const char *import = arena_printf(
        &region->arena, "roles import $ANLAN_SOURCE/deploy/data/roles.csv --rejects %s/rejects.csv", region->dir);
    assert_non_null(strstr(anlan(0, import), "0 created, 16 present already"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(why_not_and_why),
        cmocka_unit_test(who_could_see_it_then),
        cmocka_unit_test(only_within_ones_own_scope),
        cmocka_unit_test(the_client_asks_grants_and_explains),
    };
    return cmocka_run_group_tests_name("access", tests, up, down);
}

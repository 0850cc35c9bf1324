// SPDX-License-Identifier: Apache-2.0
// Absent means absent, of the directory: units, people, posts, grants, rosters, accounts, clients and instances of
// 林西县 (150424) are hidden from 巴林右旗 (150423), and are answered there as what is nowhere.
#include <stdio.h>
#include <string.h>

#include "anlan_organisations_v1.policy.h"
#include "base/clock.h"
#include "support/ask.h"
#include "support/probes.h"

static struct instance *region;
static struct actor outsider;    // of 巴林右旗, may do everything there
static struct actor leader;      // of 巴林右旗
static struct actor inside;      // of 林西镇
static struct actor other;       // likewise

#define at(reply, path) reply_at(region, reply, path)

#define ENDS "'endsAt': '2099-01-01T00:00:00Z'"
#define TIMES "'startsAt': '2098-03-01T00:00:00Z', 'endsAt': '2098-03-01T12:00:00Z'"
#define NEW_SITE "'parentId': '{own_township}', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '某店'"
#define GRANT                                                                                                              \
    "'ground': 'GRANT_GROUND_AUTHORISED', 'permissions': ['hazards.read'], 'endsAt': '{soon}', 'reason': '工作需要', " \
    "'document': '文号'"
#define LINE "'leaderPosition': '副县长', 'document': '责任清单'"
#define PASSWORD "'password': 'Shiyong-2026-mima'"
#define DIGEST "'certificateDigest': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='"
#define ADDRESSES                                                                                                      \
    "'addresses': {'services': [{'service': 'organisations', 'calls': 'tls+tcp://127.0.0.1:7441', 'feed': "            \
    "'tls+tcp://127.0.0.1:7442'}]}"
#define INSTANCE "'displayName': '某县', " ADDRESSES ", 'certificateAuthority': '{authority}'"

// What is asked about one record by its id.
#define OF(method, name, rest)                                                                                         \
    {                                                                                                                  \
        &outsider, method, name, "{'id': '$'" rest "}"                                                                 \
    }
// What is asked about a unit, or a new record at it.
#define AT_UNIT(method, rest)                                                                                          \
    {                                                                                                                  \
        &outsider, method, "township", "{'unitId': '$'" rest "}"                                                       \
    }

#define OVERSEE "departments of the tiers above oversee whoever is below"

static const struct probe rows[] = {
    // Units.
    OF("GetUnit", "township", ""),
    OF("UpdateUnit", "township", ", 'version': 9, 'name': '新名'"),
    OF("SetUnitCode", "township", ", 'version': 9, 'code': '150423999'"),
    OF("RetireUnit", "township", ", 'version': 9, 'reason': '撤销'"),
    OF("MoveUnit", "township", ", 'version': 9, 'parentId': '{own}', 'document': '文号'"),
    OF("MergeUnits", "township", ", 'version': 9, 'mergedIds': ['{own_township}'], 'document': '文号'"),
    {&outsider, "CreateUnit", "township", "{'parentId': '$', 'kind': 'UNIT_KIND_VILLAGE', 'name': '某村'}"},
    {&outsider, "CreateUnit", "regulator", "{" NEW_SITE ", 'profile': {'regulatorIds': ['$']}}", .makes = true,
     .sibling = OVERSEE},
    {&outsider, "CreateUnit", "township", "{'id': '$', " NEW_SITE "}",
     .alike = "the instance's administrator alone gives an id"},
    {&outsider, "UpdateUnit", "regulator",
     "{'id': '{made_site}', 'version': 1, 'name': '某店', 'profile': {'regulatorIds': ['$']}}", .makes = true,
     .sibling = OVERSEE},
    {&outsider, "MoveUnit", "township", "{'id': '{made_village}', 'version': 1, 'parentId': '$', 'document': '文号'}",
     .makes = true},
    {&outsider, "MergeUnits", "village",
     "{'id': '{made_village}', 'version': 1, 'mergedIds': ['$'], 'document': '文号'}", .makes = true},
    {&outsider, "RetireUnit", "village", "{'id': '{made_village}', 'version': 1, 'reason': '撤销', 'successorId': '$'}",
     .makes = true},
    {&leader, "MoveUnit", "township", "{'id': '{made_village}', 'version': 1, 'parentId': '$', 'document': '文号'}"},
    AT_UNIT("ListUnits", ""),
    AT_UNIT("SearchUnits", ", 'query': '林西'"),
    // People and posts.
    OF("GetPerson", "person", ""),
    OF("RevealPhone", "person", ", 'purpose': '通知撤离'"),
    OF("RevealPhone", "enterprise", ", 'of': 'PHONE_OF_SAFETY_OFFICER', 'purpose': '通知撤离'"),
    OF("UpdatePerson", "person", ", 'version': 9, 'unitId': '{own_township}', 'name': '某人'"),
    OF("RetirePerson", "person", ", 'version': 9, 'reason': '离职'"),
    {&outsider, "UpdatePerson", "township", "{'id': '{made_person}', 'version': 1, 'unitId': '$', 'name': '某人'}",
     .makes = true},
    AT_UNIT("CreatePerson", ", 'name': '某人'"),
    AT_UNIT("ListPeople", ""),
    OF("EndPost", "post", ", 'version': 9, 'document': '文号'"),
    AT_UNIT("CreatePost", ", 'personId': '{own_person}', 'role': 'inspector', 'document': '文号'"),
    {&outsider, "CreatePost", "person",
     "{'unitId': '{own_township}', 'personId': '$', 'role': 'inspector', 'document': '文号'}", .makes = true},
    AT_UNIT("ListPosts", ""),
    {&outsider, "ListPosts", "person", "{'personId': '$'}"},
    // The responsibility list.
    AT_UNIT("CreateResponsibility", ", 'overseerUnitId': '{own}', 'leaderPersonId': '{own_person}', " LINE),
    {&outsider, "CreateResponsibility", "regulator",
     "{'unitId': '{made_village}', 'overseerUnitId': '$', 'leaderPersonId': '{own_person}', " LINE "}", .makes = true,
     .sibling = OVERSEE},
    {&outsider, "CreateResponsibility", "person",
     "{'unitId': '{made_village}', 'overseerUnitId': '{own}', 'leaderPersonId': '$', " LINE "}", .makes = true},
    {&outsider, "ListResponsibilities", "regulator", "{'overseerUnitId': '$'}"},
    OF("EndResponsibility", "line", ", 'version': 9, 'document': '文号'"),
    AT_UNIT("ListResponsibilities", ""),
    {&outsider, "ListResponsibilities", "person", "{'leaderPersonId': '$'}"},
    AT_UNIT("ResolveResponsibility", ""),
    // Grants, and why.
    OF("GetGrant", "grant", ""),
    OF("ApproveGrant", "grant", ", 'version': 9"),
    OF("RefuseGrant", "grant", ", 'version': 9, 'note': '不需要'"),
    OF("RevokeGrant", "grant", ", 'version': 9, 'note': '不再需要'"),
    OF("ReviewGrant", "grant", ", 'version': 9, 'verdict': 'GRANT_VERDICT_JUSTIFIED', 'note': '属实'"),
    OF("RenewGrant", "grant", ", 'endsAt': '{soon}', 'reason': '工作需要', 'document': '文号'"),
    {&outsider, "RequestGrant", "township",
     "{'unitId': '$', 'grantorPostId': '{own_post}', 'granteePersonId': '{own_other}', " GRANT "}",
     .witnessed = "{'unitId': '$', 'grantorPostId': '{post}', 'granteePersonId': '{other}', " GRANT "}"},
    AT_UNIT("ListGrants", ""),
    {&outsider, "ListGrants", "other", "{'granteeId': '$'}"},
    {&outsider, "ListGrants", "person", "{'grantorPersonId': '$'}"},
    AT_UNIT("ExplainAccess", ", 'postId': '{own_post}', 'permission': 'hazards.read'"),
    {&outsider, "ExplainAccess", "post", "{'postId': '$', 'permission': 'hazards.read', 'unitId': '{own_township}'}"},
    {&outsider, "ExplainAccess", "person",
     "{'personId': '$', 'permission': 'hazards.read', 'unitId': '{own_township}'}"},
    {&outsider, "ExplainAccess", "client",
     "{'clientId': '$', 'permission': 'hazards.read', 'unitId': '{own_township}'}",
     .witnessed = "{'clientId': '$', 'permission': 'hazards.read', 'unitId': '{township}'}"},
    AT_UNIT("ListAccess", ", 'permission': 'hazards.read'"),
    // Accounts, tokens, clients.
    OF("GetAccount", "account", ""),
    OF("DisableAccount", "account", ", 'version': 9, 'reason': '离职'"),
    OF("EnableAccount", "account", ", 'version': 9"),
    OF("ResetAccount", "account", ", 'version': 9, " PASSWORD),
    OF("RequireSecondFactor", "account", ", 'version': 9, 'needed': true"),
    {&outsider, "CreateAccount", "other", "{'personId': '$', 'name': '{fresh}', " PASSWORD "}"},
    AT_UNIT("ListAccounts", ""),
    {&outsider, "RevokeTokens", "person", "{'subjectId': '$', 'reason': '离职'}"},
    {&outsider, "RevokeTokens", "session", "{'sessionId': '$', 'reason': '离职'}",
     .alike = "single ones are revoked at the instance"},
    {&outsider, "RevokeTokens", "session", "{'tokenId': '$', 'reason': '离职'}",
     .alike = "single ones are revoked at the instance"},
    OF("GetClient", "client", ""),
    OF("RetireClient", "client", ", 'version': 9, 'reason': '到期'"),
    AT_UNIT("RegisterClient", ", 'name': '{fresh}', 'document': '协议', " ENDS ", " DIGEST),
    AT_UNIT("ListClients", ""),
    // Instances.
    OF("GetInstance", "instance", ""),
    OF("UpdateInstance", "instance", ", 'version': 9, " INSTANCE),
    OF("SuspendInstance", "instance", ", 'version': 9, 'reason': '失陷'"),
    OF("ResumeInstance", "instance", ", 'version': 9"),
    OF("EndInstance", "instance", ", 'version': 9, 'reason': '撤销'"),
    OF("EnrolInstance", "instance", ", 'kind': 'INSTANCE_KIND_BELOW', 'unitId': '{own}', " INSTANCE),
    {&outsider, "EnrolInstance", "county",
     "{'id': '{fresh_id}', 'kind': 'INSTANCE_KIND_BELOW', 'unitId': '$', " INSTANCE "}"},
    // Rosters.
    AT_UNIT("OpenDutyDesk", ", 'telephone': '0476-5551234'"),
    OF("UpdateDutyDesk", "desk", ", 'version': 9, 'telephone': '0476-5551234'"),
    OF("GetDutyDesk", "desk", ""),
    AT_UNIT("ListDutyDesks", ""),
    AT_UNIT("CreateDutyShift", ", " TIMES ", 'leaderIds': ['{own_person}']"),
    {&outsider, "CreateDutyShift", "other", "{'unitId': '{made_desk}', " TIMES ", 'leaderIds': ['$']}", .makes = true},
    {&outsider, "CreateDutyShift", "other", "{'unitId': '{made_desk}', " TIMES ", 'officerIds': ['$']}", .makes = true},
    {&outsider, "ChangeDutyShift", "other",
     "{'id': '{made_shift}', 'version': 1, 'kind': 'DUTY_CHANGE_KIND_SWAP', 'leaderIds': ['$'], 'reason': '出差'}",
     .makes = true},
    {&outsider, "ChangeDutyShift", "other",
     "{'id': '{made_shift}', 'version': 1, 'kind': 'DUTY_CHANGE_KIND_SWAP', 'leaderIds': ['{own_person}'], "
     "'officerIds': ['$'], 'reason': '出差'}",
     .makes = true},
    OF("ChangeDutyShift", "shift",
       ", 'version': 9, 'kind': 'DUTY_CHANGE_KIND_SWAP', 'leaderIds': ['{own_person}'], 'reason': '出差'"),
    OF("CancelDutyShift", "shift", ", 'version': 9, 'reason': '错排'"),
    OF("GetDutyShift", "shift", ""),
    AT_UNIT("ListDutyShifts", ", 'since': '2097-12-31T00:00:00Z', 'until': '2098-02-01T00:00:00Z', 'history': true"),
    AT_UNIT("GetDuty", ""),
    AT_UNIT("ListDutyGaps", ""),
    AT_UNIT("EnterLeave", ", 'personId': '{own_person}', 'reason': '休假', " TIMES),
    {&outsider, "EnterLeave", "other", "{'unitId': '{own_township}', 'personId': '$', 'reason': '休假', " TIMES "}",
     .witnessed = "{'unitId': '{township}', 'personId': '$', 'reason': '休假', " TIMES "}"},
    OF("EndLeave", "leave", ", 'version': 9"),
    OF("GetLeave", "leave", ""),
    AT_UNIT("ListLeaves", ""),
};

#define ASKS "a grant crosses borders: who asks for one names its parties wherever they are, and they decide"
static const struct probe_exemption exempt[] = {
    {"RequestGrant", "grantorPostId", ASKS},   {"RequestGrant", "parentId", ASKS},
    {"RequestGrant", "granteePersonId", ASKS}, {"RequestGrant", "granteeUnitId", ASKS},
    {"RequestGrant", "granteeClientId", ASKS}, {"UpdateRole", "id", "roles are everybody's who has roles.read"},
};

static struct probes probes = {.rows = rows,
                               .count = sizeof(rows) / sizeof(rows[0]),
                               .contract = &anlan_organisations_v1_contract,
                               .exemptions = exempt,
                               .exemption_count = sizeof(exempt) / sizeof(exempt[0])};

#define keep(name, value) probes_name(&probes, name, value)
#define kept(name) probes_value(&probes, name)

static const char *in_an_hour(void)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + 3600 * CLOCK_SECOND, text);
    return arena_text(&region->arena, text, strlen(text));
}

// An authority's certificate as JSON has it.
static const char *authority(void)
{
    char output[8192];
    if (instance_run(region, output, sizeof(output),
                     "anlan pki init %s/other >/dev/null 2>&1; sed 's/$/\\\\n/' %s/other/ca.crt | tr -d '\\n'",
                     region->dir, region->dir) != 0 ||
        !strstr(output, "CERTIFICATE"))
        fail_msg("no authority: %s", output);
    return arena_text(&region->arena, output, strlen(output));
}

static void make_people(struct person admin)
{
    inside = actor_new(region, "emergency_officer", kept("township"), "王建国", NULL);
    other = actor_new(region, "leader", kept("township"), "李副镇长", NULL);
    keep("person", inside.person_id);
    keep("post", inside.post_id);
    keep("other", other.person_id);
    const char *made = ask_well(region, acting(region, inside, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_AUTHORISED', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': ['hazards.read'], 'endsAt': '%s', 'reason': "
                                "'工作需要', 'document': '文号'}",
                                inside.post_id, other.person_id, kept("township"), kept("soon"));
    keep("grant", at(made, "grant.id"));
    made = ask_well(region, admin, "CreateResponsibility",
                    "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', " LINE "}", kept("township"),
                    region->ids[REGULATOR], inside.person_id);
    keep("line", at(made, "responsibility.id"));
    ask_well(region, acting(region, probes.witness, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", kept("grant"));
    made =
        ask_well(region, admin, "CreateAccount", "{'personId': '%s', 'name': 'wang', " PASSWORD "}", inside.person_id);
    keep("account", at(made, "account.id"));
    made = ask_well(region, admin, "RegisterClient",
                    "{'name': 'fire', 'unitId': '%s', 'document': '协议', " ENDS ", " DIGEST "}", kept("township"));
    keep("client", at(made, "client.id"));
    made = ask_well(region, acting(region, inside, NULL), "RequestGrant",
                    "{'ground': 'GRANT_GROUND_AUTHORISED', 'grantorPostId': '%s', 'granteeClientId': '%s', 'unitId': "
                    "'%s', 'permissions': ['hazards.read'], 'endsAt': '%s', 'reason': '工作需要', 'document': '文号'}",
                    inside.post_id, kept("client"), kept("township"), kept("soon"));
    ask_well(region, acting(region, probes.witness, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}",
             at(made, "grant.id"));
}

static void make_rosters(struct person admin)
{
    const char *made =
        ask_well(region, admin, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5550001'}", kept("township"));
    keep("desk", at(made, "desk.id"));
    made = ask_well(region, admin, "CreateDutyShift",
                    "{'unitId': '%s', 'startsAt': '2098-01-01T00:00:00Z', 'endsAt': '2098-01-01T12:00:00Z', "
                    "'leaderIds': ['%s']}",
                    kept("township"), other.person_id);
    keep("shift", at(made, "shift.id"));
    made = ask_well(region, admin, "EnterLeave",
                    "{'personId': '%s', 'unitId': '%s', 'startsAt': '2098-02-01T00:00:00Z', 'endsAt': "
                    "'2098-02-02T00:00:00Z', 'reason': '休假'}",
                    other.person_id, kept("township"));
    keep("leave", at(made, "leave.id"));
}

// A new record of who asks.
static const char *make_own(const struct probes *of, const char *name)
{
    struct person who = acting(region, probes.witness, NULL);
    const char *unit_id = probes_value(of, "own_township");
    if (strcmp(name, "made_village") == 0)
        return unit_new(region, unit_id, "UNIT_KIND_VILLAGE", "某村");
    if (strcmp(name, "made_site") == 0)
        return unit_new(region, unit_id, "UNIT_KIND_ENTERPRISE", "某店");
    if (strcmp(name, "made_person") == 0)
        return at(ask_well(region, who, "CreatePerson", "{'unitId': '%s', 'name': '某人'}", unit_id), "person.id");
    if (strcmp(name, "made_desk") != 0 && strcmp(name, "made_shift") != 0)
        return NULL;
    const char *department = unit_new(region, unit_id, "UNIT_KIND_DEPARTMENT", "某所");
    ask_well(region, who, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5550003'}", department);
    if (strcmp(name, "made_desk") == 0)
        return department;
    return at(ask_well(region, who, "CreateDutyShift", "{'unitId': '%s', " TIMES ", 'leaderIds': ['%s']}", department,
                       kept("own_person")),
              "shift.id");
}

static int up(void **state)
{
    (void)state;
    region = probes.instance = instance_start(1);
    keep("county", region->ids[COUNTY_150424]);
    keep("township", region->ids[TOWNSHIP_100]);
    keep("village", unit_new(region, kept("township"), "UNIT_KIND_VILLAGE", "某村"));
    keep("regulator", region->ids[REGULATOR]);
    keep("session", probes_absent(region));
    keep("enterprise", region->ids[ENTERPRISE]);
    keep("own", region->ids[COUNTY_150423]);
    keep("own_township", region->ids[TOWNSHIP_OTHER]);
    keep("soon", in_an_hour());
    keep("authority", authority());
    probes.make = make_own;
    probes_people(&probes, region->ids[TOWNSHIP_101]);
    outsider = actor_new(region, "witness", kept("own"), "邻县人", NULL);
    leader = actor_new(region, "leader", kept("own"), "邻县分管领导", NULL);
    keep("own_person", leader.person_id);
    keep("own_post", leader.post_id);
    keep("own_other", actor_new(region, "leader", kept("own_township"), "邻县镇长", NULL).person_id);
    struct person admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    make_people(admin);
    make_rosters(admin);
    keep("instance", probes_absent(region));
    const char *made = ask_well(region, admin, "CreateUnit",
                                "{'parentId': '%s', 'kind': 'UNIT_KIND_COUNTY', 'name': '某县', 'code': '150499'}",
                                region->ids[CITY_1504]);
    ask_well(region, admin, "EnrolInstance",
             "{'id': '%s', 'kind': 'INSTANCE_KIND_BELOW', 'unitId': '%s', 'displayName': '某县', " ADDRESSES
             ", 'certificateAuthority': '%s'}",
             kept("instance"), at(made, "unit.id"), kept("authority"));
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// What is said of a name that is taken, with the name taken out.
static const char *said_of(const char *method, const char *name, const char *rest)
{
    char text[256];
    struct status status = {0};
    assert_null(ask(region, acting(region, outsider, NULL), method, &status, "{'name': '%s', %s}", name, rest));
    assert_reason(status, RECORD_EXISTS);
    snprintf(text, sizeof(text), "%s", status.message);
    char *found = strstr(text, name);
    if (found)
        memset(found, '#', strlen(name));
    return arena_text(&region->arena, text, strlen(text));
}

// Names by which one signs in are the whole instance's: that one is taken must be told, and nothing of whose it is.
static void a_name_that_is_taken_says_nothing_of_who_has_it(void **state)
{
    (void)state;
    struct person who = acting(region, outsider, NULL);
    const char *client =
        arena_printf(&region->arena, "'unitId': '%s', 'document': '协议', " ENDS ", " DIGEST, kept("own"));
    const char *account = arena_printf(&region->arena, "'personId': '%s', " PASSWORD, kept("own_other"));
    ask_well(region, who, "RegisterClient", "{'name': 'pipe', %s}", client);
    ask_well(region, who, "CreateAccount", "{'name': 'wong', 'personId': '%s', " PASSWORD "}", kept("own_person"));
    assert_string_equal(said_of("RegisterClient", "fire", client), said_of("RegisterClient", "pipe", client));
    assert_string_equal(said_of("CreateAccount", "wang", account), said_of("CreateAccount", "wong", account));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(whatever_names_something_is_probed, &probes),
        cmocka_unit_test_prestate(what_is_hidden_is_answered_like_what_is_not_there, &probes),
        cmocka_unit_test(a_name_that_is_taken_says_nothing_of_who_has_it),
        cmocka_unit_test_prestate(who_may_see_it_hears_the_difference, &probes),
    };
    return cmocka_run_group_tests(tests, up, down);
}

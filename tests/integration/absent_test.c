// SPDX-License-Identifier: Apache-2.0
// Absent means absent: whoever names what he may not see is answered, byte for byte and in about the same time, as if
// he had named what is not there.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"

static struct instance *region;
static struct person admin;

// What stands in 林西县 (150424) and is hidden from 巴林右旗 (150423).
static struct {
    const char *hazard;
    const char *person;
    const char *post;
    const char *grant;
    const char *line;
} hidden;

// Who asks, in 巴林右旗, and what is his own.
static struct actor officer, unit_admin, security_admin, leader;
static const char *own_hazard, *own_person, *own_post;

#define at(reply, path) reply_at(region, reply, path)

static const char *in_an_hour(void)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + 3600 * CLOCK_SECOND, text);
    return arena_text(&region->arena, text, strlen(text));
}

static const char *hazard_at(struct person who, const char *unit_id)
{
    const char *made = ask_well(region, who, "CreateHazard",
                                "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                                "'安全出口上锁', 'externalId': '2026-17'}",
                                unit_id);
    return at(made, "hazard.id");
}

static void make_hidden(void)
{
    struct actor there = actor_new(region, "emergency_officer", region->ids[COUNTY_150424], "王建国", NULL);
    struct actor other = actor_new(region, "leader", region->ids[COUNTY_150424], "李副县长", NULL);
    hidden.hazard = hazard_at(acting(region, there, NULL), region->ids[TOWNSHIP_100]);
    hidden.person = there.person_id;
    hidden.post = there.post_id;
    const char *made =
        ask_well(region, acting(region, there, NULL), "RequestGrant",
                 "{'ground': 'GRANT_GROUND_AUTHORISED', 'grantorPostId': '%s', 'granteePersonId': '%s', 'unitId': "
                 "'%s', 'permissions': ['hazards.read'], 'endsAt': '%s', 'reason': '工作需要', 'document': '文号'}",
                 there.post_id, other.person_id, region->ids[COUNTY_150424], in_an_hour());
    hidden.grant = at(made, "grant.id");
    made = ask_well(region, admin, "CreateResponsibility",
                    "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '副县长', "
                    "'document': '责任清单'}",
                    region->ids[TOWNSHIP_101], region->ids[REGULATOR], other.person_id);
    hidden.line = at(made, "responsibility.id");
}

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    make_hidden();
    officer = actor_new(region, "emergency_officer", region->ids[COUNTY_150423], "邻县王五", NULL);
    unit_admin = actor_new(region, "system_administrator", region->ids[COUNTY_150423], "邻县系统管理员", NULL);
    security_admin = actor_new(region, "security_administrator", region->ids[COUNTY_150423], "邻县安全管理员", NULL);
    leader = actor_new(region, "leader", region->ids[COUNTY_150423], "邻县分管领导", NULL);
    own_hazard = hazard_at(acting(region, officer, NULL), region->ids[TOWNSHIP_OTHER]);
    own_person = leader.person_id;
    own_post = officer.post_id;
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// A call, once about what is hidden and once about what is not there: $ stands for the one or the other.
struct probe {
    const struct actor *who;
    const char *method;
    const char *const *hidden;
    const char *request;
};

static const char *unit_hidden, *township_hidden, *enterprise_hidden, *county_own, *township_own, *ends_at;

#define HAZARD "'tenantId': '{county}', 'id': '$', 'version': 1"
#define OWN_HAZARD "'tenantId': '{own}', 'id': '{hazard}', 'version': 1"
#define ASSIGNMENT(unit)                                                                                               \
    "'assignment': {'responsibleUnitId': '" unit "', 'responsiblePerson': '某人', 'deadline': '{ends}'}"
#define EVIDENCE "'evidence': ['照片1']"

static const struct probe probes[] = {
    // One record.
    {&officer, "GetHazard", &hidden.hazard, "{'tenantId': '{county}', 'id': '$'}"},
    {&officer, "GetHazard", &unit_hidden, "{'tenantId': '$', 'id': '{hazard}'}"},
    {&officer, "RevealHazard", &hidden.hazard, "{'tenantId': '{county}', 'id': '$', 'purpose': '核查举报'}"},
    {&officer, "RevealHazard", &unit_hidden, "{'tenantId': '$', 'id': '{hazard}', 'purpose': '核查举报'}"},
    {&officer, "GetUnit", &township_hidden, "{'id': '$'}"},
    {&officer, "GetPerson", &hidden.person, "{'id': '$'}"},
    {&officer, "GetGrant", &hidden.grant, "{'id': '$'}"},
    {&officer, "RevealPhone", &hidden.person, "{'id': '$', 'purpose': '通知撤离'}"},
    {&officer, "RevealPhone", &enterprise_hidden,
     "{'id': '$', 'of': 'PHONE_OF_SAFETY_OFFICER', 'purpose': '通知撤离'}"},
    {&officer, "ResolveResponsibility", &township_hidden, "{'unitId': '$'}"},
    {&officer, "GetDuty", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ExplainAccess", &township_hidden, "{'postId': '{post}', 'permission': 'hazards.read', 'unitId': '$'}"},
    {&officer, "ExplainAccess", &hidden.post, "{'postId': '$', 'permission': 'hazards.read', 'unitId': '{township}'}"},
    {&officer, "ExplainAccess", &hidden.person,
     "{'personId': '$', 'permission': 'hazards.read', 'unitId': '{township}'}"},
    {&security_admin, "GetAccount", &hidden.person, "{'id': '$'}"},
    // Lists and counters.
    {&officer, "ListHazards", &unit_hidden, "{'unitId': '$'}"},
    {&officer, "ListHazards", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ListHazards", &township_hidden, "{'partyUnitId': '$'}"},
    {&officer, "ListHazardCounts", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ListUnits", &unit_hidden, "{'unitId': '$'}"},
    {&officer, "SearchUnits", &unit_hidden, "{'query': '林西', 'unitId': '$'}"},
    {&officer, "ListPeople", &unit_hidden, "{'unitId': '$'}"},
    {&officer, "ListPosts", &unit_hidden, "{'unitId': '$'}"},
    {&officer, "ListPosts", &hidden.person, "{'personId': '$'}"},
    {&officer, "ListResponsibilities", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ListResponsibilities", &hidden.person, "{'leaderPersonId': '$'}"},
    {&officer, "ListDutyDesks", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ListDutyShifts", &township_hidden, "{'unitId': '$', 'history': true}"},
    {&officer, "ListDutyGaps", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ListLeaves", &township_hidden, "{'unitId': '$'}"},
    {&officer, "ListAccess", &township_hidden, "{'unitId': '$', 'permission': 'hazards.read'}"},
    {&security_admin, "ListAccounts", &unit_hidden, "{'unitId': '$'}"},
    // Changes of a record.
    {&officer, "AssignHazard", &hidden.hazard, "{" HAZARD ", " ASSIGNMENT("{township}") "}"},
    {&officer, "AssignHazard", &unit_hidden,
     "{'tenantId': '$', 'id': '{hazard}', 'version': 1, " ASSIGNMENT("{township}") "}"},
    {&officer, "FixHazardOnSpot", &hidden.hazard,
     "{" HAZARD ", 'fix': {'measures': '已清理', 'fixedBy': '某人', " EVIDENCE "}}"},
    {&officer, "LookBack", &hidden.hazard,
     "{" HAZARD ", 'verdict': 'VERDICT_CONFIRMED', 'note': '复查', " EVIDENCE "}"},
    {&officer, "AskVoiding", &hidden.hazard, "{" HAZARD ", 'reason': '重复登记'}"},
    {&officer, "RegradeHazard", &hidden.hazard, "{" HAZARD ", 'grade': 'GRADE_GENERAL', 'reason': '重新判定'}"},
    {&officer, "HandOverHazard", &hidden.hazard,
     "{" HAZARD ", 'unitId': '{township}', 'toUnitId': '{township}', 'document': '文号'}"},
    {&officer, "TakeOverHazard", &hidden.hazard,
     "{'unitId': '{township}', 'originTenantId': '{county}', 'originId': '$', 'sector': 'fireworks'}"},
    {&officer, "ApproveGrant", &hidden.grant, "{'id': '$', 'version': 1}"},
    {&officer, "RevokeGrant", &hidden.grant, "{'id': '$', 'version': 1, 'note': '不再需要'}"},
    {&unit_admin, "UpdateUnit", &township_hidden, "{'id': '$', 'version': 1, 'name': '新名'}"},
    {&unit_admin, "SetUnitCode", &township_hidden, "{'id': '$', 'version': 1, 'code': '150423999'}"},
    {&unit_admin, "RetireUnit", &township_hidden, "{'id': '$', 'version': 1, 'reason': '撤销'}"},
    {&unit_admin, "MoveUnit", &township_hidden, "{'id': '$', 'version': 1, 'parentId': '{own}', 'document': '文号'}"},
    {&unit_admin, "MergeUnits", &township_hidden,
     "{'id': '$', 'version': 1, 'mergedIds': ['{township}'], 'document': '文号'}"},
    {&unit_admin, "UpdatePerson", &hidden.person, "{'id': '$', 'version': 1, 'unitId': '{own}', 'name': '某人'}"},
    {&unit_admin, "RetirePerson", &hidden.person, "{'id': '$', 'version': 1, 'reason': '离职'}"},
    {&unit_admin, "EndResponsibility", &hidden.line, "{'id': '$', 'version': 1, 'document': '文号'}"},
    {&security_admin, "EndPost", &hidden.post, "{'id': '$', 'version': 1, 'document': '文号'}"},
    {&officer, "OpenDutyDesk", &township_hidden, "{'unitId': '$', 'telephone': '0476-5551234'}"},
    // What a change names besides.
    {&officer, "CreateHazard", &township_hidden,
     "{'unitId': '$', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '堆放杂物'}"},
    {&officer, "AssignHazard", &township_hidden, "{" OWN_HAZARD ", " ASSIGNMENT("$") "}"},
    {&officer, "HandOverHazard", &township_hidden,
     "{" OWN_HAZARD ", 'unitId': '$', 'toUnitId': '{township}', 'document': '文号'}"},
    {&officer, "HandOverHazard", &township_hidden,
     "{" OWN_HAZARD ", 'unitId': '{township}', 'toUnitId': '$', 'document': '文号'}"},
    {&officer, "RequestGrant", &township_hidden,
     "{'ground': 'GRANT_GROUND_AUTHORISED', 'grantorPostId': '{post}', 'granteePersonId': '{person}', 'unitId': '$', "
     "'permissions': ['hazards.read'], 'endsAt': '{ends}', 'reason': '工作需要', 'document': '文号'}"},
    {&unit_admin, "CreateUnit", &township_hidden, "{'parentId': '$', 'kind': 'UNIT_KIND_VILLAGE', 'name': '某村'}"},
    {&unit_admin, "MoveUnit", &unit_hidden, "{'id': '{township}', 'version': 1, 'parentId': '$', 'document': '文号'}"},
    {&unit_admin, "MergeUnits", &township_hidden,
     "{'id': '{township}', 'version': 1, 'mergedIds': ['$'], 'document': '文号'}"},
    {&unit_admin, "RetireUnit", &township_hidden,
     "{'id': '{township}', 'version': 99, 'reason': '撤销', 'successorId': '$'}"},
    {&unit_admin, "CreatePerson", &township_hidden, "{'unitId': '$', 'name': '某人'}"},
    {&unit_admin, "CreateAccount", &hidden.person,
     "{'personId': '$', 'name': 'mouren', 'password': 'Shiyong-2026-mima'}"},
    {&security_admin, "CreatePost", &township_hidden,
     "{'personId': '{person}', 'unitId': '$', 'role': 'inspector', 'document': '文号'}"},
    {&security_admin, "RevokeTokens", &hidden.person, "{'subjectId': '$', 'reason': '离职'}"},
    // Without the permission, what is named matters even less.
    {&leader, "MoveUnit", &unit_hidden, "{'id': '{township}', 'version': 1, 'parentId': '$', 'document': '文号'}"},
    {&unit_admin, "AssignHazard", &township_hidden, "{" OWN_HAZARD ", " ASSIGNMENT("$") "}"},
};

static const char *value_of(const char *name, size_t length)
{
    const struct {
        const char *name;
        const char *value;
    } values[] = {{"county", unit_hidden}, {"own", county_own}, {"township", township_own}, {"ends", ends_at},
                  {"hazard", own_hazard},  {"post", own_post},  {"person", own_person}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strncmp(values[i].name, name, length) == 0 && strlen(values[i].name) == length)
            return values[i].value;
    return NULL;
}

// The request with its names filled in, as ask() takes it.
static const char *request_of(const struct probe *probe, const char *about)
{
    char text[2048] = "";
    size_t used = 0;
    for (const char *c = probe->request; *c; c++) {
        size_t length = *c == '{' ? strcspn(c + 1, "}':") : 0;
        const char *value = *c == '$' ? about : length ? value_of(c + 1, length) : NULL;
        if (!value) {
            text[used++] = *c;
            continue;
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", value);
        c += *c == '$' ? 0 : length + 1;
    }
    text[used] = '\0';
    return arena_text(&region->arena, text, used);
}

static const char *random_id(void)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, text);
    return arena_text(&region->arena, text, strlen(text));
}

// What the caller hears, with the id that he named taken out.
static const char *heard(const struct probe *probe, const char *about, int64_t *took)
{
    char text[4096];
    struct status status = {0};
    struct person who = acting(region, *probe->who, NULL);
    const char *request = request_of(probe, about);
    int64_t begun = clock_monotonic();
    const char *reply = ask(region, who, probe->method, &status, "%s", request);
    *took = clock_monotonic() - begun;
    int used = snprintf(text, sizeof(text), "%s|%d|%d|%u|%s", reply ? reply : "", (int)status.code, (int)status.reason,
                        status.retry_after_ms, status.message);
    for (size_t i = 0; i < status.violation_count; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "|%s %s", status.violations[i].field,
                         status.violations[i].description);
    for (char *found = strstr(text, about); found; found = strstr(text, about))
        memset(found, '$', strlen(about));
    return arena_text(&region->arena, text, strlen(text));
}

static void fill_names(void)
{
    unit_hidden = region->ids[COUNTY_150424];
    township_hidden = region->ids[TOWNSHIP_100];
    enterprise_hidden = region->ids[ENTERPRISE];
    county_own = region->ids[COUNTY_150423];
    township_own = region->ids[TOWNSHIP_OTHER];
    ends_at = in_an_hour();
}

static void what_is_hidden_is_answered_like_what_is_not_there(void **state)
{
    (void)state;
    int differ = 0;
    int64_t took = 0;
    fill_names();
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        const char *of_hidden = heard(&probes[i], *probes[i].hidden, &took);
        const char *of_absent = heard(&probes[i], random_id(), &took);
        if (strcmp(of_hidden, of_absent) == 0)
            continue;
        differ++;
        print_error("%s %s\n  hidden %s\n  absent %s\n", probes[i].method, probes[i].request, of_hidden, of_absent);
    }
    assert_int_equal(differ, 0);
}

// The probes are good for something: what is the caller's own is answered, and what they say of it differs.
static void the_same_calls_about_what_one_may_see_are_answered(void **state)
{
    (void)state;
    struct person who = acting(region, officer, NULL);
    fill_names();
    const char *read = ask_well(region, who, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", county_own, own_hazard);
    assert_string_equal(at(read, "hazard.id"), own_hazard);
    read = ask_well(region, who, "GetPerson", "{'id': '%s'}", own_person);
    assert_string_equal(at(read, "person.id"), own_person);
    read = ask_well(region, who, "ListHazards", "{'partyUnitId': '%s'}", township_own);
    assert_string_equal(at(read, "hazards"), "1");
    read = ask_well(region, who, "ListHazardCounts", "{'unitId': '%s'}", township_own);
    assert_string_equal(at(read, "counts.0.count"), "1");
}

static void search_and_counters_do_not_tell(void **state)
{
    (void)state;
    struct person who = acting(region, officer, NULL);
    fill_names();
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
    fill_names();    // both counties have entered 2026-17
    struct status status = {0};
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
    fill_names();
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

static int by_time(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

#define ROUNDS 41

static int64_t median(int64_t *times)
{
    qsort(times, ROUNDS, sizeof(*times), by_time);
    return times[ROUNDS / 2];
}

// How much longer the one takes than the other, in hundredths; probes take turns, so that what disturbs disturbs both.
static int64_t ratio_of(const struct probe *probe)
{
    int64_t hidden_times[ROUNDS];
    int64_t absent_times[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        heard(probe, *probe->hidden, &hidden_times[i]);
        heard(probe, random_id(), &absent_times[i]);
    }
    int64_t a = median(hidden_times);
    int64_t b = median(absent_times);
    return 100 * (a > b ? a : b) / (a < b ? a : b);
}

// Not that times are equal, but that they are of one class: no call goes to the database for the one and not for the
// other, and none waits.
static void it_takes_no_longer(void **state)
{
    (void)state;
    static const char *const methods[] = {"GetHazard", "AssignHazard", "ListHazards", "GetPerson", "MoveUnit"};
    fill_names();
    for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++)
        for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
            if (strcmp(probes[i].method, methods[m]) != 0)
                continue;
            int64_t ratio = INT64_MAX;
            for (int tries = 0; tries < 5 && ratio > 200; tries++)
                ratio = ratio_of(&probes[i]);
            print_message("%s: %lld/100\n", probes[i].method, (long long)ratio);
            assert_true(ratio <= 200);
        }
}

// A tenant that is not there gets no log by being named.
static void what_is_named_in_vain_leaves_nothing_behind(void **state)
{
    (void)state;
    struct status status = {0};
    long long before = instance_sql(region, "hazards", "SELECT count(*) FROM heads WHERE " OF_CHANGES);
    fill_names();
    for (int i = 0; i < 10; i++)
        ask(region, acting(region, officer, NULL), "AskVoiding", &status,
            "{'tenantId': '%s', 'id': '%s', 'version': 1, 'reason': '重复登记'}", random_id(), random_id());
    assert_reason(status, RECORD_NOT_FOUND);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM heads WHERE " OF_CHANGES), before);
}

// A unit that is nowhere is refused by every rule that names one, and stops no service.
static void what_is_nowhere_is_refused_to_who_sees_everything(void **state)
{
    (void)state;
    struct status status = {0};
    struct person who = acting(region, unit_admin, NULL);
    fill_names();
    ask(region, who, "CreateResponsibility", &status,
        "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '副县长', 'document': "
        "'责任清单'}",
        township_own, random_id(), own_person);
    assert_reason(status, FIELD_INVALID);
    const char *made = ask_well(region, admin, "CreateUnit",
                                "{'parentId': '%s', 'kind': 'UNIT_KIND_VILLAGE', 'name': '某村'}", township_own);
    ask(region, admin, "RetireUnit", &status, "{'id': '%s', 'version': 1, 'reason': '撤销', 'successorId': '%s'}",
        at(made, "unit.id"), random_id());
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "successor_id");
    ask(region, admin, "MoveUnit", &status, "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '文号'}",
        at(made, "unit.id"), random_id());
    assert_reason(status, UNIT_NOT_FOUND);
    ask(region, admin, "CreateUnit", &status, "{'parentId': '%s', 'kind': 'UNIT_KIND_VILLAGE', 'name': '某村'}",
        random_id());
    assert_reason(status, UNIT_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_hidden_is_answered_like_what_is_not_there),
        cmocka_unit_test(the_same_calls_about_what_one_may_see_are_answered),
        cmocka_unit_test(search_and_counters_do_not_tell),
        cmocka_unit_test(codes_of_hidden_units_look_unused_to_who_reads),
        cmocka_unit_test(an_external_id_of_another_unit_is_no_conflict),
        cmocka_unit_test(a_code_that_is_taken_says_nothing_of_who_has_it),
        cmocka_unit_test(it_takes_no_longer),
        cmocka_unit_test(what_is_named_in_vain_leaves_nothing_behind),
        cmocka_unit_test(what_is_nowhere_is_refused_to_who_sees_everything),
    };
    return cmocka_run_group_tests(tests, up, down);
}

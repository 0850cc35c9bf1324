// SPDX-License-Identifier: Apache-2.0
// Units move and merge (划转, 合并): what stands below them follows, nothing of what they were is lost, and whoever has
// them now reads what they left elsewhere.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/steps.h"

static struct instance *city;
static struct person admin;

static int up(void **state)
{
    (void)state;
    city = instance_start(1);
    admin = as_at(city, "administrator", city->instance_id, "系统管理员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(city);
    return 0;
}

#define at(reply, path) reply_at(city, reply, path)

static const char *get(const char *id)
{
    return ask_well(city, admin, "GetUnit", "{'id': '%s'}", id);
}

static const char *make(const char *parent, const char *kind, const char *name, const char *code)
{
    const char *made =
        ask_well(city, admin, "CreateUnit", "{'parentId': '%s', 'kind': 'UNIT_KIND_%s', 'name': '%s', 'code': '%s'}",
                 parent, kind, name, code);
    return at(made, "unit.id");
}

static const char *move(const char *id, const char *parent)
{
    return ask_well(city, admin, "MoveUnit", "{'id': '%s', 'version': %s, 'parentId': '%s', 'document': '内政字1号'}",
                    id, at(get(id), "unit.version"), parent);
}

static void move_refused(const char *id, const char *parent, status_reason reason)
{
    struct status status = {0};
    ask(city, admin, "MoveUnit", &status, "{'id': '%s', 'version': %s, 'parentId': '%s', 'document': '内政字1号'}", id,
        at(get(id), "unit.version"), parent);
    if (status.reason != reason)
        fail_msg("%s: %s", status_reason_text(status.reason)->name, status.message);
}

static long long rows_at(const char *table, const char *unit_id, const char *county_id)
{
    return instance_sql(city, "organisations", "SELECT count(*) FROM %s WHERE unit_id = '%s' AND county_id = '%s'",
                        table, unit_id, county_id);
}

static void a_unit_that_does_not_fit_stays(void **state)
{
    (void)state;
    const char *township = city->ids[TOWNSHIP_100];
    const char *village = make(township, "VILLAGE", "东街嘎查", "");
    move_refused(township, village, REASON(STATE_CONFLICT));
    move_refused(township, township, REASON(STATE_CONFLICT));
    move_refused(township, city->ids[COUNTY_150424], REASON(STATE_CONFLICT));    // it stands there
    move_refused(township, city->ids[TOWNSHIP_101], REASON(TIER_CONFLICT));
    move_refused(city->ids[COUNTY_150424], township, REASON(STATE_CONFLICT));
    const char *gone = make(city->ids[CITY_1504], "COUNTY", "已撤县", "150499");
    ask_well(city, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '撤销'}", gone);
    move_refused(township, gone, REASON(STATE_CONFLICT));
    move_refused(gone, city->ids[CITY_1504], REASON(STATE_CONFLICT));
    struct status status = {0};
    ask(city, admin, "MoveUnit", &status, "{'id': '%s', 'version': 9, 'parentId': '%s', 'document': '内政字1号'}",
        township, city->ids[COUNTY_150423]);
    assert_reason(status, VERSION_CONFLICT);
    ask(city, admin, "MoveUnit", &status, "{'id': '%s', 'version': 1, 'parentId': '%s'}", township,
        city->ids[COUNTY_150423]);
    assert_reason(status, FIELD_INVALID);
    // Both ends must be the mover's own.
    struct person own = as(city, "administrator", COUNTY_150424, "林西县管理员");
    ask(city, own, "MoveUnit", &status, "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '自行划走'}",
        township, city->ids[COUNTY_150423]);
    assert_reason(status, UNIT_NOT_FOUND);
    ask(city, own, "MoveUnit", &status, "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '划入'}",
        city->ids[TOWNSHIP_OTHER], city->ids[COUNTY_150424]);
    assert_reason(status, UNIT_NOT_FOUND);
    struct person clerk = as(city, "township_clerk", TOWNSHIP_100, "赵铁柱");
    ask(city, clerk, "MoveUnit", &status, "{'id': '%s', 'version': 1, 'parentId': '%s', 'document': '划入'}", village,
        city->ids[TOWNSHIP_101]);
    assert_reason(status, PERMISSION_MISSING);
}

// How many hazards a person lists, of a unit or of all that is his.
static size_t listed(struct person person, const char *unit_id)
{
    struct status status = {0};
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(city, person, unit_id, "", 200, &status);
    assert_ok(status);
    return page->n_hazards;
}

static long long counted(struct person person)
{
    struct status status = {0};
    Anlan__Hazards__V1__ListHazardCountsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARD_COUNTS_REQUEST__INIT;
    const Anlan__Hazards__V1__ListHazardCountsResponse *reply =
        (const void *)call_hazards(city, person, "ListHazardCounts", &request.base,
                                   &anlan__hazards__v1__list_hazard_counts_response__descriptor, &status);
    assert_ok(status);
    long long sum = 0;
    for (size_t i = 0; i < reply->n_counts; i++)
        sum += reply->counts[i]->count;
    return sum;
}

// The township and all below it stand in the other county, and what was is kept.
static void stands_in_the_other_county(const char *moved, const char *township, const char *const below[3])
{
    assert_string_equal(at(moved, "unit.parentId"), city->ids[COUNTY_150423]);
    assert_string_equal(at(moved, "unit.tenantId"), city->ids[COUNTY_150423]);
    assert_string_equal(at(moved, "unit.place.countyId"), city->ids[COUNTY_150423]);
    assert_string_equal(at(moved, "unit.place.townshipId"), township);
    assert_string_equal(at(moved, "unit.following"), "");
    assert_string_equal(at(moved, "unit.moves.moves"), "1");
    assert_string_equal(at(moved, "unit.moves.moves.0.parentId"), city->ids[COUNTY_150424]);
    assert_string_equal(at(moved, "unit.moves.moves.0.tenantId"), city->ids[COUNTY_150424]);
    assert_string_equal(at(moved, "unit.moves.moves.0.document"), "内政字1号");
    assert_true(*at(moved, "unit.moves.moves.0.until") && *at(moved, "unit.moves.moves.0.enteredAt"));
    for (size_t i = 0; i < 3; i++) {
        const char *follows = get(below[i]);
        assert_string_equal(at(follows, "unit.place.countyId"), city->ids[COUNTY_150423]);
        assert_string_equal(at(follows, "unit.tenantId"), city->ids[COUNTY_150423]);
        assert_string_equal(at(follows, "unit.place.townshipId"), township);
    }
    const char *const tables[] = {"people", "posts", "responsibilities", "unit_keys"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(rows_at(tables[i], township, city->ids[COUNTY_150423]) > 0);
        assert_int_equal(rows_at(tables[i], township, city->ids[COUNTY_150424]), 0);
    }
}

static void a_township_moves_with_all_that_it_has(void **state)
{
    (void)state;
    struct status status = {0};
    const char *township = city->ids[TOWNSHIP_101];
    const char *enterprise = make(township, "ENTERPRISE", "新城子镇某矿", "");
    const char *place = make(enterprise, "PLACE", "一号井", "");
    const char *gone = make(township, "PLACE", "旧市场", "");
    ask_well(city, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '拆除'}", gone);
    const char *person =
        at(ask_well(city, admin, "CreatePerson", "{'unitId': '%s', 'name': '孙六'}", township), "person.id");
    ask_well(city, admin, "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'township_clerk', 'document': '任1号'}", person, township);
    ask_well(city, admin, "CreateResponsibility",
             "{'unitId': '%s', 'overseerUnitId': '%s', 'leaderPersonId': '%s', 'leaderPosition': '镇长', 'document': "
             "'责1号'}",
             township, city->ids[REGULATOR], person);
    struct person old_officer = as(city, "county_officer", COUNTY_150424, "林西县监管员");
    struct person new_officer = as(city, "county_officer", COUNTY_150423, "巴林右旗监管员");
    struct person clerk = as(city, "township_clerk", TOWNSHIP_101, "孙六");
    const Anlan__Hazards__V1__Hazard *before = create_hazard(city, clerk, TOWNSHIP_101, "划转前的隐患", NULL, &status);
    assert_ok(status);
    size_t of_old = listed(old_officer, "");
    size_t of_new = listed(new_officer, "");

    stands_in_the_other_county(move(township, city->ids[COUNTY_150423]), township,
                               (const char *const[]){enterprise, place, gone});
    // People, posts and lines are seen by the new county's administrator, and no longer by the old one's.
    ask_well(city, as(city, "administrator", COUNTY_150423, "巴林右旗管理员"), "GetPerson", "{'id': '%s'}", person);
    ask(city, as(city, "administrator", COUNTY_150424, "林西县管理员"), "GetPerson", &status, "{'id': '%s'}", person);
    assert_reason(status, RECORD_NOT_FOUND);

    // The record stays where it was registered; both counties read it, and the old one alone changes it.
    const Anlan__Hazards__V1__Hazard *read = get_hazard(city, new_officer, before->tenant_id, before->id, &status);
    assert_ok(status);
    assert_string_equal(read->place->county_id, city->ids[COUNTY_150424]);
    assert_int_equal(listed(old_officer, ""), of_old);
    assert_int_equal(listed(new_officer, ""), of_new + 1);
    assert_int_equal(counted(new_officer), (long long)of_new + 1);
    assert_int_equal(listed(new_officer, township), 1);
    assert_int_equal(listed(clerk, ""), 1);
    assign_hazard(city, new_officer, before, NULL, &status);
    assert_reason(status, RECORD_NOT_FOUND);
    // What is found since belongs to the new county, and neither is counted twice.
    const Anlan__Hazards__V1__Hazard *after = create_hazard(city, clerk, TOWNSHIP_101, "划转后的隐患", NULL, &status);
    assert_ok(status);
    assert_string_equal(after->tenant_id, city->ids[COUNTY_150423]);
    assert_int_equal(listed(old_officer, ""), of_old);
    assert_int_equal(listed(new_officer, ""), of_new + 2);
    assert_int_equal(counted(new_officer), (long long)of_new + 2);
    // It comes back, and sees both still.
    move(township, city->ids[COUNTY_150424]);
    assert_int_equal(listed(old_officer, ""), of_old + 1);
    assert_int_equal(counted(old_officer), (long long)of_old + 1);
    assert_int_equal(listed(new_officer, ""), of_new + 1);
}

static void accounts_and_clients_follow_their_unit(void **state)
{
    (void)state;
    struct status status = {0};
    struct person new_admin = as(city, "administrator", COUNTY_150423, "巴林右旗管理员");
    struct person old_admin = as(city, "administrator", COUNTY_150424, "林西县管理员");
    const char *township = make(city->ids[COUNTY_150424], "TOWNSHIP", "随迁镇", "150424301");
    struct actor clerk = actor_new(city, "township_clerk", township, "孙随迁", NULL);
    ask_well(city, old_admin, "CreateAccount", "{'personId': '%s', 'name': 'sun.liu', 'password': 'first-pass-word-1'}",
             clerk.person_id);
    const char *made = ask_well(city, old_admin, "RegisterClient",
                                "{'name': '镇消防平台', 'unitId': '%s', 'endsAt': '2099-01-01T00:00:00Z', 'document': "
                                "'协议', 'certificateDigest': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='}",
                                township);
    const char *client = at(made, "client.id");
    move(township, city->ids[COUNTY_150423]);
    ask(city, old_admin, "GetAccount", &status, "{'name': 'sun.liu'}");
    assert_reason(status, RECORD_NOT_FOUND);
    const char *account = ask_well(city, new_admin, "GetAccount", "{'name': 'sun.liu'}");
    assert_string_equal(at(account, "account.version"), "1");    // the move is none of its changes
    assert_string_equal(at(ask_well(city, new_admin, "ListAccounts", "{'unitId': '%s'}", township), "accounts"), "1");
    ask_well(city, new_admin, "RequireSecondFactor", "{'id': '%s', 'version': 1, 'needed': true}",
             at(account, "account.id"));
    assert_int_equal(rows_at("accounts", township, city->ids[COUNTY_150423]), 1);
    ask(city, old_admin, "RetireClient", &status, "{'id': '%s', 'version': 1, 'reason': '停用'}", client);
    assert_reason(status, RECORD_NOT_FOUND);
    ask_well(city, new_admin, "RetireClient", "{'id': '%s', 'version': 1, 'reason': '停用'}", client);
    assert_int_equal(rows_at("clients", township, city->ids[COUNTY_150423]), 1);
}

static void an_enterprise_moves_with_its_own_history(void **state)
{
    (void)state;
    struct status status = {0};
    const char *enterprise = make(city->ids[TOWNSHIP_100], "ENTERPRISE", "搬迁企业", "");
    const char *shop = make(enterprise, "PLACE", "车间", "");
    struct person officer = as_at(city, "enterprise_officer", enterprise, "企业安全员");
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(city);
    request.unit_id = (char *)enterprise;
    request.grade = GRADE(GENERAL);
    request.sector = (char *)"fireworks";
    request.description = (char *)"搬迁前的隐患";
    call_hazards(city, officer, "CreateHazard", &request.base, &anlan__hazards__v1__create_hazard_response__descriptor,
                 &status);
    assert_ok(status);
    struct person receiver = as(city, "township_clerk", TOWNSHIP_OTHER, "大板镇安全员");
    assert_int_equal(listed(receiver, ""), 0);
    move(enterprise, city->ids[TOWNSHIP_OTHER]);
    assert_string_equal(at(get(shop), "unit.moves.moves.0.place.townshipId"), city->ids[TOWNSHIP_100]);
    assert_string_equal(at(get(shop), "unit.place.townshipId"), city->ids[TOWNSHIP_OTHER]);
    assert_int_equal(listed(receiver, ""), 1);
}

// Whoever has a territory now reads what a merged unit left there, and changes nothing of it: explanations say so.
static void explanations_agree(const char *merged, const char *into)
{
    static const char why[] = "{'personId': '%s', 'permission': 'hazards.%s', 'unitId': '%s'}";
    struct actor receiver = actor_new(city, "township_clerk", into, "丁镇经办", NULL);
    assert_string_equal(at(ask_well(city, admin, "ExplainAccess", why, receiver.person_id, "read", merged), "allowed"),
                        "true");
    assert_string_equal(
        at(ask_well(city, admin, "ExplainAccess", why, receiver.person_id, "create", merged), "allowed"), "");
    const char *readers = ask_well(city, admin, "ListAccess", "{'permission': 'hazards.read', 'unitId': '%s'}", merged);
    assert_non_null(strstr(readers, receiver.person_id));
    const char *changers =
        ask_well(city, admin, "ListAccess", "{'permission': 'hazards.create', 'unitId': '%s'}", merged);
    assert_null(strstr(changers, receiver.person_id));
}

static void merged_units_live_on_in_another(void **state)
{
    (void)state;
    struct status status = {0};
    const char *one = make(city->ids[COUNTY_150424], "TOWNSHIP", "甲乡", "150424201");
    const char *two = make(city->ids[COUNTY_150423], "TOWNSHIP", "乙乡", "150423202");
    const char *kept = make(city->ids[COUNTY_150423], "TOWNSHIP", "丙镇", "150423203");
    const char *village = make(one, "VILLAGE", "甲村", "150424201001");
    const char *enterprise = make(village, "ENTERPRISE", "甲村砖厂", "");
    const char *gone = make(one, "PLACE", "旧粮站", "");
    ask_well(city, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '拆除'}", gone);
    struct person clerk = as_at(city, "township_clerk", one, "甲乡安全员");
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(city);
    request.unit_id = (char *)enterprise;
    request.grade = GRADE(GENERAL);
    request.sector = (char *)"fireworks";
    request.description = (char *)"合并前的隐患";
    call_hazards(city, clerk, "CreateHazard", &request.base, &anlan__hazards__v1__create_hazard_response__descriptor,
                 &status);
    assert_ok(status);

#define MERGE "{'id': '%s', 'version': 1, 'mergedIds': ['%s', '%s'], 'document': '内政字2号'}"
    ask(city, admin, "MergeUnits", &status, MERGE, kept, one, one);
    assert_reason(status, FIELD_INVALID);
    ask(city, admin, "MergeUnits", &status, MERGE, kept, one, kept);
    assert_reason(status, FIELD_INVALID);
    ask(city, admin, "MergeUnits", &status, MERGE, kept, one, village);
    assert_reason(status, STATE_CONFLICT);
    ask(city, admin, "MergeUnits", &status, MERGE, kept, two, city->ids[ENTERPRISE]);
    assert_reason(status, TIER_CONFLICT);
    ask(city, as(city, "administrator", COUNTY_150423, "巴林右旗管理员"), "MergeUnits", &status, MERGE, kept, two, one);
    assert_reason(status, UNIT_NOT_FOUND);
    const char *merged = ask_well(city, admin, "MergeUnits", MERGE, kept, one, two);
    assert_string_equal(at(merged, "unit.id"), kept);
    assert_string_equal(at(merged, "unit.version"), "2");
    assert_string_equal(at(merged, "unit.moves.mergers"), "2");
    assert_string_equal(at(merged, "unit.moves.mergers.0.document"), "内政字2号");
    const char *retired = get(one);
    assert_string_equal(at(retired, "unit.successorId"), kept);
    assert_string_equal(at(retired, "unit.retiredReason"), "内政字2号");
    const char *moved = get(village);
    assert_string_equal(at(moved, "unit.parentId"), kept);
    assert_string_equal(at(moved, "unit.place.townshipId"), kept);
    assert_string_equal(at(moved, "unit.place.countyId"), city->ids[COUNTY_150423]);
    assert_string_equal(at(moved, "unit.moves.moves.0.parentId"), one);
    assert_string_equal(at(get(enterprise), "unit.place.townshipId"), kept);
    assert_string_equal(at(get(enterprise), "unit.tenantId"), city->ids[COUNTY_150423]);
    assert_string_equal(at(get(gone), "unit.parentId"), one);    // what was retired before stays with it
    // The township that remains reads what the merged one left; the post at that one has ended.
    assert_int_equal(listed(as_at(city, "township_clerk", kept, "丙镇安全员"), ""), 1);
    list_hazards(city, clerk, "", "", 10, &status);
    assert_reason(status, POST_ENDED);
    ask(city, admin, "MergeUnits", &status, "{'id': '%s', 'version': 2, 'mergedIds': ['%s'], 'document': '再次合并'}",
        kept, one);
    assert_reason(status, STATE_CONFLICT);
    // And on: what was merged into the one that is merged now comes along.
    const char *last = make(city->ids[COUNTY_150423], "TOWNSHIP", "丁镇", "150423204");
    ask_well(city, admin, "MergeUnits", "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '内政字3号'}",
             last, kept);
    assert_int_equal(listed(as_at(city, "township_clerk", last, "丁镇安全员"), ""), 1);
    explanations_agree(one, last);
}

static void who_oversees_is_not_merged_away(void **state)
{
    (void)state;
    struct status status = {0};
    const char *old = make(city->ids[COUNTY_150423], "REGULATOR", "旧交通局", "");
    const char *kept = make(city->ids[COUNTY_150423], "REGULATOR", "交通运输局", "");
    const char *team = make(old, "TEAM", "专项检查组", "");
    const char *leader =
        at(ask_well(city, admin, "CreatePerson", "{'unitId': '%s', 'name': '周七'}", city->ids[COUNTY_150423]),
           "person.id");
    const char *line = ask_well(city, admin, "CreateResponsibility",
                                "{'unitId': '%s', 'sector': 'road_traffic', 'overseerUnitId': '%s', 'leaderPersonId': "
                                "'%s', 'leaderPosition': '副旗长', 'document': '责2号'}",
                                city->ids[COUNTY_150423], old, leader);
    ask(city, admin, "MergeUnits", &status, "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '机改1号'}",
        kept, old);
    assert_reason(status, STATE_CONFLICT);
    ask_well(city, admin, "EndResponsibility", "{'id': '%s', 'version': 1, 'document': '机改1号'}",
             at(line, "responsibility.id"));
    ask_well(city, admin, "MergeUnits", "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '机改1号'}", kept,
             old);
    assert_string_equal(at(get(team), "unit.parentId"), kept);
}

// Enterprises below a township, as many as one move cannot take along.
static void plant_enterprises(const char *township, int count)
{
    char path[128];
    char output[512];
    snprintf(path, sizeof(path), "%s/enterprises.csv", city->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("name,parent,kind\n", file);
    for (int i = 0; i < count; i++)
        fprintf(file, "企业%d,%s,enterprise\n", i, township);
    fclose(file);
    int code =
        instance_run(city, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys; export "
                     "ANLAN_TOKEN=$(anlan token --role administrator --instance); anlan enterprises import %s 2>&1",
                     city->dir, city->dir, path);
    if (code != 0)
        fail_msg("%s", output);
}

static void a_large_subtree_follows_in_parts(void **state)
{
    (void)state;
    struct status status = {0};
    const char *township = make(city->ids[COUNTY_150424], "TOWNSHIP", "大镇", "150424299");
    const char *other = make(city->ids[COUNTY_150423], "TOWNSHIP", "小镇", "150423299");
    plant_enterprises("150424299", LIMIT_CHANGES + 300);
    ask(city, admin, "MergeUnits", &status, "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '内政字4号'}",
        other, township);
    assert_reason(status, TOO_MANY_RECORDS);
    assert_non_null(strstr(status.message, "move units below them first"));
    const char *first = move(township, city->ids[COUNTY_150423]);
    assert_string_equal(at(first, "unit.following"), "301");
    ask(city, admin, "MergeUnits", &status, "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '内政字4号'}",
        other, township);
    assert_reason(status, TOO_MANY_RECORDS);
    const char *second = move(township, city->ids[COUNTY_150423]);
    assert_string_equal(at(second, "unit.following"), "");
    assert_string_equal(at(second, "unit.moves.moves"), "1");
    move_refused(township, city->ids[COUNTY_150423], REASON(STATE_CONFLICT));
    assert_int_equal(instance_sql(city, "organisations",
                                  "SELECT count(*) FROM units WHERE township_id = '%s' AND county_id = '%s' AND "
                                  "owner_tenant_id = '%s'",
                                  township, city->ids[COUNTY_150423], city->ids[COUNTY_150423]),
                     LIMIT_CHANGES + 301);
}

static void a_county_moves_to_another_city(void **state)
{
    (void)state;
    struct status status = {0};
    const char *other = make(city->ids[REGION_15], "CITY", "兴安盟", "1522");
    struct person watcher = as_at(city, "city_officer", other, "兴安盟监管员");
    struct person former = as(city, "city_officer", CITY_1504, "赤峰市监管员");
    struct person clerk = as(city, "township_clerk", TOWNSHIP_100, "赵铁柱");
    const Anlan__Hazards__V1__Hazard *before = create_hazard(city, clerk, TOWNSHIP_100, "划市前的隐患", NULL, &status);
    assert_ok(status);
    get_hazard(city, watcher, before->tenant_id, before->id, &status);
    assert_reason(status, RECORD_NOT_FOUND);
    const char *moved = move(city->ids[COUNTY_150424], other);
    assert_string_equal(at(moved, "unit.tenantId"), city->ids[COUNTY_150424]);    // its ledger is its own
    assert_string_equal(at(get(city->ids[TOWNSHIP_100]), "unit.place.cityId"), other);
    assert_string_equal(at(get(city->ids[TOWNSHIP_100]), "unit.moves.moves"), "");    // it stands where it stood
    get_hazard(city, watcher, before->tenant_id, before->id, &status);
    assert_ok(status);
    get_hazard(city, former, before->tenant_id, before->id, &status);
    assert_ok(status);
}

static void the_client_moves_and_merges(void **state)
{
    (void)state;
    char output[8192];
    make(city->ids[COUNTY_150423], "TOWNSHIP", "戊乡", "150423301");
    make(city->ids[COUNTY_150423], "TOWNSHIP", "己乡", "150423302");
    make(city->ids[COUNTY_150424], "TOWNSHIP", "庚乡", "150424303");
    int code =
        instance_run(city, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys; export "
                     "ANLAN_TOKEN=$(anlan token --role administrator --instance); "
                     "anlan units move --id 150424303 --parent 150423 --document 内政字5号 --date 2026-01-01 && "
                     "anlan units merge --id 150423301 --merged 150423302 --merged 150424303 --document 内政字6号 && "
                     "anlan --lang zh units moves --id 150423301 && anlan units moves --id 150424303 && "
                     "anlan help units move && anlan units merge --id 150423301 --document 内政字7号 2>&1",
                     city->dir, city->dir);
    static const char *const told[] = {"庚乡",      "己乡 庚乡", "内政字6号", "2025-12-31T16:00:00Z", "still to follow",
                                       "merged_ids"};
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (!strstr(output, told[i]))
            fail_msg("%s is missing: %s", told[i], output);
    assert_int_equal(code, 1);
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(city, output, sizeof(output), "anlan-organisations verify --database='%s' 2>&1",
                            instance_conninfo(city, "organisations", false));
    if (code != 0)
        fail_msg("%s", output);
    instance_sql(city, "organisations",
                 "TRUNCATE units, unit_keys, people, posts, responsibilities, roles, grants, accounts, "
                 "clients");
    code = instance_run(
        city, output, sizeof(output),
        "anlan-organisations rebuild --database='%s' 2>&1 && anlan-organisations verify --database='%s' 2>&1",
        instance_conninfo(city, "organisations", true), instance_conninfo(city, "organisations", false));
    if (code != 0)
        fail_msg("rebuild: %s", output);
    const char *const tables[] = {"people", "posts", "responsibilities", "unit_keys"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            instance_sql(city, "organisations",
                         "SELECT count(*) FROM %s r JOIN units u ON u.id = r.unit_id WHERE (r.region_id, "
                         "r.city_id, r.county_id, r.township_id) IS DISTINCT FROM (u.region_id, u.city_id, "
                         "u.county_id, u.township_id)",
                         tables[i]),
            0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_that_does_not_fit_stays),
        cmocka_unit_test(a_township_moves_with_all_that_it_has),
        cmocka_unit_test(accounts_and_clients_follow_their_unit),
        cmocka_unit_test(an_enterprise_moves_with_its_own_history),
        cmocka_unit_test(merged_units_live_on_in_another),
        cmocka_unit_test(who_oversees_is_not_merged_away),
        cmocka_unit_test(a_large_subtree_follows_in_parts),
        cmocka_unit_test(a_county_moves_to_another_city),
        cmocka_unit_test(the_client_moves_and_merges),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

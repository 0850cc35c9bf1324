// SPDX-License-Identifier: Apache-2.0
// Units live: they are described, renamed, renumbered and retired, and nothing of what they were is lost.
#include <string.h>

#include "support/ask.h"

#define CREDIT_CODE "91350100M000100Y43"
#define OTHER_CREDIT_CODE "91512081MA62K0260E"

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

static const char *enterprise(const char *name, const char *credit_code)
{
    return ask_well(county, admin, "CreateUnit",
                    "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '%s', 'creditCode': '%s'}",
                    county->ids[TOWNSHIP_100], name, credit_code);
}

static const char *get(const char *id)
{
    return ask_well(county, admin, "GetUnit", "{'id': '%s'}", id);
}

static void an_enterprise_is_described(void **state)
{
    (void)state;
    const char *made = ask_well(
        county, admin, "CreateUnit",
        "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '林西县顺达烟花爆竹经营部', 'creditCode': '%s', "
        "'profile': {'industry': 'F5199', 'address': '林西镇大街 1 号', 'regulatorIds': ['%s'], "
        "'responsiblePerson': '张三', 'responsiblePhone': '13812341234', 'safetyOfficer': '李四', "
        "'safetyPhone': '0476-5522345', 'risk': 'RISK_LEVEL_ORANGE'}}",
        county->ids[TOWNSHIP_100], CREDIT_CODE, county->ids[REGULATOR]);
    assert_string_equal(at(made, "unit.profile.responsiblePhone"), "138****1234");
    assert_string_equal(at(made, "unit.profile.safetyPhone"), "047****2345");
    assert_string_equal(at(made, "unit.profile.risk"), "RISK_LEVEL_ORANGE");
    assert_string_equal(at(made, "unit.tenantId"), county->ids[COUNTY_150424]);
    const char *read = ask_well(county, admin, "GetUnit", "{'creditCode': '%s'}", CREDIT_CODE);
    assert_string_equal(read, made);
    // A place below it.
    const char *place = ask_well(
        county, admin, "CreateUnit",
        "{'parentId': '%s', 'kind': 'UNIT_KIND_PLACE', 'name': '一号仓库', 'profile': {'risk': 'RISK_LEVEL_RED'}}",
        at(made, "unit.id"));
    assert_string_equal(at(place, "unit.place.townshipId"), county->ids[TOWNSHIP_100]);
}

static void refused(const char *unit, status_reason reason, const char *field)
{
    struct status status = {0};
    ask(county, admin, "CreateUnit", &status, "%s", unit);
    if (status.reason != reason)
        fail_msg("%s: %s: %s", unit, status_reason_text(status.reason)->name, status.message);
    if (field)
        assert_string_equal(status.violations[0].field, field);
}

#define UNIT(parent, rest) arena_printf(&county->arena, "{'parentId': '%s', 'name': '某单位', " rest "}", parent)
#define ENTERPRISE_WITH(rest) UNIT(county->ids[COUNTY_150424], "'kind': 'UNIT_KIND_ENTERPRISE', " rest)

static void what_does_not_hold_is_refused_with_its_field(void **state)
{
    (void)state;
    refused(ENTERPRISE_WITH("'creditCode': '91350100M000100Y4Z'"), REASON(FIELD_INVALID), "credit_code");
    refused(ENTERPRISE_WITH("'creditCode': '91310115MA1G4L1WXK'"), REASON(FIELD_INVALID), "credit_code");
    refused(ENTERPRISE_WITH("'creditCode': '" CREDIT_CODE "'"), REASON(RECORD_EXISTS), NULL);
    refused(ENTERPRISE_WITH("'code': '150424'"), REASON(FIELD_INVALID), "code");
    refused(ENTERPRISE_WITH("'profile': {'industry': 'U99'}"), REASON(FIELD_INVALID), "profile.industry");
    refused(ENTERPRISE_WITH("'profile': {'responsiblePhone': '一三八'}"), REASON(FIELD_INVALID),
            "profile.responsible_phone");
    refused(ENTERPRISE_WITH("'profile': {'regulatorIds': ['0193a000-0000-7000-8000-000000000000']}"),
            REASON(FIELD_INVALID), "profile.regulator_ids");
    refused(UNIT(county->ids[COUNTY_150424], "'kind': 'UNIT_KIND_OFFICE', 'profile': {'address': '某处'}"),
            REASON(FIELD_INVALID), "profile");
    refused(UNIT(county->ids[COUNTY_150424], "'kind': 'UNIT_KIND_VILLAGE'"), REASON(TIER_CONFLICT), NULL);
    refused(UNIT(county->ids[ENTERPRISE], "'kind': 'UNIT_KIND_DEPARTMENT'"), REASON(TIER_CONFLICT), NULL);
    refused(UNIT(county->ids[TOWNSHIP_100], "'kind': 'UNIT_KIND_VILLAGE', 'code': '150424100'"), REASON(FIELD_INVALID),
            "code");
}

static void each_kind_stands_where_it_belongs(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        const char *name;
        enum place below;
    } units[] = {
        {"DEPARTMENT", "林西县应急管理局", COUNTY_150424}, {"OFFICE", "林西县安委办", COUNTY_150424},
        {"REGULATOR", "林西县公安局", COUNTY_150424},      {"PARK", "林西县工业园区", COUNTY_150424},
        {"TEAM", "夏季大检查第一组", COUNTY_150424},       {"VILLAGE", "新城嘎查", TOWNSHIP_101},
        {"PLACE", "林西镇集贸市场", TOWNSHIP_100},
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        ask_well(county, admin, "CreateUnit", "{'parentId': '%s', 'kind': 'UNIT_KIND_%s', 'name': '%s'}",
                 county->ids[units[i].below], units[i].kind, units[i].name);
}

static void a_renamed_unit_keeps_its_former_names(void **state)
{
    (void)state;
    struct status status = {0};
    const char *made = enterprise("林西县大营子煤矿", "");
    const char *id = at(made, "unit.id");
    assert_string_equal(at(made, "unit.former"), "");
    ask_well(county, admin, "UpdateUnit",
             "{'id': '%s', 'version': 1, 'name': '林西县大营子矿业有限公司', 'occurredAt': '2025-03-01T00:00:00Z'}",
             id);
    ask(county, admin, "UpdateUnit", &status, "{'id': '%s', 'version': 1, 'name': '另一个名字'}", id);
    assert_reason(status, VERSION_CONFLICT);
    const char *now = ask_well(county, admin, "UpdateUnit",
                               "{'id': '%s', 'version': 2, 'name': '赤峰大营子矿业有限公司', 'sectors': []}", id);
    assert_string_equal(at(now, "unit.version"), "3");
    assert_string_equal(at(now, "unit.name"), "赤峰大营子矿业有限公司");
    assert_string_equal(at(now, "unit.former.names"), "2");
    assert_string_equal(at(now, "unit.former.names.0"), "林西县大营子煤矿");
    assert_string_equal(at(now, "unit.former.namesUntil.0"), "2025-03-01T00:00:00Z");
    assert_string_equal(at(now, "unit.former.names.1"), "林西县大营子矿业有限公司");
    assert_string_equal(get(id), now);
}

static void a_masked_phone_in_an_update_stays_what_it_is(void **state)
{
    (void)state;
    const char *made = enterprise("电话测试企业", "");
    const char *id = at(made, "unit.id");
    const char *first = ask_well(county, admin, "UpdateUnit",
                                 "{'id': '%s', 'version': 1, 'name': '电话测试企业', 'profile': "
                                 "{'responsiblePerson': '王五', 'responsiblePhone': '13900005678'}}",
                                 id);
    const char *second = ask_well(county, admin, "UpdateUnit",
                                  "{'id': '%s', 'version': 2, 'name': '电话测试企业', 'profile': "
                                  "{'responsiblePerson': '王五', 'responsiblePhone': '139****5678'}}",
                                  id);
    assert_string_equal(at(first, "unit.profile.responsiblePhoneDigest"),
                        at(second, "unit.profile.responsiblePhoneDigest"));
    assert_string_equal(at(second, "unit.profile.responsiblePhone"), "139****5678");
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM withheld WHERE record_id = '%s' AND value = '13900005678' "
                                  "AND version = 2",
                                  id),
                     1);
}

// Rows of any table but withheld, and entries of the log, that hold the digits.
static long long holders_of(const char *digits)
{
    return instance_sql(county, "organisations",
                        "SELECT (SELECT count(*) FROM entries WHERE position(convert_to('%s', 'UTF8') IN entry) > 0) + "
                        "(SELECT count(*) FROM results r WHERE r::text LIKE '%%%s%%') + "
                        "(SELECT count(*) FROM units u WHERE u::text LIKE '%%%s%%')",
                        digits, digits, digits);
}

static void a_phone_in_full_stands_in_one_place_only(void **state)
{
    (void)state;
    assert_int_equal(holders_of("13812341234"), 0);
    assert_int_equal(holders_of("13900005678"), 0);
    assert_true(holders_of("138****1234") > 0);    // the check can find something
    // Its digest is that of salt and number.
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM withheld w JOIN units u ON u.id = w.record_id "
                                  "WHERE sha256(w.salt || convert_to(w.value, 'UTF8')) IN "
                                  "(u.responsible_phone_digest, u.safety_phone_digest)"),
                     3);
    // Without the tenant's wall nobody sees it.
    assert_int_equal(instance_sql(county, "organisations",
                                  "SET ROLE anlan_organisations; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                  "SET LOCAL anlan.scope = 'all|||'; SELECT count(*) FROM withheld; COMMIT"),
                     0);
}

static void a_code_is_an_attribute(void **state)
{
    (void)state;
    struct status status = {0};
    const char *read = ask_well(county, admin, "GetUnit", "{'code': '150423100'}");
    const char *id = at(read, "unit.id");
    ask(county, admin, "SetUnitCode", &status, "{'id': '%s', 'version': 1, 'code': '150424100'}", id);
    assert_reason(status, RECORD_EXISTS);
    ask(county, admin, "SetUnitCode", &status, "{'id': '%s', 'version': 1, 'code': '150423'}", id);
    assert_reason(status, FIELD_INVALID);
    const char *now = ask_well(county, admin, "SetUnitCode", "{'id': '%s', 'version': 1, 'code': '150423400'}", id);
    assert_string_equal(at(now, "unit.code"), "150423400");
    assert_string_equal(at(now, "unit.former.codes.0"), "150423100");
    ask(county, admin, "GetUnit", &status, "{'code': '150423100'}");
    assert_reason(status, RECORD_NOT_FOUND);
    // The former code is free for another.
    ask_well(county, admin, "CreateUnit",
             "{'parentId': '%s', 'kind': 'UNIT_KIND_TOWNSHIP', 'name': '索博日嘎镇', 'code': '150423100'}",
             county->ids[COUNTY_150423]);
}

static size_t listed(const char *name, bool include_retired)
{
    const char *page = ask_well(county, admin, "ListUnits", "{'unitId': '%s', 'pageSize': 1000, 'includeRetired': %s}",
                                county->ids[COUNTY_150424], include_retired ? "true" : "false");
    return strstr(page, name) != NULL;
}

static void a_retired_unit_is_shown_and_closed(void **state)
{
    (void)state;
    struct status status = {0};
    const char *made = enterprise("即将注销的企业", OTHER_CREDIT_CODE);
    const char *id = at(made, "unit.id");
    const char *place =
        ask_well(county, admin, "CreateUnit", "{'parentId': '%s', 'kind': 'UNIT_KIND_PLACE', 'name': '车间'}", id);
    ask(county, admin, "RetireUnit", &status, "{'id': '%s', 'version': 1, 'reason': '注销'}", id);
    assert_reason(status, STATE_CONFLICT);
    ask_well(county, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '拆除'}", at(place, "unit.id"));
    ask(county, admin, "RetireUnit", &status, "{'id': '%s', 'version': 1}", id);
    assert_reason(status, FIELD_INVALID);
    ask(county, admin, "RetireUnit", &status, "{'id': '%s', 'version': 1, 'reason': '注销', 'successorId': '%s'}", id,
        id);
    assert_reason(status, FIELD_INVALID);
    const char *gone =
        ask_well(county, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '注销', 'successorId': '%s'}", id,
                 county->ids[ENTERPRISE]);
    assert_true(at(gone, "unit.retiredAt")[0] != '\0');
    assert_string_equal(get(id), gone);
    assert_false(listed("即将注销的企业", false));
    assert_true(listed("即将注销的企业", true));
    ask(county, admin, "CreateUnit", &status, "{'parentId': '%s', 'kind': 'UNIT_KIND_PLACE', 'name': '新车间'}", id);
    assert_reason(status, STATE_CONFLICT);
    ask(county, admin, "UpdateUnit", &status, "{'id': '%s', 'version': 2, 'name': '改名'}", id);
    assert_reason(status, STATE_CONFLICT);
    ask(county, admin, "RetireUnit", &status, "{'id': '%s', 'version': 2, 'reason': '再次注销'}", id);
    assert_reason(status, STATE_CONFLICT);
    // Its credit code is free, its post has ended.
    enterprise("新设企业", OTHER_CREDIT_CODE);
    ask(county, as_at(county, "enterprise_officer", id, "企业安全员"), "GetUnit", &status, "{'id': '%s'}", id);
    assert_reason(status, POST_ENDED);
}

static void nobody_changes_what_is_not_his(void **state)
{
    (void)state;
    struct status status = {0};
    struct person sibling = as(county, "administrator", COUNTY_150423, "巴林右旗管理员");
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    const char *id = county->ids[ENTERPRISE];
    ask(county, sibling, "UpdateUnit", &status, "{'id': '%s', 'version': 1, 'name': '改名'}", id);
    assert_reason(status, UNIT_NOT_FOUND);
    ask(county, sibling, "RetireUnit", &status, "{'id': '%s', 'version': 1, 'reason': '不是自己的'}", id);
    assert_reason(status, UNIT_NOT_FOUND);
    ask(county, sibling, "SetUnitCode", &status, "{'id': '%s', 'version': 1, 'code': '150424109'}",
        county->ids[TOWNSHIP_101]);
    assert_reason(status, UNIT_NOT_FOUND);
    ask(county, clerk, "UpdateUnit", &status, "{'id': '%s', 'version': 1, 'name': '改名'}", id);
    assert_reason(status, PERMISSION_MISSING);
    struct person own = as(county, "administrator", COUNTY_150424, "林西县管理员");
    ask_well(county, own, "UpdateUnit", "{'id': '%s', 'version': 1, 'name': '林西某化工有限公司'}", id);
}

// Runs a command of the client as the administrator; answers its output.
static const char *anlan(int expected, const char *command)
{
    static char output[16384];
    int code = instance_run(county, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys; export "
                            "ANLAN_TOKEN=$(anlan token --role administrator --instance); anlan %s 2>&1",
                            county->dir, county->dir, command);
    if (code != expected)
        fail_msg("anlan %s: %d: %s", command, code, output);
    return output;
}

static void the_client_changes_what_it_is_told_and_nothing_else(void **state)
{
    (void)state;
    anlan(0, "units create --parent 150424101 --kind enterprise --name 林西县某加油站 --credit-code 11150621MB1688871X "
             "--industry F5265 --address '新城子镇国道旁' --responsible-person 钱七 --responsible-phone 13700001111 "
             "--risk orange");
    const char *refused_one = anlan(1, "units update --id 11150621MB1688871X --regulator 150424");
    assert_non_null(strstr(refused_one, "profile.regulator_ids: must be different departments"));
    anlan(0, "units update --id 11150621MB1688871X --risk red --name 林西县国道加油站");
    const char *now = ask_well(county, admin, "GetUnit", "{'creditCode': '11150621MB1688871X'}");
    assert_string_equal(at(now, "unit.version"), "2");
    assert_string_equal(at(now, "unit.profile.risk"), "RISK_LEVEL_RED");
    assert_string_equal(at(now, "unit.profile.address"), "新城子镇国道旁");
    assert_string_equal(at(now, "unit.profile.responsiblePhone"), "137****1111");
    assert_non_null(strstr(anlan(0, "--lang zh units history --id 11150621MB1688871X"), "林西县某加油站"));
    anlan(0, "units code --id 150424101 --code 150424109 --date 2025-01-01");
    assert_non_null(strstr(anlan(0, "units history --id 150424109"), "2024-12-31T16:00:00Z"));
    anlan(1, "units retire --id 150424109 --reason 撤乡并镇");
    anlan(0, "units retire --id 11150621MB1688871X --reason 注销");
    assert_non_null(strstr(anlan(1, "units update --id 11150621MB1688871X --risk blue"), "RECORD_NOT_FOUND"));
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
        int code = instance_run(county, output, sizeof(output), "anlan-organisations verify --database='%s' 2>&1",
                                instance_conninfo(county, "organisations", false));
        if (code != 0 || !strstr(output, " 0 faults: consistent, not witnessed"))
            fail_msg("%s", output);
        if (rebuilt)
            break;
        instance_sql(county, "organisations", "TRUNCATE units, roles");
        code = instance_run(county, output, sizeof(output), "anlan-organisations rebuild --database='%s' 2>&1",
                            instance_conninfo(county, "organisations", true));
        if (code != 0)
            fail_msg("rebuild: %s", output);
    }
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM withheld"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enterprise_is_described),
        cmocka_unit_test(what_does_not_hold_is_refused_with_its_field),
        cmocka_unit_test(each_kind_stands_where_it_belongs),
        cmocka_unit_test(a_renamed_unit_keeps_its_former_names),
        cmocka_unit_test(a_masked_phone_in_an_update_stays_what_it_is),
        cmocka_unit_test(a_phone_in_full_stands_in_one_place_only),
        cmocka_unit_test(a_code_is_an_attribute),
        cmocka_unit_test(a_retired_unit_is_shown_and_closed),
        cmocka_unit_test(nobody_changes_what_is_not_his),
        cmocka_unit_test(the_client_changes_what_it_is_told_and_nothing_else),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}

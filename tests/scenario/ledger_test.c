// SPDX-License-Identifier: Apache-2.0
// A county keeps its ledger: registered, assigned, seen by the tiers above and by nobody beside.
#include <string.h>

#include "support/instance.h"

static struct instance *county;

static int up(void **state)
{
    (void)state;
    county = instance_start(2);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static void a_hazard_is_registered_and_assigned(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    const Anlan__Hazards__V1__Hazard *hazard =
        create_hazard(county, officer, TOWNSHIP_100, "烟花爆竹零售点未配备灭火器", NULL, &status);
    assert_ok(status);
    assert_string_equal(hazard->tenant_id, county->ids[COUNTY_150424]);
    assert_string_equal(hazard->place->region_id, county->ids[REGION_15]);
    assert_string_equal(hazard->place->township_id, county->ids[TOWNSHIP_100]);
    assert_string_equal(hazard->finding_unit_id, county->ids[COUNTY_150424]);
    assert_string_equal(hazard->found_by, "王建国");
    assert_int_equal(hazard->version, 1);
    assert_int_equal(hazard->state, ANLAN__HAZARDS__V1__STATE__STATE_REGISTERED);

    const Anlan__Hazards__V1__Hazard *assigned = assign_hazard(county, officer, hazard, NULL, &status);
    assert_ok(status);
    assert_int_equal(assigned->version, 2);
    assert_int_equal(assigned->state, ANLAN__HAZARDS__V1__STATE__STATE_ASSIGNED);
    assert_string_equal(assigned->responsible_person, "张三");
    assert_string_equal(assigned->description, hazard->description);

    const Anlan__Hazards__V1__Hazard *read = get_hazard(county, officer, hazard->tenant_id, hazard->id, &status);
    assert_ok(status);
    assert_int_equal(read->version, 2);
    assert_int_equal(read->deadline->seconds, assigned->deadline->seconds);

    assign_hazard(county, officer, assigned, NULL, &status);
    assert_reason(status, STATE_CONFLICT);
    assign_hazard(county, officer, hazard, NULL, &status);
    assert_reason(status, VERSION_CONFLICT);
}

static bool page_holds(const Anlan__Hazards__V1__ListHazardsResponse *page, const char *id)
{
    for (size_t i = 0; i < page->n_hazards; i++)
        if (strcmp(page->hazards[i]->id, id) == 0)
            return true;
    return false;
}

static void sees(const char *role, enum place place, const Anlan__Hazards__V1__Hazard *hazard, bool expected)
{
    struct status status = {0};
    struct person person = as(county, role, place, role);
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, person, "", "", 200, &status);
    assert_ok(status);
    if (page_holds(page, hazard->id) != expected)
        fail_msg("%s at %d: list says %d", role, place, !expected);
    get_hazard(county, person, hazard->tenant_id, hazard->id, &status);
    if (expected)
        assert_ok(status);
    else
        assert_reason(status, RECORD_NOT_FOUND);
}

static void every_tier_above_sees_it_and_nobody_beside(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    const Anlan__Hazards__V1__Hazard *hazard = create_hazard(county, clerk, TOWNSHIP_100, "护栏缺失", NULL, &status);
    assert_ok(status);
    sees("region_officer", REGION_15, hazard, true);
    sees("city_officer", CITY_1504, hazard, true);
    sees("county_officer", COUNTY_150424, hazard, true);
    sees("township_clerk", TOWNSHIP_100, hazard, true);
    sees("county_officer", REGULATOR, hazard, true);    // its sector is fireworks
    sees("township_clerk", TOWNSHIP_101, hazard, false);
    sees("county_officer", COUNTY_150423, hazard, false);
    sees("township_clerk", TOWNSHIP_OTHER, hazard, false);
    sees("enterprise_officer", ENTERPRISE, hazard, false);
}

static void an_enterprise_sees_itself_only(void **state)
{
    (void)state;
    struct status status = {0};
    struct person enterprise = as(county, "enterprise_officer", ENTERPRISE, "企业安全员");
    const Anlan__Hazards__V1__Hazard *own =
        create_hazard(county, enterprise, ENTERPRISE, "储罐区警示标志缺失", NULL, &status);
    assert_ok(status);
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, enterprise, "", "", 200, &status);
    assert_ok(status);
    assert_int_equal(page->n_hazards, 1);
    assert_string_equal(page->hazards[0]->id, own->id);
    create_hazard(county, enterprise, TOWNSHIP_100, "不是自己的地方", NULL, &status);
    assert_reason(status, UNIT_NOT_FOUND);
    sees("county_officer", COUNTY_150424, own, true);
}

static void a_clerk_cannot_act_at_the_county_above(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    create_hazard(county, clerk, COUNTY_150424, "县里的隐患", NULL, &status);
    assert_reason(status, UNIT_NOT_FOUND);
    const Anlan__Hazards__V1__Hazard *hazard = create_hazard(county, clerk, TOWNSHIP_100, "镇里的隐患", NULL, &status);
    assert_ok(status);
    assign_hazard(county, clerk, hazard, NULL, &status);
    assert_reason(status, PERMISSION_MISSING);
}

static void pages_follow_one_another_without_gap_or_double(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150423, "巴林右旗");
    char ids[25][UUID_TEXT_SIZE];
    for (int i = 0; i < 25; i++) {
        const Anlan__Hazards__V1__Hazard *made =
            create_hazard(county, officer, TOWNSHIP_OTHER, "逐页翻看", NULL, &status);
        assert_ok(status);
        memcpy(ids[24 - i], made->id, UUID_TEXT_SIZE);
    }
    const char *token = "";
    size_t seen = 0;
    do {
        const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, officer, "", token, 7, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_hazards; i++)
            assert_string_equal(page->hazards[i]->id, ids[seen++]);
        token = page->next_page_token;
    } while (*token);
    assert_int_equal(seen, 25);
    // A token belongs to its list.
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, officer, "", "", 7, &status);
    list_hazards(county, officer, county->ids[TOWNSHIP_OTHER], page->next_page_token, 7, &status);
    assert_reason(status, CURSOR_INVALID);
    list_hazards(county, officer, "", "AAAA", 7, &status);
    assert_reason(status, CURSOR_INVALID);
}

static void an_empty_ledger_is_an_empty_page(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = as(county, "township_clerk", TOWNSHIP_101, "新城子镇");
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, clerk, "", "", 0, &status);
    assert_ok(status);
    assert_int_equal(page->n_hazards, 0);
    assert_string_equal(page->next_page_token, "");
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    static const char *const services[] = {"hazards", "organisations"};
    for (size_t i = 0; i < 2; i++) {
        int code = instance_run(county, output, sizeof(output), "anlan-%s verify --database='%s' 2>&1", services[i],
                                instance_conninfo(county, services[i], false));
        if (code != 0 || !strstr(output, " 0 faults: consistent, not witnessed"))
            fail_msg("%s", output);
    }
}

static void a_row_that_was_tampered_with_is_found(void **state)
{
    (void)state;
    char output[4096];
    static const struct {
        const char *set;
        const char *found;
    } tampered[] = {
        {"sector = 'other'", "the columns of a row differ from its record"},
        {"summary = replace(summary::text, '\\x0a', '\\x12')::bytea", "a row differs from its last entry"},
    };
    for (size_t i = 0; i < sizeof(tampered) / sizeof(tampered[0]); i++) {
        instance_sql(county, "hazards", "UPDATE hazards SET %s WHERE id = (SELECT id FROM hazards ORDER BY id LIMIT 1)",
                     tampered[i].set);
        int code = instance_run(county, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                                instance_conninfo(county, "hazards", false));
        assert_int_equal(code, 1);
        assert_non_null(strstr(output, tampered[i].found));
    }
}

static void tables_rebuilt_from_the_log_are_equal(void **state)
{
    (void)state;
    char output[4096];
    // The row of the test before is put right by the rebuild itself.
    instance_sql(county, "hazards", "CREATE TABLE before AS SELECT * FROM hazards; TRUNCATE hazards");
    int code = instance_run(county, output, sizeof(output), "anlan-hazards rebuild --database='%s' 2>&1",
                            instance_conninfo(county, "hazards", true));
    if (code != 0)
        fail_msg("%s", output);
    long long differ = instance_sql(county, "hazards",
                                    "SELECT count(*) FROM ((TABLE before EXCEPT TABLE hazards) UNION ALL "
                                    "(TABLE hazards EXCEPT TABLE before)) d");
    assert_int_equal(differ, 2);    // the tampered row, before and since
    instance_sql(county, "hazards", "DROP TABLE before");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hazard_is_registered_and_assigned),
        cmocka_unit_test(every_tier_above_sees_it_and_nobody_beside),
        cmocka_unit_test(an_enterprise_sees_itself_only),
        cmocka_unit_test(a_clerk_cannot_act_at_the_county_above),
        cmocka_unit_test(pages_follow_one_another_without_gap_or_double),
        cmocka_unit_test(an_empty_ledger_is_an_empty_page),
        cmocka_unit_test(the_tables_are_what_the_log_says),
        cmocka_unit_test(a_row_that_was_tampered_with_is_found),
        cmocka_unit_test(tables_rebuilt_from_the_log_are_equal),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// Two walls stand between a caller and what is not his: the scope in every statement, and row security. Through the
// service, with both, and with the scope alone; statement_walls_test holds each alone before every statement.
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "support/copy.h"
#include "support/steps.h"

static struct instance *county;
static const Anlan__Hazards__V1__Hazard *secret;    // of 林西县

static int up(void **state)
{
    (void)state;
    struct status status = {0};
    county = instance_start(1);
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    for (int i = 0; i < 20; i++)
        secret = create_hazard(county, officer, TOWNSHIP_100, "只有本县能看", NULL, &status);
    return secret ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// Rows that the service's own role sees of a table after these settings.
static long long seen(const char *settings, const char *table)
{
    return instance_sql(county, "hazards", "SET ROLE anlan_hazards; BEGIN; %s; SELECT count(*) FROM %s; COMMIT",
                        settings, table);
}

static void unset_and_empty_settings_show_nothing(void **state)
{
    (void)state;
    // stack-facts, PostgreSQL 3: a setting once set reads as '' later, not NULL.
    static const char *const settings[] = {
        "SELECT 1 WHERE false",
        "SET LOCAL anlan.wall = ''",
        "SET LOCAL anlan.wall = 'scope'",
        "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = ''",
        "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '|||'",
        "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '|{}|{}|{}|{}'",
        "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '||||'",
        "SET LOCAL anlan.wall = 'tenant'",
        "SET LOCAL anlan.wall = 'tenant'; SET LOCAL anlan.tenant = ''",
        "SET LOCAL anlan.wall = 'upkeep'",
        "SET LOCAL anlan.wall = 'stream'",
        "SET LOCAL anlan.wall = 'stream'; SET LOCAL anlan.subject = ''; SET LOCAL anlan.stream = ''",
        "SET LOCAL anlan.wall = 'another'; SET LOCAL anlan.scope = 'all|||'",
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (seen(settings[i], "hazards") != 0)
            fail_msg("%s shows hazards", settings[i]);
        if (seen(settings[i], "entries") != 0)
            fail_msg("%s shows entries", settings[i]);
        if (seen(settings[i], "results") != 0)
            fail_msg("%s shows results", settings[i]);
        if (seen(settings[i], "streams") + seen(settings[i], "stream_records") != 0)
            fail_msg("%s shows streams", settings[i]);
    }
    // The check can fail: with the right setting there is something to see.
    char scope[256];
    snprintf(scope, sizeof(scope), "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '|{%s}||'",
             county->ids[COUNTY_150424]);
    assert_true(seen(scope, "hazards") >= 20);
    // What stands at a unit, in all sectors or in one.
    static const struct {
        const char *sector;
        bool shows;
    } at[] = {{"", true}, {"fireworks", true}, {"road_traffic", false}};
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        snprintf(scope, sizeof(scope), "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '||||{%s/%s}'",
                 county->ids[TOWNSHIP_100], at[i].sector);
        assert_int_equal(seen(scope, "hazards") >= 20, at[i].shows);
    }
    snprintf(scope, sizeof(scope), "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '||||{%s/}'",
             county->ids[COUNTY_150424]);
    assert_int_equal(seen(scope, "hazards"), 0);    // a county's own are not its townships'
}

static void settings_end_with_their_transaction(void **state)
{
    (void)state;
    long long rows = instance_sql(county, "hazards",
                                  "SET ROLE anlan_hazards; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                  "SET LOCAL anlan.scope = 'all|||'; COMMIT; SELECT count(*) FROM hazards");
    assert_int_equal(rows, 0);
}

// Streams too: one that began while there was nothing, and goes on through the change of something hidden.
static void nobody_pulls_it(const char *what)
{
    static const struct {
        const char *role;
        enum place place;
    } strangers[] = {
        {"county_officer", COUNTY_150423}, {"township_clerk", TOWNSHIP_101}, {"enterprise_officer", ENTERPRISE}};
    struct status status = {0};
    struct copy copies[3];
    struct copy own;
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    for (size_t i = 0; i < 3; i++) {
        copy_open(&copies[i], county, 0, as(county, strangers[i].role, strangers[i].place, "外人"));
        assert_true(copy_follow(&copies[i], &status));
    }
    copy_open(&own, county, 0, officer);
    assert_true(copy_follow(&own, &status));
    const Anlan__Hazards__V1__Hazard *now = get_hazard(county, officer, secret->tenant_id, secret->id, &status);
    assert_non_null(now);
    struct cast cast = cast_of(county);
    must(county, &cast, now, ACTION(REGRADE));
    for (size_t i = 0; i < 3; i++) {
        assert_true(copy_follow(&copies[i], &status));
        if (HASH_COUNT(copies[i].records) + copies[i].changes + copies[i].withdrawals > 0)
            fail_msg("%s: a stream leaks to place %d", what, strangers[i].place);
        copy_close(&copies[i]);
    }
    assert_true(copy_follow(&own, &status));
    assert_true(own.changes == 1 && HASH_COUNT(own.records) == 20);
    copy_close(&own);
}

static void nobody_sees_it_through_the_service(const char *what)
{
    struct status status = {0};
    static const struct {
        const char *role;
        enum place place;
    } strangers[] = {
        {"county_officer", COUNTY_150423},
        {"township_clerk", TOWNSHIP_OTHER},
        {"township_clerk", TOWNSHIP_101},
        {"enterprise_officer", ENTERPRISE},
    };
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        struct person person = as(county, strangers[i].role, strangers[i].place, "外人");
        const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, person, "", "", 200, &status);
        assert_ok(status);
        if (page->n_hazards != 0)
            fail_msg("%s: a list leaks to place %d", what, strangers[i].place);
        if (get_hazard(county, person, secret->tenant_id, secret->id, &status))
            fail_msg("%s: a get leaks to place %d", what, strangers[i].place);
    }
    struct person sibling = as(county, "county_officer", COUNTY_150423, "外人");
    assert_null(assign_hazard(county, sibling, secret, NULL, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    assert_int_equal(list_hazards(county, officer, "", "", 200, &status)->n_hazards, 20);
}

static void both_walls_stand(void **state)
{
    (void)state;
    nobody_sees_it_through_the_service("both walls");
    nobody_pulls_it("both walls");
}

static void the_scope_alone_leaks_nothing(void **state)
{
    (void)state;
    instance_sql(county, "hazards", "ALTER TABLE hazards DISABLE ROW LEVEL SECURITY");
    nobody_sees_it_through_the_service("scope alone");
    nobody_pulls_it("scope alone");
    instance_sql(county, "hazards", "ALTER TABLE hazards ENABLE ROW LEVEL SECURITY");
}

static void a_sector_confines_row_security_too(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        long long rows = instance_sql(county, "hazards",
                                      "SET ROLE anlan_hazards; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                      "SET LOCAL anlan.scope = '|||{%s/%s}'; SELECT count(*) FROM hazards; COMMIT",
                                      county->ids[COUNTY_150424], i ? "fireworks" : "road_traffic");
        assert_int_equal(rows, i ? 20 : 0);
    }
    // Parts of two pairs make no third: this county's roads and the sibling's fireworks show none of its fireworks.
    long long rows = instance_sql(county, "hazards",
                                  "SET ROLE anlan_hazards; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                  "SET LOCAL anlan.scope = '|||{%s/road_traffic,%s/fireworks}'; "
                                  "SELECT count(*) FROM hazards; COMMIT",
                                  county->ids[COUNTY_150424], county->ids[COUNTY_150423]);
    assert_int_equal(rows, 0);
}

static bool refused(const char *sql)
{
    char output[2048];
    int code =
        instance_run(county, output, sizeof(output),
                     "psql -X -q -v ON_ERROR_STOP=1 -h %s -U anlan_hazards -d anlan_hazards 2>&1 <<'SQL'\n%s\nSQL",
                     county->dir, sql);
    return code != 0;
}

static void the_services_role_cannot_change_history(void **state)
{
    (void)state;
    char sql[512];
    snprintf(sql, sizeof(sql), "BEGIN; SET LOCAL anlan.wall = 'tenant'; SET LOCAL anlan.tenant = '%s'; %s",
             county->ids[COUNTY_150424], "UPDATE entries SET entry = ''");
    assert_true(refused(sql));
    assert_true(refused("DELETE FROM entries"));
    assert_true(refused("TRUNCATE entries"));
    assert_true(refused("DELETE FROM hazards"));
    assert_true(refused("ALTER TABLE hazards DISABLE ROW LEVEL SECURITY"));
    assert_true(refused("CREATE TABLE mine (id int)"));
    assert_false(refused("SELECT count(*) FROM entries"));
}

static void a_wall_of_one_tenant_takes_no_row_of_another(void **state)
{
    (void)state;
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "BEGIN; SET LOCAL anlan.wall = 'tenant'; SET LOCAL anlan.tenant = '%s'; "
             "INSERT INTO heads (tenant_id, position) VALUES ('%s', 1)",
             county->ids[COUNTY_150424], county->ids[COUNTY_150423]);
    assert_true(refused(sql));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unset_and_empty_settings_show_nothing),
        cmocka_unit_test(settings_end_with_their_transaction),
        cmocka_unit_test(both_walls_stand),
        cmocka_unit_test(the_scope_alone_leaks_nothing),
        cmocka_unit_test(a_sector_confines_row_security_too),
        cmocka_unit_test(the_services_role_cannot_change_history),
        cmocka_unit_test(a_wall_of_one_tenant_takes_no_row_of_another),
    };
    return cmocka_run_group_tests(tests, up, down);
}

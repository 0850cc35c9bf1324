// SPDX-License-Identifier: Apache-2.0
// A county's instance and a region's come to know each other by two files, and let nobody else in.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/joined.h"

static struct joined joined;
#define region joined.region
#define county joined.county
#define SIZE JOINED_OUTPUT

static int set_up(void **state)
{
    (void)state;
    joined_begin(&joined);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    joined_end(&joined);
    return 0;
}

// Each side tells the other by a file; both see the same fingerprints. Nothing is half done where the files do not fit.
static void two_files_make_an_enrolment(void **state)
{
    char output[SIZE];
    (void)state;
    joined_request(&joined);
    // The region takes nobody's file for another unit's, nor a city that has an instance twice.
    assert_int_equal(joined_holder(region, output, joined_enrolment(&joined, "150423")), 1);
    assert_int_equal(joined_holder(region, output, "anlan instances list"), 0);
    assert_null(strstr(output, "林西县"));
    joined_holder_does(region, joined_enrolment(&joined, "150424"));
    assert_int_equal(instance_run(region, output, sizeof(output),
                                  "tail -n 1 %s/county.txt >%s/a; head -n 1 %s/region.txt | cmp - %s/a", county->dir,
                                  region->dir, region->dir, region->dir),
                     0);
    // An answer is for whom it answers.
    assert_int_equal(joined_holder(region, output, joined_acceptance(&joined)), 1);
    assert_non_null(strstr(output, "no answer to this instance"));
    assert_int_equal(joined_holder(county, output, joined_acceptance(&joined)), 0);
    assert_non_null(strstr(output, "5 units made, 0 were here"));
    memcpy(county->ids, region->ids, sizeof(county->ids));
    // Repeats are harmless.
    joined_holder_does(region, joined_enrolment(&joined, "150424"));
    assert_int_equal(joined_holder(county, output, joined_acceptance(&joined)), 0);
    assert_non_null(strstr(output, "0 units made, 5 were here"));
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM units"), 5);
    assert_int_equal(instance_sql(region, "organisations", "SELECT max(version) FROM instances"), 1);
    assert_int_equal(joined_holder(region, output, "anlan instances list"), 0);
    assert_non_null(strstr(output, "below"));
    assert_non_null(strstr(output, "enrolled"));
    assert_int_equal(joined_holder(county, output, "anlan instances list --lang zh"), 0);
    assert_non_null(strstr(output, "上级"));
}

// What does not fit is refused with its field, and nothing is kept of it.
static void a_file_that_says_nonsense_is_refused(void **state)
{
    char output[SIZE];
    (void)state;
    joined_request(&joined);
    const struct {
        const char *edit;    // sed
        const char *unit;
        const char *told;
    } rows[] = {
        {"s#tls+tcp://127#ipc:///127#", "150424", "addresses.services[0].calls"},
        {"s#\"service\": \"hazards\"#\"service\": \"tasks\"#", "150424", "is named twice"},
        {"s#\"service\": \"organisations\"#\"service\": \"others\"#", "150424", "must name organisations"},
        {"s#BEGIN CERTIFICATE#BEGIN PRIVATE KEY#", "150424", "certificate_authority"},
        {arena_printf(&region->arena, "s#%s#%s#", county->instance_id, region->instance_id), "150424",
         "another instance"},
        {"s#\"150424\"#\"150424100\"#", "150424100", "must be an active city or county"},
        {"s#\"150424\"#\"15\"#", "15", "must be an active city or county"},
        {"s#\"150424\"#\"150423\"#", "150424", "which --unit is not"},
        {"s#\"id\"#\"ident\"#", "150424", "ident"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        instance_run(region, NULL, 0, "sed '%s' %s/county.json >%s/bad.json", rows[i].edit, county->dir, region->dir);
        int status = joined_holder(region, output,
                                   arena_printf(&region->arena,
                                                "anlan instances enrol %s/bad.json --unit %s --name 内蒙古自治区 --ca "
                                                "%s/pki/ca.crt --host above.example 2>&1",
                                                region->dir, rows[i].unit, region->dir));
        if (status != 1 || !strstr(output, rows[i].told))
            fail_msg("%s: %d %s", rows[i].edit, status, output);
    }
    assert_int_equal(instance_sql(region, "organisations", "SELECT count(*) FROM instances"), 0);
}

// At the county the instance's administrator acts at the county, which is all that is the instance's own.
static void the_countys_administrator_may_suspend(void **state)
{
    char output[SIZE];
    const char *format =
        "ANLAN_TOKEN=$(anlan token --role system_administrator --unit %s --name 管理员) anlan instances %s "
        "--id %s --reason 演练 2>&1";
    (void)state;
    joined_join(&joined);
    struct arena *arena = &county->arena;
    assert_int_equal(
        joined_holder(county, output,
                      arena_printf(arena, format, county->ids[TOWNSHIP_100], "suspend", region->instance_id)),
        1);
    assert_int_equal(
        joined_holder(county, output,
                      arena_printf(arena, format, county->ids[COUNTY_150424], "suspend", region->instance_id)),
        0);
    assert_int_equal(instance_sql(county, "organisations", "SELECT state FROM instances"), 2);
    // At the region it is the region's: the county's administrator there does not decide on it.
    assert_int_equal(
        joined_holder(region, output,
                      arena_printf(arena, format, region->ids[COUNTY_150424], "suspend", county->instance_id)),
        1);
    assert_non_null(strstr(output, "PERMISSION_MISSING"));
}

// A file that would not fit into the county's tree is refused whole.
static void a_unit_of_another_id_stands_in_the_way(void **state)
{
    char output[SIZE];
    (void)state;
    joined_request(&joined);
    joined_holder_does(region, joined_enrolment(&joined, "150424"));
    joined_holder_does(county, "anlan units create --kind region --code 15 --name 内蒙古自治区");
    assert_int_equal(joined_holder(county, output, joined_acceptance(&joined)), 1);
    assert_non_null(strstr(output, "is here with another id"));
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM units"), 1);
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM instances"), 0);
}

// Signs in at the region with a certificate of the county's authority.
static int knock(const char *authority, const char *certificate, char output[SIZE])
{
    return instance_run(region, output, SIZE,
                        "anlan call organisations/SignInInstance '{}' --timeout 3000 "
                        "--organisations tls+tcp://127.0.0.1:%u --tls-ca %s/pki/ca.crt --tls-certificate %s/%s.crt "
                        "--tls-key %s/%s.key 2>&1",
                        region->calls_at[INSTANCE_ORGANISATIONS], region->dir, authority, certificate, authority,
                        certificate);
}

static void nobody_else_gets_in(void **state)
{
    char output[SIZE];
    const char *pki = arena_printf(&county->arena, "%s/pki", county->dir);
    const char *other = arena_printf(&county->arena, "%s/other", county->dir);
    (void)state;
    // Before it is enrolled its certificate is a stranger's.
    assert_int_not_equal(knock(pki, "one", output), 0);
    joined_join(&joined);
    assert_int_equal(knock(pki, "one", output), 0);
    assert_non_null(strstr(output, county->instance_id));
    // Its authority vouches for it and for nobody else: not for a unit of the region, not for the region itself.
    assert_int_equal(instance_run(county, output, SIZE,
                                  "anlan pki client %s two --unit %s 2>&1 && anlan pki client %s three "
                                  "--unit %s 2>&1",
                                  pki, region->ids[COUNTY_150423], pki, region->instance_id),
                     0);
    assert_int_not_equal(knock(pki, "two", output), 0);
    assert_int_not_equal(knock(pki, "three", output), 0);
    // Nor does another authority vouch for it.
    assert_int_equal(instance_run(county, output, SIZE,
                                  "anlan pki init %s 2>&1 && anlan pki client %s one --unit %s 2>&1", other, other,
                                  county->instance_id),
                     0);
    assert_int_not_equal(knock(other, "one", output), 0);
    // On this host nobody has a certificate.
    assert_int_equal(instance_run(region, output, SIZE,
                                  "anlan call organisations/SignInInstance '{}' --organisations "
                                  "ipc://%s/organisations-0 2>&1",
                                  region->dir),
                     1);
    assert_non_null(strstr(output, "SIGN_IN_REFUSED"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_files_make_an_enrolment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_says_nonsense_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_countys_administrator_may_suspend, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_unit_of_another_id_stands_in_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_gets_in, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// A county's ledger of paper comes in as a file: the real one of a coal mine, with its dirt. A preview enters nothing,
// good rows go in, bad ones come back with number and reason in both languages, and the same file enters nothing twice.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "support/steps.h"

// What the file holds, counted without our program: 33 rows say 现场处理, 54 have person and deadline, 3 are no good.
#define ROWS 90
#define FIXED 33
#define ASSIGNED 54
#define REJECTED 3

static struct instance *county;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// Runs `anlan hazards import` as an officer of the county; answers what it says.
static const char *import_as(const char *role, const char *arguments, int expected)
{
    static char output[65536];
    int code = instance_run(county, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0; "
                            "ANLAN_TOKEN=$(anlan token --keys %s/keys --role %s --unit %s --name 王建国); "
                            "export ANLAN_TOKEN; cd %s; cp -n %s/deploy/data/ledger-coal-mine.csv ledger.csv; "
                            "anlan hazards import %s 2>&1",
                            county->dir, county->dir, county->dir, role, county->ids[COUNTY_150424], county->dir,
                            getenv("ANLAN_SOURCE"), arguments);
    if (code != expected)
        fail_msg("%d: %s", code, output);
    return output;
}

// The real ledger, with further options.
static const char *import_ledger(const char *options, int expected)
{
    return import_as(
        "county_officer",
        arena_printf(&county->arena, "ledger.csv --unit %s --sector coal_mines %s", county->ids[ENTERPRISE], options),
        expected);
}

static void contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static long long hazards(const char *where)
{
    return instance_sql(county, "hazards", "SELECT count(*) FROM hazards WHERE %s", where);
}

static void a_preview_enters_nothing(void **state)
{
    (void)state;
    const char *said = import_ledger("--grade-of C=general --dry-run --rejects /dev/null --lang en", 3);
    contains(said, "33 to be closed (fixed on the spot), 54 assigned, 0 registered only");
    contains(said, "90 rows: 0 created, 0 present already, 3 rejected");
    contains(said, "the text was cut off before it came here");
    assert_int_equal(hazards("true"), 0);
}

static void without_a_word_for_its_grades_nothing_goes_in(void **state)
{
    (void)state;
    contains(import_ledger("--rejects /dev/null --lang zh", 3), "共 90 行：新建 0，已存在 0，退回 90");
    assert_int_equal(hazards("true"), 0);
}

static void good_rows_go_in_and_bad_ones_come_back(void **state)
{
    (void)state;
    char rejects[16384];
    const char *said = import_ledger("--grade-of C=general --source 煤矿台账 --lang zh", 3);
    contains(said, "共 90 行：新建 87，已存在 0，退回 3");
    contains(said, "ledger.csv.rejects.csv");
    instance_run(county, rejects, sizeof(rejects), "cat %s/ledger.csv.rejects.csv", county->dir);
    contains(rejects, "row,reason,序号,检查时间");
    contains(rejects, "\n21,整改完成时间早于检查时间：2017-12-02 09:39:58,20,");
    contains(rejects, "\n32,整改期限早于检查时间：2017-12-10 09:00:50,31,");
    contains(rejects, "\n91,是表格自带的行，没有填写,90,");
    assert_int_equal(hazards("true"), ROWS - REJECTED);
    assert_int_equal(hazards("state = 6 AND last_action = 2"), FIXED);
    assert_int_equal(hazards("state = 2 AND deadline IS NOT NULL AND responsible_person <> ''"), ASSIGNED);
    assert_int_equal(hazards("sector = 'coal_mines' AND grade = 1"), ROWS - REJECTED);
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM entries"), ROWS - REJECTED);
    assert_int_equal(
        instance_sql(county, "hazards", "SELECT sum(c) FROM hazard_counts, unnest(counts) AS c WHERE part = 1"),
        ROWS - REJECTED);
}

static void the_same_file_enters_nothing_twice(void **state)
{
    (void)state;
    contains(import_ledger("--grade-of C=general --source 煤矿台账 --rejects /dev/null --lang en", 3),
             "90 rows: 0 created, 87 present already, 3 rejected");
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM entries"), ROWS - REJECTED);
}

static void rejects_go_in_once_they_are_put_right(void **state)
{
    (void)state;
    instance_run(county, NULL, 0,
                 "cd %s && sed -e 's/2017-12-10 09:00:50/2017-12-20 09:00:50/g' -e 's/2017-12-02 09:39:58/2017-12-02 "
                 "10:39:58/g' -e '/^91,/d' ledger.csv.rejects.csv > right.csv",
                 county->dir);
    const char *options = arena_printf(&county->arena, "right.csv --unit %s --sector coal_mines --grade-of C=general",
                                       county->ids[ENTERPRISE]);
    contains(import_as("county_officer", options, 0), "2 rows: 2 created");
    assert_int_equal(hazards("true"), ROWS - 1);
}

static void what_is_wrong_is_told_and_enters_nothing(void **state)
{
    (void)state;
    static const char *const files[] = {"", "检查时间,检查人\n", "存在的问题或隐患,检查时间,检查人,检查人\n"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        FILE *file = fopen(arena_printf(&county->arena, "%s/bad.csv", county->dir), "w");
        assert_non_null(file);
        fputs(files[i], file);
        fclose(file);
        import_as("county_officer", "bad.csv --unit 150424 --sector coal_mines", 1);
    }
    import_as("county_officer", "no-such-file.csv --unit 150424 --sector coal_mines", 1);
    contains(import_as("county_officer", "ledger.csv --unit 150424", 2), "sector");
    // Who may not enter hazards gets each row back with the reason.
    contains(
        import_as("auditor",
                  "ledger.csv --unit 150424 --sector coal_mines --grade-of C=general --rejects /dev/null --lang en", 3),
        "90 rows: 0 created, 0 present already, 90 rejected");
    assert_int_equal(hazards("true"), ROWS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preview_enters_nothing),
        cmocka_unit_test(without_a_word_for_its_grades_nothing_goes_in),
        cmocka_unit_test(good_rows_go_in_and_bad_ones_come_back),
        cmocka_unit_test(the_same_file_enters_nothing_twice),
        cmocka_unit_test(rejects_go_in_once_they_are_put_right),
        cmocka_unit_test(what_is_wrong_is_told_and_enters_nothing),
    };
    return cmocka_run_group_tests(tests, up, down);
}

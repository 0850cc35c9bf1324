// SPDX-License-Identifier: Apache-2.0
// Migrations: once each, in order, by one process at a time, never changed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "pg/migrate.h"
#include "support/database.h"

static const struct pg_migration good[] = {
    {1, "0001_units", "CREATE TABLE unit (id int PRIMARY KEY);\nINSERT INTO unit VALUES (1);\n"},
    {2, "0002_names", "ALTER TABLE unit ADD COLUMN name text NOT NULL DEFAULT '旗县';\n"},
    {3, "0003_posts", "CREATE TABLE post (id int PRIMARY KEY);\n"},
};

// Each test begins with an empty database.
static int clear(void **state)
{
    const struct database *database = *state;
    cluster_sql(&database->cluster, "anlan_hazards", "DROP TABLE IF EXISTS anlan_migrations, unit, post, slow");
    return 0;
}

// Migrates and keeps what was written.
static bool migrate(const struct database *database, const struct pg_migration *migrations, size_t count,
                    char text[512], struct status *status)
{
    memset(text, 0, 512);
    FILE *out = fmemopen(text, 512, "w");
    bool done = pg_migrate(database->owner, migrations, count, out, status);
    fclose(out);
    return done;
}

static bool tell(const struct database *database, const struct pg_migration *migrations, size_t count, char text[512],
                 size_t *pending, struct status *status)
{
    memset(text, 0, 512);
    FILE *out = fmemopen(text, 512, "w");
    bool done = pg_migrate_status(database->owner, migrations, count, out, pending, status);
    fclose(out);
    return done;
}

static void migrations_are_applied_once_and_in_order(void **state)
{
    char text[512];
    struct status status = {0};
    if (!migrate(*state, good, 2, text, &status))
        fail_msg("%s", status.message);
    assert_string_equal(text, "0001_units applied\n0002_names applied\n");
    assert_true(migrate(*state, good, 2, text, &status));
    assert_string_equal(text, "");
    assert_true(migrate(*state, good, 3, text, &status));
    assert_string_equal(text, "0003_posts applied\n");
    database_sql(*state, "DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM unit WHERE name = '旗县'); END $$");
    database_sql(*state, "DO $$ BEGIN ASSERT (SELECT tableowner = 'anlan_hazards_owner' FROM pg_tables"
                         " WHERE tablename = 'unit'); END $$");
}

static void the_status_tells_what_is_pending(void **state)
{
    char text[512];
    struct status status = {0};
    size_t pending = 99;
    assert_true(tell(*state, good, 3, text, &pending, &status));
    assert_int_equal(pending, 3);
    assert_string_equal(text, "0001  0001_units  pending\n0002  0002_names  pending\n0003  0003_posts  pending\n");
    assert_true(migrate(*state, good, 1, text, &status));
    assert_true(tell(*state, good, 3, text, &pending, &status));
    assert_int_equal(pending, 2);
    assert_non_null(strstr(text, "Z  unchanged\n0002  0002_names  pending\n"));
}

static void a_changed_file_is_refused(void **state)
{
    char text[512];
    struct status status = {0};
    assert_true(migrate(*state, good, 2, text, &status));
    const struct pg_migration changed[] = {good[0], {2, "0002_names", "SELECT 1"}, good[2]};
    assert_false(migrate(*state, changed, 3, text, &status));
    assert_int_equal(status.reason, REASON(INTERNAL));
    assert_string_equal(status.message, "migration 0002_names has changed since it was applied");
    size_t pending = 99;
    assert_false(tell(*state, changed, 3, text, &pending, &status));
    assert_non_null(strstr(text, "CHANGED"));
    assert_int_equal(pending, 99);
    const struct pg_migration renamed[] = {good[0], {2, "0002_other", good[1].text}};
    assert_false(migrate(*state, renamed, 2, text, &status));
}

static void a_database_newer_than_the_program_is_refused(void **state)
{
    char text[512];
    struct status status = {0};
    assert_true(migrate(*state, good, 3, text, &status));
    assert_false(migrate(*state, good, 2, text, &status));
    assert_string_equal(status.message, "the database is newer than the program: it has 0003_posts");
}

static void a_migration_that_fails_is_undone_whole(void **state)
{
    char text[512];
    struct status status = {0};
    const struct pg_migration failing[] = {
        good[0], {2, "0002_names", "ALTER TABLE unit ADD COLUMN name text;\nINSERT INTO unit VALUES (1);\n"}, good[2]};
    assert_false(migrate(*state, failing, 3, text, &status));
    assert_int_equal(status.reason, REASON(INTERNAL));
    assert_non_null(strstr(status.message, "0002_names: 23505"));
    assert_string_equal(text, "0001_units applied\n");
    assert_true(migrate(*state, good, 3, text, &status));
    assert_string_equal(text, "0002_names applied\n0003_posts applied\n");
}

static void a_migration_that_commits_itself_is_refused(void **state)
{
    char text[512];
    struct status status = {0};
    const struct pg_migration breaking[] = {{1, "0001_units", "CREATE TABLE unit (id int); COMMIT"}};
    assert_false(migrate(*state, breaking, 1, text, &status));
    assert_string_equal(status.message, "0001_units: ends its transaction itself");
}

static void two_processes_at_once_apply_each_migration_once(void **state)
{
    static const struct pg_migration slow[] = {
        {1, "0001_slow", "CREATE TABLE slow (id int); INSERT INTO slow VALUES (1); SELECT pg_sleep(0.2)"},
        {2, "0002_slow", "INSERT INTO slow VALUES (2)"},
    };
    const struct database *database = *state;
    pid_t children[3];
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct status status = {0};
            _exit(pg_migrate(database->owner, slow, COUNT_OF(slow), stderr, &status) ? 0 : 1);
        }
    }
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        int outcome = -1;
        waitpid(children[i], &outcome, 0);
        assert_int_equal(outcome, 0);
    }
    database_sql(database, "DO $$ BEGIN ASSERT (SELECT count(*) = 2 FROM slow); END $$");
}

static void a_database_that_is_not_there_is_unavailable(void **state)
{
    (void)state;
    size_t pending = 0;
    struct status status = {0};
    assert_false(pg_migrate("host=/nonexistent", good, 3, stderr, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_false(pg_migrate_status("host=/nonexistent", good, 3, stderr, &pending, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(migrations_are_applied_once_and_in_order, clear),
        cmocka_unit_test_setup(the_status_tells_what_is_pending, clear),
        cmocka_unit_test_setup(a_changed_file_is_refused, clear),
        cmocka_unit_test_setup(a_database_newer_than_the_program_is_refused, clear),
        cmocka_unit_test_setup(a_migration_that_fails_is_undone_whole, clear),
        cmocka_unit_test_setup(a_migration_that_commits_itself_is_refused, clear),
        cmocka_unit_test_setup(two_processes_at_once_apply_each_migration_once, clear),
        cmocka_unit_test(a_database_that_is_not_there_is_unavailable),
    };
    return cmocka_run_group_tests_name("migrate", tests, database_start, database_stop);
}

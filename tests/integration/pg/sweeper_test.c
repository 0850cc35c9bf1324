// SPDX-License-Identifier: Apache-2.0
// A client that freezes in the middle of a pipeline is ended, and nobody else.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "pg/sweeper.h"
#include "support/database.h"
#include "support/every_type.pb-c.h"

static const char *const text_name[] = {"text"};
static const struct pg_sql limit_sql = {"limit",
                                        "SELECT set_config('statement_timeout', $1::text, true), "
                                        "set_config('idle_in_transaction_session_timeout', $1::text, true)",
                                        text_name, 1};
static const struct pg_sql lock_sql = {"lock", "SELECT id AS integer FROM head WHERE id = 1 FOR UPDATE", NULL, 0};
static struct pg_statement limit = {.sql = &limit_sql, .sources = {{"", &anlan__test__every_type__descriptor}}};
static struct pg_statement lock = {.sql = &lock_sql, .targets = {{"", &anlan__test__every_type__descriptor}}};
static struct pg_statement *const listed[] = {&limit, &lock};
static struct pg_catalogue catalogue = {(struct pg_statement **)listed, COUNT_OF(listed)};

struct swept {
    atomic_int count;
    atomic_int backend;
};

static void note(void *user, int backend)
{
    struct swept *swept = user;
    atomic_store(&swept->backend, backend);
    atomic_fetch_add(&swept->count, 1);
}

static int start(void **state)
{
    if (database_start(state) != 0)
        return -1;
    database_sql(*state, "CREATE TABLE head (id int4 PRIMARY KEY); INSERT INTO head VALUES (1);"
                         "GRANT ALL ON head TO anlan_hazards");
    return 0;
}

static int stop(void **state)
{
    pg_catalogue_fini(&catalogue);
    return database_stop(state);
}

// Locks the head with time limits of 100 ms and goes on with the transaction.
static void load(struct pg_connection *connection, struct arena *arena)
{
    Anlan__Test__EveryType source = ANLAN__TEST__EVERY_TYPE__INIT;
    source.text = (char *)"100";
    database_execute(connection, &limit, &source, arena);
    database_execute(connection, &lock, NULL, arena);
    struct status status = {0};
    assert_true(pg_flush(connection, &status));
    database_skip(connection);
    database_skip(connection);
}

// A process that loads and is then frozen, holding the head's lock.
static pid_t freeze_client(const struct database *database)
{
    pid_t child = fork();
    if (child == 0) {
        struct arena arena;
        arena_init(&arena, 1 << 16);
        load(database_open(database, &catalogue), &arena);
        raise(SIGSTOP);
        _exit(0);
    }
    int outcome = 0;
    assert_int_equal(waitpid(child, &outcome, WUNTRACED), child);
    assert_true(WIFSTOPPED(outcome));
    return child;
}

// True if the head's lock comes within `milliseconds`.
static bool lock_within(struct pg_connection *connection, const char *milliseconds, struct arena *arena)
{
    Anlan__Test__EveryType source = ANLAN__TEST__EVERY_TYPE__INIT;
    source.text = (char *)milliseconds;
    database_execute(connection, &limit, &source, arena);
    database_execute(connection, &lock, NULL, arena);
    struct status status = {0};
    assert_true(pg_sync(connection, &status));
    database_skip(connection);
    struct pg_rows rows = {0};
    bool locked = pg_next(connection, database_deadline(), &rows, &status);
    pg_rows_clear(&rows);
    assert_true(pg_finish(connection, database_deadline(), &status));
    return locked;
}

// Stack facts, PostgreSQL 11: no time limit of PostgreSQL ends such a client.
static void a_frozen_client_is_swept_and_the_waiter_proceeds(void **state)
{
    const struct database *database = *state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    pid_t frozen = freeze_client(database);
    struct pg_connection *waiter = database_open(database, &catalogue);
    assert_false(lock_within(waiter, "700", &arena));
    struct swept swept = {0};
    struct pg_sweeper *sweeper = NULL;
    struct status status = {0};
    assert_true(pg_sweeper_start(&sweeper, database->service, 50, 300, note, &swept, &status));
    assert_true(lock_within(waiter, "8000", &arena));
    assert_true(pg_usable(waiter));
    pg_sweeper_stop(sweeper);
    assert_int_equal(atomic_load(&swept.count), 1);
    assert_int_not_equal(atomic_load(&swept.backend), 0);
    kill(frozen, SIGKILL);
    waitpid(frozen, NULL, 0);
    pg_close(waiter);
    arena_fini(&arena);
}

// Idle connections, working ones and those of other roles are left alone.
static void nobody_else_is_swept(void **state)
{
    const struct database *database = *state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct pg_connection *idle = database_open(database, &catalogue);
    struct pg_connection *holder = database_open(database, &catalogue);
    struct pg_connection *waiter = database_open(database, &catalogue);
    struct pg_connection *owner = NULL;
    struct swept swept = {0};
    struct pg_sweeper *sweeper = NULL;
    struct status status = {0};
    assert_true(pg_open(&owner, database->owner, "test", NULL, &status));
    assert_true(pg_run(owner, "BEGIN", &status));
    // The holder is younger than the bound all the time; the waiter waits for it.
    load(holder, &arena);
    assert_true(pg_sweeper_start(&sweeper, database->service, 20, 5000, note, &swept, &status));
    assert_false(lock_within(waiter, "400", &arena));
    pg_sweeper_stop(sweeper);
    assert_int_equal(atomic_load(&swept.count), 0);
    database_commit(holder);
    assert_true(pg_sweeper_start(&sweeper, database->service, 20, 0, note, &swept, &status));
    assert_true(pg_run(idle, "SELECT pg_sleep(0.3)", &status));
    assert_true(pg_run(owner, "COMMIT", &status));
    assert_true(lock_within(waiter, "1000", &arena));
    pg_sweeper_stop(sweeper);
    assert_int_equal(atomic_load(&swept.count), 0);
    pg_close(idle);
    pg_close(holder);
    pg_close(waiter);
    pg_close(owner);
    arena_fini(&arena);
}

static void the_sweeper_comes_back_after_a_crash_of_the_server(void **state)
{
    struct database *database = *state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct swept swept = {0};
    struct pg_sweeper *sweeper = NULL;
    struct status status = {0};
    assert_true(pg_sweeper_start(&sweeper, database->service, 50, 300, note, &swept, &status));
    cluster_kill(&database->cluster);
    cluster_restart(&database->cluster);
    pid_t frozen = freeze_client(database);
    struct pg_connection *waiter = database_open(database, &catalogue);
    assert_true(lock_within(waiter, "8000", &arena));
    pg_sweeper_stop(sweeper);
    assert_int_equal(atomic_load(&swept.count), 1);
    kill(frozen, SIGKILL);
    waitpid(frozen, NULL, 0);
    pg_close(waiter);
    arena_fini(&arena);
}

static void a_sweeper_stops_at_once(void **state)
{
    const struct database *database = *state;
    struct swept swept = {0};
    struct pg_sweeper *sweeper = NULL;
    struct status status = {0};
    int64_t begun = clock_monotonic();
    assert_true(pg_sweeper_start(&sweeper, database->service, 60000, 300, note, &swept, &status));
    pg_sweeper_stop(sweeper);
    pg_sweeper_stop(NULL);
    assert_true(clock_monotonic() - begun < 5 * CLOCK_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frozen_client_is_swept_and_the_waiter_proceeds),
        cmocka_unit_test(nobody_else_is_swept),
        cmocka_unit_test(the_sweeper_comes_back_after_a_crash_of_the_server),
        cmocka_unit_test(a_sweeper_stops_at_once),
    };
    return cmocka_run_group_tests_name("sweeper", tests, start, stop);
}

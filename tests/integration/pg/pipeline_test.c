// SPDX-License-Identifier: Apache-2.0
// Batches in one pipeline: order, transactions, time limits, errors and lost
// connections.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "support/database.h"
#include "support/every_type.pb-c.h"

static const char *const integer_name[] = {"integer"};
static const char *const text_name[] = {"text"};
static const char *const two_texts[] = {"text", "inner.id"};

#define EVERY_TYPE                                                                                                     \
    {                                                                                                                  \
        {                                                                                                              \
            "", &anlan__test__every_type__descriptor                                                                   \
        }                                                                                                              \
    }

static const struct pg_sql insert_sql = {"insert", "INSERT INTO item (id) VALUES ($1)", integer_name, 1};
static const struct pg_sql count_sql = {"count", "SELECT count(*) AS large FROM item", NULL, 0};
static const struct pg_sql echo_sql = {"echo", "SELECT $1::int4 AS integer", integer_name, 1};
static const struct pg_sql divide_sql = {"divide", "SELECT 1 / $1::int4 AS integer", integer_name, 1};
static const struct pg_sql many_sql = {"many", "SELECT n AS integer FROM generate_series(1, $1::int4) n", integer_name,
                                       1};
static const struct pg_sql set_tenant_sql = {"set_tenant", "SELECT set_config('anlan.tenant', $1::text, true)",
                                             text_name, 1};
static const struct pg_sql get_tenant_sql = {
    "get_tenant", "SELECT coalesce(current_setting('anlan.tenant', true), 'NULL') AS text", NULL, 0};
static const struct pg_sql statement_limit_sql = {
    "statement_limit", "SELECT set_config('statement_timeout', $1::text, true)", text_name, 1};
static const struct pg_sql lock_limit_sql = {"lock_limit", "SELECT set_config('lock_timeout', $1::text, true)",
                                             text_name, 1};
static const struct pg_sql sleep_sql = {"sleep", "SELECT $1::text AS text FROM pg_sleep($1::text::float8)", text_name,
                                        1};
static const struct pg_sql lock_sql = {"lock", "SELECT id AS integer FROM head WHERE id = $1 FOR UPDATE", integer_name,
                                       1};
static const struct pg_sql update_sql = {"update", "UPDATE item SET id = id WHERE id <= $1", integer_name, 1};
static const struct pg_sql deferred_sql = {"deferred", "INSERT INTO child (id) VALUES ($1)", integer_name, 1};
static const struct pg_sql raise_sql = {"raise", "SELECT raise_state($1::text, $2::uuid) AS text", two_texts, 2};
static const struct pg_sql infinity_sql = {"infinity", "SELECT 'infinity'::timestamptz AS time", NULL, 0};
static const struct pg_sql large_sql = {"large", "SELECT 3000000000::int8 AS integer", NULL, 0};
static const struct pg_sql both_sql = {"both", "SELECT 'x' AS chosen_text, 1 AS chosen_number", NULL, 0};
static const struct pg_sql square_sql = {"square", "SELECT ARRAY[ARRAY[1, 2]] AS integers", NULL, 0};

static struct pg_statement insert = {.sql = &insert_sql, .sources = EVERY_TYPE};
static struct pg_statement count = {.sql = &count_sql, .targets = EVERY_TYPE};
static struct pg_statement echo = {.sql = &echo_sql, .sources = EVERY_TYPE, .targets = EVERY_TYPE};
static struct pg_statement divide = {.sql = &divide_sql, .sources = EVERY_TYPE, .targets = EVERY_TYPE};
static struct pg_statement many = {.sql = &many_sql, .sources = EVERY_TYPE, .targets = EVERY_TYPE};
static struct pg_statement set_tenant = {.sql = &set_tenant_sql, .sources = EVERY_TYPE};
static struct pg_statement get_tenant = {.sql = &get_tenant_sql, .targets = EVERY_TYPE};
static struct pg_statement statement_limit = {.sql = &statement_limit_sql, .sources = EVERY_TYPE};
static struct pg_statement lock_limit = {.sql = &lock_limit_sql, .sources = EVERY_TYPE};
static struct pg_statement sleeping = {.sql = &sleep_sql, .sources = EVERY_TYPE, .targets = EVERY_TYPE};
static struct pg_statement lock = {.sql = &lock_sql, .sources = EVERY_TYPE, .targets = EVERY_TYPE};
static struct pg_statement update = {.sql = &update_sql, .sources = EVERY_TYPE};
static struct pg_statement deferred = {.sql = &deferred_sql, .sources = EVERY_TYPE};
static struct pg_statement raise_state = {.sql = &raise_sql, .sources = EVERY_TYPE, .targets = EVERY_TYPE};
static struct pg_statement infinity_time = {.sql = &infinity_sql, .targets = EVERY_TYPE};
static struct pg_statement large = {.sql = &large_sql, .targets = EVERY_TYPE};
static struct pg_statement both = {.sql = &both_sql, .targets = EVERY_TYPE};
static struct pg_statement square = {.sql = &square_sql, .targets = EVERY_TYPE};
static struct pg_statement *const listed[] = {
    &insert,     &count,           &echo,          &divide,   &many, &set_tenant,
    &get_tenant, &statement_limit, &lock_limit,    &sleeping, &lock, &update,
    &deferred,   &raise_state,     &infinity_time, &large,    &both, &square};
static struct pg_catalogue catalogue = {(struct pg_statement **)listed, COUNT_OF(listed)};

static const char schema[] = "CREATE TABLE item (id int4 PRIMARY KEY);\n"
                             "CREATE TABLE head (id int4 PRIMARY KEY);\n"
                             "INSERT INTO head VALUES (1), (2);\n"
                             "CREATE TABLE child (id int4 REFERENCES head DEFERRABLE INITIALLY DEFERRED);\n"
                             "CREATE FUNCTION raise_state(state text, id uuid) RETURNS text LANGUAGE plpgsql AS $$\n"
                             "BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = state; END $$;\n"
                             "GRANT ALL ON item, head, child TO anlan_hazards;\n";

static int start(void **state)
{
    if (database_start(state) != 0)
        return -1;
    database_sql(*state, schema);
    return 0;
}

static int stop(void **state)
{
    pg_catalogue_fini(&catalogue);
    return database_stop(state);
}

// A connection with an arena, for one test.
struct client {
    struct pg_connection *connection;
    struct arena arena;
};

static void client_open(struct client *client, void **state)
{
    client->connection = database_open(*state, &catalogue);
    arena_init(&client->arena, 1 << 20);
}

static void client_close(struct client *client)
{
    pg_close(client->connection);
    arena_fini(&client->arena);
}

static void with_integer(struct client *client, const struct pg_statement *statement, int32_t integer)
{
    Anlan__Test__EveryType source = ANLAN__TEST__EVERY_TYPE__INIT;
    source.integer = integer;
    database_execute(client->connection, statement, &source, &client->arena);
}

static void with_text(struct client *client, const struct pg_statement *statement, const char *text)
{
    Anlan__Test__EveryType source = ANLAN__TEST__EVERY_TYPE__INIT;
    source.text = (char *)text;
    database_execute(client->connection, statement, &source, &client->arena);
}

static Anlan__Test__EveryType *first_row(struct client *client, struct pg_rows *rows)
{
    struct status status = {0};
    assert_int_equal(rows->count, 1);
    ProtobufCMessage *message = pg_rows_unpack(rows, 0, 0, &client->arena, &status);
    if (message == NULL)
        fail_msg("%s", status.message);
    pg_rows_clear(rows);
    return (Anlan__Test__EveryType *)message;
}

static int64_t count_items(struct client *client)
{
    with_integer(client, &count, 0);
    struct pg_rows rows = database_next(client->connection);
    int64_t items = first_row(client, &rows)->large;
    database_commit(client->connection);
    return items;
}

static void expect_text(struct client *client, const char *text)
{
    struct pg_rows rows = database_next(client->connection);
    assert_string_equal(first_row(client, &rows)->text, text);
}

static void answers_come_in_the_order_of_the_calls(void **state)
{
    struct client client;
    client_open(&client, state);
    for (int32_t i = 0; i < 1000; i++)
        with_integer(&client, i % 10 == 9 ? &many : &echo, i);
    struct status status = {0};
    assert_true(pg_sync(client.connection, &status));
    for (int32_t i = 0; i < 1000; i++) {
        struct pg_rows rows = database_next(client.connection);
        assert_int_equal(rows.count, i % 10 == 9 ? i : 1);
        assert_int_equal(rows.affected, 0);
        assert_ptr_equal(rows.statement, i % 10 == 9 ? &many : &echo);
        pg_rows_clear(&rows);
    }
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    client_close(&client);
}

static void several_syncs_may_be_under_way(void **state)
{
    struct client client;
    client_open(&client, state);
    struct status status = {0};
    for (int32_t i = 0; i < 3; i++) {
        with_integer(&client, &divide, i);
        assert_true(pg_sync(client.connection, &status));
    }
    database_fails(client.connection, REASON(INTERNAL), "divide: 22012 division by zero");
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    for (int32_t i = 1; i < 3; i++) {
        database_skip(client.connection);
        assert_true(pg_finish(client.connection, database_deadline(), &status));
    }
    client_close(&client);
}

// The client's connection is not the first of the process, so it prepares as it goes.
static void a_statement_may_be_first_used_behind_an_error(void **state)
{
    struct client client;
    client_open(&client, state);
    struct status status = {0};
    with_integer(&client, &divide, 0);
    with_integer(&client, &echo, 1);    // its preparation is skipped
    assert_true(pg_sync(client.connection, &status));
    for (int32_t number = 2; number < 4; number++)
        with_integer(&client, &echo, number);    // asked for before that is known
    assert_true(pg_sync(client.connection, &status));
    database_fails(client.connection, REASON(INTERNAL), "divide: 22012");
    database_fails(client.connection, REASON(INTERNAL), "echo: aborted");
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    with_integer(&client, &echo, 4);
    assert_true(pg_sync(client.connection, &status));
    for (int32_t number = 2; number < 5; number++) {
        struct pg_rows rows = database_next(client.connection);
        Anlan__Test__EveryType *row = (Anlan__Test__EveryType *)pg_rows_unpack(&rows, 0, 0, &client.arena, &status);
        assert_int_equal(row->integer, number);
        pg_rows_clear(&rows);
        if (number >= 3)
            assert_true(pg_finish(client.connection, database_deadline(), &status));
    }
    client_close(&client);
}

static void a_first_use_that_the_server_refuses_fails_alone(void **state)
{
    struct client client;
    client_open(&client, state);
    struct status status = {0};
    database_sql(*state, "ALTER TABLE item RENAME TO elsewhere");
    with_integer(&client, &insert, 301);
    with_integer(&client, &insert, 302);
    assert_true(pg_sync(client.connection, &status));
    database_fails(client.connection, REASON(INTERNAL), "insert: 42P01");
    database_fails(client.connection, REASON(INTERNAL), "insert: aborted");
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    database_sql(*state, "ALTER TABLE elsewhere RENAME TO item");
    with_integer(&client, &insert, 301);
    assert_true(pg_sync(client.connection, &status));
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    client_close(&client);
}

// Stack facts, PostgreSQL 1.
static void one_error_undoes_all_up_to_the_sync(void **state)
{
    struct client client;
    client_open(&client, state);
    int64_t before = count_items(&client);
    with_integer(&client, &insert, 1001);
    with_integer(&client, &divide, 0);
    with_integer(&client, &insert, 1002);
    struct status status = {0};
    assert_true(pg_sync(client.connection, &status));
    struct pg_rows rows = database_next(client.connection);
    assert_int_equal(rows.affected, 1);
    pg_rows_clear(&rows);
    database_fails(client.connection, REASON(INTERNAL), "22012");
    database_fails(client.connection, REASON(INTERNAL), "insert: aborted");
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    assert_int_equal(count_items(&client), before);
    with_integer(&client, &insert, 1003);
    with_integer(&client, &update, 5000);
    database_skip(client.connection);
    rows = database_next(client.connection);
    assert_int_equal(rows.affected, before + 1);
    pg_rows_clear(&rows);
    database_commit(client.connection);
    assert_int_equal(count_items(&client), before + 1);
    client_close(&client);
}

static void a_transaction_goes_on_after_a_flush(void **state)
{
    struct client client;
    client_open(&client, state);
    int64_t before = count_items(&client);
    struct status status = {0};
    with_integer(&client, &insert, 2001);
    assert_true(pg_flush(client.connection, &status));
    database_skip(client.connection);
    struct client other;
    client_open(&other, state);
    assert_int_equal(count_items(&other), before);
    with_integer(&client, &insert, 2002);
    assert_true(pg_sync(client.connection, &status));
    database_skip(client.connection);
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    assert_int_equal(count_items(&other), before + 2);
    client_close(&other);
    client_close(&client);
}

static void an_answer_that_nobody_read_still_counts_at_the_finish(void **state)
{
    struct client client;
    client_open(&client, state);
    struct status status = {0};
    with_integer(&client, &echo, 1);
    assert_true(pg_sync(client.connection, &status));
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    with_integer(&client, &echo, 1);
    with_integer(&client, &divide, 0);
    with_integer(&client, &echo, 1);
    assert_true(pg_sync(client.connection, &status));
    assert_false(pg_finish(client.connection, database_deadline(), &status));
    assert_non_null(strstr(status.message, "22012"));
    assert_true(pg_usable(client.connection));
    with_integer(&client, &echo, 1);
    database_skip(client.connection);
    database_commit(client.connection);
    client_close(&client);
}

static void a_commit_that_fails_is_told_at_the_finish(void **state)
{
    struct client client;
    client_open(&client, state);
    struct status status = {0};
    with_integer(&client, &deferred, 99);
    assert_true(pg_sync(client.connection, &status));
    database_skip(client.connection);
    assert_false(pg_finish(client.connection, database_deadline(), &status));
    assert_non_null(strstr(status.message, "commit: 23503"));
    assert_true(pg_usable(client.connection));
    with_integer(&client, &deferred, 1);
    database_skip(client.connection);
    database_commit(client.connection);
    client_close(&client);
}

// Stack facts, PostgreSQL 2 and 3.
static void a_setting_lasts_for_its_transaction_and_is_empty_afterwards(void **state)
{
    struct client client;
    client_open(&client, state);
    with_text(&client, &get_tenant, "");
    expect_text(&client, "NULL");
    database_commit(client.connection);
    with_text(&client, &set_tenant, "赤峰");
    with_text(&client, &get_tenant, "");
    with_text(&client, &set_tenant, "通辽");
    with_text(&client, &get_tenant, "");
    database_skip(client.connection);
    expect_text(&client, "赤峰");
    database_skip(client.connection);
    expect_text(&client, "通辽");
    database_commit(client.connection);
    with_text(&client, &get_tenant, "");
    expect_text(&client, "");
    database_commit(client.connection);
    client_close(&client);
}

static void each_call_of_a_pipeline_has_its_own_statement_timeout(void **state)
{
    struct client client;
    client_open(&client, state);
    with_text(&client, &statement_limit, "40");
    with_text(&client, &statement_limit, "5000");
    with_text(&client, &sleeping, "0.1");
    database_skip(client.connection);
    database_skip(client.connection);
    expect_text(&client, "0.1");
    with_text(&client, &statement_limit, "40");
    with_text(&client, &sleeping, "5");
    database_skip(client.connection);
    database_fails(client.connection, REASON(DEADLINE_EXCEEDED), "sleep: 57014");
    struct status status = {0};
    assert_true(pg_sync(client.connection, &status));
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    with_text(&client, &sleeping, "0.1");
    expect_text(&client, "0.1");
    database_commit(client.connection);
    client_close(&client);
}

static void each_call_of_a_pipeline_has_its_own_lock_timeout(void **state)
{
    struct client holder, waiter;
    client_open(&holder, state);
    client_open(&waiter, state);
    with_integer(&holder, &lock, 1);
    database_skip(holder.connection);
    with_text(&waiter, &lock_limit, "5000");
    with_integer(&waiter, &lock, 2);
    with_text(&waiter, &lock_limit, "40");
    with_integer(&waiter, &lock, 1);
    for (int i = 0; i < 3; i++)
        database_skip(waiter.connection);
    database_fails(waiter.connection, REASON(DEADLINE_EXCEEDED), "lock: 55P03");
    struct status status = {0};
    assert_true(pg_sync(waiter.connection, &status));
    assert_true(pg_finish(waiter.connection, database_deadline(), &status));
    database_commit(holder.connection);
    client_close(&waiter);
    client_close(&holder);
}

static void a_deadlock_may_be_tried_again(void **state)
{
    struct client first, second;
    client_open(&first, state);
    client_open(&second, state);
    with_integer(&first, &lock, 1);
    database_skip(first.connection);
    with_integer(&second, &lock, 2);
    database_skip(second.connection);
    struct status status = {0};
    with_integer(&first, &lock, 2);
    assert_true(pg_sync(first.connection, &status));
    with_integer(&second, &lock, 1);
    assert_true(pg_sync(second.connection, &status));
    struct pg_rows rows[2] = {{0}};
    struct status outcomes[2] = {{0}};
    bool won = pg_next(first.connection, database_deadline(), &rows[0], &outcomes[0]);
    bool other = pg_next(second.connection, database_deadline(), &rows[1], &outcomes[1]);
    assert_int_not_equal(won, other);
    const struct status *loser = won ? &outcomes[1] : &outcomes[0];
    assert_int_equal(loser->reason, REASON(DATABASE_UNAVAILABLE));
    assert_non_null(strstr(loser->message, "40P01"));
    assert_true(pg_usable(first.connection) && pg_usable(second.connection));
    pg_rows_clear(&rows[0]);
    pg_rows_clear(&rows[1]);
    assert_true(pg_finish(first.connection, database_deadline(), &status));
    assert_true(pg_finish(second.connection, database_deadline(), &status));
    client_close(&first);
    client_close(&second);
}

static void each_sqlstate_has_its_reason(void **state)
{
    static const struct {
        const char *sqlstate;
        status_reason reason;
        bool usable;
    } cases[] = {
        {"57014", REASON(DEADLINE_EXCEEDED), true},
        {"55P03", REASON(DEADLINE_EXCEEDED), true},
        {"40001", REASON(DATABASE_UNAVAILABLE), true},
        {"40P01", REASON(DATABASE_UNAVAILABLE), true},
        {"57P01", REASON(DATABASE_UNAVAILABLE), false},
        {"57P03", REASON(DATABASE_UNAVAILABLE), false},
        {"08006", REASON(DATABASE_UNAVAILABLE), false},
        {"23505", REASON(INTERNAL), true},
        {"P0001", REASON(INTERNAL), true},
        {"42501", REASON(INTERNAL), true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client client;
        client_open(&client, state);
        with_text(&client, &raise_state, cases[i].sqlstate);
        database_fails(client.connection, cases[i].reason, cases[i].sqlstate);
        assert_int_equal(pg_usable(client.connection), cases[i].usable);
        client_close(&client);
    }
}

static void a_value_that_its_field_cannot_hold_is_an_error(void **state)
{
    struct client client;
    client_open(&client, state);
    const struct pg_statement *const bad[] = {&infinity_time, &large, &both, &square};
    const char *const fields[] = {"time", "integer", "chosen_text", "integers"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        with_integer(&client, bad[i], 0);
        struct pg_rows rows = database_next(client.connection);
        struct bytes bytes;
        struct status status = {0};
        assert_false(pg_rows_message(&rows, 0, 0, &client.arena, &bytes, &status));
        assert_int_equal(status.reason, REASON(INTERNAL));
        assert_non_null(strstr(status.message, fields[i]));
        pg_rows_clear(&rows);
    }
    database_commit(client.connection);
    client_close(&client);
}

static void much_can_travel_both_ways_at_once(void **state)
{
    struct client client;
    client_open(&client, state);
    arena_fini(&client.arena);
    arena_init(&client.arena, 256 << 20);
    static char text[200000];
    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < 50; i++) {
        with_text(&client, &set_tenant, text);
        with_text(&client, &get_tenant, "");
    }
    struct status status = {0};
    assert_true(pg_sync(client.connection, &status));
    for (int i = 0; i < 50; i++) {
        database_skip(client.connection);
        struct pg_rows rows = database_next(client.connection);
        assert_int_equal(strlen(first_row(&client, &rows)->text), sizeof(text) - 1);
    }
    assert_true(pg_finish(client.connection, database_deadline(), &status));
    client_close(&client);
}

static void a_deadline_that_passes_ends_the_connection(void **state)
{
    struct client client;
    client_open(&client, state);
    with_text(&client, &sleeping, "1");
    struct pg_rows rows = {0};
    struct status status = {0};
    assert_false(pg_next(client.connection, clock_monotonic() + 30 * CLOCK_MILLISECOND, &rows, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_false(pg_usable(client.connection));
    assert_int_equal(pg_socket(client.connection), -1);
    assert_false(pg_sync(client.connection, &status));
    assert_false(pg_finish(client.connection, database_deadline(), &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    client_close(&client);
}

static void a_terminated_backend_makes_the_connection_unusable(void **state)
{
    struct client client;
    client_open(&client, state);
    with_integer(&client, &insert, 3001);
    database_skip(client.connection);
    database_sql(*state, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                         " WHERE usename = 'anlan_hazards' AND application_name = 'test'");
    struct status status = {0};
    Anlan__Test__EveryType source = ANLAN__TEST__EVERY_TYPE__INIT;
    const ProtobufCMessage *const sources[] = {&source.base};
    struct pg_rows rows = {0};
    assert_false(pg_execute(client.connection, &echo, sources, &client.arena, &status) &&
                 pg_next(client.connection, database_deadline(), &rows, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_false(pg_usable(client.connection));
    assert_false(pg_execute(client.connection, &echo, sources, &client.arena, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    client_close(&client);
    client_open(&client, state);
    with_integer(&client, &echo, 5);
    database_skip(client.connection);
    database_commit(client.connection);
    client_close(&client);
}

static void after_a_crash_of_the_server_a_new_connection_serves(void **state)
{
    struct database *database = *state;
    struct client client;
    client_open(&client, state);
    int64_t before = count_items(&client);
    with_integer(&client, &insert, 4001);
    database_skip(client.connection);
    cluster_kill(&database->cluster);
    struct status status = {0};
    assert_false(pg_sync(client.connection, &status) && pg_finish(client.connection, database_deadline(), &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_false(pg_usable(client.connection));
    client_close(&client);
    struct pg_connection *none = NULL;
    assert_false(pg_open(&none, database->service, "test", &catalogue, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    cluster_restart(&database->cluster);
    client_open(&client, state);
    assert_int_equal(count_items(&client), before);
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_in_the_order_of_the_calls),
        cmocka_unit_test(several_syncs_may_be_under_way),
        cmocka_unit_test(a_statement_may_be_first_used_behind_an_error),
        cmocka_unit_test(a_first_use_that_the_server_refuses_fails_alone),
        cmocka_unit_test(one_error_undoes_all_up_to_the_sync),
        cmocka_unit_test(a_transaction_goes_on_after_a_flush),
        cmocka_unit_test(an_answer_that_nobody_read_still_counts_at_the_finish),
        cmocka_unit_test(a_commit_that_fails_is_told_at_the_finish),
        cmocka_unit_test(a_setting_lasts_for_its_transaction_and_is_empty_afterwards),
        cmocka_unit_test(each_call_of_a_pipeline_has_its_own_statement_timeout),
        cmocka_unit_test(each_call_of_a_pipeline_has_its_own_lock_timeout),
        cmocka_unit_test(a_deadlock_may_be_tried_again),
        cmocka_unit_test(each_sqlstate_has_its_reason),
        cmocka_unit_test(a_value_that_its_field_cannot_hold_is_an_error),
        cmocka_unit_test(much_can_travel_both_ways_at_once),
        cmocka_unit_test(a_deadline_that_passes_ends_the_connection),
        cmocka_unit_test(a_terminated_backend_makes_the_connection_unusable),
        cmocka_unit_test(after_a_crash_of_the_server_a_new_connection_serves),
    };
    return cmocka_run_group_tests_name("pipeline", tests, start, stop);
}

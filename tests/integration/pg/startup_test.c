// SPDX-License-Identifier: Apache-2.0
// Statements that do not fit their messages stop the process before it serves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "service/context.pb-c.h"
#include "support/database.h"
#include "support/every_type.pb-c.h"

static bool open_one(const struct database *database, struct pg_statement *statement, struct status *status)
{
    struct pg_statement *listed[] = {statement};
    struct pg_catalogue catalogue = {listed, 1};
    struct pg_connection *connection = NULL;
    bool open = pg_open(&connection, database->service, "test", &catalogue, status);
    pg_close(connection);
    pg_catalogue_fini(&catalogue);
    return open;
}

// Opens with one statement that reads from and answers an EveryType, and asserts
// that it is refused with `text` in the message.
static void refused(const struct database *database, const char *sql_text, const char *parameter, const char *text)
{
    const char *const names[] = {parameter};
    const struct pg_sql sql = {"probe", sql_text, names, parameter == NULL ? 0 : 1};
    struct pg_statement statement = {
        .sql = &sql,
        .sources = {{"", &anlan__test__every_type__descriptor}},
        .targets = {{"", &anlan__test__every_type__descriptor}},
    };
    struct status status = {0};
    assert_false(open_one(database, &statement, &status));
    if (status.reason != REASON(INTERNAL) || strstr(status.message, text) == NULL ||
        strstr(status.message, "probe") == NULL)
        fail_msg("%s: %s", sql_text, status.message);
}

static void an_unknown_parameter_is_refused(void **state)
{
    refused(*state, "SELECT $1::text AS text", "nothing", "parameter :nothing is no field");
    refused(*state, "SELECT $1::text AS text", "inner.nothing", "parameter :inner.nothing is no field");
    refused(*state, "SELECT $1::text AS text", "text.length", "parameter :text.length is no field");
    refused(*state, "SELECT $1::text AS text", "context.tenant_id", "parameter :context.tenant_id is no field");
}

static void a_parameter_of_another_type_is_refused(void **state)
{
    refused(*state, "SELECT $1::int4 AS small", "text", "parameter :text does not fit its type int4");
    refused(*state, "SELECT $1::float8::int4 AS small", "small", "parameter :small does not fit");
    refused(*state, "SELECT $1::text AS text", "texts", "parameter :texts does not fit its type text");
    refused(*state, "SELECT 'x' AS text WHERE 'x' = ANY ($1::text[])", "text", "does not fit its type text[]");
    refused(*state, "SELECT $1::text AS text", "inner", "parameter :inner does not fit");
}

static void a_number_of_parameters_that_differs_is_refused(void **state)
{
    refused(*state, "SELECT 'x' AS text", "text", "the server sees 0 parameters, not 1");
}

static void a_column_without_a_field_is_refused(void **state)
{
    refused(*state, "SELECT 1 AS nothing", NULL, "column \"nothing\"");
    refused(*state, "SELECT 1", NULL, "has no field");
    refused(*state, "SELECT 1 AS \"text.number\"", NULL, "leads through no message");
    refused(*state, "SELECT 1 AS \"inner.nothing\"", NULL, "has no field");
    refused(*state, "SELECT 'x' AS text, 'y' AS text", NULL, "stands twice");
}

static void a_column_of_another_type_is_refused(void **state)
{
    refused(*state, "SELECT 1.5 AS small", NULL, "column \"small\" (OID 1700) does not fit its field");
    refused(*state, "SELECT 1 AS text", NULL, "does not fit");
    refused(*state, "SELECT now()::timestamp AS time", NULL, "does not fit");
    refused(*state, "SELECT 'x' AS inner", NULL, "does not fit");
    refused(*state, "SELECT ARRAY[1] AS small", NULL, "does not fit");
}

// Stack facts, PostgreSQL 15.
static void a_name_that_postgresql_would_cut_is_refused(void **state)
{
    refused(*state, "SELECT 'x' AS \"text\", 1 AS \"a234567890123456789012345678901234567890123456789012345678901234\"",
            NULL, "is longer than 63 bytes");
    refused(*state, "SELECT a23456789012345678901234567890123456789012345678901234567890123.x AS text", NULL,
            "missing FROM-clause");
    refused(*state, "SELECT 1 AS \"隐患隐患隐患隐患隐患隐患隐患隐患隐患隐患隐患\"", NULL, "is longer than 63 bytes");
}

static void sql_that_postgresql_refuses_names_its_statement(void **state)
{
    refused(*state, "SELECT nothing FROM nowhere", NULL, "42P01");
    refused(*state, "SELEC 1", NULL, "42601");
}

static void prefixes_choose_among_messages(void **state)
{
    static const char *const names[] = {"context.tenant_id", "context.page.id", "context.now", "id",
                                        "context.row_limit"};
    static const struct pg_sql sql = {
        "prefixes",
        "SELECT $1::uuid AS tenant_id, $4::uuid AS \"place.county_id\", $2::uuid AS \"page.id\","
        " $3::timestamptz AS \"page.time\", $5::int4 AS \"version\"",
        names, COUNT_OF(names)};
    static struct pg_statement statement = {
        .sql = &sql,
        .sources = {{"", &anlan__hazards__v1__get_hazard_request__descriptor},
                    {"context", &anlan__service__context__descriptor}},
        .targets = {{"", &anlan__hazards__v1__hazard__descriptor}, {"page", &anlan__service__page__descriptor}},
    };
    struct pg_statement *listed[] = {&statement};
    struct pg_catalogue catalogue = {listed, 1};
    struct pg_connection *connection = database_open(*state, &catalogue);
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    request.id = (char *)"019AB0A5-3A2D-7C11-8D4E-0123456789AB";
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.row_limit = 51;
    const ProtobufCMessage *const sources[] = {&request.base, &context.base};
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct status status = {0};
    assert_true(pg_execute(connection, &statement, sources, &arena, &status));
    struct pg_rows rows = database_next(connection);
    Anlan__Hazards__V1__Hazard *hazard = (Anlan__Hazards__V1__Hazard *)pg_rows_unpack(&rows, 0, 0, &arena, &status);
    assert_string_equal(hazard->tenant_id, "");
    assert_string_equal(hazard->place->county_id, "019ab0a5-3a2d-7c11-8d4e-0123456789ab");
    assert_int_equal(hazard->version, 51);
    struct bytes page;
    assert_true(pg_rows_message(&rows, 0, 1, &arena, &page, &status));
    assert_int_equal(page.length, 0);
    pg_rows_clear(&rows);
    arena_fini(&arena);
    pg_close(connection);
    pg_catalogue_fini(&catalogue);
}

static void a_statement_must_agree_with_its_plan_where_it_is_first_used(void **state)
{
    static const struct pg_sql sql = {"changing", "SELECT * FROM changing", NULL, 0};
    static struct pg_statement statement = {.sql = &sql, .targets = {{"", &anlan__test__every_type__descriptor}}};
    struct pg_statement *listed[] = {&statement};
    struct pg_catalogue catalogue = {listed, 1};
    struct arena arena;
    arena_init(&arena, 1 << 16);
    database_sql(*state, "CREATE TABLE changing (text text); GRANT SELECT ON changing TO anlan_hazards");
    pg_close(database_open(*state, &catalogue));
    struct pg_connection *connection = database_open(*state, &catalogue);
    database_execute(connection, &statement, NULL, &arena);
    database_skip(connection);
    database_commit(connection);
    pg_close(connection);
    database_sql(*state, "ALTER TABLE changing ADD COLUMN small int2");
    connection = database_open(*state, &catalogue);
    database_execute(connection, &statement, NULL, &arena);
    database_fails(connection, REASON(DATABASE_UNAVAILABLE), "the database has changed");
    assert_false(pg_usable(connection));    // what it wrote is not known to be what was meant
    pg_close(connection);
    arena_fini(&arena);
    pg_catalogue_fini(&catalogue);
}

static void two_statements_may_share_their_sql(void **state)
{
    static const struct pg_sql sql = {"shared", "SELECT 7 AS number", NULL, 0};
    static struct pg_statement first = {.sql = &sql, .targets = {{"", &anlan__test__inner__descriptor}}};
    static struct pg_statement second = {.sql = &sql};
    struct pg_statement *listed[] = {&first, &second};
    struct pg_catalogue catalogue = {listed, 2};
    struct pg_connection *connection = database_open(*state, &catalogue);
    struct arena arena;
    arena_init(&arena, 1 << 16);
    database_execute(connection, &second, NULL, &arena);
    database_execute(connection, &first, NULL, &arena);
    database_skip(connection);
    struct pg_rows rows = database_next(connection);
    struct bytes bytes;
    struct status status = {0};
    assert_true(pg_rows_message(&rows, 0, 0, &arena, &bytes, &status));
    assert_int_equal(bytes.length, 2);
    pg_rows_clear(&rows);
    arena_fini(&arena);
    pg_close(connection);
    pg_catalogue_fini(&catalogue);
}

static void a_database_that_is_not_there_can_be_tried_again(void **state)
{
    (void)state;
    struct pg_connection *connection = NULL;
    struct status status = {0};
    assert_false(pg_open(&connection, "host=/nonexistent dbname=x user=y", "test", NULL, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_false(pg_open(&connection, "this is = = no conninfo", "test", NULL, &status));
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_null(connection);
    pg_close(NULL);
}

static void a_service_may_not_enter_its_neighbours_database(void **state)
{
    const struct database *database = *state;
    struct pg_connection *connection = NULL;
    struct status status = {0};
    const char *conninfo = cluster_conninfo(&database->cluster, "anlan_organisations", "anlan_hazards");
    assert_false(pg_open(&connection, conninfo, "test", NULL, &status));
    assert_non_null(strstr(status.message, "permission denied for database"));
    connection = database_open(database, NULL);
    assert_false(pg_run(connection, "CREATE TABLE own (id int)", &status));
    assert_non_null(strstr(status.message, "42501"));
    assert_true(pg_run(connection, "SELECT 1; SELECT 2", &status));
    pg_close(connection);
    cluster_setup_databases(&database->cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_parameter_is_refused),
        cmocka_unit_test(a_parameter_of_another_type_is_refused),
        cmocka_unit_test(a_number_of_parameters_that_differs_is_refused),
        cmocka_unit_test(a_column_without_a_field_is_refused),
        cmocka_unit_test(a_column_of_another_type_is_refused),
        cmocka_unit_test(a_name_that_postgresql_would_cut_is_refused),
        cmocka_unit_test(sql_that_postgresql_refuses_names_its_statement),
        cmocka_unit_test(prefixes_choose_among_messages),
        cmocka_unit_test(a_statement_must_agree_with_its_plan_where_it_is_first_used),
        cmocka_unit_test(two_statements_may_share_their_sql),
        cmocka_unit_test(a_database_that_is_not_there_can_be_tried_again),
        cmocka_unit_test(a_service_may_not_enter_its_neighbours_database),
    };
    return cmocka_run_group_tests_name("startup", tests, database_start, database_stop);
}

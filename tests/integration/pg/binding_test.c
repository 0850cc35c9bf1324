// SPDX-License-Identifier: Apache-2.0
// Values travel from message to parameter and from column to message, of every type.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "support/database.h"
#include "support/every_type.pb-c.h"

// Every field with every type that it fits.
static const struct pairing {
    const char *path;
    const char *type;
} pairings[] = {
    {"boolean", "bool"},
    {"small", "int2"},
    {"integer", "int4"},
    {"large", "int8"},
    {"count", "int8"},
    {"total", "int8"},
    {"colour", "int2"},
    {"text", "text"},
    {"id", "uuid"},
    {"data", "bytea"},
    {"time", "timestamptz"},
    {"inner.number", "int4"},
    {"inner.id", "uuid"},
    {"inner.colour", "int4"},
    {"inner.deeper.text", "varchar"},
    {"inner.deeper.time", "timestamptz"},
    {"chosen_text", "text"},
    {"chosen_number", "int4"},
    {"chosen_inner.number", "int4"},
    {"chosen_inner.id", "uuid"},
    {"chosen_time", "timestamptz"},
    {"chosen_id", "uuid"},
    {"booleans", "bool[]"},
    {"integers", "int2[]"},
    {"larges", "int8[]"},
    {"counts", "int8[]"},
    {"colours", "int4[]"},
    {"texts", "text[]"},
    {"ids", "uuid[]"},
    {"datas", "bytea[]"},
    {"times", "timestamptz[]"},
};

static const char *echo_names[COUNT_OF(pairings)];
static char echo_text[4096];
static const struct pg_sql echo_sql = {"echo", echo_text, echo_names, COUNT_OF(pairings)};
static struct pg_statement echo = {
    .sql = &echo_sql,
    .sources = {{"", &anlan__test__every_type__descriptor}},
    .targets = {{"", &anlan__test__every_type__descriptor}},
};
static struct pg_statement *const listed[] = {&echo};
static struct pg_catalogue catalogue = {(struct pg_statement **)listed, COUNT_OF(listed)};

// SELECT $1::bool AS "boolean", …, the columns in another order than the fields.
static void write_echo(void)
{
    size_t length = (size_t)snprintf(echo_text, sizeof(echo_text), "SELECT ");
    for (size_t i = COUNT_OF(pairings); i-- > 0;)
        length += (size_t)snprintf(echo_text + length, sizeof(echo_text) - length, "$%zu::%s AS \"%s\"%s", i + 1,
                                   pairings[i].type, pairings[i].path, i > 0 ? ", " : "");
    for (size_t i = 0; i < COUNT_OF(pairings); i++)
        echo_names[i] = pairings[i].path;
}

struct world {
    struct database *database;
    struct pg_connection *connection;
};

static int start(void **state)
{
    static struct world world;
    void *database = NULL;
    write_echo();
    if (database_start(&database) != 0)
        return -1;
    world.database = database;
    world.connection = database_open(world.database, &catalogue);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;
    void *database = world->database;
    pg_close(world->connection);
    pg_catalogue_fini(&catalogue);
    return database_stop(&database);
}

// Sends a message through the database; what comes back must be the very bytes
// that protobuf-c packs.
static void round_trip(struct world *world, const Anlan__Test__EveryType *message)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    database_execute(world->connection, &echo, message, &arena);
    struct pg_rows rows = database_next(world->connection);
    assert_int_equal(rows.count, 1);
    struct bytes got;
    struct status status = {0};
    if (!pg_rows_message(&rows, 0, 0, &arena, &got, &status))
        fail_msg("%s", status.message);
    size_t length = protobuf_c_message_get_packed_size(&message->base);
    uint8_t *wanted = arena_alloc(&arena, length);
    protobuf_c_message_pack(&message->base, wanted);
    assert_int_equal(got.length, length);
    assert_memory_equal(got.data, wanted, length);

    assert_non_null(pg_rows_unpack(&rows, 0, 0, &arena, &status));
    pg_rows_clear(&rows);
    database_commit(world->connection);
    arena_fini(&arena);
}

static void an_empty_message_comes_back_empty(void **state)
{
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    round_trip(*state, &message);
}

static void every_type_keeps_its_value(void **state)
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = 1764000000;
    time.nanos = 123456000;
    Anlan__Test__Deeper deeper = ANLAN__TEST__DEEPER__INIT;
    deeper.text = (char *)"苏木";
    deeper.time = &time;
    Anlan__Test__Inner inner = ANLAN__TEST__INNER__INIT;
    inner.number = -1;
    inner.id = (char *)"019ab0a5-3a2d-7c11-8d4e-0123456789ab";
    inner.colour = ANLAN__TEST__COLOUR__COLOUR_GREEN;
    inner.deeper = &deeper;
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    message.boolean = 1;
    message.small = INT16_MIN;
    message.integer = INT32_MIN;
    message.large = INT64_MIN;
    message.count = UINT32_MAX;
    message.total = INT64_MAX;
    message.colour = ANLAN__TEST__COLOUR__COLOUR_RED;
    message.text = (char *)"安澜：隐患台账 🚒 — “整改”";
    message.id = inner.id;
    message.data = (ProtobufCBinaryData){5, (uint8_t *)"\0\xff\0zz"};
    message.time = &time;
    message.inner = &inner;
    round_trip(*state, &message);
}

static void repeated_fields_are_arrays(void **state)
{
    protobuf_c_boolean booleans[] = {1, 0, 1};
    int32_t integers[] = {0, -1, INT16_MAX};
    int64_t larges[] = {INT64_MIN, 0, 5};
    uint32_t counts[] = {0, UINT32_MAX};
    Anlan__Test__Colour colours[] = {ANLAN__TEST__COLOUR__COLOUR_UNSPECIFIED, ANLAN__TEST__COLOUR__COLOUR_GREEN};
    char *texts[] = {(char *)"", (char *)"重大隐患", (char *)"NULL", (char *)"{\"}"};
    char *ids[] = {(char *)"", (char *)"019ab0a5-3a2d-7c11-8d4e-0123456789ab"};
    ProtobufCBinaryData datas[] = {{0, NULL}, {1, (uint8_t *)""}};
    Google__Protobuf__Timestamp zero = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Google__Protobuf__Timestamp early = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    early.seconds = CLOCK_FIRST / CLOCK_SECOND;
    Google__Protobuf__Timestamp late = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    late.seconds = CLOCK_LAST / CLOCK_SECOND;
    late.nanos = 999999000;
    Google__Protobuf__Timestamp before = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    before.seconds = -1;
    before.nanos = 1000;
    Google__Protobuf__Timestamp *times[] = {&zero, &early, &late, &before};
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    message.booleans = booleans, message.n_booleans = COUNT_OF(booleans);
    message.integers = integers, message.n_integers = COUNT_OF(integers);
    message.larges = larges, message.n_larges = COUNT_OF(larges);
    message.counts = counts, message.n_counts = COUNT_OF(counts);
    message.colours = colours, message.n_colours = COUNT_OF(colours);
    message.texts = texts, message.n_texts = COUNT_OF(texts);
    message.ids = ids, message.n_ids = COUNT_OF(ids);
    message.datas = datas, message.n_datas = COUNT_OF(datas);
    message.times = times, message.n_times = COUNT_OF(times);
    round_trip(*state, &message);
}

static void a_nested_message_of_zeros_is_there_and_an_absent_one_is_not(void **state)
{
    Google__Protobuf__Timestamp zero = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Anlan__Test__Inner inner = ANLAN__TEST__INNER__INIT;
    Anlan__Test__Deeper deeper = ANLAN__TEST__DEEPER__INIT;
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    message.inner = &inner;
    round_trip(*state, &message);
    inner.deeper = &deeper;
    deeper.time = &zero;
    message.time = &zero;
    round_trip(*state, &message);
}

// A message in a bytea is its packed bytes: absent is NULL, and an empty one is there.
static void a_message_travels_packed(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"inner"};
    static const struct pg_sql sql = {"packed", "SELECT $1::bytea AS inner", names, 1};
    static struct pg_statement statement = {
        .sql = &sql,
        .sources = {{"", &anlan__test__every_type__descriptor}},
        .targets = {{"", &anlan__test__every_type__descriptor}},
    };
    struct pg_statement *only[] = {&statement};
    struct pg_catalogue packed = {only, 1};
    struct pg_connection *connection = database_open(world->database, &packed);
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 3; i++) {
        Anlan__Test__Inner inner = ANLAN__TEST__INNER__INIT;
        inner.number = i == 2 ? 7 : 0;
        Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
        message.inner = i > 0 ? &inner : NULL;
        database_execute(connection, &statement, &message, &arena);
        struct pg_rows rows = database_next(connection);
        struct status status = {0};
        const Anlan__Test__EveryType *got = (const void *)pg_rows_unpack(&rows, 0, 0, &arena, &status);
        assert_int_equal(got->inner != NULL, i > 0);
        assert_int_equal(got->inner ? got->inner->number : 0, inner.number);
        pg_rows_clear(&rows);
        database_commit(connection);
    }
    pg_close(connection);
    pg_catalogue_fini(&packed);
    arena_fini(&arena);
}

static void a_oneof_tells_zero_from_absent(void **state)
{
    Google__Protobuf__Timestamp zero = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Anlan__Test__Inner inner = ANLAN__TEST__INNER__INIT;
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    message.choice_case = ANLAN__TEST__EVERY_TYPE__CHOICE_CHOSEN_NUMBER;
    round_trip(*state, &message);
    message.chosen_number = -7;
    round_trip(*state, &message);
    message.choice_case = ANLAN__TEST__EVERY_TYPE__CHOICE_CHOSEN_TEXT;
    message.chosen_text = (char *)"";
    round_trip(*state, &message);
    message.choice_case = ANLAN__TEST__EVERY_TYPE__CHOICE_CHOSEN_INNER;
    message.chosen_inner = &inner;
    round_trip(*state, &message);
    message.choice_case = ANLAN__TEST__EVERY_TYPE__CHOICE_CHOSEN_TIME;
    message.chosen_time = &zero;
    round_trip(*state, &message);
    message.choice_case = ANLAN__TEST__EVERY_TYPE__CHOICE_CHOSEN_ID;
    message.chosen_id = (char *)"019ab0a5-3a2d-7c11-8d4e-0123456789ab";
    round_trip(*state, &message);
}

static int64_t any_number(unsigned *seed)
{
    static const int64_t edges[] = {0, 1, -1, 127, 128, 16383, 16384, INT32_MAX, INT32_MIN};
    return rand_r(seed) % 2 ? edges[(size_t)rand_r(seed) % COUNT_OF(edges)] : rand_r(seed) - RAND_MAX / 2;
}

static void many_random_messages_keep_their_bytes(void **state)
{
    static const char *const words[] = {"", "a", "登记", "交办", "危险化学品", "x\ty\n'\"\\"};
    unsigned seed = 20261123;
    for (int round = 0; round < 1000; round++) {
        Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
        time.seconds = any_number(&seed);
        time.nanos = rand_r(&seed) % 1000000 * 1000;
        Anlan__Test__Inner inner = ANLAN__TEST__INNER__INIT;
        inner.number = (int32_t)any_number(&seed);
        char *texts[] = {(char *)words[rand_r(&seed) % 6], (char *)words[rand_r(&seed) % 6]};
        int64_t larges[] = {any_number(&seed), any_number(&seed), any_number(&seed)};
        Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
        message.boolean = rand_r(&seed) % 2;
        message.small = (int16_t)any_number(&seed);
        message.integer = (int32_t)any_number(&seed);
        message.large = any_number(&seed) * any_number(&seed) % INT32_MAX;
        message.count = (uint32_t)any_number(&seed);
        message.text = texts[0];
        message.data = (ProtobufCBinaryData){strlen(texts[1]), (uint8_t *)texts[1]};
        message.time = rand_r(&seed) % 2 ? &time : NULL;
        message.inner = rand_r(&seed) % 2 ? &inner : NULL;
        message.texts = texts, message.n_texts = (size_t)rand_r(&seed) % 3;
        message.larges = larges, message.n_larges = (size_t)rand_r(&seed) % 4;
        round_trip(*state, &message);
    }
}

static void fractions_below_a_microsecond_are_dropped(void **state)
{
    struct world *world = *state;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = -5;
    time.nanos = 999999999;
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    message.time = &time;
    database_execute(world->connection, &echo, &message, &arena);
    struct pg_rows rows = database_next(world->connection);
    struct status status = {0};
    Anlan__Test__EveryType *got = (Anlan__Test__EveryType *)pg_rows_unpack(&rows, 0, 0, &arena, &status);
    assert_non_null(got);
    assert_int_equal(got->time->seconds, -5);
    assert_int_equal(got->time->nanos, 999999000);
    pg_rows_clear(&rows);
    database_commit(world->connection);
    arena_fini(&arena);
}

// Asserts that the message is refused for `field`, and that the pipeline around it
// is unharmed. Stack facts, PostgreSQL 15: '' or a bad uuid would undo the batch.
static void refused(struct world *world, const Anlan__Test__EveryType *bad, const char *field)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    Anlan__Test__EveryType good = ANLAN__TEST__EVERY_TYPE__INIT;
    database_execute(world->connection, &echo, &good, &arena);
    struct status status = {0};
    const ProtobufCMessage *const sources[] = {&bad->base};
    assert_false(pg_execute(world->connection, &echo, sources, &arena, &status));
    assert_int_equal(status.reason, REASON(FIELD_INVALID));
    assert_int_equal(status.violation_count, 1);
    assert_string_equal(status.violations[0].field, field);
    database_execute(world->connection, &echo, &good, &arena);
    struct status fine = {0};
    assert_true(pg_sync(world->connection, &fine));
    database_skip(world->connection);
    database_skip(world->connection);
    assert_true(pg_finish(world->connection, database_deadline(), &fine));
    arena_fini(&arena);
}

static void what_does_not_fit_names_its_field_and_harms_no_neighbour(void **state)
{
    Anlan__Test__EveryType bad = ANLAN__TEST__EVERY_TYPE__INIT;
    bad.id = (char *)"not a uuid";
    refused(*state, &bad, "id");
    bad = (Anlan__Test__EveryType)ANLAN__TEST__EVERY_TYPE__INIT;
    bad.small = INT16_MAX + 1;
    refused(*state, &bad, "small");
    bad = (Anlan__Test__EveryType)ANLAN__TEST__EVERY_TYPE__INIT;
    bad.total = UINT64_MAX;
    refused(*state, &bad, "total");
    bad = (Anlan__Test__EveryType)ANLAN__TEST__EVERY_TYPE__INIT;
    bad.text = (char *)"\xff\xfe";
    refused(*state, &bad, "text");
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = INT64_MAX;
    bad = (Anlan__Test__EveryType)ANLAN__TEST__EVERY_TYPE__INIT;
    bad.time = &time;
    refused(*state, &bad, "time");
    time = (Google__Protobuf__Timestamp)GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.nanos = -1;
    refused(*state, &bad, "time");
    char *ids[] = {(char *)"019ab0a5-3a2d-7c11-8d4e-0123456789ab", (char *)"x"};
    bad = (Anlan__Test__EveryType)ANLAN__TEST__EVERY_TYPE__INIT;
    bad.ids = ids, bad.n_ids = 2;
    refused(*state, &bad, "ids");
    Anlan__Test__Inner inner = ANLAN__TEST__INNER__INIT;
    inner.id = (char *)"{019ab0a5-3a2d-7c11-8d4e-0123456789ab}";
    bad = (Anlan__Test__EveryType)ANLAN__TEST__EVERY_TYPE__INIT;
    bad.inner = &inner;
    refused(*state, &bad, "inner.id");
}

static void a_full_arena_refuses_and_the_pipeline_goes_on(void **state)
{
    struct world *world = *state;
    struct arena small;
    arena_init(&small, 64);
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    const ProtobufCMessage *const sources[] = {&message.base};
    struct status status = {0};
    assert_false(pg_execute(world->connection, &echo, sources, &small, &status));
    assert_int_equal(status.reason, REASON(MESSAGE_TOO_LARGE));
    arena_fini(&small);
    round_trip(world, &message);
}

static void a_row_larger_than_the_arena_is_refused(void **state)
{
    struct world *world = *state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    Anlan__Test__EveryType message = ANLAN__TEST__EVERY_TYPE__INIT;
    database_execute(world->connection, &echo, &message, &arena);
    struct pg_rows rows = database_next(world->connection);
    struct arena small;
    arena_init(&small, 64);
    struct bytes bytes;
    struct status status = {0};
    assert_false(pg_rows_message(&rows, 0, 0, &small, &bytes, &status));
    assert_int_equal(status.reason, REASON(MESSAGE_TOO_LARGE));
    arena_fini(&small);
    pg_rows_clear(&rows);
    database_commit(world->connection);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_message_comes_back_empty),
        cmocka_unit_test(every_type_keeps_its_value),
        cmocka_unit_test(repeated_fields_are_arrays),
        cmocka_unit_test(a_nested_message_of_zeros_is_there_and_an_absent_one_is_not),
        cmocka_unit_test(a_message_travels_packed),
        cmocka_unit_test(a_oneof_tells_zero_from_absent),
        cmocka_unit_test(many_random_messages_keep_their_bytes),
        cmocka_unit_test(fractions_below_a_microsecond_are_dropped),
        cmocka_unit_test(what_does_not_fit_names_its_field_and_harms_no_neighbour),
        cmocka_unit_test(a_full_arena_refuses_and_the_pipeline_goes_on),
        cmocka_unit_test(a_row_larger_than_the_arena_is_refused),
    };
    return cmocka_run_group_tests_name("binding", tests, start, stop);
}

// SPDX-License-Identifier: Apache-2.0
// JSON, CSV and tables of the client program.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/organisations/v1/organisations.pb-c.h"
#include "anlan/rpc/v1/feed.pb-c.h"
#include "csv.h"
#include "json.h"
#include "table.h"

static char *round_trip(const char *text, const ProtobufCMessageDescriptor *descriptor, struct status *status)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    ProtobufCMessage *message = json_to_message(json, descriptor, &arena, status);
    json_decref(json);
    char *back = NULL;
    if (message) {
        json_t *written = json_from_message(message, false);
        back = json_dumps(written, JSON_COMPACT | JSON_PRESERVE_ORDER);
        json_decref(written);
    } else {
        // Violations live in the arena: only the first field's name is looked at.
        static char field[128];
        snprintf(field, sizeof(field), "%s", status->violations[0].field);
        status->violations = NULL;
        back = strdup(field);
    }
    arena_fini(&arena);
    return back;
}

static void json_is_canonical_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
        const ProtobufCMessageDescriptor *descriptor;
    } cases[] = {
        {"{}", "{}", &anlan__hazards__v1__hazard__descriptor},
        {"{\"tenant_id\":\"a\",\"version\":\"9007199254740993\"}",
         "{\"tenantId\":\"a\",\"version\":\"9007199254740993\"}", &anlan__hazards__v1__hazard__descriptor},
        {"{\"version\":-3,\"state\":2,\"grade\":\"GRADE_MAJOR\"}",
         "{\"version\":\"-3\",\"state\":\"STATE_ASSIGNED\",\"grade\":\"GRADE_MAJOR\"}",
         &anlan__hazards__v1__hazard__descriptor},
        {"{\"description\":\"隐患\\n\\\"引号\\\"\",\"location\":null}", "{\"description\":\"隐患\\n\\\"引号\\\"\"}",
         &anlan__hazards__v1__hazard__descriptor},
        {"{\"occurredAt\":\"2026-11-23T08:00:00.5+08:00\"}", "{\"occurredAt\":\"2026-11-23T00:00:00.500Z\"}",
         &anlan__hazards__v1__hazard__descriptor},
        {"{\"place\":{\"regionId\":\"x\"}}", "{\"place\":{\"regionId\":\"x\"}}",
         &anlan__hazards__v1__hazard__descriptor},
        {"{\"code\":\"\"}", "{\"code\":\"\"}", &anlan__organisations__v1__get_unit_request__descriptor},
        {"{\"sectors\":[\"a\",\"b\"],\"isTenant\":true}", "{\"isTenant\":true,\"sectors\":[\"a\",\"b\"]}",
         &anlan__organisations__v1__unit__descriptor},
        {"{\"entry\":\"-_8=\",\"salt\":\"+/8\"}", "{\"entry\":\"+/8=\",\"salt\":\"+/8=\"}",
         &anlan__rpc__v1__log_entry__descriptor},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = {0};
        char *back = round_trip(cases[i].in, cases[i].descriptor, &status);
        assert_string_equal(back, cases[i].out);
        free(back);
    }
}

static void json_that_does_not_fit_is_told_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *field;
    } cases[] = {
        {"{\"nothing\":1}", "nothing"},
        {"{\"place\":{\"what\":1}}", "place.what"},
        {"{\"version\":1.5}", "version"},
        {"{\"version\":\"12x\"}", "version"},
        {"{\"version\":\"9223372036854775808\"}", "version"},
        {"{\"state\":\"STATE_NONE\"}", "state"},
        {"{\"description\":1}", "description"},
        {"{\"occurredAt\":\"yesterday\"}", "occurredAt"},
        {"{\"place\":[]}", "place"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = {0};
        char *field = round_trip(cases[i].in, &anlan__hazards__v1__hazard__descriptor, &status);
        assert_int_equal(status.reason, REASON(FIELD_INVALID));
        assert_string_equal(field, cases[i].field);
        free(field);
    }
    struct status status = {0};
    char *field =
        round_trip("{\"id\":\"a\",\"code\":\"b\"}", &anlan__organisations__v1__get_unit_request__descriptor, &status);
    assert_string_equal(field, "code");
    free(field);
}

static void csv_is_read_as_rfc_4180_says(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "a,b\r\n\"x,1\",\"say \"\"hi\"\"\"\n\"two\nlines\",隐患\n,\n\xff,x\n\"open";
    static const struct {
        const char *first;
        const char *second;
        bool good;
    } rows[] = {{"a", "b", true}, {"x,1", "say \"hi\"", true}, {"two\nlines", "隐患", true},
                {"", "", true},   {NULL, NULL, false},         {NULL, NULL, false}};
    struct csv *csv = calloc(1, sizeof(*csv));
    csv->file = fmemopen((void *)text, sizeof(text) - 1, "r");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(csv_read(csv));
        assert_int_equal(csv->row, i + 1);
        assert_int_equal(csv->fault == NULL, rows[i].good);
        if (!rows[i].good)
            continue;
        assert_int_equal(csv->count, 2);
        assert_string_equal(csv->fields[0], rows[i].first);
        assert_string_equal(csv->fields[1], rows[i].second);
    }
    assert_false(csv_read(csv));
    fclose(csv->file);
    free(csv);
}

static void a_row_that_is_too_long_is_a_fault_and_no_more(void **state)
{
    (void)state;
    struct csv *csv = calloc(1, sizeof(*csv));
    char *text = malloc(400001);
    memset(text, ',', 200000);
    memset(text + 200000, 'x', 199998);
    memcpy(text + 399997, "\na\n", 4);
    csv->file = fmemopen(text, 400000, "r");
    assert_true(csv_read(csv));
    assert_non_null(csv->fault);
    assert_true(csv_read(csv));
    assert_null(csv->fault);
    assert_string_equal(csv->fields[0], "a");
    fclose(csv->file);
    free(text);
    free(csv);
}

static void tables_are_straight_with_chinese(void **state)
{
    (void)state;
    struct table table;
    char *out = NULL;
    size_t size = 0;
    table_init(&table, 2, (const char *const[]){"编号", "隐患"});
    table_add(&table, (const char *const[]){"1", "安全出口堵塞"});
    table_add(&table, (const char *const[]){"12345", "a\nb"});
    FILE *file = open_memstream(&out, &size);
    table_write(&table, 80, file);
    fclose(file);
    assert_string_equal(out, "编号   隐患\n1      安全出口堵塞\n12345  a b\n");
    free(out);
    file = open_memstream(&out, &size);
    table_write(&table, 15, file);
    fclose(file);
    assert_string_equal(out, "编号   隐患\n1      安全出…\n12345  a b\n");
    free(out);
    table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_canonical_both_ways),
        cmocka_unit_test(json_that_does_not_fit_is_told_by_its_path),
        cmocka_unit_test(csv_is_read_as_rfc_4180_says),
        cmocka_unit_test(a_row_that_is_too_long_is_a_fault_and_no_more),
        cmocka_unit_test(tables_are_straight_with_chinese),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Trace context, with the cases that the W3C's own test suite publishes (w3c/trace-context, test/test.py), by name.
#include "rpc/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define ID "12345678901234567890123456789012"
#define PARENT "1234567890123456"

static const struct {
    const char *name;
    const char *text;
    bool good;
} traceparents[] = {
    {"both_traceparent_and_tracestate_missing", "", false},
    {"traceparent_included_tracestate_missing", "00-" ID "-" PARENT "-01", true},
    {"traceparent_version_0x00", "00-" ID "-" PARENT "-01.", false},
    {"traceparent_version_0x00", "00-" ID "-" PARENT "-01-what-the-future-will-be-like", false},
    {"traceparent_version_0xcc", "cc-" ID "-" PARENT "-01", true},
    {"traceparent_version_0xcc", "cc-" ID "-" PARENT "-01-what-the-future-will-be-like", true},
    {"traceparent_version_0xcc", "cc-" ID "-" PARENT "-01.what-the-future-will-be-like", false},
    {"traceparent_version_0xff", "ff-" ID "-" PARENT "-01", false},
    {"traceparent_version_illegal_characters", ".0-" ID "-" PARENT "-01", false},
    {"traceparent_version_illegal_characters", "0.-" ID "-" PARENT "-01", false},
    {"traceparent_version_too_long", "000-" ID "-" PARENT "-01", false},
    {"traceparent_version_too_long", "0000-" ID "-" PARENT "-01", false},
    {"traceparent_version_too_short", "0-" ID "-" PARENT "-01", false},
    {"traceparent_trace_id_all_zero", "00-00000000000000000000000000000000-" PARENT "-01", false},
    {"traceparent_trace_id_illegal_characters", "00-.2345678901234567890123456789012-" PARENT "-01", false},
    {"traceparent_trace_id_illegal_characters", "00-1234567890123456789012345678901.-" PARENT "-01", false},
    {"traceparent_trace_id_too_long", "00-" ID "3-" PARENT "-01", false},
    {"traceparent_trace_id_too_short", "00-1234567890123456789012345678901-" PARENT "-01", false},
    {"traceparent_parent_id_all_zero", "00-" ID "-0000000000000000-01", false},
    {"traceparent_parent_id_illegal_characters", "00-" ID "-.234567890123456-01", false},
    {"traceparent_parent_id_illegal_characters", "00-" ID "-123456789012345.-01", false},
    {"traceparent_parent_id_too_long", "00-" ID "-" PARENT "7-01", false},
    {"traceparent_parent_id_too_short", "00-" ID "-123456789012345-01", false},
    {"traceparent_trace_flags_illegal_characters", "00-" ID "-" PARENT "-.0", false},
    {"traceparent_trace_flags_illegal_characters", "00-" ID "-" PARENT "-0.", false},
    {"traceparent_trace_flags_too_long", "00-" ID "-" PARENT "-001", false},
    {"traceparent_trace_flags_too_short", "00-" ID "-" PARENT "-1", false},
    {"traceparent_ows_handling", " 00-" ID "-" PARENT "-01", false},    // a field is no header: nothing is trimmed
    {"upper case", "00-ABCDEF78901234567890123456789012-" PARENT "-01", false},
};

static void the_published_traceparents(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(traceparents); i++) {
        struct rpc_trace trace;
        bool continued = rpc_trace_continue(&trace, traceparents[i].text);
        bool same = strcmp(trace.trace_id, ID) == 0;
        if (continued != traceparents[i].good || same != traceparents[i].good)
            fail_msg("%s: %s", traceparents[i].name, traceparents[i].text);
        assert_string_equal(trace.parent_id, continued ? PARENT : "");
        assert_int_equal(strlen(trace.trace_id), 32);
        assert_int_equal(strlen(trace.span_id), 16);
        assert_string_not_equal(trace.span_id, PARENT);
    }
}

// Every text cut short at any byte, and every byte replaced by any other: read or refused, never past its end.
static void no_text_is_read_past_its_end(void **state)
{
    (void)state;
    static const char whole[] = "cc-" ID "-" PARENT "-01-more";
    for (size_t length = 0; length <= strlen(whole); length++) {
        char *text = strndup(whole, length);    // on the heap, so that a sanitizer sees
        struct rpc_trace trace;
        bool continued = rpc_trace_continue(&trace, text);
        assert_int_equal(continued, length == 55 || length > 55);
        for (size_t at = 0; at < length; at++)
            for (int byte = 1; byte < 256; byte += 7) {
                char kept = text[at];
                text[at] = (char)byte;
                rpc_trace_continue(&trace, text);
                rpc_tracestate_good(text);
                text[at] = kept;
            }
        free(text);
    }
}

static void what_we_send_is_of_version_00_with_our_span(void **state)
{
    (void)state;
    static const struct {
        const char *flags;
        const char *sent;
    } rows[] = {{"00", "00"}, {"01", "01"}, {"02", "00"}, {"ff", "01"}, {"0a", "00"}, {"0b", "01"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64];
        char sent[RPC_TRACEPARENT_SIZE];
        char expected[RPC_TRACEPARENT_SIZE];
        struct rpc_trace trace;
        snprintf(text, sizeof(text), "cc-" ID "-" PARENT "-%s", rows[i].flags);
        assert_true(rpc_trace_continue(&trace, text));
        rpc_trace_format(&trace, sent);
        snprintf(expected, sizeof(expected), "00-" ID "-%s-%s", trace.span_id, rows[i].sent);
        assert_string_equal(sent, expected);
        assert_true(rpc_trace_continue(&trace, sent));
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void ids_are_all_different(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    char(*ids)[17] = calloc(COUNT, sizeof(*ids));
    for (size_t i = 0; i < COUNT; i++) {
        struct rpc_trace trace;
        rpc_trace_begin(&trace);
        memcpy(ids[i], trace.span_id, 17);
        assert_string_equal(trace.parent_id, "");
    }
    qsort(ids, COUNT, sizeof(*ids), by_text);
    for (size_t i = 1; i < COUNT; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
    free(ids);
}

static void tracestates(void **state)
{
    (void)state;
    static char long_key[600];
    static char long_value[600];
    static char full[600];
    static char members[600];
    snprintf(long_key, sizeof(long_key), "%0256d=1", 0);
    snprintf(long_value, sizeof(long_value), "foo=%0257d", 0);
    snprintf(full, sizeof(full), "a=%0256d,b=%0251d", 1, 1);
    for (int i = 0; i < 32; i++)
        snprintf(members + strlen(members), sizeof(members) - strlen(members), "%sk%d=1", i ? "," : "", i);
    struct {
        const char *text;
        bool good;
    } rows[] = {
        {"", true},
        {"foo=1", true},
        {"foo=1,bar=2", true},
        {"foo=1 \t , \t bar=2, \t baz=3", true},
        {"foo=1,,,bar=2", true},
        {"abcdefghijklmnopqrstuvwxyz0123456789_-*/@= !\"#$%&'()*+-./0123456789:;<>?@AZ[\\]^_`az{|}~", true},
        {"special@vendor=abracadabra,1special=abracadabra", true},
        {long_key, true},
        {full, true},
        {members, true},
        {"foobarbaz", false},
        {"=1", false},
        {"foo=", false},
        {"FOO=1", false},
        {"@vendor=1", false},
        {"special.vendor=1", false},
        {"foo@=bar=2", false},
        {"foo =1", false},
        {"foo=安", false},
        {long_value, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rpc_tracestate_good(rows[i].text) != rows[i].good)
            fail_msg("%s", rows[i].text);
    assert_int_equal(strlen(full), 512);
    memcpy(full + 512, "x", 2);
    assert_false(rpc_tracestate_good(full));
    memcpy(members + strlen(members), ",k=1", 5);
    assert_false(rpc_tracestate_good(members));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_traceparents),
        cmocka_unit_test(no_text_is_read_past_its_end),
        cmocka_unit_test(what_we_send_is_of_version_00_with_our_span),
        cmocka_unit_test(ids_are_all_different),
        cmocka_unit_test(tracestates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

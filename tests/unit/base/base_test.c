// SPDX-License-Identifier: Apache-2.0
// The ground floor: memory, text, time, ids, status.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "base/uuid.h"

static void an_arena_is_capped_and_zeroed(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    for (int i = 0; i < 9; i++) {
        unsigned char *block = arena_alloc(&arena, 1000);
        assert_non_null(block);
        for (int at = 0; at < 1000; at++)
            assert_int_equal(block[at], 0);
        memset(block, 0xff, 1000);
    }
    assert_null(arena_alloc(&arena, 5000));
    assert_true(arena.exhausted);
    assert_null(arena_array(&arena, SIZE_MAX / 2, 4));
    arena_fini(&arena);
    assert_non_null(arena_alloc(&arena, 1));
    arena_fini(&arena);
}

static void utf8_is_held_to_rfc_3629(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        bool valid;
    } cases[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"隐患", 6, true},
        {"\xf0\xa0\x80\x80", 4, true},     // 𠀀, beyond the BMP
        {"\xf4\x8f\xbf\xbf", 4, true},     // the last scalar value
        {"\xf4\x90\x80\x80", 4, false},    // behind it
        {"\xed\xa0\x80", 3, false},        // a surrogate
        {"\xc0\x80", 2, false},            // NUL, overlong
        {"\xe0\x80\x80", 3, false},        // overlong
        {"\xe9\x9a", 2, false},            // cut off
        {"\x80", 1, false},                // a continuation alone
        {"\xff", 1, false},
        {"a\0b", 3, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(text_valid((const uint8_t *)cases[i].bytes, cases[i].length), cases[i].valid);
}

static void lengths_are_in_characters_and_columns(void **state)
{
    (void)state;
    assert_int_equal(text_characters("安澜 ok"), 5);
    assert_int_equal(text_columns("安澜 ok"), 7);
    assert_int_equal(text_columns("e\xcc\x81"), 1);    // e with a combining accent
    assert_int_equal(text_columns("，。"), 4);
}

static void plain_text_has_no_controls(void **state)
{
    (void)state;
    static const char *const plain[] = {"", "安全出口\t上锁\n两处", "一\r\n二", "\xc2\xa0", "é\xcc\x81"};
    static const char *const other[] = {"\x1b]0;x\x07",
                                        "a\rb",
                                        "end\r",
                                        "\x01",
                                        "\x7f",
                                        ("\xc2\x9b"
                                         "31m"),
                                        "\xc2\x80"};
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        assert_true(text_plain(plain[i]));
    for (size_t i = 0; i < COUNT_OF(other); i++)
        assert_false(text_plain(other[i]));
}

static void base64url_goes_both_ways(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    uint8_t back[64];
    char text[TEXT_BASE64URL_SIZE(64)];
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        size_t read = 99;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(i * 37 + length);
        text_base64url(bytes, length, text);
        assert_true(text_base64url_parse(text, back, sizeof(back), &read));
        assert_int_equal(read, length);
        assert_memory_equal(bytes, back, length);
        if (length > 0)
            assert_false(text_base64url_parse(text, back, length - 1, &read));
    }
    size_t read = 0;
    assert_false(text_base64url_parse("AB", back, sizeof(back), &read));    // bits behind the end
    assert_false(text_base64url_parse("A", back, sizeof(back), &read));
    assert_false(text_base64url_parse("AA==", back, sizeof(back), &read));
    assert_false(text_base64url_parse("A+A", back, sizeof(back), &read));
}

static void times_are_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical;    // NULL: not a time
    } cases[] = {
        {"2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z"},
        {"2026-11-23T08:00:00+08:00", "2026-11-23T00:00:00Z"},
        {"2026-11-23t00:30:00.5-01:30", "2026-11-23T02:00:00.500Z"},
        {"2026-11-23T08:00:00.1234567Z", "2026-11-23T08:00:00.123456Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
        {"2023-02-29T00:00:00Z", NULL},
        {"0001-01-01T00:00:00+00:01", NULL},
        {"2026-13-01T00:00:00Z", NULL},
        {"2026-11-23T24:00:00Z", NULL},
        {"2026-11-23T08:00:00", NULL},
        {"2026-11-23", NULL},
        {"2026-11-23T08:00:00.Z", NULL},
        {"2026-11-23T08:00:00Z ", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        clock_time time = 42;
        char text[CLOCK_TEXT_SIZE];
        bool parsed = clock_parse(cases[i].text, &time);
        if (parsed != (cases[i].canonical != NULL))
            fail_msg("%s", cases[i].text);
        if (!parsed) {
            assert_int_equal(time, 42);
            continue;
        }
        clock_format(time, text);
        assert_string_equal(text, cases[i].canonical);
    }
}

static void ids_of_one_process_are_in_order(void **state)
{
    (void)state;
    struct uuid before = uuid_make(clock_now());
    for (int i = 0; i < 20000; i++) {
        struct uuid next = uuid_make(clock_now());
        assert_true(uuid_compare(&before, &next) < 0);
        assert_int_equal(next.bytes[6] >> 4, 7);
        assert_int_equal(next.bytes[8] >> 6, 2);
        before = next;
    }
    clock_time time = 0;
    struct uuid old = uuid_make(clock_now() - 31 * CLOCK_DAY);
    assert_true(uuid_time(&old, &time));
    assert_true(time < clock_now() - 30 * CLOCK_DAY);
}

static void ids_are_read_strictly(void **state)
{
    (void)state;
    struct uuid id;
    char text[UUID_TEXT_SIZE];
    assert_true(uuid_parse("01a20a98-a438-701c-8a94-0f7fa574876c", &id));
    uuid_format(&id, text);
    assert_string_equal(text, "01a20a98-a438-701c-8a94-0f7fa574876c");
    assert_false(uuid_parse("", &id));
    assert_false(uuid_parse("01a20a98-a438-701c-8a94-0f7fa574876", &id));
    assert_false(uuid_parse("01a20a98-a438-701c-8a94-0f7fa574876c ", &id));
    assert_false(uuid_parse("01a20a98a438-701c-8a94-0f7fa574876c-", &id));
    assert_false(uuid_parse("01a20a98-a438-701c-8a94-0f7fa574876g", &id));
}

static void a_status_has_the_code_of_its_reason(void **state)
{
    (void)state;
    struct status status = {0};
    assert_false(status_set(&status, REASON(VERSION_CONFLICT), "version %d", 3));
    assert_int_equal(status.code, CODE(ABORTED));
    assert_string_equal(status.message, "version 3");
    char text[400];
    for (int i = 0; i < 130; i++)
        memcpy(text + 3 * i, "隐", 4);
    status_set(&status, REASON(INTERNAL), "%s", text);
    assert_true(strlen(status.message) < sizeof(status.message));
    assert_true(text_valid((const uint8_t *)status.message, strlen(status.message)));
    assert_int_equal(status_reason_text((status_reason)9999)->reason, REASON(STATUS_UNKNOWN));
    // Every reason has its texts in both languages and a code.
    for (int reason = 1; reason <= (int)REASON(TIER_CONFLICT); reason++) {
        const struct status_reason_text *row = status_reason_text((status_reason)reason);
        assert_int_equal(row->reason, reason);
        assert_true(row->code != CODE(OK) && row->en[0] && row->zh[0]);
    }
}

static void violations_are_counted_and_capped(void **state)
{
    (void)state;
    struct arena arena;
    struct status status = {0};
    arena_init(&arena, 65536);
    for (int i = 0; i < 40; i++)
        status_violate(&status, &arena, "field", "fault %d", i);
    assert_int_equal(status.code, CODE(INVALID_ARGUMENT));
    assert_int_equal(status.violation_count, STATUS_VIOLATIONS);
    assert_string_equal(status.violations[2].description, "fault 2");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_is_capped_and_zeroed),
        cmocka_unit_test(utf8_is_held_to_rfc_3629),
        cmocka_unit_test(lengths_are_in_characters_and_columns),
        cmocka_unit_test(plain_text_has_no_controls),
        cmocka_unit_test(base64url_goes_both_ways),
        cmocka_unit_test(times_are_rfc_3339),
        cmocka_unit_test(ids_of_one_process_are_in_order),
        cmocka_unit_test(ids_are_read_strictly),
        cmocka_unit_test(a_status_has_the_code_of_its_reason),
        cmocka_unit_test(violations_are_counted_and_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

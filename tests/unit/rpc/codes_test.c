// SPDX-License-Identifier: Apache-2.0
// Codes of national standards.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "rpc/codes.h"

typedef bool code_check(const char *text);

static void hold(code_check *check, const char *const *texts, size_t count, bool expected)
{
    for (size_t i = 0; i < count; i++)
        if (check(texts[i]) != expected)
            fail_msg("'%s' is %s", texts[i], expected ? "refused" : "taken");
}

static void division_codes_have_the_digits_of_a_tier(void **state)
{
    (void)state;
    static const char *const good[] = {"15", "1504", "150424", "150424100", "150424100201"};
    static const char *const bad[] = {"", "1", "150", "15042", "1504241", "15042A", "1504241002011", " 15", "１５"};
    hold(rpc_code_division, good, COUNT_OF(good), true);
    hold(rpc_code_division, bad, COUNT_OF(bad), false);
}

static void credit_codes_carry_their_check(void **state)
{
    (void)state;
    static const char *const good[] = {"91350100M000100Y43", "91512081MA62K0260E", "11150621MB1688871X"};
    static const char *const bad[] = {
        "",
        "91350100M000100Y4Z",     // Z is no character of the code
        "91310115MA1G4L1WXK",     // a wrong check character
        "91350100M000100Y4",      // too short
        "91350100M000100Y433",    // too long
        "91350100m000100Y43",     // lower case
        "9I350100M000100Y43",     // I for 1
    };
    hold(rpc_code_credit, good, COUNT_OF(good), true);
    hold(rpc_code_credit, bad, COUNT_OF(bad), false);
}

// 3 has an inverse modulo the prime 31, and so have its powers: no single slip keeps the sum.
static void one_wrong_character_is_always_found(void **state)
{
    (void)state;
    static const char characters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char code[] = "91512081MA62K0260E";
    for (size_t place = 0; place < strlen(code); place++) {
        char right = code[place];
        for (size_t i = 0; i < strlen(characters); i++) {
            code[place] = characters[i];
            assert_int_equal(rpc_code_credit(code), characters[i] == right);
        }
        code[place] = right;
    }
}

static void industries_are_a_letter_and_digits(void **state)
{
    (void)state;
    static const char *const good[] = {"A01", "B06", "C261", "C2614", "T97", "T9700"};
    static const char *const bad[] = {"", "C", "C2", "C26145", "U98", "c261", "261", "C 26", "C26a", "CC26"};
    hold(rpc_code_industry, good, COUNT_OF(good), true);
    hold(rpc_code_industry, bad, COUNT_OF(bad), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(division_codes_have_the_digits_of_a_tier),
        cmocka_unit_test(credit_codes_carry_their_check),
        cmocka_unit_test(one_wrong_character_is_always_found),
        cmocka_unit_test(industries_are_a_letter_and_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

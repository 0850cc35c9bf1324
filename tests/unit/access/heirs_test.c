// SPDX-License-Identifier: Apache-2.0
// Units that ended and what takes their place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "access/heirs.h"

static struct uuid unit(uint8_t number)
{
    return (struct uuid){.bytes = {[15] = number}};
}

static void ended(struct heirs *heirs, uint8_t number, uint8_t successor)
{
    struct uuid unit_id = unit(number);
    struct uuid successor_id = unit(successor);
    heirs_keep(heirs, &unit_id, &successor_id);
}

// The former units of one, as a set of bits.
static unsigned formers(const struct heirs *heirs, uint8_t number)
{
    struct uuid unit_id = unit(number);
    struct uuid former;
    unsigned found = 0;
    for (size_t at = 0; heirs_next(heirs, &unit_id, &at, &former);) {
        assert_int_equal(found & 1U << former.bytes[15], 0);    // each once
        found |= 1U << former.bytes[15];
    }
    return found;
}

static void nobody_took_the_place_of_what_goes_on(void **state)
{
    (void)state;
    struct heirs *heirs = heirs_new();
    assert_int_equal(formers(heirs, 1), 0);
    ended(heirs, 1, 2);
    assert_int_equal(formers(heirs, 1), 0);
    assert_int_equal(formers(heirs, 3), 0);
    heirs_free(heirs);
    heirs_free(NULL);
}

static void a_place_is_taken_over_those_who_ended_in_between(void **state)
{
    (void)state;
    struct heirs *heirs = heirs_new();
    ended(heirs, 1, 2);
    ended(heirs, 3, 2);
    assert_int_equal(formers(heirs, 2), 1U << 1 | 1U << 3);
    ended(heirs, 2, 4);
    assert_int_equal(formers(heirs, 4), 1U << 1 | 1U << 2 | 1U << 3);
    ended(heirs, 3, 5);    // it was told otherwise
    assert_int_equal(formers(heirs, 4), 1U << 1 | 1U << 2);
    assert_int_equal(formers(heirs, 5), 1U << 3);
    heirs_free(heirs);
}

static void many_are_kept_and_a_circle_ends(void **state)
{
    (void)state;
    struct heirs *heirs = heirs_new();
    for (uint8_t i = 0; i < 30; i++)
        ended(heirs, i, 31);
    assert_int_equal(formers(heirs, 31), (1U << 30) - 1);
    ended(heirs, 0, 1);
    ended(heirs, 1, 0);
    assert_int_equal(formers(heirs, 31), ((1U << 30) - 1) & ~3U);
    heirs_free(heirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_took_the_place_of_what_goes_on),
        cmocka_unit_test(a_place_is_taken_over_those_who_ended_in_between),
        cmocka_unit_test(many_are_kept_and_a_circle_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The request_id of what follows from an entry is the same whoever derives it, and whenever.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feed/entry.h"

static void a_command_id_is_the_same_whatever_ids_were_made_before(void **state)
{
    (void)state;
    struct uuid tenant = uuid_make(clock_now());
    clock_time entered_at = clock_now() - 300 * CLOCK_MILLISECOND;    // about as late as who follows is
    struct uuid first = feed_command_id("hazards", &tenant, 7, entered_at);
    for (int i = 0; i < 5000; i++)
        uuid_make(clock_now());
    struct uuid again = feed_command_id("hazards", &tenant, 7, entered_at);
    assert_memory_equal(&first, &again, sizeof(first));
    clock_time made = 0;
    assert_true(uuid_time(&first, &made));
    assert_int_equal(made / CLOCK_MILLISECOND, entered_at / CLOCK_MILLISECOND);
    struct uuid next = feed_command_id("hazards", &tenant, 8, entered_at);
    struct uuid other = feed_command_id("tasks", &tenant, 7, entered_at);
    assert_int_not_equal(uuid_compare(&first, &next), 0);
    assert_int_not_equal(uuid_compare(&first, &other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_id_is_the_same_whatever_ids_were_made_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

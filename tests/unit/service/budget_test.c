// SPDX-License-Identifier: Apache-2.0
// How often and how much a reader pulls in a minute.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "service/budget.h"

// Pulls that have ended, and brought nothing.
static bool pull(struct service_budget *budget, const struct uuid *reader, int64_t now, struct status *status)
{
    bool taken = service_budget_take(budget, reader, now, status);
    if (taken)
        service_budget_charge(budget, reader, now, 0);
    return taken;
}

static struct uuid reader(int number)
{
    struct uuid id = {{0}};
    id.bytes[0] = 1;
    id.bytes[14] = (uint8_t)(number >> 8);
    id.bytes[15] = (uint8_t)number;
    return id;
}

static void pulls_come_back_with_time(void **state)
{
    (void)state;
    struct service_budget *budget = service_budget_new(60, 1000);
    struct uuid one = reader(1);
    struct uuid other = reader(2);
    struct status status = {0};
    int64_t now = 1000 * CLOCK_SECOND;
    for (int i = 0; i < 60; i++)
        assert_true(pull(budget, &one, now, &status));
    assert_false(pull(budget, &one, now, &status));
    assert_int_equal(status.reason, REASON(BUDGET_SPENT));
    assert_in_range(status.retry_after_ms, 1000, 1002);
    assert_true(pull(budget, &other, now, &status));    // nobody else's
    assert_false(pull(budget, &one, now + CLOCK_SECOND / 2, &status));
    assert_true(pull(budget, &one, now + 1100 * CLOCK_MILLISECOND, &status));
    assert_false(pull(budget, &one, now + 1100 * CLOCK_MILLISECOND, &status));
    // No more than a minute's is saved.
    for (int i = 0; i < 60; i++)
        assert_true(pull(budget, &one, now + 3600 * CLOCK_SECOND, &status));
    assert_false(pull(budget, &one, now + 3600 * CLOCK_SECOND, &status));
    service_budget_free(budget);
}

static void a_large_page_is_owed(void **state)
{
    (void)state;
    struct service_budget *budget = service_budget_new(60, 1000);
    struct uuid one = reader(1);
    struct status status = {0};
    int64_t now = 1000 * CLOCK_SECOND;
    assert_true(service_budget_take(budget, &one, now, &status));
    service_budget_charge(budget, &one, now, 3000);
    assert_false(service_budget_take(budget, &one, now, &status));
    assert_in_range(status.retry_after_ms, 119000, 121000);
    assert_false(service_budget_take(budget, &one, now + 119 * CLOCK_SECOND, &status));
    assert_true(service_budget_take(budget, &one, now + 121 * CLOCK_SECOND, &status));
    service_budget_free(budget);
}

static void few_pulls_wait_at_a_time(void **state)
{
    (void)state;
    struct service_budget *budget = service_budget_new(60, 1000);
    struct uuid one = reader(1);
    struct status status = {0};
    int64_t now = 1000 * CLOCK_SECOND;
    for (int i = 0; i < BUDGET_UNDER_WAY; i++)
        assert_true(service_budget_take(budget, &one, now, &status));
    assert_false(service_budget_take(budget, &one, now, &status));
    assert_int_equal(status.retry_after_ms, 1000);
    service_budget_charge(budget, &one, now, 10);
    assert_true(service_budget_take(budget, &one, now, &status));
    service_budget_free(budget);
}

static void many_readers_take_no_memory(void **state)
{
    (void)state;
    struct service_budget *budget = service_budget_new(60, 1000);
    struct status status = {0};
    int64_t now = 1000 * CLOCK_SECOND;
    for (int i = 0; i < BUDGET_READERS; i++) {
        struct uuid id = reader(i);
        assert_true(pull(budget, &id, now, &status));
    }
    struct uuid late = reader(BUDGET_READERS);
    assert_false(pull(budget, &late, now, &status));
    assert_true(pull(budget, &late, now + 121 * CLOCK_SECOND, &status));
    service_budget_free(budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulls_come_back_with_time),
        cmocka_unit_test(a_large_page_is_owed),
        cmocka_unit_test(few_pulls_wait_at_a_time),
        cmocka_unit_test(many_readers_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

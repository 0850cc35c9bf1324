// SPDX-License-Identifier: Apache-2.0
// When the next who is told is due, and who that is after a long silence.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/check.h"
#include "message_ladder.h"
#include "service/values.h"

#define MINUTE (60 * CLOCK_SECOND)
#define DELIVERY ANLAN__NOTIFICATIONS__V1__RUNG_BASE__RUNG_BASE_DELIVERY
#define DEADLINE ANLAN__NOTIFICATIONS__V1__RUNG_BASE__RUNG_BASE_DEADLINE

static struct arena arena;
static Anlan__Notifications__V1__Rung rungs[4];
static Anlan__Notifications__V1__Rung *ladder[] = {&rungs[0], &rungs[1], &rungs[2], &rungs[3]};
static Anlan__Notifications__V1__MessageDetail detail;
static Anlan__Notifications__V1__Message message;
static const clock_time delivered = 1000 * MINUTE;
static const clock_time deadline = 2000 * MINUTE;

// Reminded after 60 minutes, the leader after 240; the leader at the deadline, the tier above a day later.
static int up(void **state)
{
    (void)state;
    static const struct {
        int counts_from;
        int minutes;
    } rows[] = {{DELIVERY, 60}, {DELIVERY, 240}, {DEADLINE, 0}, {DEADLINE, 1440}};
    arena_init(&arena, 1 << 20);
    anlan__notifications__v1__message__init(&message);
    anlan__notifications__v1__message_detail__init(&detail);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        anlan__notifications__v1__rung__init(&rungs[i]);
        rungs[i].counts_from = (Anlan__Notifications__V1__RungBase)rows[i].counts_from;
        rungs[i].minutes = rows[i].minutes;
    }
    detail.ladder = ladder;
    detail.n_ladder = COUNT_OF(rows);
    message.detail = &detail;
    message.entered_at = service_timestamp(delivered, &arena);
    message.deadline = service_timestamp(deadline, &arena);
    return 0;
}

static int down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static clock_time due(void)
{
    message_ladder_wind(&message, &arena);
    return message.due_at ? service_time(message.due_at) : 0;
}

static void rungs_are_climbed_one_after_another(void **state)
{
    (void)state;
    static const clock_time times[] = {1060 * MINUTE, 1240 * MINUTE, 2000 * MINUTE, 3440 * MINUTE};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(due(), times[i]);
        assert_int_equal(message_ladder_due(&message, times[i] - 1), -1);
        assert_int_equal(message_ladder_due(&message, times[i]), i);
        message.rung = i + 1;
    }
    assert_int_equal(due(), 0);
    assert_int_equal(message_ladder_due(&message, CLOCK_LAST), -1);
}

static void after_a_long_silence_it_climbs_once(void **state)
{
    (void)state;
    assert_int_equal(message_ladder_due(&message, 2500 * MINUTE), 2);
    message.rung = 3;
    assert_int_equal(due(), 3440 * MINUTE);
}

static void an_acknowledgement_stops_what_counts_from_the_delivery(void **state)
{
    (void)state;
    Anlan__Notifications__V1__Acknowledgement by = ANLAN__NOTIFICATIONS__V1__ACKNOWLEDGEMENT__INIT;
    message.acknowledged = &by;
    assert_int_equal(due(), deadline);    // to have read it is not to have done it
    assert_int_equal(message_ladder_due(&message, deadline - 1), -1);
    message.settled_at = service_timestamp(delivered, &arena);
    assert_int_equal(due(), 0);
    assert_int_equal(message_ladder_due(&message, CLOCK_LAST), -1);
}

static void without_a_deadline_none_is_missed(void **state)
{
    (void)state;
    message.deadline = NULL;
    message.rung = 2;
    assert_int_equal(due(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rungs_are_climbed_one_after_another, up, down),
        cmocka_unit_test_setup_teardown(after_a_long_silence_it_climbs_once, up, down),
        cmocka_unit_test_setup_teardown(an_acknowledgement_stops_what_counts_from_the_delivery, up, down),
        cmocka_unit_test_setup_teardown(without_a_deadline_none_is_missed, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

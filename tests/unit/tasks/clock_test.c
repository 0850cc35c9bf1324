// SPDX-License-Identifier: Apache-2.0
// Working days by calendars, and clocks that strike each time once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "service/values.h"
#include "task_clock.h"
#include "workdays.h"

static char *off[] = {(char *)"2026-10-01", (char *)"2026-10-02", (char *)"2026-10-05", (char *)"2026-10-06",
                      (char *)"2026-10-07"};
static char *worked[] = {(char *)"2026-10-10"};

static struct workdays year_2026(Anlan__Tasks__V1__Calendar *calendar, const Anlan__Tasks__V1__Calendar **list)
{
    anlan__tasks__v1__calendar__init(calendar);
    calendar->year = 2026;
    calendar->off = off;
    calendar->n_off = sizeof(off) / sizeof(off[0]);
    calendar->worked = worked;
    calendar->n_worked = 1;
    *list = calendar;
    return (struct workdays){.calendars = list, .count = 1};
}

static clock_time at(const char *text)
{
    clock_time time = 0;
    assert_true(clock_parse(text, &time));
    return time;
}

static void days_are_counted_in_china(void **state)
{
    (void)state;
    int32_t day = 0;
    assert_true(workdays_parse("1970-01-01", &day));
    assert_int_equal(day, 0);
    assert_true(workdays_parse("2026-10-01", &day));
    assert_int_equal(workdays_day(at("2026-09-30T16:00:00Z")), day);
    assert_int_equal(workdays_day(at("2026-09-30T15:59:59Z")), day - 1);
    assert_int_equal(workdays_day(at("1969-12-31T15:59:59Z")), -1);
    assert_int_equal(workdays_year(day), 2026);
    assert_false(workdays_parse("2026-13-01", &day));
    assert_false(workdays_parse("1 October", &day));
}

static void working_days_pass_over_holidays_and_take_worked_weekends(void **state)
{
    (void)state;
    Anlan__Tasks__V1__Calendar calendar;
    const Anlan__Tasks__V1__Calendar *list = NULL;
    struct workdays days = year_2026(&calendar, &list);
    clock_time deadline = at("2026-10-12T18:00:00+08:00");    // a Monday
    // One working day before is Saturday the 10th, which is worked; two: Friday; three: Thursday the 8th; four: 30
    // September.
    assert_true(workdays_away(&days, deadline, -1, true) == at("2026-10-10T18:00:00+08:00"));
    assert_true(workdays_away(&days, deadline, -3, true) == at("2026-10-08T18:00:00+08:00"));
    assert_true(workdays_away(&days, deadline, -4, true) == at("2026-09-30T18:00:00+08:00"));
    assert_true(workdays_away(&days, deadline, -4, false) == at("2026-10-08T18:00:00+08:00"));
    assert_true(workdays_away(&days, deadline, 0, true) == deadline);
    assert_true(workdays_away(&days, at("2026-09-30T09:00:00+08:00"), 2, true) == at("2026-10-09T09:00:00+08:00"));
    assert_int_equal(days.missing_year, 0);
}

static void a_year_without_a_calendar_is_told(void **state)
{
    (void)state;
    Anlan__Tasks__V1__Calendar calendar;
    const Anlan__Tasks__V1__Calendar *list = NULL;
    struct workdays days = year_2026(&calendar, &list);
    assert_true(workdays_away(&days, at("2026-12-31T09:00:00+08:00"), 2, true) == at("2027-01-04T09:00:00+08:00"));
    assert_int_equal(days.missing_year, 2027);
}

// A clock that warns, and is overdue at once and after two days.
static void make(tracked *h, Anlan__Tasks__V1__TrackedDetail *detail, struct arena *arena)
{
    static const char *const times[] = {"2026-10-08T00:00:00Z", "2026-10-12T00:00:00Z", "2026-10-14T00:00:00Z"};
    anlan__tasks__v1__tracked_hazard__init(h);
    anlan__tasks__v1__tracked_detail__init(detail);
    h->detail = detail;
    detail->clock_warns = true;
    detail->clock_times = arena_array(arena, 3, sizeof(*detail->clock_times));
    assert_non_null(detail->clock_times);
    for (size_t i = 0; i < 3; i++)
        detail->clock_times[detail->n_clock_times++] = service_timestamp(at(times[i]), arena);
    h->clock_next_at = detail->clock_times[0];
}

static void each_time_strikes_once_whatever_the_clock_does(void **state)
{
    (void)state;
    struct arena arena;
    tracked h;
    Anlan__Tasks__V1__TrackedDetail detail;
    arena_init(&arena, 1 << 20);
    make(&h, &detail, &arena);
    assert_int_equal(task_clock_strike(&h, at("2026-10-07T23:59:59Z")), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&h, at("2026-10-08T00:00:00Z")), ACTION(REMIND));
    assert_int_equal(task_clock_strike(&h, at("2026-10-08T00:00:00Z")), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&h, at("2026-10-12T00:00:01Z")), ACTION(OVERDUE));
    assert_int_equal(h.clock_stage, 2);
    assert_int_equal(task_clock_strike(&h, at("2026-10-01T00:00:00Z")), ACTION(UNSPECIFIED));    // set back
    assert_int_equal(task_clock_strike(&h, at("2026-10-12T00:00:01Z")), ACTION(UNSPECIFIED));    // and forth
    assert_int_equal(task_clock_strike(&h, at("2026-10-14T00:00:00Z")), ACTION(OVERDUE));
    assert_null(h.clock_next_at);
    assert_int_equal(task_clock_strike(&h, at("2030-01-01T00:00:00Z")), ACTION(UNSPECIFIED));
    arena_fini(&arena);
}

static void what_was_missed_strikes_once_as_the_latest(void **state)
{
    (void)state;
    struct arena arena;
    tracked h;
    Anlan__Tasks__V1__TrackedDetail detail;
    arena_init(&arena, 1 << 20);
    make(&h, &detail, &arena);
    assert_int_equal(task_clock_strike(&h, at("2026-10-20T00:00:00Z")), ACTION(OVERDUE));
    assert_int_equal(h.clock_stage, 3);
    assert_int_equal(task_clock_strike(&h, at("2026-10-20T00:00:00Z")), ACTION(UNSPECIFIED));
    arena_fini(&arena);
}

#define COUNTY "0197c3a0-0000-7000-8000-000000000001"

// What the ledger says of it now.
static tracked said(const tracked *was, Anlan__Tasks__V1__TrackedDetail *detail, Anlan__Hazards__V1__State state)
{
    tracked now = *was;
    anlan__tasks__v1__tracked_detail__init(detail);
    now.detail = detail;
    now.hazard_state = state;
    return now;
}

// Rectified, refused: it goes on with the same deadline, and what has struck for it does not strike again.
static void a_clock_that_was_stopped_goes_on_where_it_was(void **state)
{
    (void)state;
    struct arena arena;
    uint8_t bytes[256];
    int32_t days[] = {0, 2};
    Anlan__Rpc__V1__Place place = ANLAN__RPC__V1__PLACE__INIT;
    Anlan__Tasks__V1__ClockRule rule = ANLAN__TASKS__V1__CLOCK_RULE__INIT;
    Anlan__Tasks__V1__TrackedDetail details[4];
    tracked h = ANLAN__TASKS__V1__TRACKED_HAZARD__INIT;
    arena_init(&arena, 1 << 20);
    place.county_id = rule.unit_id = (char *)COUNTY;
    rule.overdue_days = days;
    rule.n_overdue_days = 2;
    ProtobufCBinaryData packed = {anlan__tasks__v1__clock_rule__pack(&rule, bytes), bytes};
    Anlan__Tasks__Facts__ClockFacts facts = ANLAN__TASKS__FACTS__CLOCK_FACTS__INIT;
    facts.rules = &packed;
    facts.n_rules = 1;
    h.place = &place;
    h.unit_id = (char *)COUNTY;
    h.deadline = service_timestamp(at("2026-10-12T00:00:00Z"), &arena);
    const struct service_rule_input input = {.arena = &arena};
    tracked runs = said(&h, &details[0], ANLAN__HAZARDS__V1__STATE__STATE_RECTIFYING);
    assert_true(task_clock_wind(&input, &facts, NULL, &runs));
    assert_int_equal(task_clock_strike(&runs, at("2026-10-12T00:00:00Z")), ACTION(OVERDUE));
    tracked stopped = said(&runs, &details[1], ANLAN__HAZARDS__V1__STATE__STATE_AWAITING_ACCEPTANCE);
    assert_true(task_clock_wind(&input, &facts, &runs, &stopped));
    assert_int_equal(stopped.clock_stage, 0);
    assert_null(stopped.clock_next_at);
    tracked on = said(&stopped, &details[2], ANLAN__HAZARDS__V1__STATE__STATE_RECTIFYING);
    assert_true(task_clock_wind(&input, &facts, &stopped, &on));
    assert_int_equal(task_clock_strike(&on, at("2026-10-13T00:00:00Z")), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&on, at("2026-10-14T00:00:00Z")), ACTION(OVERDUE));
    tracked later = said(&stopped, &details[3], ANLAN__HAZARDS__V1__STATE__STATE_RECTIFYING);
    later.deadline = service_timestamp(at("2026-10-13T00:00:00Z"), &arena);
    assert_true(task_clock_wind(&input, &facts, &stopped, &later));
    assert_int_equal(task_clock_strike(&later, at("2026-10-13T00:00:00Z")), ACTION(OVERDUE));    // another deadline
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_in_china),
        cmocka_unit_test(working_days_pass_over_holidays_and_take_worked_weekends),
        cmocka_unit_test(a_year_without_a_calendar_is_told),
        cmocka_unit_test(each_time_strikes_once_whatever_the_clock_does),
        cmocka_unit_test(what_was_missed_strikes_once_as_the_latest),
        cmocka_unit_test(a_clock_that_was_stopped_goes_on_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

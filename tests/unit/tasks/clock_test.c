// SPDX-License-Identifier: Apache-2.0
// Working days by calendars, and clocks that strike each time once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "access/directory.h"
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
    assert_int_equal(task_clock_strike(&h, at("2026-10-07T23:59:59Z"), &arena), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&h, at("2026-10-08T00:00:00Z"), &arena), ACTION(REMIND));
    assert_int_equal(task_clock_strike(&h, at("2026-10-08T00:00:00Z"), &arena), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&h, at("2026-10-12T00:00:01Z"), &arena), ACTION(OVERDUE));
    assert_int_equal(h.clock_stage, 2);
    assert_int_equal(task_clock_strike(&h, at("2026-10-01T00:00:00Z"), &arena), ACTION(UNSPECIFIED));    // set back
    assert_int_equal(task_clock_strike(&h, at("2026-10-12T00:00:01Z"), &arena), ACTION(UNSPECIFIED));    // and forth
    assert_int_equal(task_clock_strike(&h, at("2026-10-14T00:00:00Z"), &arena), ACTION(OVERDUE));
    assert_null(h.clock_next_at);
    assert_int_equal(task_clock_strike(&h, at("2030-01-01T00:00:00Z"), &arena), ACTION(UNSPECIFIED));
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
    assert_int_equal(task_clock_strike(&h, at("2026-10-20T00:00:00Z"), &arena), ACTION(OVERDUE));
    assert_int_equal(h.clock_stage, 3);
    assert_int_equal(task_clock_strike(&h, at("2026-10-20T00:00:00Z"), &arena), ACTION(UNSPECIFIED));
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

// A county with a rule, and a hazard that is to be rectified there.
struct story {
    struct arena arena;
    struct access_policy access;
    struct service_rule_input input;
    Anlan__Rpc__V1__Place place;
    Anlan__Tasks__V1__TrackedDetail details[6];
    size_t said;
    tracked h;
    uint8_t bytes[256];
    ProtobufCBinaryData packed;
    Anlan__Tasks__Facts__ClockFacts facts;
};

#define RECTIFYING ANLAN__HAZARDS__V1__STATE__STATE_RECTIFYING
#define AWAITING ANLAN__HAZARDS__V1__STATE__STATE_AWAITING_ACCEPTANCE

static struct story *begin(void)
{
    struct story *s = calloc(1, sizeof(*s));
    struct uuid instance;
    assert_non_null(s);
    assert_true(uuid_parse(COUNTY, &instance));
    arena_init(&s->arena, 1 << 20);
    s->access.directory = directory_new(&instance);
    s->input = (struct service_rule_input){.arena = &s->arena, .access = &s->access};
    anlan__rpc__v1__place__init(&s->place);
    anlan__tasks__v1__tracked_hazard__init(&s->h);
    anlan__tasks__facts__clock_facts__init(&s->facts);
    s->place.county_id = s->h.unit_id = (char *)COUNTY;
    s->h.place = &s->place;
    s->h.deadline = service_timestamp(at("2026-10-12T00:00:00Z"), &s->arena);
    s->facts.rules = &s->packed;
    return s;
}

static void end(struct story *s)
{
    directory_free((struct directory *)s->access.directory);
    arena_fini(&s->arena);
    free(s);
}

// The rule that holds from now on: id "1" is another one than "2".
static void set(struct story *s, const char *id, const char *entered_at, int32_t warn_days, const int32_t *days,
                size_t count)
{
    Anlan__Tasks__V1__ClockRule rule = ANLAN__TASKS__V1__CLOCK_RULE__INIT;
    rule.unit_id = (char *)COUNTY;
    rule.id = (char *)id;
    rule.entered_at = service_timestamp(at(entered_at), &s->arena);
    rule.warn_days = warn_days;
    rule.overdue_days = (int32_t *)days;
    rule.n_overdue_days = count;
    s->packed = (ProtobufCBinaryData){anlan__tasks__v1__clock_rule__pack(&rule, s->bytes), s->bytes};
    s->facts.n_rules = 1;
}

// The ledger says another state.
static tracked noted(struct story *s, const tracked *was, Anlan__Hazards__V1__State state)
{
    tracked now = said(was, &s->details[s->said++], state);
    struct task_clock_book book = {.facts = &s->facts};
    assert_true(task_clock_wind(&s->input, &book, was == &s->h ? NULL : was, &now));
    return now;
}

// Whether it is wound anew, and then so.
static bool wind(struct story *s, tracked *h)
{
    struct task_clock_book book = {.facts = &s->facts};
    tracked was = *h;
    return task_clock_wind_anew(&s->input, &book, &was, h);
}

// Rectified, refused: it goes on with the same deadline, and what has struck for it does not strike again.
static void a_clock_that_was_stopped_goes_on_where_it_was(void **state)
{
    (void)state;
    static const int32_t days[] = {0, 2};
    struct story *s = begin();
    set(s, "1", "2026-01-01T00:00:00Z", 0, days, 2);
    tracked runs = noted(s, &s->h, RECTIFYING);
    assert_int_equal(task_clock_strike(&runs, at("2026-10-12T00:00:00Z"), &s->arena), ACTION(OVERDUE));
    tracked stopped = noted(s, &runs, AWAITING);
    assert_int_equal(stopped.clock_stage, 0);
    assert_null(stopped.clock_next_at);
    assert_null(stopped.clock_as_of);
    tracked on = noted(s, &stopped, RECTIFYING);
    assert_int_equal(task_clock_strike(&on, at("2026-10-13T00:00:00Z"), &s->arena), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&on, at("2026-10-14T00:00:00Z"), &s->arena), ACTION(OVERDUE));
    tracked again = stopped;
    again.deadline = service_timestamp(at("2026-10-13T00:00:00Z"), &s->arena);
    tracked later = said(&again, &s->details[s->said++], RECTIFYING);
    struct task_clock_book book = {.facts = &s->facts};
    assert_true(task_clock_wind(&s->input, &book, &stopped, &later));
    assert_int_equal(task_clock_strike(&later, at("2026-10-13T00:00:00Z"), &s->arena), ACTION(OVERDUE));    // another
    end(s);
}

static void a_rule_that_comes_later_winds_a_clock_once(void **state)
{
    (void)state;
    static const int32_t days[] = {0, 2};
    struct story *s = begin();
    tracked h = noted(s, &s->h, RECTIFYING);
    assert_null(h.clock_next_at);
    assert_false(wind(s, &h));    // there is no rule
    set(s, "1", "2026-10-20T00:00:00Z", 3, days, 2);
    assert_true(wind(s, &h));
    assert_true(service_time(h.clock_as_of) == at("2026-10-20T00:00:00Z"));
    assert_false(wind(s, &h));
    // Of three times that are past the latest strikes.
    assert_int_equal(task_clock_strike(&h, at("2026-10-20T00:00:01Z"), &s->arena), ACTION(OVERDUE));
    assert_int_equal(h.clock_stage, 3);
    assert_int_equal(task_clock_strike(&h, at("2026-10-20T00:00:01Z"), &s->arena), ACTION(UNSPECIFIED));
    end(s);
}

static void by_another_rule_nothing_strikes_twice_for_the_same_moment(void **state)
{
    (void)state;
    static const int32_t first[] = {0};
    static const int32_t second[] = {0, 5};
    static const int32_t third[] = {1, 2, 9};
    struct story *s = begin();
    set(s, "1", "2026-10-01T00:00:00Z", 3, first, 1);
    tracked h = noted(s, &s->h, RECTIFYING);
    assert_int_equal(task_clock_strike(&h, at("2026-10-12T00:00:00Z"), &s->arena), ACTION(OVERDUE));
    assert_int_equal(h.clock_stage, 2);
    set(s, "2", "2026-10-13T00:00:00Z", 0, second, 2);
    assert_true(wind(s, &h));
    assert_int_equal(h.clock_stage, 1);
    assert_int_equal(task_clock_strike(&h, at("2026-10-13T00:00:00Z"), &s->arena), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&h, at("2026-10-17T00:00:00Z"), &s->arena), ACTION(OVERDUE));
    // Two of these are past and struck by nobody, but before what has; also after it was stopped meanwhile.
    tracked stopped = noted(s, &h, AWAITING);
    set(s, "3", "2026-10-18T00:00:00Z", 0, third, 3);
    assert_false(wind(s, &stopped));    // it does not run
    tracked on = noted(s, &stopped, RECTIFYING);
    assert_int_equal(task_clock_strike(&on, at("2026-10-18T00:00:00Z"), &s->arena), ACTION(UNSPECIFIED));
    assert_int_equal(task_clock_strike(&on, at("2026-10-21T00:00:00Z"), &s->arena), ACTION(OVERDUE));
    end(s);
}

// By a rule that warns later nobody was warned yet; by the one before again, he was.
static void what_struck_is_remembered_through_a_rule_that_does_not_know_it(void **state)
{
    (void)state;
    struct story *s = begin();
    set(s, "1", "2026-10-01T00:00:00Z", 8, NULL, 0);
    tracked h = noted(s, &s->h, RECTIFYING);
    assert_int_equal(task_clock_strike(&h, at("2026-10-04T00:00:00Z"), &s->arena), ACTION(REMIND));
    set(s, "2", "2026-10-05T00:00:00Z", 3, NULL, 0);
    assert_true(wind(s, &h));
    assert_int_equal(h.clock_stage, 0);
    assert_true(service_time(h.clock_next_at) == at("2026-10-09T00:00:00Z"));
    set(s, "3", "2026-10-06T00:00:00Z", 8, NULL, 0);
    assert_true(wind(s, &h));
    assert_int_equal(h.clock_stage, 1);
    assert_null(h.clock_next_at);
    end(s);
}

// A record that struck before its log kept when: its time is that of its stage.
static void what_struck_before_the_log_kept_when_does_not_strike_again(void **state)
{
    (void)state;
    static const int32_t days[] = {0, 5};
    struct story *s = begin();
    set(s, "1", "2026-10-01T00:00:00Z", 0, days, 2);
    tracked h = noted(s, &s->h, RECTIFYING);
    h.clock_stage = 1;
    h.clock_as_of = NULL;
    set(s, "2", "2026-10-13T00:00:00Z", 2, days, 2);
    assert_true(wind(s, &h));
    assert_int_equal(h.clock_stage, 2);
    assert_true(service_time(h.clock_next_at) == at("2026-10-17T00:00:00Z"));
    end(s);
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
        cmocka_unit_test(a_rule_that_comes_later_winds_a_clock_once),
        cmocka_unit_test(by_another_rule_nothing_strikes_twice_for_the_same_moment),
        cmocka_unit_test(what_struck_is_remembered_through_a_rule_that_does_not_know_it),
        cmocka_unit_test(what_struck_before_the_log_kept_when_does_not_strike_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

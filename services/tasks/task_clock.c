// SPDX-License-Identifier: Apache-2.0
#include "task_clock.h"

#include <string.h>

#include "service/values.h"
#include "task_record.h"
#include "workdays.h"

#define HAZARD(name) ANLAN__HAZARDS__V1__STATE__STATE_##name

typedef Anlan__Tasks__V1__ClockRule clock_rule;
typedef Anlan__Tasks__V1__Calendar calendar;

// A hazard whose clock is wound.
struct winding {
    const struct service_rule_input *input;
    tracked *now;
    clock_time as_of;    // when the latest of what holds for it was entered
};

static bool open_book(struct arena *arena, struct task_clock_book *book)
{
    const Anlan__Tasks__Facts__ClockFacts *facts = book->facts;
    ProtobufCAllocator *memory = &arena->protobuf;
    if (book->open)
        return true;
    book->rules = arena_array(arena, facts->n_rules, sizeof(*book->rules));
    book->calendars = arena_array(arena, facts->n_calendars, sizeof(*book->calendars));
    if (!book->rules || !book->calendars)
        return false;
    for (size_t i = 0; i < facts->n_rules; i++) {
        clock_rule *rule = anlan__tasks__v1__clock_rule__unpack(memory, facts->rules[i].len, facts->rules[i].data);
        if (rule)
            book->rules[book->rule_count++] = rule;
    }
    for (size_t i = 0; i < facts->n_calendars; i++) {
        calendar *one = anlan__tasks__v1__calendar__unpack(memory, facts->calendars[i].len, facts->calendars[i].data);
        if (one)
            book->calendars[book->calendar_count++] = one;
    }
    book->open = true;
    return !arena->exhausted;
}

// How near the unit of a rule or a calendar is; -1: it does not hold for the hazard.
static int nearness(struct winding *w, const char *above_id, const Google__Protobuf__Timestamp *entered_at)
{
    struct directory_place place = service_place_field(&w->now->base);
    int near = task_record_above(w->input, above_id, w->now->unit_id, &place);
    if (near >= 0 && entered_at && service_time(entered_at) > w->as_of)
        w->as_of = service_time(entered_at);
    return near;
}

static const clock_rule *nearest_rule(struct winding *w, const struct task_clock_book *book)
{
    const clock_rule *nearest = NULL;
    int most = -1;
    for (size_t i = 0; i < book->rule_count; i++) {
        const clock_rule *rule = book->rules[i];
        int near = nearness(w, rule->unit_id, rule->entered_at);
        if (near > most) {
            most = near;
            nearest = rule;
        }
    }
    return nearest;
}

// The nearest calendar of each year.
static bool find_calendars(struct winding *w, const struct task_clock_book *book, struct workdays *found)
{
    struct arena *arena = w->input->arena;
    const calendar **list = arena_array(arena, book->calendar_count, sizeof(*list));
    int *nears = arena_array(arena, book->calendar_count, sizeof(int));
    if (!list || !nears)
        return false;
    for (size_t i = 0; i < book->calendar_count; i++) {
        const calendar *one = book->calendars[i];
        int near = nearness(w, one->unit_id, one->entered_at);
        size_t at = 0;
        while (at < found->count && list[at]->year != one->year)
            at++;
        if (near < 0 || (at < found->count && nears[at] >= near))
            continue;
        list[at] = one;
        nears[at] = near;
        found->count += at == found->count;
    }
    found->calendars = list;
    return true;
}

static bool is_running(const tracked *h)
{
    return h->deadline && (h->hazard_state == HAZARD(ASSIGNED) || h->hazard_state == HAZARD(RECTIFYING));
}

// What has struck for the deadline that there is: it stays while the clock is stopped or wound by another rule.
static void carry(const tracked *was, tracked *now)
{
    Anlan__Tasks__V1__TrackedDetail *d = now->detail;
    const Anlan__Tasks__V1__TrackedDetail *before = was ? was->detail : NULL;
    d->clock_struck = 0;
    d->clock_struck_at = NULL;
    d->clock_struck_by = (char *)"";
    if (!before || !was->deadline || !now->deadline || service_time(was->deadline) != service_time(now->deadline))
        return;
    d->clock_struck = before->clock_struck;
    d->clock_struck_at = before->clock_struck_at;
    d->clock_struck_by = before->clock_struck_by;
    if (d->clock_struck_at || was->clock_stage == 0)
        return;
    // It struck before the log kept when.
    d->clock_struck = was->clock_stage;
    d->clock_struck_by = was->clock_rule_id;
    if ((size_t)was->clock_stage <= before->n_clock_times)
        d->clock_struck_at = before->clock_times[was->clock_stage - 1];
}

// It may go on: what was rectified is refused.
static void stop(tracked *now)
{
    now->clock_stage = 0;
    now->clock_next_at = NULL;
    now->clock_rule_id = (char *)"";
    now->clock_alarm_year = 0;
    now->clock_as_of = NULL;
    now->clock_working = false;
    now->clock_unit_ids = NULL;
    now->n_clock_unit_ids = 0;
    now->detail->clock_times = NULL;
    now->detail->n_clock_times = 0;
    now->detail->clock_warns = false;
}

static bool set_times(const struct service_rule_input *input, const clock_rule *rule, struct workdays *days,
                      tracked *now)
{
    Anlan__Tasks__V1__TrackedDetail *d = now->detail;
    clock_time deadline = service_time(now->deadline);
    d->clock_times = arena_array(input->arena, rule->n_overdue_days + 1, sizeof(*d->clock_times));
    if (!d->clock_times)
        return false;
    d->n_clock_times = 0;
    d->clock_warns = rule->warn_days > 0;
    if (d->clock_warns)
        d->clock_times[d->n_clock_times++] =
            service_timestamp(workdays_away(days, deadline, -rule->warn_days, rule->working_days), input->arena);
    for (size_t i = 0; i < rule->n_overdue_days; i++)
        d->clock_times[d->n_clock_times++] =
            service_timestamp(workdays_away(days, deadline, rule->overdue_days[i], rule->working_days), input->arena);
    return !input->arena->exhausted;
}

// How many of its times have struck: as many as it was by the same rule; by another, those up to the last that has.
static void set_stage(const clock_rule *rule, tracked *now)
{
    Anlan__Tasks__V1__TrackedDetail *d = now->detail;
    bool same = !*d->clock_struck_by || strcmp(d->clock_struck_by, rule->id) == 0;
    size_t stage = 0;
    while (d->clock_struck_at && stage < d->n_clock_times &&
           service_time(d->clock_times[stage]) <= service_time(d->clock_struck_at))
        stage++;
    if (same && (size_t)d->clock_struck > stage)
        stage = (size_t)d->clock_struck < d->n_clock_times ? (size_t)d->clock_struck : d->n_clock_times;
    if (d->clock_struck_at) {
        d->clock_struck = (int32_t)stage;
        d->clock_struck_by = rule->id;
    }
    now->clock_stage = (int32_t)stage;
    now->clock_next_at = stage < d->n_clock_times ? d->clock_times[stage] : NULL;
}

static bool start(struct winding *w, const struct task_clock_book *book)
{
    struct workdays days = {0};
    struct directory_place place = service_place_field(&w->now->base);
    const clock_rule *rule = nearest_rule(w, book);
    if (!find_calendars(w, book, &days) ||
        !task_record_units_above(w->input, w->now->unit_id, &place, &w->now->clock_unit_ids, &w->now->n_clock_unit_ids))
        return false;
    w->now->clock_as_of = w->as_of > 0 ? service_timestamp(w->as_of, w->input->arena) : NULL;
    if (!rule)
        return true;
    if (!set_times(w->input, rule, &days, w->now))
        return false;
    w->now->clock_rule_id = rule->id;
    w->now->clock_working = rule->working_days;
    w->now->clock_alarm_year = days.missing_year;
    set_stage(rule, w->now);
    return true;
}

bool task_clock_wind(const struct service_rule_input *input, struct task_clock_book *book, const tracked *was,
                     tracked *now)
{
    struct winding winding = {.input = input, .now = now};
    carry(was, now);
    stop(now);
    if (!is_running(now) || !book->facts)
        return true;
    return open_book(input->arena, book) && start(&winding, book);
}

static bool same_units(const tracked *was, const tracked *now)
{
    bool same = was->n_clock_unit_ids == now->n_clock_unit_ids;
    for (size_t i = 0; same && i < now->n_clock_unit_ids; i++)
        same = strcmp(was->clock_unit_ids[i], now->clock_unit_ids[i]) == 0;
    return same;
}

bool task_clock_wind_anew(const struct service_rule_input *input, struct task_clock_book *book, const tracked *was,
                          tracked *now)
{
    clock_time before = was->clock_as_of ? service_time(was->clock_as_of) : 0;
    Anlan__Tasks__V1__TrackedDetail *detail = arena_alloc(input->arena, sizeof(*detail));
    if (!detail || !was->detail)
        return false;
    *detail = *was->detail;    // which `now` shares with `was`
    now->detail = detail;
    if (!task_clock_wind(input, book, was, now))
        return false;
    return (now->clock_as_of && service_time(now->clock_as_of) > before) || !same_units(was, now);
}

task_action task_clock_strike(tracked *now, clock_time time, struct arena *arena)
{
    Anlan__Tasks__V1__TrackedDetail *d = arena_alloc(arena, sizeof(*d));
    size_t stage = (size_t)now->clock_stage;
    if (!d || !now->detail)
        return ACTION(UNSPECIFIED);
    *d = *now->detail;    // which the record before shares
    while (stage < d->n_clock_times && service_time(d->clock_times[stage]) <= time)
        stage++;
    if (stage == (size_t)now->clock_stage)
        return ACTION(UNSPECIFIED);
    d->clock_struck = (int32_t)stage;
    d->clock_struck_at = d->clock_times[stage - 1];
    d->clock_struck_by = now->clock_rule_id;
    now->detail = d;
    now->clock_stage = (int32_t)stage;
    now->clock_next_at = stage < d->n_clock_times ? d->clock_times[stage] : NULL;
    return stage == 1 && d->clock_warns ? ACTION(REMIND) : ACTION(OVERDUE);
}

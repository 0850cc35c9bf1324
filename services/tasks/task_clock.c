// SPDX-License-Identifier: Apache-2.0
#include "task_clock.h"

#include <string.h>

#include "anlan/tasks/v1/clocks.pb-c.h"
#include "service/values.h"
#include "task_record.h"
#include "workdays.h"

#define HAZARD(name) ANLAN__HAZARDS__V1__STATE__STATE_##name

typedef Anlan__Tasks__V1__ClockRule clock_rule;
typedef Anlan__Tasks__V1__Calendar calendar;

static int nearness(const struct service_rule_input *input, const tracked *h, const char *above_id)
{
    struct directory_place place = service_place_field(&h->base);
    return task_record_above(input, above_id, h->unit_id, &place);
}

static const clock_rule *nearest_rule(const struct service_rule_input *input,
                                      const Anlan__Tasks__Facts__ClockFacts *facts, const tracked *h)
{
    const clock_rule *nearest = NULL;
    int most = -1;
    for (size_t i = 0; i < facts->n_rules; i++) {
        const clock_rule *rule =
            anlan__tasks__v1__clock_rule__unpack(&input->arena->protobuf, facts->rules[i].len, facts->rules[i].data);
        int near = rule ? nearness(input, h, rule->unit_id) : -1;
        if (near > most) {
            most = near;
            nearest = rule;
        }
    }
    return nearest;
}

// The nearest calendar of each year.
static bool find_calendars(const struct service_rule_input *input, const Anlan__Tasks__Facts__ClockFacts *facts,
                           const tracked *h, struct workdays *found)
{
    const calendar **list = arena_array(input->arena, facts->n_calendars, sizeof(*list));
    int *nears = arena_array(input->arena, facts->n_calendars, sizeof(int));
    if (!list || !nears)
        return false;
    for (size_t i = 0; i < facts->n_calendars; i++) {
        const calendar *one = anlan__tasks__v1__calendar__unpack(&input->arena->protobuf, facts->calendars[i].len,
                                                                 facts->calendars[i].data);
        int near = one ? nearness(input, h, one->unit_id) : -1;
        size_t at = 0;
        while (at < found->count && list[at]->year != (one ? one->year : 0))
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

// How often the clock has struck for the deadline that there is.
static int32_t struck(const tracked *was, const tracked *now)
{
    if (!was || !was->deadline || !now->deadline || service_time(was->deadline) != service_time(now->deadline))
        return 0;
    return was->clock_stage || !was->detail ? was->clock_stage : was->detail->clock_struck;
}

// It may go on: what was rectified is refused.
static void stop(const tracked *was, tracked *now)
{
    now->detail->clock_struck = struck(was, now);
    now->clock_stage = 0;
    now->clock_next_at = NULL;
    now->clock_rule_id = (char *)"";
    now->clock_alarm_year = 0;
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

bool task_clock_wind(const struct service_rule_input *input, const Anlan__Tasks__Facts__ClockFacts *facts,
                     const tracked *was, tracked *now)
{
    struct workdays days = {0};
    const clock_rule *rule = is_running(now) && facts ? nearest_rule(input, facts, now) : NULL;
    if (!rule) {
        stop(was, now);
        return true;
    }
    if (!find_calendars(input, facts, now, &days) || !set_times(input, rule, &days, now))
        return false;
    now->clock_rule_id = rule->id;
    now->clock_alarm_year = days.missing_year;
    now->clock_stage = struck(was, now);
    if ((size_t)now->clock_stage > now->detail->n_clock_times)
        now->clock_stage = (int32_t)now->detail->n_clock_times;
    now->clock_next_at =
        (size_t)now->clock_stage < now->detail->n_clock_times ? now->detail->clock_times[now->clock_stage] : NULL;
    return true;
}

task_action task_clock_strike(tracked *now, clock_time time)
{
    const Anlan__Tasks__V1__TrackedDetail *d = now->detail;
    size_t stage = (size_t)now->clock_stage;
    if (!d)
        return ACTION(UNSPECIFIED);
    while (stage < d->n_clock_times && service_time(d->clock_times[stage]) <= time)
        stage++;
    if (stage == (size_t)now->clock_stage)
        return ACTION(UNSPECIFIED);
    now->clock_stage = (int32_t)stage;
    now->clock_next_at = stage < d->n_clock_times ? d->clock_times[stage] : NULL;
    return stage == 1 && d->clock_warns ? ACTION(REMIND) : ACTION(OVERDUE);
}

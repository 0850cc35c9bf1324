// SPDX-License-Identifier: Apache-2.0
#include "clock_rules.h"

#include "anlan/tasks/v1/clocks.pb-c.h"
#include "service/values.h"
#include "task_clock.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"
#include "workdays.h"

bool clock_rules_set(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                     struct status *status)
{
    const Anlan__Tasks__V1__SetClockRuleRequest *request = (const void *)input->request;
    Anlan__Tasks__V1__ClockRule *made = (Anlan__Tasks__V1__ClockRule *)after;
    (void)before;
    if (!request->warn_days && !request->n_overdue_days)
        return status_violate(status, input->arena, "warn_days", "or overdue_days: no clock would ever strike");
    for (size_t i = 1; i < request->n_overdue_days; i++)
        if (request->overdue_days[i] <= request->overdue_days[i - 1])
            return status_violate(status, input->arena, "overdue_days", "must rise");
    task_record_begin(input, after);
    made->document = request->document;
    made->warn_days = request->warn_days;
    made->overdue_days = request->overdue_days;
    made->n_overdue_days = request->n_overdue_days;
    made->working_days = request->working_days;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__clock_rule_detail__init(made->detail);
    made->detail->set = task_record_sign(input);
    return task_life_move("clock_rules", after, ACTION(SET), STATE(IN_FORCE));
}

// Each is a day of the year; those that are worked are Saturdays and Sundays, those that are off are not in vain.
static bool check_days(const struct service_rule_input *input, const char *field, char *const *days, size_t count,
                       bool worked, struct status *status)
{
    const Anlan__Tasks__V1__PublishCalendarRequest *request = (const void *)input->request;
    struct workdays none = {0};
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_printf(input->arena, "%s[%zu]", field, i);
        int32_t day = 0;
        if (!workdays_parse(days[i], &day) || workdays_year(day) != request->year)
            return status_violate(status, input->arena, path, "must be a day of %d: 2026-10-01", (int)request->year);
        if (worked && workdays_is(&none, day))
            return status_violate(status, input->arena, path, "is no Saturday or Sunday");
    }
    return true;
}

bool clock_rules_publish(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__PublishCalendarRequest *request = (const void *)input->request;
    Anlan__Tasks__V1__Calendar *made = (Anlan__Tasks__V1__Calendar *)after;
    (void)before;
    if (!check_days(input, "off", request->off, request->n_off, false, status) ||
        !check_days(input, "worked", request->worked, request->n_worked, true, status))
        return false;
    task_record_begin(input, after);
    made->year = request->year;
    made->document = request->document;
    made->off = request->off;
    made->n_off = request->n_off;
    made->worked = request->worked;
    made->n_worked = request->n_worked;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__calendar_detail__init(made->detail);
    made->detail->published = task_record_sign(input);
    return task_life_move("calendars", after, ACTION(PUBLISH), STATE(IN_FORCE));
}

bool clock_rules_strike(const struct service_rule_input *input, const ProtobufCMessage *const *before, size_t count,
                        ProtobufCMessage **after, struct status *status)
{
    size_t struck = 0;
    (void)before;
    for (size_t i = 0; i < count; i++) {
        task_action action = task_clock_strike((tracked *)after[i], input->now, input->arena);
        if (action != ACTION(UNSPECIFIED) && task_life_move("tracked_hazards", after[i], action, STATE(TRACKED)))
            struck++;
        else if (i > 0)
            after[i] = NULL;
        else
            return status_set(status, REASON(RECORD_NOT_FOUND), "no clock strikes now");
    }
    return struck > 0;
}

bool clock_rules_wind(const struct service_rule_input *input, const ProtobufCMessage *const *before, size_t count,
                      ProtobufCMessage **after, struct status *status)
{
    struct task_clock_book book = {.facts = (const Anlan__Tasks__Facts__ClockFacts *)input->facts};
    for (size_t i = 0; i < count; i++) {
        if (task_clock_wind_anew(input, &book, (const tracked *)before[i], (tracked *)after[i]))
            task_life_move("tracked_hazards", after[i], ACTION(WIND), STATE(TRACKED));
        else if (i > 0)
            after[i] = NULL;
        else
            return status_set(status, REASON(RECORD_NOT_FOUND), "no clock is to be wound now");
    }
    return true;
}

static const status_reason settled[] = {REASON(RECORD_NOT_FOUND), REASON(UNSPECIFIED)};

bool clock_rules_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command)
{
    const Anlan__Tasks__Facts__DueClock *due = (const void *)record;
    Anlan__Tasks__V1__StrikeClocksRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__tasks__v1__strike_clocks_request__init(request);
    request->tenant_id = due->tenant_id;
    *command = (struct service_command){
        .method = "anlan.tasks.v1.ClocksService/StrikeClocks", .request = &request->base, .settled = settled};
    return true;
}

bool clock_rules_wind_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command)
{
    const Anlan__Tasks__Facts__DueClock *due = (const void *)record;
    Anlan__Tasks__V1__WindClocksRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__tasks__v1__wind_clocks_request__init(request);
    request->tenant_id = due->tenant_id;
    *command = (struct service_command){
        .method = "anlan.tasks.v1.ClocksService/WindClocks", .request = &request->base, .settled = settled};
    return true;
}

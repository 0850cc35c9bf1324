// SPDX-License-Identifier: Apache-2.0
#include "report_rules.h"

#include <string.h>

#include "base/check.h"
#include "report_steps.h"
#include "service/values.h"

#define MINUTE (60 * CLOCK_SECOND)
#define SUPPLEMENTS_MOST 200
#define CLIMB "anlan.notifications.v1.ReportService/ClimbReport"

typedef Anlan__Notifications__V1__ReportClocks report_clocks;

static Anlan__Notifications__V1__Acknowledgement *sign(const struct service_rule_input *input, char *note)
{
    Anlan__Notifications__V1__Acknowledgement *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__notifications__v1__acknowledgement__init(made);
    made->person_id = service_uuid(&input->caller->subject_id, input->arena);
    made->person = (char *)input->caller->subject_name;
    made->unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->note = note;
    return made;
}

static bool reaches(const Anlan__Notifications__V1__GradeThreshold *threshold, const report *now)
{
    return (threshold->deaths > 0 && now->deaths + now->missing >= threshold->deaths) ||
           (threshold->injured > 0 && now->injured >= threshold->injured) ||
           (threshold->loss_yuan > 0 && now->loss_yuan >= threshold->loss_yuan);
}

// The grade by the figures, where that is graver, and how high it must go. Neither falls.
static void judge(const struct service_rule_input *input, report *now, const report_clocks *clocks)
{
    struct directory_place place = service_place_of(now->place);
    int up_to = now->up_to && *now->up_to ? report_steps_level(now->up_to) : 2;
    int top = 0;
    for (size_t i = 0; clocks && i < clocks->n_grades; i++)
        if (clocks->grades[i]->grade > now->grade && reaches(clocks->grades[i], now))
            now->grade = clocks->grades[i]->grade;
    for (size_t i = 0; clocks && i < clocks->n_grades; i++) {
        int level = report_steps_level(clocks->grades[i]->up_to);
        if (clocks->grades[i]->grade <= now->grade && level >= 0 && level < up_to)
            up_to = level;
    }
    if (!clocks || clocks->n_grades == 0)    // nobody has said how high: as high as there is
        up_to = 0;
    while (top < 2 && uuid_is_nil(&place.levels[top]))
        top++;
    now->up_to = (char *)report_steps_tier(up_to > top ? up_to : top);
    (void)input;
}

static void take_contents(const Anlan__Notifications__V1__ReportUrgentRequest *request, report *made)
{
    made->telephone = request->telephone;
    made->unit_id = request->unit_id;
    made->title = request->title;
    made->grade = request->grade;
    made->deaths = request->deaths;
    made->missing = request->missing;
    made->injured = request->injured;
    made->loss_yuan = request->loss_yuan;
    made->accident_at = request->accident_at;
    made->detail->overview = request->overview;
    made->detail->scene = request->scene;
    made->detail->course = request->course;
    made->detail->measures = request->measures;
    made->detail->other = request->other;
}

static void take_clocks(const report_clocks *clocks, const struct service_rule_input *input, report *made)
{
    if (!clocks)
        return;
    made->detail->minutes_answer = clocks->minutes_answer;
    made->detail->minutes_next = clocks->minutes_next;
    made->detail->n_bodies = clocks->n_bodies;
    made->detail->bodies = clocks->bodies;
    made->late =
        clocks->minutes_first > 0 && input->now > service_time(made->accident_at) + clocks->minutes_first * MINUTE;
}

bool report_rules_report(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__ReportUrgentRequest *request = (const void *)input->request;
    report *made = (report *)after;
    Anlan__Notifications__V1__ReportDetail *detail = arena_alloc(input->arena, sizeof(*detail));
    (void)before;
    if (!detail)
        return false;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is retired");
    if (service_time(request->accident_at) > input->now)
        return status_violate(status, input->arena, "accident_at", "must not be in the future");
    anlan__notifications__v1__report_detail__init(detail);
    made->detail = detail;
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->place = service_place(&input->unit->place, input->arena);
    made->reporting_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->last_action = ACTION(REPORT);
    detail->reporter = (char *)input->caller->subject_name;
    take_contents(request, made);
    const report_clocks *clocks = report_steps_clocks(input, &input->unit->place);
    take_clocks(clocks, input, made);
    judge(input, made, clocks);
    if (input->arena->exhausted || !report_steps_copy(input, made) || !report_steps_begin(input, made, clocks))
        return false;
    report_steps_wind(input, made);
    return true;
}

static const report_clocks *clocks_at(const struct service_rule_input *input, const report *now)
{
    struct directory_place place = service_place_of(now->place);
    return report_steps_clocks(input, &place);
}

static bool begin(const struct service_rule_input *input, report *now, Anlan__Notifications__V1__ReportAction action)
{
    now->version++;
    now->last_action = action;
    return report_steps_copy(input, now);
}

bool report_rules_supplement(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__SupplementReportRequest *request = (const void *)input->request;
    const report *was = (const report *)before;
    report *now = (report *)after;
    struct arena *arena = input->arena;
    if (was->version != request->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)request->version);
    if (was->detail->n_supplements >= SUPPLEMENTS_MOST)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "it has %d supplements, and no more are kept",
                          SUPPLEMENTS_MOST);
    if (!begin(input, now, ACTION(SUPPLEMENT)))
        return false;
    size_t count = now->detail->n_supplements;
    Anlan__Notifications__V1__ReportSupplement **list =
        arena_array(arena, count + 1, sizeof(Anlan__Notifications__V1__ReportSupplement *));
    Anlan__Notifications__V1__ReportSupplement *made = arena_alloc(arena, sizeof(*made));
    if (!list || !made)
        return false;
    if (count > 0)
        memcpy(list, now->detail->supplements, count * sizeof(*list));
    anlan__notifications__v1__report_supplement__init(made);
    made->text = request->text;
    made->by = sign(input, (char *)"");
    list[count] = made;
    now->detail->supplements = list;
    now->detail->n_supplements = count + 1;
    now->deaths = request->deaths;
    now->missing = request->missing;
    now->injured = request->injured;
    now->loss_yuan = request->loss_yuan;
    judge(input, now, clocks_at(input, now));
    report_steps_wind(input, now);
    return true;
}

// The caller's own step. NULL, with a status, where it has not gone to his unit.
static report_step *own_step(const struct service_rule_input *input, report *now, struct status *status)
{
    struct uuid unit;
    for (size_t i = 0; i < now->detail->n_steps; i++)
        if (uuid_parse(now->detail->steps[i]->unit_id, &unit) && service_acts_for(input, &unit))
            return now->detail->steps[i];
    status_set(status, REASON(STEP_OF_OTHER_UNIT), "it has not been sent to your unit");
    return NULL;
}

bool report_rules_acknowledge(const struct service_rule_input *input, const ProtobufCMessage *before,
                              ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__AcknowledgeReportRequest *request = (const void *)input->request;
    report *now = (report *)after;
    (void)before;
    report_step *step = begin(input, now, ACTION(ACKNOWLEDGE)) ? own_step(input, now, status) : NULL;
    if (!step)
        return false;
    if (step->acknowledged)
        return status_set(status, REASON(STATE_CONFLICT), "%s acknowledged it before", step->acknowledged->person);
    step->acknowledged = sign(input, request->note);
    report_steps_wind(input, now);
    return true;
}

bool report_rules_forward(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__ForwardReportRequest *request = (const void *)input->request;
    report *now = (report *)after;
    (void)before;
    report_step *step = begin(input, now, ACTION(FORWARD)) ? own_step(input, now, status) : NULL;
    if (!step)
        return false;
    if (step->forwarded)
        return status_set(status, REASON(STATE_CONFLICT), "%s has reported it upward", step->forwarded->person);
    int level = report_steps_level(step->tier);
    if (level <= 0)
        return status_set(status, REASON(STATE_CONFLICT), "there is no tier above");
    if (!step->acknowledged)
        step->acknowledged = sign(input, request->note);
    step->forwarded = sign(input, request->note);
    if (!report_steps_send(input, now, clocks_at(input, now), level - 1, true, true))
        return false;
    report_steps_wind(input, now);
    return true;
}

bool report_rules_climb(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Notifications__V1__ClimbReportRequest *request = (const void *)input->request;
    const report *was = (const report *)before;
    report *now = (report *)after;
    if (was->version != request->version || !was->due_at || service_time(was->due_at) > input->now)
        return status_set(status, REASON(VERSION_CONFLICT), "no clock of this version has run out");
    if (!begin(input, now, ACTION(CLIMB)))
        return false;
    size_t count = now->detail->n_steps;
    for (size_t i = 0; i < count; i++) {
        report_step *step = now->detail->steps[i];
        if (!step->due_at || service_time(step->due_at) > input->now)
            continue;
        step->skipped_at = service_timestamp(input->now, input->arena);
        step->skipped_position = input->position;
        if (report_steps_goes_on(now, step) &&
            !report_steps_send(input, now, clocks_at(input, now), report_steps_level(step->tier) - 1, true, true))
            return false;
    }
    report_steps_wind(input, now);
    return true;
}

bool report_rules_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command)
{
    static const status_reason settled[] = {REASON(VERSION_CONFLICT), REASON(UNSPECIFIED)};
    const report *due = (const report *)record;
    Anlan__Notifications__V1__ClimbReportRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__notifications__v1__climb_report_request__init(request);
    request->tenant_id = due->tenant_id;
    request->id = due->id;
    request->version = due->version;
    *command = (struct service_command){.method = CLIMB, .request = &request->base, .settled = settled};
    return true;
}

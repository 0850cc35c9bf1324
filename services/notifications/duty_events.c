// SPDX-License-Identifier: Apache-2.0
// Gaps of duty rosters of which a desk was warned, as rules of notification see them. Where no rule says anything, the
// unit is told all the same.
#include <string.h>

#include "anlan/organisations/v1/duty.pb-c.h"
#include "base/check.h"
#include "notify_plan.h"
#include "notify_texts.h"

#define ACTION_GAP "duty_gap"

typedef Anlan__Organisations__V1__DutyDesk duty_desk;
typedef Anlan__Organisations__V1__DutyGap duty_gap;

// By their numbers in the contract.
static const struct notify_text kinds[] = {
    {"", ""},
    {"无值班员", "nobody on duty"},
    {"无带班领导", "no leader"},
    {"任职到期", "post ends"},
    {"重复排班", "double booked"},
    {"请假", "on leave"},
};

bool duty_events_knows(const char *action)
{
    return strcmp(action, ACTION_GAP) == 0;
}

// The gaps, one behind another.
static struct notify_text describe(const duty_desk *desk, struct arena *arena)
{
    struct notify_text text = {"", ""};
    for (size_t i = 0; i < desk->warning->n_gaps; i++) {
        const duty_gap *gap = desk->warning->gaps[i];
        size_t kind = (size_t)gap->kind < COUNT_OF(kinds) ? (size_t)gap->kind : 0;
        const char *from = notify_texts_minute(gap->starts_at, arena);
        const char *until = notify_texts_minute(gap->ends_at, arena);
        text.zh = arena_printf(arena, "%s%s%s 至 %s %s%s", text.zh, i ? "；" : "", from, until, kinds[kind].zh,
                               gap->person_name);
        text.en = arena_printf(arena, "%s%s%s to %s %s%s%s", text.en, i ? "; " : "", from, until, kinds[kind].en,
                               *gap->person_name ? " " : "", gap->person_name);
    }
    return text;
}

bool duty_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    const duty_desk *desk =
        anlan__organisations__v1__duty_desk__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    Anlan__Notifications__V1__Template texts = ANLAN__NOTIFICATIONS__V1__TEMPLATE__INIT;
    Anlan__Notifications__V1__Rule usual = ANLAN__NOTIFICATIONS__V1__RULE__INIT;
    if (!desk)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    if (!desk->warning || desk->warning->version != desk->version)
        return true;
    struct notify_event event = notify_event_of("organisations", ACTION_GAP);
    event.about_unit_id = event.responsible_unit_id = event.next_unit_id = desk->unit_id;
    event.words[NOTIFY_telephone] = (struct notify_text){desk->telephone, desk->telephone};
    event.words[NOTIFY_note] = describe(desk, input->arena);
    texts.title_zh = (char *)"值班缺岗提醒";
    texts.title_en = (char *)"Gaps of the duty roster";
    texts.text_zh = (char *)"值班表有缺岗，请及时补排：{note}。值班电话：{telephone}。";
    texts.text_en = (char *)"The duty roster has gaps, fill them in time: {note}. Duty telephone: {telephone}.";
    usual.code = (char *)ACTION_GAP;
    usual.recipient = ANLAN__NOTIFICATIONS__V1__RECIPIENT__RECIPIENT_RESPONSIBLE_UNIT;
    usual.urgency = ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_IMPORTANT;
    usual.texts = &texts;
    return notify_plan_event(input, &event, &usual, commands, status);
}

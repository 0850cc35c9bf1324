// SPDX-License-Identifier: Apache-2.0
// Emergency grants (应急提权) as rules of notification see them: whoever takes one is seen by those whose records he
// reads. Where no rule says anything, the posts of the tenant are told all the same.
#include <string.h>

#include "anlan/organisations/v1/grants.pb-c.h"
#include "base/check.h"
#include "notify_plan.h"
#include "notify_texts.h"
#include "service/values.h"

#define ACTION_BREAK_GLASS "break_glass"

typedef Anlan__Organisations__V1__Grant grant;

bool grant_events_knows(const char *action)
{
    return strcmp(action, ACTION_BREAK_GLASS) == 0;
}

// It is approved from its first version on; later ones are its end and its review.
static bool is_taken_now(const grant *record)
{
    return record->ground == ANLAN__ORGANISATIONS__V1__GRANT_GROUND__GRANT_GROUND_BREAK_GLASS && record->version == 1;
}

bool grant_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                       struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    const grant *record =
        anlan__organisations__v1__grant__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    Anlan__Notifications__V1__Template texts = ANLAN__NOTIFICATIONS__V1__TEMPLATE__INIT;
    Anlan__Notifications__V1__Rule usual = ANLAN__NOTIFICATIONS__V1__RULE__INIT;
    if (!record)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    if (!is_taken_now(record))
        return true;
    struct notify_event event = notify_event_of("organisations", ACTION_BREAK_GLASS);
    event.about_unit_id = event.responsible_unit_id = event.next_unit_id = record->unit_id;
    event.finding_unit_id = record->grantee_unit_id;
    event.sending_unit_id = record->grantor_unit_id;
    event.deadline = record->ends_at;
    const char *until = notify_texts_minute(record->ends_at, input->arena);
    event.words[NOTIFY_responsible_person] = (struct notify_text){record->grantee_name, record->grantee_name};
    event.words[NOTIFY_note] = (struct notify_text){record->reason, record->reason};
    event.words[NOTIFY_deadline] = (struct notify_text){until, until};
    texts.title_zh = (char *)"应急提权告警";
    texts.title_en = (char *)"Glass was broken";
    texts.text_zh = (char *)"{responsible_person}启用了应急提权，至 {deadline} 止，理由：{note}。请核查。";
    texts.text_en =
        (char *)"{responsible_person} took emergency access until {deadline}. The reason given: {note}. Review it.";
    usual.code = (char *)ACTION_BREAK_GLASS;
    usual.recipient = ANLAN__NOTIFICATIONS__V1__RECIPIENT__RECIPIENT_RESPONSIBLE_UNIT;
    usual.urgency = ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_IMPORTANT;
    usual.texts = &texts;
    return notify_plan_event(input, &event, &usual, commands, status);
}

// SPDX-License-Identifier: Apache-2.0
// A rung of a message's ladder was climbed: who is told of it, and how.
#include "base/check.h"
#include "notify_plan.h"
#include "service/values.h"

#define RECIPIENT(name) ANLAN__NOTIFICATIONS__V1__RECIPIENT__RECIPIENT_##name
#define BASE(name) ANLAN__NOTIFICATIONS__V1__RUNG_BASE__RUNG_BASE_##name

typedef Anlan__Notifications__V1__Message message;

static void set_event(const message *now, struct notify_event *event)
{
    *event = notify_event_of("notifications", "escalated");
    event->sector = now->sector;
    event->about_unit_id = now->about_unit_id;
    event->finding_unit_id = now->finding_unit_id;
    event->responsible_unit_id = now->responsible_unit_id;
    event->sending_unit_id = now->sending_unit_id;
    event->next_unit_id = now->unit_id;
    event->next_person_id = now->person_id;
    event->words[NOTIFY_title] = (struct notify_text){now->title_zh, now->title_en};
    event->words[NOTIFY_note] = (struct notify_text){now->detail->text_zh, now->detail->text_en};
}

// A tier is told by who is on duty there.
static bool is_tier(Anlan__Notifications__V1__Recipient recipient)
{
    return recipient == RECIPIENT(TENANT) || recipient == RECIPIENT(TIER_ABOVE) || recipient == RECIPIENT(TOWNSHIP);
}

bool message_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                         struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    struct notify_event event;
    Anlan__Notifications__V1__Template texts = ANLAN__NOTIFICATIONS__V1__TEMPLATE__INIT;
    Anlan__Notifications__V1__Rule by = ANLAN__NOTIFICATIONS__V1__RULE__INIT;
    const message *now =
        anlan__notifications__v1__message__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!now || !now->detail)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    if (now->climbed_position != entry->position || now->rung < 1 || (size_t)now->rung > now->detail->n_ladder)
        return true;
    const Anlan__Notifications__V1__Rung *rung = now->detail->ladder[now->rung - 1];
    bool same = rung->recipient == RECIPIENT(RECEIVER);
    bool overdue = rung->counts_from == BASE(DEADLINE);
    set_event(now, &event);
    event.to_duty = is_tier(rung->recipient);
    texts.title_zh = (char *)(overdue ? "逾期：{title}" : same ? "催办：{title}" : "未签收，已升级：{title}");
    texts.title_en = (char *)(overdue ? "Overdue: {title}" : same ? "Reminder: {title}" : "Unanswered: {title}");
    texts.text_zh = texts.text_en = (char *)"{note}";
    by.code = now->rule;
    by.recipient = same ? RECIPIENT(NEXT_UNIT) : rung->recipient;
    by.role = same ? now->role : rung->role;
    by.urgency = ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_URGENT;
    by.n_channels = now->detail->n_channels;
    by.channels = now->detail->channels;
    by.texts = &texts;
    return notify_plan_by(input, &event, &by, commands, status);
}

// SPDX-License-Identifier: Apache-2.0
#include "message_rules.h"

#include "anlan/notifications/v1/notifications.pb-c.h"
#include "message_ladder.h"
#include "service/values.h"

#define STATE(name) ANLAN__NOTIFICATIONS__V1__MESSAGE_STATE__MESSAGE_STATE_##name

typedef Anlan__Notifications__V1__Message message;

bool message_rules_deliver(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__DeliverMessageRequest *request = (const void *)input->request;
    message *made = (message *)after;
    (void)before;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is retired");
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__notifications__v1__message_detail__init(made->detail);
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->place = request->place;
    made->unit_id = request->unit_id;
    made->role = request->role;
    made->person_id = request->person_id;
    made->urgency = request->urgency;
    made->state = STATE(DELIVERED);
    made->sector = request->sector;
    made->about_unit_id = request->about_unit_id;
    made->finding_unit_id = request->finding_unit_id;
    made->responsible_unit_id = request->responsible_unit_id;
    made->sending_unit_id = request->sending_unit_id;
    made->subject = request->subject;
    made->subject_id = request->subject->id;
    made->title_zh = request->texts->title_zh;
    made->title_en = request->texts->title_en;
    made->detail->text_zh = request->texts->text_zh;
    made->detail->text_en = request->texts->text_en;
    made->detail->n_ladder = request->n_ladder;
    made->detail->ladder = request->ladder;
    made->detail->n_channels = request->n_channels;
    made->detail->channels = request->channels;
    made->deadline = request->deadline;
    made->rule = request->rule;
    made->position = input->position;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    message_ladder_wind(made, input->arena);
    return true;
}

bool message_rules_escalate(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__EscalateMessageRequest *request = (const void *)input->request;
    const message *was = (const message *)before;
    message *now = (message *)after;
    int rung = message_ladder_due(was, input->now);
    if (was->version != request->version || rung < 0)
        return status_set(status, REASON(VERSION_CONFLICT), "no rung of this version is due");
    now->rung = rung + 1;
    now->climbed_position = input->position;
    now->version = was->version + 1;
    message_ladder_wind(now, input->arena);
    return true;
}

bool message_rules_settle(const struct service_rule_input *input, const ProtobufCMessage *const *before, size_t count,
                          ProtobufCMessage **after, struct status *status)
{
    (void)before;
    (void)status;
    for (size_t i = 0; i < count; i++) {
        message *now = (message *)after[i];
        now->settled_at = service_timestamp(input->now, input->arena);
        now->version++;
        message_ladder_wind(now, input->arena);
    }
    return true;
}

bool message_rules_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command)
{
    static const status_reason settled[] = {REASON(VERSION_CONFLICT), REASON(UNSPECIFIED)};
    const message *due = (const message *)record;
    Anlan__Notifications__V1__EscalateMessageRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__notifications__v1__escalate_message_request__init(request);
    request->tenant_id = due->tenant_id;
    request->id = due->id;
    request->version = due->version;
    *command = (struct service_command){
        .method = "anlan.notifications.v1.InboxService/EscalateMessage", .request = &request->base, .settled = settled};
    return true;
}

bool message_rules_acknowledge(const struct service_rule_input *input, const ProtobufCMessage *before,
                               ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__AcknowledgeMessageRequest *request = (const void *)input->request;
    const message *was = (const message *)before;
    message *now = (message *)after;
    if (was->state != STATE(DELIVERED))
        return status_set(status, REASON(STATE_CONFLICT), "%s acknowledged it before", was->acknowledged->person);
    Anlan__Notifications__V1__Acknowledgement *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return false;
    anlan__notifications__v1__acknowledgement__init(made);
    made->person_id = service_uuid(&input->caller->subject_id, input->arena);
    made->person = (char *)input->caller->subject_name;
    made->unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    made->note = request->note;
    now->acknowledged = made;
    now->state = STATE(ACKNOWLEDGED);
    now->version = was->version + 1;
    message_ladder_wind(now, input->arena);
    return true;
}

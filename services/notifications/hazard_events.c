// SPDX-License-Identifier: Apache-2.0
// What happens to hazards, as rules of notification see it.
#include <string.h>
#include <strings.h>

#include "anlan/hazards/v1/hazard.pb-c.h"
#include "base/check.h"
#include "notify_plan.h"
#include "notify_texts.h"
#include "service/values.h"

#define ACTION_PREFIX "ACTION_"
#define TENANTS_MOST 12

typedef Anlan__Hazards__V1__Hazard hazard;

#define ACTION(name) ANLAN__HAZARDS__V1__ACTION__ACTION_##name

static const struct {
    Anlan__Hazards__V1__Action action;
    const char *zh;
} action_texts[] = {
    {ACTION(REGISTER), "登记"},
    {ACTION(FIX_ON_SPOT), "现场处理"},
    {ACTION(ASSIGN), "交办"},
    {ACTION(START), "开始整改"},
    {ACTION(RETURN), "退回"},
    {ACTION(TRANSFER), "移送"},
    {ACTION(ASK_EXTENSION), "申请延期"},
    {ACTION(GRANT_EXTENSION), "批准延期"},
    {ACTION(REFUSE_EXTENSION), "不予延期"},
    {ACTION(REPORT), "整改完成"},
    {ACTION(ACCEPT), "验收合格"},
    {ACTION(REFUSE), "驳回"},
    {ACTION(CLOSE), "销号"},
    {ACTION(CONFIRM), "回头看合格"},
    {ACTION(REBOUND), "反弹"},
    {ACTION(HALT), "停产停业"},
    {ACTION(ASK_RESUMPTION), "申请恢复生产"},
    {ACTION(GRANT_RESUMPTION), "批准恢复生产"},
    {ACTION(REFUSE_RESUMPTION), "不予恢复生产"},
    {ACTION(ASK_VOIDING), "申请作废"},
    {ACTION(GRANT_VOIDING), "批准作废"},
    {ACTION(REFUSE_VOIDING), "不予作废"},
    {ACTION(REGRADE), "变更级别"},
    {ACTION(HAND_OVER), "移交"},
    {ACTION(TAKE_OVER), "接收"},
    {ACTION(REGISTER_LEAD), "登记线索"},
    {ACTION(VERIFY), "核实"},
    {ACTION(LIST), "挂牌督办"},
    {ACTION(ASK_CLOSING), "申请销号"},
    {ACTION(GRANT_CLOSING), "批准销号"},
    {ACTION(REFUSE_CLOSING), "不予销号"},
    {ACTION(DELIST), "撤销挂牌"},
};

bool hazard_events_knows(const char *action)
{
    const ProtobufCEnumDescriptor *descriptor = &anlan__hazards__v1__action__descriptor;
    for (unsigned i = 0; i < descriptor->n_values; i++)
        if (descriptor->values[i].value != 0 &&
            strcasecmp(descriptor->values[i].name + strlen(ACTION_PREFIX), action) == 0)
            return true;
    return false;
}

static const char *action_zh(Anlan__Hazards__V1__Action action)
{
    for (size_t i = 0; i < COUNT_OF(action_texts); i++)
        if (action_texts[i].action == action)
            return action_texts[i].zh;
    return "";
}

static void say(struct notify_event *event, enum notify_word word, const char *zh, const char *en)
{
    event->words[word] = (struct notify_text){zh, en};
}

static void describe(const hazard *now, struct notify_event *event, struct arena *arena)
{
    bool major = now->grade == ANLAN__HAZARDS__V1__GRADE__GRADE_MAJOR;
    bool open = now->state == ANLAN__HAZARDS__V1__STATE__STATE_ASSIGNED ||
                now->state == ANLAN__HAZARDS__V1__STATE__STATE_RECTIFYING;
    event->deadline = open ? now->deadline : NULL;
    event->source = "hazards";
    event->action =
        notify_texts_word(&anlan__hazards__v1__action__descriptor, (int)now->last_action, ACTION_PREFIX, arena);
    event->grade = notify_texts_word(&anlan__hazards__v1__grade__descriptor, (int)now->grade, "GRADE_", arena);
    event->sector = now->sector;
    event->about_unit_id = now->unit_id;
    event->finding_unit_id = now->finding_unit_id;
    event->responsible_unit_id = now->responsible_unit_id;
    event->sending_unit_id = now->sending_unit_id;
    event->next_unit_id = now->next_unit_id;
    event->overseer_unit_id = now->overseer_unit_id;
    event->sector_overseer_unit_id = now->sector_overseer_unit_id;
    const char *deadline = notify_texts_day(now->deadline, arena);
    say(event, NOTIFY_description, now->description, now->description);
    say(event, NOTIFY_location, now->location, now->location);
    say(event, NOTIFY_grade, major ? "重大" : "一般", event->grade);
    say(event, NOTIFY_sector, now->sector, now->sector);
    say(event, NOTIFY_action, action_zh(now->last_action), event->action);
    say(event, NOTIFY_responsible_person, now->responsible_person, now->responsible_person);
    say(event, NOTIFY_deadline, deadline, deadline);
    say(event, NOTIFY_leader, now->leader, now->leader);
    say(event, NOTIFY_found_by, now->found_by, now->found_by);
}

// What was to be done before is done, or somebody else's, or has another deadline.
static bool overtakes(Anlan__Hazards__V1__Action action)
{
    static const Anlan__Hazards__V1__Action actions[] = {
        ACTION(ASSIGN),      ACTION(RETURN),      ACTION(TRANSFER),      ACTION(GRANT_EXTENSION), ACTION(REPORT),
        ACTION(REFUSE),      ACTION(ACCEPT),      ACTION(REBOUND),       ACTION(GRANT_VOIDING),   ACTION(HAND_OVER),
        ACTION(FIX_ON_SPOT), ACTION(ASK_CLOSING), ACTION(GRANT_CLOSING), ACTION(REFUSE_CLOSING)};
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (actions[i] == action)
            return true;
    return false;
}

// The tenants that may have been told of it: those of its tiers, and of whoever has to do with it.
struct tenants {
    struct uuid ids[TENANTS_MOST];
    size_t count;
};

static void add_tenant(struct tenants *tenants, const struct uuid *tenant)
{
    for (size_t i = 0; i < tenants->count; i++)
        if (uuid_compare(&tenants->ids[i], tenant) == 0)
            return;
    if (!uuid_is_nil(tenant) && tenants->count < TENANTS_MOST)
        tenants->ids[tenants->count++] = *tenant;
}

static void find_tenants(const struct service_follow_input *input, const hazard *now, struct tenants *tenants)
{
    const struct directory_place place = service_place_of(input->entry->place_after);
    const char *const parties[] = {now->finding_unit_id,  now->responsible_unit_id, now->sending_unit_id,
                                   now->overseer_unit_id, now->next_unit_id,        now->sector_overseer_unit_id};
    struct uuid units[DIRECTORY_LEVELS + COUNT_OF(parties)] = {{{0}}};
    struct uuid own = {{0}};
    memcpy(units, place.levels, sizeof(place.levels));
    for (size_t i = 0; i < COUNT_OF(parties); i++)
        uuid_parse(parties[i], &units[DIRECTORY_LEVELS + i]);
    if (uuid_parse(input->entry->tenant_id, &own))
        add_tenant(tenants, &own);
    directory_lock(input->directory);
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        const struct directory_unit *unit = directory_find(input->directory, &units[i]);
        if (unit)
            add_tenant(tenants, &unit->tenant_id);
    }
    directory_unlock(input->directory);
}

// A message is a record of the tenant of whoever receives it: each of them ends its own ladders.
static bool settle(const struct service_follow_input *input, const hazard *now, struct service_commands *commands)
{
    static const status_reason none[] = {REASON(RECORD_NOT_FOUND), REASON(UNSPECIFIED)};
    struct tenants tenants = {.count = 0};
    find_tenants(input, now, &tenants);
    for (size_t i = 0; i < tenants.count; i++) {
        Anlan__Notifications__V1__SettleMessagesRequest *request = arena_alloc(input->arena, sizeof(*request));
        if (!request)
            return false;
        anlan__notifications__v1__settle_messages_request__init(request);
        request->tenant_id = service_uuid(&tenants.ids[i], input->arena);
        request->subject_id = input->entry->record_id;
        commands->list[commands->count++] = (struct service_command){
            .method = "anlan.notifications.v1.InboxService/SettleMessages", .request = &request->base, .settled = none};
    }
    return !input->arena->exhausted;
}

bool hazard_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                        struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    struct notify_event event = {0};
    const hazard *now =
        anlan__hazards__v1__hazard__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!now)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    describe(now, &event, input->arena);
    if (overtakes(now->last_action) && !settle(input, now, commands))
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "its messages need too much memory");
    return notify_plan_event(input, &event, NULL, commands, status);
}

// SPDX-License-Identifier: Apache-2.0
// What happens to campaigns, inspections, clocks and re-checks, as rules of notification see it.
#include <string.h>

#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "anlan/tasks/v1/inspections.pb-c.h"
#include "anlan/tasks/v1/look_backs.pb-c.h"
#include "anlan/tasks/v1/tracking.pb-c.h"
#include "base/check.h"
#include "notify_plan.h"
#include "notify_texts.h"
#include "service/values.h"

#define ACTION(name) ANLAN__TASKS__V1__ACTION__ACTION_##name

typedef Anlan__Tasks__V1__Campaign campaign;
typedef Anlan__Tasks__V1__Inspection inspection;
typedef Anlan__Tasks__V1__TrackedHazard tracked_hazard;
typedef Anlan__Tasks__V1__Recheck recheck;

// An entry on its way to what follows from it.
struct telling {
    const struct service_follow_input *input;
    struct service_commands *commands;
    struct status *status;
};

static const char *const actions[] = {"campaign_deploy", "campaign_receive", "inspection_find",
                                      "clock_remind",    "clock_overdue",    "recheck_assign"};

bool task_events_knows(const char *action)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (strcmp(actions[i], action) == 0)
            return true;
    return false;
}

static void say(struct notify_event *event, enum notify_word word, const char *text)
{
    event->words[word] = (struct notify_text){text, text};
}

static void say_grade(struct notify_event *event, int grade, struct arena *arena)
{
    bool major = grade == (int)ANLAN__HAZARDS__V1__GRADE__GRADE_MAJOR;
    event->grade = notify_texts_word(&anlan__hazards__v1__grade__descriptor, grade, "GRADE_", arena);
    event->words[NOTIFY_grade] = (struct notify_text){major ? "重大" : "一般", event->grade};
}

static bool tell(const struct telling *telling, const struct notify_event *event)
{
    return notify_plan_event(telling->input, event, NULL, telling->commands, telling->status);
}

// What a message told of is done: its ladder ends.
static bool settle(const struct telling *telling, char *subject_id)
{
    static const status_reason none[] = {REASON(RECORD_NOT_FOUND), REASON(UNSPECIFIED)};
    Anlan__Notifications__V1__SettleMessagesRequest *request = arena_alloc(telling->input->arena, sizeof(*request));
    if (!request)
        return status_set(telling->status, REASON(MESSAGE_TOO_LARGE), "its messages need too much memory");
    anlan__notifications__v1__settle_messages_request__init(request);
    request->tenant_id = telling->input->entry->tenant_id;
    request->subject_id = subject_id;
    telling->commands->list[telling->commands->count++] = (struct service_command){
        .method = "anlan.notifications.v1.InboxService/SettleMessages", .request = &request->base, .settled = none};
    return true;
}

static bool unreadable(const struct telling *telling)
{
    return status_set(telling->status, REASON(DATA_CORRUPT), "its record cannot be read");
}

// The place of a unit; NULL where the directory does not have it or the arena is full.
static Anlan__Rpc__V1__Place *place_of(const struct telling *telling, const char *unit_id)
{
    struct directory *directory = telling->input->directory;
    struct directory_place place;
    struct uuid id;
    directory_lock(directory);
    const struct directory_unit *unit = uuid_parse(unit_id, &id) ? directory_find(directory, &id) : NULL;
    if (unit)
        place = unit->place;
    directory_unlock(directory);
    return unit ? service_place(&place, telling->input->arena) : NULL;
}

static void say_campaign(const struct telling *telling, const campaign *now, struct notify_event *event)
{
    struct arena *arena = telling->input->arena;
    const char *until = notify_texts_day(now->ends_at, arena);
    say(event, NOTIFY_title, now->name);
    say(event, NOTIFY_note, now->document);
    say(event, NOTIFY_deadline, until);
    say(event, NOTIFY_description, now->detail ? now->detail->requirements : "");
}

// The units to which this very entry deployed it: those that were deployed at its time.
static bool tell_deployed(const struct telling *telling, const campaign *now)
{
    const Anlan__Rpc__V1__Entry *entry = telling->input->entry;
    for (size_t i = 0; now->detail && i < now->detail->n_deployments; i++) {
        const Anlan__Tasks__V1__Deployment *part = now->detail->deployments[i];
        struct notify_event event = notify_event_of("tasks", "campaign_deploy");
        if (!part->deployed || !part->deployed->entered_at || !entry->entered_at ||
            service_time(part->deployed->entered_at) != service_time(entry->entered_at))
            continue;
        event.about_unit_id = event.responsible_unit_id = event.next_unit_id = part->unit_id;
        event.sending_unit_id = now->unit_id;
        event.place = place_of(telling, part->unit_id);
        if (!event.place)
            return status_set(telling->status, REASON(UNIT_NOT_FOUND), "the directory does not have who is to be told");
        say_campaign(telling, now, &event);
        if (*part->requirements)
            say(&event, NOTIFY_description, part->requirements);
        if (!tell(telling, &event))
            return false;
    }
    return true;
}

static bool plan_campaign(const struct telling *telling, ProtobufCBinaryData after)
{
    const campaign *now = anlan__tasks__v1__campaign__unpack(&telling->input->arena->protobuf, after.len, after.data);
    if (!now)
        return unreadable(telling);
    if (now->last_action == ACTION(DEPLOY))
        return tell_deployed(telling, now);
    if (now->last_action != ACTION(RECEIVE) || !*now->above_id)
        return true;
    struct notify_event event = notify_event_of("tasks", "campaign_receive");
    event.about_unit_id = event.responsible_unit_id = now->unit_id;
    event.sending_unit_id = event.next_unit_id = now->above_tenant_id;
    say_campaign(telling, now, &event);
    say(&event, NOTIFY_found_by, now->received_by);
    return settle(telling, now->above_id) && tell(telling, &event);
}

static bool plan_inspection(const struct telling *telling, ProtobufCBinaryData after)
{
    const inspection *now =
        anlan__tasks__v1__inspection__unpack(&telling->input->arena->protobuf, after.len, after.data);
    if (!now)
        return unreadable(telling);
    if (now->last_action != ACTION(FIND) || !now->detail || now->detail->n_findings == 0)
        return true;
    const Anlan__Tasks__V1__Finding *found = now->detail->findings[now->detail->n_findings - 1];
    struct notify_event event = notify_event_of("tasks", "inspection_find");
    event.sector = now->sector;
    event.about_unit_id = event.next_unit_id = now->site_id;
    event.finding_unit_id = now->unit_id;
    event.place = now->site_place;
    say_grade(&event, (int)found->grade, telling->input->arena);
    say(&event, NOTIFY_sector, now->sector);
    say(&event, NOTIFY_description, found->description);
    say(&event, NOTIFY_location, found->location);
    say(&event, NOTIFY_found_by, found->found ? found->found->person : "");
    return tell(telling, &event);
}

static bool plan_clock(const struct telling *telling, ProtobufCBinaryData after)
{
    struct arena *arena = telling->input->arena;
    const tracked_hazard *now = anlan__tasks__v1__tracked_hazard__unpack(&arena->protobuf, after.len, after.data);
    if (!now)
        return unreadable(telling);
    if (now->last_action != ACTION(REMIND) && now->last_action != ACTION(OVERDUE))
        return true;
    struct notify_event event =
        notify_event_of("tasks", now->last_action == ACTION(REMIND) ? "clock_remind" : "clock_overdue");
    event.sector = now->sector;
    event.about_unit_id = now->unit_id;
    event.finding_unit_id = now->finding_unit_id;
    event.responsible_unit_id = event.next_unit_id = now->responsible_unit_id;
    event.deadline = now->deadline;
    say_grade(&event, (int)now->grade, arena);
    say(&event, NOTIFY_sector, now->sector);
    say(&event, NOTIFY_description, now->description);
    say(&event, NOTIFY_deadline, notify_texts_day(now->deadline, arena));
    say(&event, NOTIFY_responsible_person, now->detail ? now->detail->responsible_person : "");
    return tell(telling, &event);
}

static bool plan_recheck(const struct telling *telling, ProtobufCBinaryData after)
{
    struct arena *arena = telling->input->arena;
    const recheck *now = anlan__tasks__v1__recheck__unpack(&arena->protobuf, after.len, after.data);
    if (!now)
        return unreadable(telling);
    if (now->last_action == ACTION(CHECK))
        return settle(telling, now->id);
    if (now->last_action != ACTION(ASSIGN))
        return true;
    struct notify_event event = notify_event_of("tasks", "recheck_assign");
    event.sector = now->sector;
    event.about_unit_id = now->site_id;
    event.responsible_unit_id = event.next_unit_id = now->assigned_unit_id;
    event.sending_unit_id = now->unit_id;
    event.deadline = now->due_at;
    say_grade(&event, (int)now->grade, arena);
    say(&event, NOTIFY_sector, now->sector);
    say(&event, NOTIFY_description, now->description);
    say(&event, NOTIFY_deadline, notify_texts_day(now->due_at, arena));
    say(&event, NOTIFY_responsible_person, now->assigned_person);
    return tell(telling, &event);
}

bool task_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status)
{
    static const struct {
        const ProtobufCMessageDescriptor *record;
        bool (*plan)(const struct telling *telling, ProtobufCBinaryData after);
    } plans[] = {{&anlan__tasks__v1__campaign__descriptor, plan_campaign},
                 {&anlan__tasks__v1__inspection__descriptor, plan_inspection},
                 {&anlan__tasks__v1__tracked_hazard__descriptor, plan_clock},
                 {&anlan__tasks__v1__recheck__descriptor, plan_recheck}};
    const struct telling telling = {input, commands, status};
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        if (strcmp(input->entry->record_type, plans[i].record->name) == 0)
            return plans[i].plan(&telling, input->entry->after);
    return true;
}

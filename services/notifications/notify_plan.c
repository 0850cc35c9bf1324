// SPDX-License-Identifier: Apache-2.0
#include "notify_plan.h"

#include <string.h>

#include "anlan/organisations/v1/grants.pb-c.h"
#include "base/check.h"
#include "delivery_plan.h"
#include "notifications/facts.pb-c.h"
#include "service/values.h"

#define RECIPIENT(name) ANLAN__NOTIFICATIONS__V1__RECIPIENT__RECIPIENT_##name
#define URGENCY(name) ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_##name
#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name
#define DELIVER "anlan.notifications.v1.InboxService/DeliverMessage"
#define RULES_MOST 256    // that hold for one event
// Characters that a message may have: Template in proto/anlan/notifications/v1/message.proto.
#define TITLE_CHARS 200
#define TEXT_CHARS 2000
#define PERSON_POSTS_MOST 64

typedef Anlan__Notifications__V1__Rule rule;

#define WORD_NAME(name) #name,
static const char *const word_names[] = {NOTIFY_WORDS(WORD_NAME)};
#undef WORD_NAME

bool notify_plan_knows(const char *source, const char *action)
{
    if (strcmp(source, "notifications") == 0)
        return !action || report_events_knows(action);
    if (strcmp(source, "organisations") == 0)
        return !action || duty_events_knows(action) || grant_events_knows(action);
    if (strcmp(source, "tasks") == 0)
        return !action || task_events_knows(action);
    return strcmp(source, "hazards") == 0 && (!action || hazard_events_knows(action));
}

struct notify_event notify_event_of(const char *source, const char *action)
{
    char *none = (char *)"";
    return (struct notify_event){
        .source = source,
        .action = action,
        .grade = "",
        .sector = "",
        .about_unit_id = none,
        .finding_unit_id = none,
        .responsible_unit_id = none,
        .sending_unit_id = none,
        .next_unit_id = none,
        .overseer_unit_id = none,
        .sector_overseer_unit_id = none,
    };
}

static int word_of(const char *at, size_t length)
{
    for (size_t i = 0; i < COUNT_OF(word_names); i++)
        if (strlen(word_names[i]) == length && memcmp(word_names[i], at, length) == 0)
            return (int)i;
    return -1;
}

static const char *unknown_in(const char *text, struct arena *arena)
{
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        size_t length = strcspn(at + 1, "}");
        if (word_of(at + 1, length) < 0)
            return arena_text(arena, at + 1, length < 40 ? length : 40);
    }
    return NULL;
}

const char *notify_plan_unknown_word(const Anlan__Notifications__V1__Template *texts, struct arena *arena)
{
    const char *const all[] = {texts->title_zh, texts->title_en, texts->text_zh, texts->text_en};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const char *unknown = unknown_in(all[i], arena);
        if (unknown)
            return unknown;
    }
    return NULL;
}

// Where the character begins before which there are so many; NULL: the text has no more than that.
static const char *character_at(const char *text, size_t count)
{
    for (; *text; text++)
        if (((unsigned char)*text & 0xC0) != 0x80 && count-- == 0)
            return text;
    return NULL;
}

// What a message may hold of a text: the end of a longer one is left out, the record has it. Nothing is no text.
static char *fit(char *text, size_t most, struct arena *arena)
{
    if (!*text)
        return arena_text(arena, "—", strlen("—"));
    if (!character_at(text, most))
        return text;
    return arena_printf(arena, "%.*s…", (int)(character_at(text, most - 1) - text), text);
}

// The text with what the event says for its words.
static char *fill(const char *text, const struct notify_event *event, bool chinese, size_t most, struct arena *arena)
{
    char *filled = arena_text(arena, "", 0);
    while (filled && *text && !character_at(filled, most)) {
        size_t plain = strcspn(text, "{");
        size_t length = text[plain] ? strcspn(text + plain + 1, "}") : 0;
        int word = text[plain] ? word_of(text + plain + 1, length) : -1;
        const char *value = "";
        if (word >= 0)
            value = chinese ? event->words[word].zh : event->words[word].en;
        filled = arena_printf(arena, "%s%.*s%s", filled, (int)plain, text, value ? value : "");
        text += plain;
        if (*text)
            text += 1 + length + (text[1 + length] == '}');
    }
    return filled ? fit(filled, most, arena) : NULL;
}

static bool among(const char *text, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

static const char *tier_of(const struct directory_unit *tenant)
{
    if (tenant->kind == KIND(REGION))
        return "region";
    if (tenant->kind == KIND(CITY))
        return "city";
    return tenant->kind == KIND(COUNTY) ? "county" : "";
}

// What is known of where an event happened.
struct scene {
    const struct service_follow_input *input;
    const struct notify_event *event;
    struct directory_place place;
    struct directory_unit tenant;
    struct uuid about;
    clock_time entered_at;
};

// How near a rule's unit is to the event: 0 where it does not hold there.
static int nearness(const struct scene *scene, const rule *candidate)
{
    struct uuid unit;
    if (!uuid_parse(candidate->unit_id, &unit))
        return 0;
    if (uuid_compare(&unit, &scene->about) == 0)
        return DIRECTORY_LEVELS + 1;
    for (int level = DIRECTORY_LEVELS - 1; level >= 0; level--)
        if (uuid_compare(&unit, &scene->place.levels[level]) == 0)
            return level + 1;
    return 0;
}

// Whether it is about such an event. A rule that a nearer one of its code replaces is not asked.
static bool fits(const struct scene *scene, const rule *candidate)
{
    const struct notify_event *event = scene->event;
    return among(event->action, candidate->actions, candidate->n_actions) &&
           (candidate->n_grades == 0 || among(event->grade, candidate->grades, candidate->n_grades)) &&
           (candidate->n_sectors == 0 || among(event->sector, candidate->sectors, candidate->n_sectors)) &&
           (candidate->n_tiers == 0 || among(tier_of(&scene->tenant), candidate->tiers, candidate->n_tiers)) &&
           candidate->entered_at && service_time(candidate->entered_at) <= scene->entered_at;
}

// The rules that hold there, of each code the nearest.
static size_t rules_there(const struct scene *scene, const rule *rules[RULES_MOST])
{
    const struct service_follow_input *input = scene->input;
    size_t count = 0;
    for (size_t i = 0; i < input->asked_count; i++) {
        const rule *candidate = (const rule *)input->asked[i];
        int near = nearness(scene, candidate);
        size_t at = 0;
        if (near == 0 || strcmp(candidate->source, scene->event->source) != 0)
            continue;
        while (at < count && strcmp(rules[at]->code, candidate->code) != 0)
            at++;
        if (at == count && count < RULES_MOST)
            rules[count++] = candidate;
        else if (at < count && nearness(scene, rules[at]) < near)
            rules[at] = candidate;
    }
    return count;
}

// The tier above the tenant; nil where there is none.
static struct uuid tier_above(const struct scene *scene)
{
    struct uuid above = {{0}};
    for (int level = 0; level < DIRECTORY_LEVELS; level++) {
        const struct uuid *unit = &scene->tenant.place.levels[level];
        if (!uuid_is_nil(unit) && uuid_compare(unit, &scene->tenant.id) != 0)
            above = *unit;
    }
    return above;
}

// Who is told: a unit, or a person at it.
struct receiver {
    struct uuid unit;
    struct uuid person;
};

static struct receiver receiver_leader(const struct scene *scene)
{
    struct receiver receiver = {.unit = scene->tenant.id};
    struct directory_overseers overseers;
    if (directory_overseers(scene->input->directory, &scene->about, scene->event->sector, scene->input->now,
                            &overseers))
        receiver.person = overseers.leader_id;
    if (uuid_is_nil(&receiver.person))
        receiver.unit = (struct uuid){{0}};
    return receiver;
}

static struct receiver receiver_of(const struct scene *scene, Anlan__Notifications__V1__Recipient recipient)
{
    const struct notify_event *event = scene->event;
    struct receiver receiver = {.unit = {{0}}};
    const char *unit = "";
    switch (recipient) {
    case RECIPIENT(UNIT):
        unit = event->about_unit_id;
        break;
    case RECIPIENT(RESPONSIBLE_UNIT):
        unit = event->responsible_unit_id;
        break;
    case RECIPIENT(FINDING_UNIT):
        unit = event->finding_unit_id;
        break;
    case RECIPIENT(SENDING_UNIT):
        unit = event->sending_unit_id;
        break;
    case RECIPIENT(NEXT_UNIT):
        unit = event->next_unit_id;
        if (event->next_person_id)
            uuid_parse(event->next_person_id, &receiver.person);
        break;
    case RECIPIENT(OVERSEER):
        unit = event->overseer_unit_id;
        break;
    case RECIPIENT(SECTOR_OVERSEER):
        unit = event->sector_overseer_unit_id;
        break;
    case RECIPIENT(LEADER):
        return receiver_leader(scene);
    case RECIPIENT(TENANT):
        receiver.unit = scene->tenant.id;
        return receiver;
    case RECIPIENT(TIER_ABOVE):
        receiver.unit = tier_above(scene);
        return receiver;
    case RECIPIENT(TOWNSHIP):
        receiver.unit = scene->place.levels[DIRECTORY_TOWNSHIP];
        return receiver;
    case RECIPIENT(RECEIVER):
    case RECIPIENT(UNSPECIFIED):
    case _ANLAN__NOTIFICATIONS__V1__RECIPIENT_IS_INT_SIZE:
        break;
    }
    uuid_parse(unit, &receiver.unit);
    return receiver;
}

// A unit that has a tenant: of a retired one its successor. False with UNIT_NOT_FOUND where the directory does not
// have it yet; a nil unit where nobody is left.
static bool settle_unit(const struct scene *scene, struct uuid *id, struct status *status)
{
    struct directory *directory = scene->input->directory;
    if (uuid_is_nil(id))
        return true;
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, id);
    bool known = unit != NULL;
    for (int step = 0; unit && unit->retired && step < DIRECTORY_STEPS_MOST; step++)
        unit = directory_find(directory, &unit->successor_id);
    *id = unit && !unit->retired && !uuid_is_nil(&unit->tenant_id) ? unit->id : (struct uuid){{0}};
    directory_unlock(directory);
    return known || status_set(status, REASON(UNIT_NOT_FOUND), "the directory does not have who is to be told");
}

static bool add_channels(Anlan__Notifications__V1__DeliverMessageRequest *told,
                         const Anlan__Notifications__V1__DeliverMessageRequest *request, struct arena *arena)
{
    size_t most = told->n_channels + request->n_channels;
    Anlan__Notifications__V1__Channel *all = arena_array(arena, most, sizeof(*all));
    if (!all)
        return false;
    for (size_t i = 0; i < told->n_channels; i++)
        all[i] = told->channels[i];
    for (size_t i = 0; i < request->n_channels; i++) {
        size_t at = 0;
        while (at < told->n_channels && all[at] != request->channels[i])
            at++;
        if (at == told->n_channels)
            all[told->n_channels++] = request->channels[i];
    }
    told->channels = all;
    return true;
}

// Who is told by several rules is told once: what the gravest of them says, by the channels of all, with a ladder where
// one of them has it.
static bool tell_together(Anlan__Notifications__V1__DeliverMessageRequest *told,
                          const Anlan__Notifications__V1__DeliverMessageRequest *request, struct arena *arena)
{
    const Anlan__Notifications__V1__DeliverMessageRequest first = *told;
    if (request->urgency > first.urgency)
        *told = *request;
    const Anlan__Notifications__V1__DeliverMessageRequest *other = request->urgency > first.urgency ? &first : request;
    if (told->n_ladder == 0) {
        told->n_ladder = other->n_ladder;
        told->ladder = other->ladder;
        told->subject_id = other->subject_id;
    }
    return add_channels(told, other, arena);
}

static bool told_before(const struct service_commands *commands,
                        const Anlan__Notifications__V1__DeliverMessageRequest *request, struct arena *arena)
{
    for (size_t i = 0; i < commands->count; i++) {
        Anlan__Notifications__V1__DeliverMessageRequest *other = (void *)commands->list[i].request;
        if (other->base.descriptor != request->base.descriptor)
            continue;
        if (strcmp(other->unit_id, request->unit_id) == 0 && strcmp(other->role, request->role) == 0 &&
            strcmp(other->person_id, request->person_id) == 0)
            return tell_together(other, request, arena);
    }
    return false;
}

static Anlan__Notifications__V1__Subject *subject_of(const struct scene *scene)
{
    const Anlan__Rpc__V1__Entry *entry = scene->input->entry;
    Anlan__Notifications__V1__Subject *subject = arena_alloc(scene->input->arena, sizeof(*subject));
    if (!subject)
        return NULL;
    anlan__notifications__v1__subject__init(subject);
    subject->service = (char *)scene->event->source;
    subject->record_type = entry->record_type;
    subject->tenant_id = entry->tenant_id;
    subject->id = entry->record_id;
    subject->position = entry->position;
    subject->action = (char *)scene->event->action;
    return subject;
}

static Anlan__Notifications__V1__Template *texts_of(const struct scene *scene, const rule *chosen)
{
    struct arena *arena = scene->input->arena;
    Anlan__Notifications__V1__Template *texts = arena_alloc(arena, sizeof(*texts));
    if (!texts || !chosen->texts)
        return NULL;
    anlan__notifications__v1__template__init(texts);
    texts->title_zh = fill(chosen->texts->title_zh, scene->event, true, TITLE_CHARS, arena);
    texts->title_en = fill(chosen->texts->title_en, scene->event, false, TITLE_CHARS, arena);
    texts->text_zh = fill(chosen->texts->text_zh, scene->event, true, TEXT_CHARS, arena);
    texts->text_en = fill(chosen->texts->text_en, scene->event, false, TEXT_CHARS, arena);
    return texts;
}

static Anlan__Rpc__V1__Place *place_told(const struct service_follow_input *input, const struct notify_event *event)
{
    return event->place ? (Anlan__Rpc__V1__Place *)event->place : input->entry->place_after;
}

static bool tell(const struct scene *scene, const rule *chosen, const struct receiver *receiver,
                 struct service_commands *commands)
{
    const struct notify_event *event = scene->event;
    struct arena *arena = scene->input->arena;
    Anlan__Notifications__V1__DeliverMessageRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__notifications__v1__deliver_message_request__init(request);
    request->unit_id = service_uuid(&receiver->unit, arena);
    request->role = chosen->role;
    request->person_id = service_uuid(&receiver->person, arena);
    request->urgency = chosen->urgency;
    request->sector = (char *)event->sector;
    request->about_unit_id = event->about_unit_id;
    request->finding_unit_id = event->finding_unit_id;
    request->responsible_unit_id = event->responsible_unit_id;
    request->sending_unit_id = event->sending_unit_id;
    request->subject = subject_of(scene);
    request->texts = texts_of(scene, chosen);
    request->rule = chosen->code;
    request->occurred_at = scene->input->entry->occurred_at;
    request->place = place_told(scene->input, event);
    request->n_ladder = chosen->n_ladder;
    request->ladder = chosen->ladder;
    request->subject_id = chosen->n_ladder > 0 ? scene->input->entry->record_id : (char *)"";
    request->deadline = (Google__Protobuf__Timestamp *)event->deadline;
    request->n_channels = chosen->n_channels;
    request->channels = chosen->channels;
    if (arena->exhausted)
        return false;
    if (!told_before(commands, request, arena) && commands->count < SERVICE_COMMANDS_MOST)
        commands->list[commands->count++] = (struct service_command){.method = DELIVER, .request = &request->base};
    return true;
}

// Whoever did it need not be told of it.
static bool did_it(const struct scene *scene, const struct receiver *receiver)
{
    const Anlan__Rpc__V1__Actor *actor = scene->input->entry->actor;
    struct uuid unit;
    return actor && uuid_is_nil(&receiver->person) && uuid_parse(actor->unit_id, &unit) &&
           uuid_compare(&unit, &receiver->unit) == 0;
}

static bool holds_post(const struct scene *scene, const struct uuid *person)
{
    const struct directory_post *posts[PERSON_POSTS_MOST];
    bool holds = false;
    directory_lock(scene->input->directory);
    size_t count = directory_posts_of(scene->input->directory, person, posts, PERSON_POSTS_MOST);
    for (size_t i = 0; i < count; i++)
        holds = holds || (posts[i]->starts_at <= scene->input->now && scene->input->now < posts[i]->ends_at);
    directory_unlock(scene->input->directory);
    return holds;
}

// Tells who is on duty at the unit now, and who leads it; *told says whether there was somebody who holds a post, and
// so an inbox. False where memory is short.
static bool tell_duty(const struct scene *scene, const rule *chosen, const struct uuid *unit,
                      struct service_commands *commands, bool *told)
{
    struct directory_duty duty;
    *told = false;
    if (!directory_duty(scene->input->directory, unit, scene->input->now, &duty))
        return true;
    for (size_t i = 0; i < duty.count; i++) {
        struct receiver receiver = {.unit = *unit, .person = duty.people[i]};
        if (!holds_post(scene, &receiver.person))
            continue;
        if (!tell(scene, chosen, &receiver, commands))
            return false;
        *told = true;
    }
    return true;
}

static bool apply_rule(const struct scene *scene, const rule *chosen, struct service_commands *commands,
                       struct status *status)
{
    struct receiver receiver = receiver_of(scene, chosen->recipient);
    if (!settle_unit(scene, &receiver.unit, status))
        return false;
    // What is important reaches somebody: where nobody is named, those who own the record.
    if (uuid_is_nil(&receiver.unit) && chosen->recipient != RECIPIENT(TIER_ABOVE) && chosen->urgency != URGENCY(NORMAL))
        receiver = (struct receiver){.unit = scene->tenant.id};
    if (uuid_is_nil(&receiver.unit) || (did_it(scene, &receiver) && chosen->urgency != URGENCY(URGENT)))
        return true;
    bool on_duty = false;
    bool good = true;
    if (scene->event->to_duty && uuid_is_nil(&receiver.person))
        good = tell_duty(scene, chosen, &receiver.unit, commands, &on_duty);
    return (good && (on_duty || tell(scene, chosen, &receiver, commands))) ||
           status_set(status, REASON(MESSAGE_TOO_LARGE), "its messages need too much memory");
}

// The tenant of the record; of what the directory itself keeps that of the unit which it is about.
static bool find_tenant(struct scene *scene, struct status *status)
{
    struct directory *directory = scene->input->directory;
    struct uuid id;
    const struct directory_unit *unit = NULL;
    bool named = uuid_parse(scene->input->entry->tenant_id, &id);
    directory_lock(directory);
    if (named && uuid_compare(&id, directory_instance(directory)) == 0) {
        unit = directory_find(directory, &scene->about);
        id = unit ? unit->tenant_id : id;
        scene->place = unit ? unit->place : scene->place;
    }
    if (named && (unit = directory_find(directory, &id)) != NULL)
        scene->tenant = *unit;
    directory_unlock(directory);
    scene->tenant.sectors = NULL;
    return unit || status_set(status, REASON(UNIT_NOT_FOUND), "the directory does not have its tenant");
}

static bool set_scene(struct scene *scene, const struct service_follow_input *input, const struct notify_event *event,
                      struct status *status)
{
    *scene = (struct scene){.input = input, .event = event, .place = service_place_of(place_told(input, event))};
    scene->entered_at = input->entry->entered_at ? service_time(input->entry->entered_at) : 0;
    return uuid_parse(event->about_unit_id, &scene->about) && find_tenant(scene, status);
}

bool notify_plan_by(const struct service_follow_input *input, const struct notify_event *event, const rule *by,
                    struct service_commands *commands, struct status *status)
{
    struct scene scene;
    return set_scene(&scene, input, event, status) && apply_rule(&scene, by, commands, status);
}

bool notify_plan_event(const struct service_follow_input *input, const struct notify_event *event, const rule *usual,
                       struct service_commands *commands, struct status *status)
{
    const rule *rules[RULES_MOST];
    bool any = false;
    struct scene scene;
    if (!set_scene(&scene, input, event, status))
        return false;
    size_t count = rules_there(&scene, rules);
    for (size_t i = 0; i < count; i++) {
        if (!fits(&scene, rules[i]))
            continue;
        any = true;
        if (!apply_rule(&scene, rules[i], commands, status))
            return false;
    }
    return any || !usual || apply_rule(&scene, usual, commands, status);
}

// What plans over this service's own log read, apart: rules, as other plans have them, and endpoints.
struct standing {
    const ProtobufCMessage **rules;
    const Anlan__Notifications__V1__Endpoint **endpoints;
    size_t rule_count;
    size_t endpoint_count;
};

static bool read_standing(const struct service_follow_input *input, struct standing *standing)
{
    struct arena *arena = input->arena;
    *standing = (struct standing){arena_array(arena, input->asked_count, sizeof(*standing->rules)),
                                  arena_array(arena, input->asked_count, sizeof(*standing->endpoints)), 0, 0};
    if (!standing->rules || !standing->endpoints)
        return false;
    for (size_t i = 0; i < input->asked_count; i++) {
        const Anlan__Notifications__Facts__Standing *row = (const void *)input->asked[i];
        const rule *a_rule = NULL;
        const Anlan__Notifications__V1__Endpoint *to = NULL;
        if (row->rule.len > 0)
            a_rule = anlan__notifications__v1__rule__unpack(&arena->protobuf, row->rule.len, row->rule.data);
        else
            to = anlan__notifications__v1__endpoint__unpack(&arena->protobuf, row->endpoint.len, row->endpoint.data);
        if (a_rule)
            standing->rules[standing->rule_count++] = &a_rule->base;
        else if (to)
            standing->endpoints[standing->endpoint_count++] = to;
        else
            return false;
    }
    return true;
}

bool notify_plan_own(const struct service_follow_input *input, struct service_commands *commands, struct status *status)
{
    struct standing standing;
    struct service_follow_input with = *input;
    if (!read_standing(input, &standing))
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the rules that hold need too much memory");
    with.asked = standing.rules;
    with.asked_count = standing.rule_count;
    if (strcmp(input->entry->record_type, anlan__notifications__v1__message__descriptor.name) == 0)
        return message_events_plan(&with, commands, status) &&
               delivery_plan_message(&with, standing.endpoints, standing.endpoint_count, commands, status);
    return report_events_plan(&with, commands, status);
}

bool notify_plan_organisations(const struct service_follow_input *input, struct service_commands *commands,
                               struct status *status)
{
    if (strcmp(input->entry->record_type, anlan__organisations__v1__grant__descriptor.name) == 0)
        return grant_events_plan(input, commands, status);
    return duty_events_plan(input, commands, status);
}

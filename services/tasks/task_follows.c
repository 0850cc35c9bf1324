// SPDX-License-Identifier: Apache-2.0
#include "task_follows.h"

#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "anlan/tasks/v1/inspections.pb-c.h"
#include "anlan/tasks/v1/look_backs.pb-c.h"
#include "anlan/tasks/v1/tracking.pb-c.h"
#include "base/check.h"
#include "service/values.h"
#include "task_life.h"
#include "task_record.h"

#define TRACKING "anlan.tasks.v1.TrackingService/"
#define HAZARDS "anlan.hazards.v1.HazardsService/"
#define CAMPAIGNS "anlan.tasks.v1.CampaignsService/"
#define LOOK_BACKS "anlan.tasks.v1.LookBacksService/"
#define HAZARD_ACTION(name) ANLAN__HAZARDS__V1__ACTION__ACTION_##name
#define VERDICT(name) ANLAN__HAZARDS__V1__VERDICT__VERDICT_##name
#define HAZARD_STATE(name) ANLAN__HAZARDS__V1__STATE__STATE_##name

typedef Anlan__Hazards__V1__Hazard hazard;
typedef Anlan__Tasks__V1__TrackedHazard tracked;
typedef Anlan__Tasks__V1__Inspection inspection;

// The record of an entry. NULL with DATA_CORRUPT where it cannot be read.
static ProtobufCMessage *record_of(const struct service_follow_input *input, const ProtobufCMessageDescriptor *type,
                                   struct status *status)
{
    ProtobufCMessage *record =
        protobuf_c_message_unpack(type, &input->arena->protobuf, input->entry->after.len, input->entry->after.data);
    if (!record)
        status_set(status, REASON(DATA_CORRUPT), "%s of the entry cannot be read", type->name);
    return record;
}

static void add(struct service_commands *commands, const char *service, const char *method, ProtobufCMessage *request,
                const status_reason *settled)
{
    commands->list[commands->count++] =
        (struct service_command){.service = service, .method = method, .request = request, .settled = settled};
}

// Whoever is a party to the hazard sees what is known of it.
static void name_parties(const hazard *h, struct arena *arena, tracked *known)
{
    char *const units[] = {h->finding_unit_id, h->responsible_unit_id, h->sending_unit_id};
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (*units[i])
            known->party_ids =
                task_record_joined(arena, known->party_ids, &known->n_party_ids, (char *const[]){units[i]}, 1);
}

static tracked *known_of(const struct service_follow_input *input, const hazard *h)
{
    tracked *known = arena_alloc(input->arena, sizeof(*known));
    Anlan__Tasks__V1__TrackedDetail *detail = arena_alloc(input->arena, sizeof(*detail));
    if (!known || !detail)
        return NULL;
    bool closed = h->state == HAZARD_STATE(CLOSED) || h->state == HAZARD_STATE(CONFIRMED);
    anlan__tasks__v1__tracked_hazard__init(known);
    anlan__tasks__v1__tracked_detail__init(detail);
    known->place = h->place;
    known->sector = h->sector;
    known->occurred_at = h->occurred_at;
    known->entered_at = h->entered_at;
    known->hazard_version = h->version;
    known->hazard_state = h->state;
    known->grade = h->grade;
    known->deadline = h->deadline;
    known->finding_unit_id = h->finding_unit_id;
    known->responsible_unit_id = h->responsible_unit_id;
    known->campaign_id = h->campaign_id;
    known->inspection_id = h->inspection_id;
    known->inspection_finding = h->inspection_finding;
    known->closed_at = closed && h->life && h->life->closed ? h->life->closed->entered_at : NULL;
    known->rebound_count = h->rebound_count;
    known->description = h->description;
    known->detail = detail;
    detail->responsible_person = h->responsible_person;
    detail->position = input->entry->position;
    name_parties(h, input->arena, known);
    return known;
}

// The ledger has a verdict on what was closed: whoever drew it knows. Most hazards were not drawn.
static bool close_recheck(const struct service_follow_input *input, const hazard *h, struct service_commands *commands)
{
    static const status_reason not_drawn[] = {REASON(RECORD_NOT_FOUND), REASON(UNSPECIFIED)};
    const Anlan__Hazards__V1__Step *step = h->life && h->life->n_steps ? h->life->steps[h->life->n_steps - 1] : NULL;
    bool confirmed = h->last_action == HAZARD_ACTION(CONFIRM);
    if (!step || !step->by || (!confirmed && h->last_action != HAZARD_ACTION(REBOUND)))
        return true;
    Anlan__Tasks__V1__CloseRecheckRequest *close = arena_alloc(input->arena, sizeof(*close));
    if (!close)
        return false;
    anlan__tasks__v1__close_recheck_request__init(close);
    close->tenant_id = h->tenant_id;
    close->hazard_id = h->id;
    close->verdict = confirmed ? VERDICT(CONFIRMED) : VERDICT(REBOUND);
    close->checked_by = step->by->person;
    close->checked_at = step->by->occurred_at;
    close->note = step->note;
    close->position = input->entry->position;
    add(commands, NULL, LOOK_BACKS "CloseRecheck", &close->base, not_drawn);
    return true;
}

// A hazard of the ledger is new, or has changed: what is known of it is entered in the same tenant's log here.
static bool plan_hazard(const struct service_follow_input *input, struct service_commands *commands,
                        struct status *status)
{
    static const status_reason known_already[] = {REASON(VERSION_CONFLICT), REASON(UNSPECIFIED)};
    const hazard *h = (const hazard *)record_of(input, &anlan__hazards__v1__hazard__descriptor, status);
    tracked *known = h ? known_of(input, h) : NULL;
    if (!known)
        return false;
    if (h->version > 1) {
        Anlan__Tasks__V1__NoteHazardRequest *note = arena_alloc(input->arena, sizeof(*note));
        if (!note)
            return false;
        anlan__tasks__v1__note_hazard_request__init(note);
        note->tenant_id = h->tenant_id;
        note->id = h->id;
        note->known = known;
        add(commands, NULL, TRACKING "NoteHazard", &note->base, known_already);
        return close_recheck(input, h, commands);
    }
    Anlan__Tasks__V1__TrackHazardRequest *track = arena_alloc(input->arena, sizeof(*track));
    if (!track)
        return false;
    anlan__tasks__v1__track_hazard_request__init(track);
    track->tenant_id = h->tenant_id;
    track->unit_id = h->unit_id;
    track->id = h->id;
    track->known = known;
    add(commands, NULL, TRACKING "TrackHazard", &track->base, NULL);
    return true;
}

static void fill_finding(const inspection *of, const Anlan__Tasks__V1__Finding *found,
                         Anlan__Hazards__V1__EnterFindingRequest *request)
{
    request->tenant_id = of->tenant_id;
    request->unit_id = of->site_id;
    request->grade = found->grade;
    request->sector = of->sector;
    request->location = found->location;
    request->description = found->description;
    request->criterion = found->criterion;
    request->finding_unit_id = of->unit_id;
    request->found_by = found->found->person;
    request->found_by_id = found->found->person_id;
    request->inspection_id = of->id;
    request->inspection_finding = found->number;
    request->inspection_item = found->item;
    request->campaign_id = of->campaign_id;
    request->occurred_at = found->found->occurred_at;
}

// What was drawn is to be re-checked, each by itself.
static bool plan_draw(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status)
{
    static const status_reason settled[] = {REASON(RECORD_EXISTS), REASON(STATE_CONFLICT), REASON(UNSPECIFIED)};
    const Anlan__Tasks__V1__Draw *of = (const void *)record_of(input, &anlan__tasks__v1__draw__descriptor, status);
    for (size_t i = 0; of && of->detail && i < of->detail->n_drawn_ids; i++) {
        Anlan__Tasks__V1__OpenRecheckRequest *open = arena_alloc(input->arena, sizeof(*open));
        if (!open)
            return false;
        anlan__tasks__v1__open_recheck_request__init(open);
        open->tenant_id = of->tenant_id;
        open->unit_id = of->unit_id;
        open->draw_id = of->id;
        open->hazard_id = of->detail->drawn_ids[i];
        add(commands, NULL, LOOK_BACKS "OpenRecheck", &open->base, settled);
    }
    return of != NULL;
}

// An inspection has a finding more: it goes to the ledger, once. The entry after which it was found says so, no other.
static bool plan_inspection(const struct service_follow_input *input, struct service_commands *commands,
                            struct status *status)
{
    static const status_reason entered_already[] = {REASON(RECORD_EXISTS), REASON(UNSPECIFIED)};
    const inspection *of = (const inspection *)record_of(input, &anlan__tasks__v1__inspection__descriptor, status);
    if (!of)
        return false;
    if (of->last_action != ACTION(FIND) || !of->detail || of->detail->n_findings == 0)
        return true;
    Anlan__Hazards__V1__EnterFindingRequest *request = arena_alloc(input->arena, sizeof(*request));
    if (!request)
        return false;
    anlan__hazards__v1__enter_finding_request__init(request);
    fill_finding(of, of->detail->findings[of->detail->n_findings - 1], request);
    add(commands, "hazards", HAZARDS "EnterFinding", &request->base, entered_already);
    return true;
}

// Tenant of a unit; nil where the directory does not have it.
static struct uuid tenant_of(struct directory *directory, const char *unit_id)
{
    struct uuid id;
    struct uuid tenant = {{0}};
    if (!uuid_parse(unit_id, &id))
        return tenant;
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, &id);
    if (unit)
        tenant = unit->tenant_id;
    directory_unlock(directory);
    return tenant;
}

// What is added to a campaign goes on to every unit of another tenant to which it is deployed: those that have received
// it adopt it, and what they adopt goes on from their own entries.
static bool plan_campaign(const struct service_follow_input *input, struct service_commands *commands,
                          struct status *status)
{
    static const status_reason nothing[] = {REASON(RECORD_NOT_FOUND), REASON(STATE_CONFLICT), REASON(UNSPECIFIED)};
    const Anlan__Tasks__V1__Campaign *of =
        (const void *)record_of(input, &anlan__tasks__v1__campaign__descriptor, status);
    if (!of)
        return false;
    if (of->last_action != ACTION(EXTEND) && of->last_action != ACTION(ADOPT) && of->last_action != ACTION(COPY))
        return true;
    for (size_t i = 0; i < of->n_party_ids && commands->count < SERVICE_COMMANDS_MOST; i++) {
        struct uuid tenant = tenant_of(input->directory, of->party_ids[i]);
        char *tenant_id = service_uuid(&tenant, input->arena);
        Anlan__Tasks__V1__AdoptReceivedRequest *adopt = arena_alloc(input->arena, sizeof(*adopt));
        if (!tenant_id || !adopt)
            return false;
        if (uuid_is_nil(&tenant) || strcmp(tenant_id, of->tenant_id) == 0)
            continue;
        anlan__tasks__v1__adopt_received_request__init(adopt);
        adopt->tenant_id = tenant_id;
        adopt->above_id = of->id;
        adopt->unit_id = of->party_ids[i];
        add(commands, NULL, CAMPAIGNS "AdoptReceived", &adopt->base, nothing);
    }
    return true;
}

// A campaign of the instance above is entered as it is shown, the first time and later.
static bool plan_above(const struct service_follow_input *input, struct service_commands *commands,
                       struct status *status)
{
    static const status_reason there[] = {REASON(RECORD_EXISTS), REASON(UNSPECIFIED)};
    static const status_reason so_far[] = {REASON(VERSION_CONFLICT), REASON(UNSPECIFIED)};
    Anlan__Tasks__V1__Campaign *of = (void *)record_of(input, &anlan__tasks__v1__campaign__descriptor, status);
    Anlan__Tasks__V1__CopyCampaignRequest *copy = arena_alloc(input->arena, sizeof(*copy));
    Anlan__Tasks__V1__RenewCampaignCopyRequest *renew = arena_alloc(input->arena, sizeof(*renew));
    if (!of || !copy || !renew)
        return false;
    anlan__tasks__v1__copy_campaign_request__init(copy);
    anlan__tasks__v1__renew_campaign_copy_request__init(renew);
    copy->tenant_id = renew->tenant_id = of->tenant_id;
    copy->id = renew->id = of->id;
    copy->campaign = renew->campaign = of;
    add(commands, NULL, CAMPAIGNS "CopyCampaign", &copy->base, there);
    add(commands, NULL, CAMPAIGNS "RenewCampaignCopy", &renew->base, so_far);
    return true;
}

static bool plan_task(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status)
{
    if (strcmp(input->entry->record_type, anlan__tasks__v1__draw__descriptor.name) == 0)
        return plan_draw(input, commands, status);
    if (strcmp(input->entry->record_type, anlan__tasks__v1__campaign__descriptor.name) == 0)
        return plan_campaign(input, commands, status);
    return plan_inspection(input, commands, status);
}

static const char *const hazard_types[] = {"anlan.hazards.v1.Hazard", NULL};
static const char *const task_types[] = {"anlan.tasks.v1.Inspection", "anlan.tasks.v1.Draw", "anlan.tasks.v1.Campaign",
                                         NULL};

const struct service_follow task_follows[TASK_FOLLOWS] = {
    {.source = "hazards", .record_types = hazard_types, .plan = plan_hazard},
    {.source = "tasks", .record_types = task_types, .plan = plan_task, .calls = "hazards"},
};

const struct service_above task_aboves[1] = {
    {.name = "above-campaigns", .record_type = "anlan.tasks.v1.Campaign", .plan = plan_above},
};

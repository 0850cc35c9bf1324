// SPDX-License-Identifier: Apache-2.0
#include "hazard_follows.h"

#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "hazard_life.h"
#include "listing_life.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"
#define LISTINGS "anlan.hazards.v1.ListingsService/"

// A person was faster.
static const status_reason taken[] = {REASON(RECORD_EXISTS), REASON(UNSPECIFIED)};
// It was applied before, or has nothing to be applied to.
static const status_reason nothing[] = {REASON(RECORD_NOT_FOUND), REASON(STATE_CONFLICT), REASON(UNSPECIFIED)};

static void add(struct service_commands *commands, const char *method, ProtobufCMessage *request,
                const status_reason *settled)
{
    commands->list[commands->count++] =
        (struct service_command){.method = method, .request = request, .settled = settled};
}

// What was handed over goes on there.
static bool take_over(const struct service_follow_input *input, const hazard *now, struct service_commands *commands)
{
    if (now->last_action != ACTION(HAND_OVER) || !now->life || !now->life->handed_over)
        return true;
    Anlan__Hazards__V1__TakeOverHazardRequest *request = arena_alloc(input->arena, sizeof(*request));
    if (!request)
        return false;
    anlan__hazards__v1__take_over_hazard_request__init(request);
    request->unit_id = now->life->handed_over->unit_id;
    request->origin_tenant_id = now->tenant_id;
    request->origin_id = now->id;
    request->sector = now->sector;
    add(commands, SERVICE "TakeOverHazard", &request->base, taken);
    return true;
}

// Whoever listed it knows what its ledger has done about that.
static bool note_listing(const struct service_follow_input *input, const hazard *now, struct service_commands *commands)
{
    const Anlan__Hazards__V1__Life *life = now->life;
    bool matters = now->last_action == ACTION(LIST) || now->last_action == ACTION(ASK_CLOSING) ||
                   now->last_action == ACTION(GRANT_CLOSING) || now->last_action == ACTION(REFUSE_CLOSING) ||
                   now->last_action == ACTION(DELIST);
    if (!matters || !life || !life->listing || life->n_steps == 0)
        return true;
    Anlan__Hazards__V1__NoteListingRequest *request = arena_alloc(input->arena, sizeof(*request));
    if (!request)
        return false;
    anlan__hazards__v1__note_listing_request__init(request);
    request->tenant_id = life->listing->tenant_id;
    request->id = life->listing->id;
    request->action = now->last_action;
    request->hazard_version = now->version;
    request->by = life->steps[life->n_steps - 1]->by;
    request->note = life->steps[life->n_steps - 1]->note;
    request->rectified = life->rectification ? life->rectification->reported : NULL;
    request->accepted = life->accepted;
    request->asked = life->listing->asked;
    add(commands, LISTINGS "NoteListing", &request->base, nothing);
    return true;
}

static bool plan_hazard(const struct service_follow_input *input, struct service_commands *commands,
                        struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    const hazard *now =
        anlan__hazards__v1__hazard__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!now)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    return take_over(input, now, commands) && note_listing(input, now, commands);
}

// The hazard's ledger applies what its listing says.
static bool plan_listing(const struct service_follow_input *input, struct service_commands *commands,
                         struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    listing *of = anlan__hazards__v1__listing__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!of)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    if (strcmp(of->tenant_id, entry->tenant_id) != 0)
        return status_set(status, REASON(DATA_CORRUPT), "its record is another tenant's");
    if (of->state == STAGE(DELISTED))
        return true;
    Anlan__Hazards__V1__ApplyListingRequest *request = arena_alloc(input->arena, sizeof(*request));
    if (!request)
        return false;
    anlan__hazards__v1__apply_listing_request__init(request);
    request->tenant_id = of->hazard_tenant_id;
    request->id = of->hazard_id;
    request->listing = of;
    add(commands, LISTINGS "ApplyListing", &request->base, nothing);
    return true;
}

// What a tenant above has handed over goes on here.
static bool plan_above(const struct service_follow_input *input, struct service_commands *commands,
                       struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    hazard *origin = anlan__hazards__v1__hazard__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!origin)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    if (strcmp(origin->tenant_id, entry->tenant_id) != 0)
        return status_set(status, REASON(DATA_CORRUPT), "its record is another tenant's");
    if (origin->state != STATE(HANDED_OVER) || !origin->life || !origin->life->handed_over)
        return true;
    Anlan__Hazards__V1__TakeOverFromAboveRequest *request = arena_alloc(input->arena, sizeof(*request));
    if (!request)
        return false;
    anlan__hazards__v1__take_over_from_above_request__init(request);
    request->unit_id = origin->life->handed_over->unit_id;
    request->origin_id = origin->id;
    request->sector = origin->sector;
    request->origin = origin;
    request->successor_id = origin->successor_id;
    add(commands, SERVICE "TakeOverFromAbove", &request->base, taken);
    return true;
}

static bool plan(const struct service_follow_input *input, struct service_commands *commands, struct status *status)
{
    return strcmp(input->entry->record_type, anlan__hazards__v1__listing__descriptor.name) == 0
               ? plan_listing(input, commands, status)
               : plan_hazard(input, commands, status);
}

static const char *const records[] = {"anlan.hazards.v1.Hazard", "anlan.hazards.v1.Listing", NULL};

const struct service_follow hazard_follows[1] = {{.source = "hazards", .record_types = records, .plan = plan}};

const struct service_above hazard_aboves[HAZARD_ABOVES] = {
    {.name = "above-hazards", .record_type = "anlan.hazards.v1.Hazard", .plan = plan_above},
    {.name = "above-listings", .record_type = "anlan.hazards.v1.Listing", .plan = plan_listing},
};

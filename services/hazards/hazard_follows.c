// SPDX-License-Identifier: Apache-2.0
#include "hazard_follows.h"

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "hazard_life.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"

// A person was faster.
static const status_reason taken[] = {REASON(RECORD_EXISTS), REASON(UNSPECIFIED)};

// What was handed over goes on there.
static bool take_over(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    const hazard *now =
        anlan__hazards__v1__hazard__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!now)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
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
    commands->list[commands->count++] =
        (struct service_command){.method = SERVICE "TakeOverHazard", .request = &request->base, .settled = taken};
    return true;
}

static const char *const records[] = {"anlan.hazards.v1.Hazard", NULL};

const struct service_follow hazard_follows[1] = {{.source = "hazards", .record_types = records, .plan = take_over}};

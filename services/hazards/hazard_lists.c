// SPDX-License-Identifier: Apache-2.0
#include "hazard_lists.h"

#include "anlan/hazards/v1/hazards.pb-c.h"

#define ORDER(name) ANLAN__HAZARDS__V1__HAZARD_ORDER__HAZARD_ORDER_##name
#define BY(name) ANLAN__HAZARDS__V1__COUNT_BY__COUNT_BY_##name

bool hazard_lists_pick(const ProtobufCMessage *message, bool parties, struct arena *arena, struct service_pick *pick,
                       struct status *status)
{
    const Anlan__Hazards__V1__ListHazardsRequest *request = (const void *)message;
    bool by_deadline = request->overdue || request->deadline_before;
    bool filtered = request->n_states > 0 || request->grade;
    if (request->listed && (*request->party_unit_id || request->order || by_deadline))
        return status_violate(status, arena, "listed", "is a list of its own, the latest entered first");
    if (*request->party_unit_id && (request->order || request->deadline_before))
        return status_violate(status, arena, request->order ? "order" : "deadline_before",
                              "what a unit is party to is listed by its entry, the latest first");
    if (by_deadline && request->order && request->order != ORDER(DEADLINE))
        return status_violate(status, arena, "order", "what is due is listed by its deadline");
    if (request->listed)
        *pick = (struct service_pick){.list = HAZARD_LISTS_LISTED, .passes_over = filtered};
    else if (*request->party_unit_id)
        *pick = (struct service_pick){.list = HAZARD_LISTS_PARTY, .passes_over = true, .apart = true};
    else if (by_deadline || request->order == ORDER(DEADLINE))
        *pick = (struct service_pick){.list = HAZARD_LISTS_DUE, .passes_over = filtered};
    else if (request->order == ORDER(OLDEST))
        *pick = (struct service_pick){.list = HAZARD_LISTS_STATES_OLDEST};
    else if (filtered || (*request->sector && parties))
        *pick = (struct service_pick){.list = HAZARD_LISTS_STATES_NEWEST};
    else
        *pick = (struct service_pick){.list = HAZARD_LISTS_NEWEST};
    return true;
}

bool hazard_lists_pick_counts(const ProtobufCMessage *message, bool parties, struct arena *arena,
                              struct service_pick *pick, struct status *status)
{
    const Anlan__Hazards__V1__ListHazardCountsRequest *request = (const void *)message;
    (void)parties;
    (void)arena;
    (void)status;
    *pick = (struct service_pick){.list = request->by != BY(UNSPECIFIED)};
    return true;
}

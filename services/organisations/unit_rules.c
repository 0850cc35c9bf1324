// SPDX-License-Identifier: Apache-2.0
#include "unit_rules.h"

#include <string.h>

#include "anlan/organisations/v1/organisations.pb-c.h"
#include "base/check.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Unit unit;
typedef Anlan__Organisations__V1__UnitKind unit_kind;

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

// A tier: its level of the tree, the digits of its division code (GB/T 2260, GB/T 10114), and whether it keeps a ledger
// of its own.
static const struct tier {
    unit_kind kind;
    int level;
    size_t digits;
    bool is_tenant;
} tiers[] = {
    {KIND(REGION), DIRECTORY_REGION, 2, true},
    {KIND(CITY), DIRECTORY_CITY, 4, true},
    {KIND(COUNTY), DIRECTORY_COUNTY, 6, true},
    {KIND(TOWNSHIP), DIRECTORY_TOWNSHIP, 9, false},
};

static const struct tier *tier_of(unit_kind kind)
{
    for (size_t i = 0; i < COUNT_OF(tiers); i++)
        if (tiers[i].kind == kind)
            return &tiers[i];
    return NULL;
}

static bool check_code(const struct service_rule_input *input, const char *code, struct status *status)
{
    const Anlan__Organisations__V1__CreateUnitRequest *request = (const void *)input->request;
    const struct tier *tier = tier_of(request->kind);
    if (!tier && *code)
        return status_violate(status, input->arena, "code", "belongs to tiers only");
    if (tier && strlen(code) != tier->digits)
        return status_violate(status, input->arena, "code", "must have %zu digits for this tier", tier->digits);
    return true;
}

// A tier stands directly below a higher tier (a township of a city without counties below the city); anything else
// below a tier or a unit of one.
static bool check_parent(const struct service_rule_input *input, struct status *status)
{
    const Anlan__Organisations__V1__CreateUnitRequest *request = (const void *)input->request;
    const struct tier *tier = tier_of(request->kind);
    if (!input->unit) {
        if (!input->whole_instance)
            return status_set(status, REASON(PERMISSION_MISSING), "only the instance's administrator makes a top");
        return tier || status_set(status, REASON(TIER_CONFLICT), "only a tier can be the top of the tree");
    }
    const struct tier *above = tier_of(input->unit->kind);
    if (tier && (!above || above->level >= tier->level))
        return status_set(status, REASON(TIER_CONFLICT), "a tier stands directly below a higher tier");
    return true;
}

bool unit_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__CreateUnitRequest *request = (const void *)input->request;
    if (!check_code(input, request->code, status) || !check_parent(input, status))
        return false;
    if (before)
        return status_set(status, REASON(RECORD_EXISTS), "a unit with the code %s exists", request->code);
    unit *made = (unit *)after;
    const struct tier *tier = tier_of(request->kind);
    struct directory_place place = input->unit ? input->unit->place : (struct directory_place){0};
    if (tier)
        place.levels[tier->level] = input->new_id;
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->parent_id = request->parent_id;
    made->kind = request->kind;
    made->name = request->name;
    made->code = request->code;
    made->place = service_place(&place, input->arena);
    made->is_tenant = tier && tier->is_tenant;
    made->tenant_id = made->is_tenant ? made->id
                      : input->unit   ? service_uuid(&input->unit->tenant_id, input->arena)
                                      : (char *)"";
    made->n_sectors = request->n_sectors;
    made->sectors = request->sectors;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

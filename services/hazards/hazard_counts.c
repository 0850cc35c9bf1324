// SPDX-License-Identifier: Apache-2.0
#include "hazard_counts.h"

#include "hazard_life.h"
#include "service/values.h"

// Levels down to that of `unit`, where it is one; else all: who may see the counter.
static struct directory_place place_down_to(struct directory_place place, const struct uuid *unit)
{
    size_t last = DIRECTORY_LEVELS;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (uuid_compare(&place.levels[i], unit) == 0)
            last = i;
    for (size_t i = last + 1; i < DIRECTORY_LEVELS; i++)
        place.levels[i] = (struct uuid){{0}};
    return place;
}

static void add(const hazard *h, struct service_count counts[SERVICE_COUNTS_MOST], size_t *used,
                enum hazard_counts_part part, const struct uuid *unit, const struct uuid *level)
{
    counts[(*used)++] = (struct service_count){
        .unit_id = *unit,
        .part = (int32_t)part,
        .place = place_down_to(service_place_field(&h->base), level),
        .label = h->sector,
        .slot = 2 * ((int32_t)h->state - 1) + (int32_t)h->grade,
    };
}

size_t hazard_counts_of(const ProtobufCMessage *record, struct service_count counts[SERVICE_COUNTS_MOST])
{
    const hazard *h = (const hazard *)record;
    struct uuid tenant;
    struct uuid unit;
    struct directory_place place = service_place_field(record);
    const struct uuid *township = &place.levels[DIRECTORY_TOWNSHIP];
    size_t used = 0;
    if (uuid_parse(h->tenant_id, &tenant))
        add(h, counts, &used, COUNTS_TENANT, &tenant, &tenant);
    if (!uuid_is_nil(township))
        add(h, counts, &used, COUNTS_TOWNSHIP, township, township);
    if (uuid_parse(h->unit_id, &unit))
        add(h, counts, &used, COUNTS_UNIT, &unit, township);
    if (uuid_parse(h->responsible_unit_id, &unit))
        add(h, counts, &used, COUNTS_RESPONSIBLE, &unit, &tenant);
    return used;
}

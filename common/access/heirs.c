// SPDX-License-Identifier: Apache-2.0
#include "access/heirs.h"

#include <stdlib.h>

#include "base/check.h"

#define STEPS_MOST 16    // of offices that took one another's place: more is a circle

struct heir {
    struct uuid unit_id;
    struct uuid successor_id;
};

// They are few: offices are reorganised once in ten years.
struct heirs {
    struct heir *list;
    size_t count;
    size_t room;
};

struct heirs *heirs_new(void)
{
    struct heirs *heirs = calloc(1, sizeof(*heirs));
    CHECK(heirs);
    return heirs;
}

void heirs_free(struct heirs *heirs)
{
    if (!heirs)
        return;
    free(heirs->list);
    free(heirs);
}

static struct heir *find(const struct heirs *heirs, const struct uuid *unit_id)
{
    for (size_t i = 0; i < heirs->count; i++)
        if (uuid_compare(&heirs->list[i].unit_id, unit_id) == 0)
            return &heirs->list[i];
    return NULL;
}

void heirs_keep(struct heirs *heirs, const struct uuid *unit_id, const struct uuid *successor_id)
{
    struct heir *known = find(heirs, unit_id);
    if (known) {
        known->successor_id = *successor_id;
        return;
    }
    if (heirs->count == heirs->room) {
        heirs->room = heirs->room ? 2 * heirs->room : 16;
        heirs->list = realloc(heirs->list, heirs->room * sizeof(*heirs->list));
        CHECK(heirs->list);
    }
    heirs->list[heirs->count++] = (struct heir){*unit_id, *successor_id};
}

static bool leads_to(const struct heirs *heirs, const struct heir *heir, const struct uuid *unit_id)
{
    for (int step = 0; heir && step < STEPS_MOST; step++) {
        if (uuid_compare(&heir->successor_id, unit_id) == 0)
            return true;
        heir = find(heirs, &heir->successor_id);
    }
    return false;
}

bool heirs_next(const struct heirs *heirs, const struct uuid *unit_id, size_t *at, struct uuid *former_id)
{
    while (*at < heirs->count) {
        const struct heir *heir = &heirs->list[(*at)++];
        if (!leads_to(heirs, heir, unit_id))
            continue;
        *former_id = heir->unit_id;
        return true;
    }
    return false;
}

// SPDX-License-Identifier: Apache-2.0
// Folds what a batch does to counters, so that each row of them is touched once: a record leaves the counters of its
// image before and enters those of its image since.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "service/engine.h"
#include "service/values.h"

// By the rows that keep them.
static int compare(const void *left, const void *right)
{
    const struct service_delta *a = left;
    const struct service_delta *b = right;
    int order = strcmp(a->tenant_id, b->tenant_id);
    if (order == 0)
        order = uuid_compare(&a->count.unit_id, &b->count.unit_id);
    if (order == 0)
        order = (a->count.part > b->count.part) - (a->count.part < b->count.part);
    return order ? order : strcmp(a->count.label, b->count.label);
}

static size_t add(const struct service_record *record, char *tenant_id, const ProtobufCMessage *image, int64_t by,
                  struct service_delta *deltas)
{
    struct service_count counts[SERVICE_COUNTS_MOST];
    if (!image)
        return 0;
    size_t count = record->count(image, counts);
    for (size_t i = 0; i < count; i++)
        deltas[i] = (struct service_delta){.tenant_id = tenant_id, .count = counts[i], .delta = by};
    return count;
}

static bool make_lists(size_t count, struct arena *arena, Anlan__Service__Counts *counts)
{
    counts->tenant_id = arena_array(arena, count, sizeof(char *));
    counts->unit_id = arena_array(arena, count, sizeof(char *));
    counts->part = arena_array(arena, count, sizeof(int32_t));
    counts->region_id = arena_array(arena, count, sizeof(char *));
    counts->city_id = arena_array(arena, count, sizeof(char *));
    counts->county_id = arena_array(arena, count, sizeof(char *));
    counts->township_id = arena_array(arena, count, sizeof(char *));
    counts->label = arena_array(arena, count, sizeof(char *));
    counts->deltas = arena_array(arena, count, sizeof(char *));
    return !arena->exhausted;
}

// Up to the highest slot; NULL where all come to nothing.
static char *sum_of(const struct service_delta *deltas, size_t count, struct arena *arena)
{
    int64_t sums[SERVICE_SLOTS_MOST] = {0};
    char text[SERVICE_SLOTS_MOST * 21 + 2];
    size_t used = 0;
    int32_t highest = 0;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        int32_t slot = deltas[i].count.slot;
        CHECK(slot > 0 && slot <= SERVICE_SLOTS_MOST);
        sums[slot - 1] += deltas[i].delta;
        highest = slot > highest ? slot : highest;
    }
    for (int32_t i = 0; i < highest; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%" PRId64, i ? ',' : '{', sums[i]);
        any = any || sums[i] != 0;
    }
    snprintf(text + used, sizeof(text) - used, "}");
    return any ? arena_text(arena, text, used + 1) : NULL;
}

static void put(Anlan__Service__Counts *counts, const struct service_delta *delta, char *deltas, struct arena *arena)
{
    const struct service_count *count = &delta->count;
    const struct uuid *levels = count->place.levels;
    size_t n = counts->n_deltas++;
    counts->n_tenant_id = counts->n_unit_id = counts->n_part = counts->n_label = n + 1;
    counts->n_region_id = counts->n_city_id = counts->n_county_id = counts->n_township_id = n + 1;
    counts->tenant_id[n] = delta->tenant_id;
    counts->unit_id[n] = service_uuid(&count->unit_id, arena);
    counts->part[n] = count->part;
    counts->region_id[n] = service_uuid(&levels[DIRECTORY_REGION], arena);
    counts->city_id[n] = service_uuid(&levels[DIRECTORY_CITY], arena);
    counts->county_id[n] = service_uuid(&levels[DIRECTORY_COUNTY], arena);
    counts->township_id[n] = service_uuid(&levels[DIRECTORY_TOWNSHIP], arena);
    counts->label[n] = (char *)count->label;
    counts->deltas[n] = deltas;
}

bool service_counts_fill(struct service_delta *deltas, size_t count, struct arena *arena,
                         Anlan__Service__Counts *counts)
{
    size_t end = 0;
    if (!make_lists(count, arena, counts))
        return false;
    qsort(deltas, count, sizeof(*deltas), compare);
    for (size_t i = 0; i < count; i = end) {
        for (end = i + 1; end < count && compare(&deltas[i], &deltas[end]) == 0;)
            end++;
        size_t newer = i;    // the place is that of an image since, where the unit has moved
        for (size_t at = i; at < end; at++)
            newer = deltas[at].delta > 0 ? at : newer;
        char *sum = sum_of(deltas + i, end - i, arena);
        if (sum)
            put(counts, &deltas[newer], sum, arena);
    }
    return !arena->exhausted;
}

bool service_counts_make(const struct service_record *record, struct service_job *const *jobs, size_t count,
                         struct arena *arena, Anlan__Service__Counts *counts)
{
    size_t images = 0;
    for (size_t i = 0; i < count; i++)
        images += jobs[i]->writes && jobs[i]->slot->method->record == record ? 2 * jobs[i]->change_count : 0;
    struct service_delta *deltas = arena_array(arena, images * SERVICE_COUNTS_MOST, sizeof(*deltas));
    if (!deltas)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct service_job *job = jobs[i];
        char *tenant_id = job->context.tenant_id;
        if (!job->writes || job->slot->method->record != record)
            continue;
        for (size_t c = 0; c < job->change_count; c++) {
            const struct service_change *change = &job->changes[c];
            used += change->after ? add(record, tenant_id, change->before, -1, deltas + used) : 0;
            used += add(record, tenant_id, change->after, 1, deltas + used);
        }
    }
    return service_counts_fill(deltas, used, arena, counts);
}

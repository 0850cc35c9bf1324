// SPDX-License-Identifier: Apache-2.0
// Folds what a batch does to counters, so that each counter is touched once: a record leaves the counters of its image
// before and enters those of its image since.
#include <stdlib.h>
#include <string.h>

#include "service/engine.h"
#include "service/values.h"

static int compare(const void *left, const void *right)
{
    const struct service_count *a = &((const struct service_delta *)left)->count;
    const struct service_count *b = &((const struct service_delta *)right)->count;
    int order = uuid_compare(&a->unit_id, &b->unit_id);
    if (order == 0)
        order = (a->part > b->part) - (a->part < b->part);
    if (order == 0)
        order = strcmp(a->label, b->label);
    if (order == 0)
        order = (a->first > b->first) - (a->first < b->first);
    return order ? order : (a->second > b->second) - (a->second < b->second);
}

static size_t add(const struct service_record *record, const ProtobufCMessage *image, int64_t by,
                  struct service_delta *deltas)
{
    struct service_count counts[SERVICE_COUNTS_MOST];
    if (!image)
        return 0;
    size_t count = record->count(image, counts);
    for (size_t i = 0; i < count; i++)
        deltas[i] = (struct service_delta){.count = counts[i], .delta = by};
    return count;
}

// Adds up equal counters; drops those that come to nothing.
static size_t fold(struct service_delta *deltas, size_t count)
{
    qsort(deltas, count, sizeof(*deltas), compare);
    size_t kept = 0;
    for (size_t i = 0; i < count;) {
        struct service_delta sum = deltas[i];
        for (i++; i < count && compare(&sum, &deltas[i]) == 0; i++) {
            sum.delta += deltas[i].delta;
            sum.count.place = deltas[i].count.place;    // equal but for a unit that has moved
        }
        if (sum.delta != 0)
            deltas[kept++] = sum;
    }
    return kept;
}

bool service_counts_fill(const struct service_delta *deltas, size_t count, struct arena *arena,
                         Anlan__Service__Counts *counts)
{
    char ***levels[] = {&counts->region_id, &counts->city_id, &counts->county_id, &counts->township_id};
    counts->unit_id = arena_array(arena, count, sizeof(char *));
    counts->part = arena_array(arena, count, sizeof(int32_t));
    for (size_t l = 0; l < DIRECTORY_LEVELS; l++)
        *levels[l] = arena_array(arena, count, sizeof(char *));
    counts->label = arena_array(arena, count, sizeof(char *));
    counts->first = arena_array(arena, count, sizeof(int32_t));
    counts->second = arena_array(arena, count, sizeof(int32_t));
    counts->delta = arena_array(arena, count, sizeof(int64_t));
    if (arena->exhausted)
        return false;
    for (size_t i = 0; i < count; i++) {
        counts->unit_id[i] = service_uuid(&deltas[i].count.unit_id, arena);
        counts->part[i] = deltas[i].count.part;
        for (size_t l = 0; l < DIRECTORY_LEVELS; l++)
            (*levels[l])[i] = service_uuid(&deltas[i].count.place.levels[l], arena);
        counts->label[i] = (char *)deltas[i].count.label;
        counts->first[i] = deltas[i].count.first;
        counts->second[i] = deltas[i].count.second;
        counts->delta[i] = deltas[i].delta;
    }
    counts->n_unit_id = counts->n_part = counts->n_region_id = counts->n_city_id = counts->n_county_id = count;
    counts->n_township_id = counts->n_label = counts->n_first = counts->n_second = counts->n_delta = count;
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
        if (!job->writes || job->slot->method->record != record)
            continue;
        for (size_t c = 0; c < job->change_count; c++) {
            const struct service_change *change = &job->changes[c];
            used += change->after ? add(record, change->before, -1, deltas + used) : 0;
            used += add(record, change->after, 1, deltas + used);
        }
    }
    return service_counts_fill(deltas, fold(deltas, used), arena, counts);
}

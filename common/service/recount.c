// SPDX-License-Identifier: Apache-2.0
#include "service/recount.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"

#define LABEL_SIZE 64

struct key {
    struct uuid unit_id;
    int32_t part;
    int32_t slot;
    char label[LABEL_SIZE];    // filled up with NUL
};

struct counter {
    struct key key;
    struct recount_line line;
    UT_hash_handle hh;
};

struct recount {
    struct counter *counters;
};

struct recount *recount_new(void)
{
    struct recount *recount = calloc(1, sizeof(*recount));
    CHECK(recount);
    return recount;
}

void recount_free(struct recount *recount)
{
    struct counter *counter = NULL;
    struct counter *next = NULL;
    if (!recount)
        return;
    HASH_ITER(hh, recount->counters, counter, next)
    {
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
        HASH_DEL(recount->counters, counter);
        free(counter);
    }
    free(recount);
}

static struct counter *find(struct recount *recount, const struct service_count *count)
{
    struct counter *counter = NULL;
    struct key key;
    memset(&key, 0, sizeof(key));
    key.unit_id = count->unit_id;
    key.part = count->part;
    key.slot = count->slot;
    CHECK(strlen(count->label) < sizeof(key.label));
    memcpy(key.label, count->label, strlen(count->label));
    HASH_FIND(hh, recount->counters, &key, sizeof(key), counter);
    if (counter)
        return counter;
    counter = calloc(1, sizeof(*counter));
    CHECK(counter);
    counter->key = key;
    counter->line.count = *count;
    counter->line.count.label = counter->key.label;
    HASH_ADD(hh, recount->counters, key, sizeof(key), counter);
    return counter;
}

void recount_record(struct recount *recount, const struct service_record *record, const ProtobufCMessage *row)
{
    struct service_count counts[SERVICE_COUNTS_MOST];
    size_t count = record->count(row, counts);
    for (size_t i = 0; i < count; i++) {
        struct recount_line *line = &find(recount, &counts[i])->line;
        line->counted++;
        line->count.place = counts[i].place;
    }
}

void recount_stored(struct recount *recount, const struct service_count *count, int64_t stored)
{
    find(recount, count)->line.stored += stored;
}

size_t recount_differences(const struct recount *recount, struct arena *arena, struct recount_line **lines)
{
    size_t found = 0;
    *lines = arena_array(arena, HASH_COUNT(recount->counters), sizeof(**lines));
    for (const struct counter *at = recount->counters; *lines && at; at = at->hh.next)
        if (at->line.counted != at->line.stored)
            (*lines)[found++] = at->line;
    return found;
}

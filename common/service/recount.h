// SPDX-License-Identifier: Apache-2.0
// Counts a tenant's records anew and holds the counters against that.
#pragma once

#include "service/service.h"

struct recount;

// Nothing counted. Never answers NULL.
struct recount *recount_new(void);

// Frees it; accepts NULL.
void recount_free(struct recount *recount);

// Counts a record under the counters that it belongs to.
void recount_record(struct recount *recount, const struct service_record *record, const ProtobufCMessage *row);

// Notes what the table says of a counter.
void recount_stored(struct recount *recount, const struct service_count *count, int64_t stored);

// One counter: how many there are, and how many the table says.
struct recount_line {
    struct service_count count;
    int64_t counted;
    int64_t stored;
};

// The counters that differ, in the arena; answers how many.
size_t recount_differences(const struct recount *recount, struct arena *arena, struct recount_line **lines);

// SPDX-License-Identifier: Apache-2.0
// Logs as their readers have them.
#pragma once

#include "anlan/rpc/v1/access_log.pb-c.h"
#include "anlan/rpc/v1/feed.pb-c.h"
#include "support/instance.h"

#define SEEN_MOST 500

// A page of a tenant's log of changes, or its access log, of a service ("hazards"); NULL with *status where it is
// refused.
const Anlan__Rpc__V1__PullResponse *pull_page(struct instance *instance, const char *service, struct person who,
                                              const char *tenant_id, const char *cursor, bool access_log,
                                              struct status *status);

// An access log, checked entry by entry.
struct seen_log {
    const Anlan__Rpc__V1__Entry *entries[SEEN_MOST];
    const Anlan__Rpc__V1__AccessRecord *records[SEEN_MOST];
    size_t count;
};
struct seen_log read_access_log(struct instance *instance, const char *service, struct person who,
                                const char *tenant_id);

// How many calls of this kind by this person a log counts; *last: one of its entries.
long long seen_calls(const struct seen_log *seen, Anlan__Rpc__V1__AccessKind kind, const char *subject_id,
                     const char *method, size_t *last);

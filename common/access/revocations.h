// SPDX-License-Identifier: Apache-2.0
// Tokens that were revoked before their end, as the directory's log says: single
// ones, those of a session, those of a person or client that were issued before a
// time. Each is kept until the tokens concerned have expired by themselves.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/clock.h"
#include "base/uuid.h"

struct access_caller;
struct access_revocations;

// An empty set. Never answers NULL.
struct access_revocations *access_revocations_new(void);

// Frees it; accepts NULL.
void access_revocations_free(struct access_revocations *revocations);

// Takes in an entry of the directory's log; one that revokes nothing, or nothing that is still valid at `now`, is
// passed over. Applying one twice does nothing. False where its record cannot be read. Thread-safe.
bool access_revocations_apply(struct access_revocations *revocations, const Anlan__Rpc__V1__Entry *entry,
                              clock_time now);

// True if the token that says so of its caller was revoked. Thread-safe; under a microsecond.
bool access_revoked(struct access_revocations *revocations, const struct access_caller *caller);

// How many are kept. Thread-safe.
size_t access_revocations_count(struct access_revocations *revocations);

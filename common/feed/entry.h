// SPDX-License-Identifier: Apache-2.0
// Entries as bytes: how they are made, and how a reader checks them.
#pragma once

#include <stdbool.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/uuid.h"

// Packs the entry and fills in salt, digest and algorithm: the row that is stored.
// Memory from `arena`. False where it is full.
bool feed_entry_seal(const Anlan__Rpc__V1__Entry *entry, struct arena *arena, Anlan__Rpc__V1__LogEntry *sealed);

// Checks digest and position of a stored entry and unpacks it. NULL with
// DATA_CORRUPT where it is not what was stored.
Anlan__Rpc__V1__Entry *feed_entry_open(const Anlan__Rpc__V1__LogEntry *sealed, struct arena *arena,
                                       struct status *status);

// The request_id of a command that follows from an entry of a service's log: a UUID
// of version 7 with the entry's time, the same whoever derives it.
struct uuid feed_command_id(const char *service, const struct uuid *tenant_id, int64_t position, clock_time entered_at);

// The id of a tenant's access log: a UUID of version 8 that follows from the tenant's.
struct uuid feed_access_log_id(const struct uuid *tenant_id);

// The cursor after `position` of a tenant's log, as text from `arena`; NULL where
// it is full.
char *feed_cursor_write(const struct uuid *tenant_id, int64_t position, struct arena *arena);

// Reads a cursor; "" is position 0. False with CURSOR_INVALID where it is not one
// of this tenant's.
bool feed_cursor_read(const char *text, const struct uuid *tenant_id, int64_t *position, struct status *status);

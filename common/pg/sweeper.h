// SPDX-License-Identifier: Apache-2.0
// Ends backends of this process's own database role that hang in the middle of a
// pipeline: "active", waiting in ClientRead, for longer than a bound. A process
// that is frozen there holds its tenants' heads locked, and none of PostgreSQL's
// timeouts fires; only another process can end it.
#pragma once

#include <stdbool.h>

#include "base/status.h"

struct pg_sweeper;

// Told of each backend that was ended. Runs on the sweeper's thread.
typedef void pg_swept(void *user, int backend);

// Starts a thread with a connection of its own that looks every `interval_ms` and
// ends backends that are `age_ms` old. Reconnects by itself.
bool pg_sweeper_start(struct pg_sweeper **sweeper, const char *conninfo, int interval_ms, int age_ms, pg_swept *swept,
                      void *user, struct status *status);

// Whether the last look reached the database: a lane that is idle does not know. Thread-safe.
bool pg_sweeper_reached(const struct pg_sweeper *sweeper);

// Stops the thread and frees. Accepts NULL.
void pg_sweeper_stop(struct pg_sweeper *sweeper);

// SPDX-License-Identifier: Apache-2.0
// Prepares a catalogue on a connection and holds it against its messages.
// Internal to common/pg.
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "pg/statement.h"

// Prepares and describes every statement on a session in pipeline mode; makes the
// plans that are not made yet and checks those that are. Errors as pg_open.
bool pg_prepare(PGconn *session, struct pg_catalogue *catalogue, int64_t deadline, struct status *status);

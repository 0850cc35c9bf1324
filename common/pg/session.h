// SPDX-License-Identifier: Apache-2.0
// What all users of libpq share: connecting and waiting within a deadline, and the
// meaning of errors. Internal to common/pg.
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

// No deadline.
#define PG_FOREVER INT64_MAX

enum pg_wait {
    PG_WAIT_READY,    // PQgetResult will not block
    PG_WAIT_LATE,     // the deadline passed
    PG_WAIT_LOST,     // the connection is gone
};

// Connects, in UTF-8 and non-blocking, with command-line `options` for the server
// (NULL: those of conninfo). False with DATABASE_UNAVAILABLE.
bool pg_session_open(const char *conninfo, const char *application_name, const char *options, int64_t deadline,
                     PGconn **session, struct status *status);

// Sends what waits to be sent and waits for a result.
enum pg_wait pg_session_wait(PGconn *session, int64_t deadline);

// Sets the status for a wait that did not end well. Answers false.
bool pg_session_failed(const PGconn *session, enum pg_wait wait, struct status *status);

// Sets the status for an error result; `name` says what was run. *lost is set true
// if the connection cannot be used any more, and left alone otherwise.
void pg_session_error(const PGresult *result, const char *name, bool *lost, struct status *status);

// Runs SQL text outside a pipeline and waits. Several statements are allowed
// without parameters; the last one's result counts, an earlier one's error ends
// all. NULL after an error; otherwise PQclear it.
PGresult *pg_session_query(PGconn *session, const char *name, const char *text, int64_t deadline,
                           struct status *status);

// As pg_session_query for one statement with text parameters ($1, …).
PGresult *pg_session_query_with(PGconn *session, const char *name, const char *text, const char *const *values,
                                int count, int64_t deadline, struct status *status);

// SPDX-License-Identifier: Apache-2.0
// Prepares a catalogue on a connection and holds it against its messages.
// Internal to common/pg.
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "pg/statement.h"

// The first statement of the catalogue that shares the SQL of number `number`, and so its prepared form.
size_t pg_prepare_number(const struct pg_catalogue *catalogue, size_t number);

// Prepares and describes every statement on a session in pipeline mode; makes the
// plans that are not made yet and checks those that are. Errors as pg_open.
bool pg_prepare(PGconn *session, struct pg_catalogue *catalogue, int64_t deadline, struct status *status);

// Queues the preparation and description of one statement that has a plan. False if
// the connection is lost.
bool pg_prepare_send(PGconn *session, const struct pg_statement *statement);

// What came of a preparation.
enum pg_prepared {
    PG_PREPARED,
    PG_PREPARED_NOT,        // an earlier error of its transaction had it skipped
    PG_PREPARED_REFUSED,    // the server's error is in the status
    PG_PREPARED_LOST,       // the connection is lost, or the database is another than the plan's: the status says it
};

// Takes the answers to pg_prepare_send and holds them against the plan.
enum pg_prepared pg_prepare_take(PGconn *session, const struct pg_statement *statement, int64_t deadline,
                                 struct status *status);

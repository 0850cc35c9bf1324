// SPDX-License-Identifier: Apache-2.0
// A connection in libpq's pipeline mode: statements are queued, sent together and
// answered in order. Straight-line code on one thread; waiting is bounded by
// deadlines in clock_monotonic time.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "pg/statement.h"

struct pg_connection;

// Connects. The first connection of a process prepares and describes every
// statement of the catalogue, holds it against its messages (unknown parameters,
// columns without a field, types that do not fit, names over 63 bytes) and makes
// the plans; no other may be opened meanwhile. Later ones prepare a statement where
// it is first used, which must then agree with its plan (a migration may have run
// in between). Blocks at most 10 s. False with DATABASE_UNAVAILABLE (try again) or
// INTERNAL (statement and column in the message: do not serve).
bool pg_open(struct pg_connection **connection, const char *conninfo, const char *application_name,
             struct pg_catalogue *catalogue, struct status *status);

// Closes; accepts NULL.
void pg_close(struct pg_connection *connection);

// False after a fault of the connection: close it and open another.
bool pg_usable(const struct pg_connection *connection);

// The socket, for poll; -1 when not usable.
int pg_socket(const struct pg_connection *connection);

// Queues one execution; `sources` holds a message for each of the statement's, in
// their order, NULL for an absent one. Values are copied before it returns; memory
// for them comes from `arena`. False with FIELD_INVALID and the field (a text that
// is no uuid, a number out of the column's range), MESSAGE_TOO_LARGE (arena full)
// or DATABASE_UNAVAILABLE; the pipeline is as before then. May write to the
// socket, does not wait for answers.
bool pg_execute(struct pg_connection *connection, const struct pg_statement *statement,
                const ProtobufCMessage *const *sources, struct arena *arena, struct status *status);

// Messages of one source: one, or as many as there are calls where the statement
// says `many`.
struct pg_source {
    const ProtobufCMessage *const *messages;
    size_t count;
};

// As pg_execute, once for several calls; the elements of all sources that are many
// stand in the same order.
bool pg_execute_many(struct pg_connection *connection, const struct pg_statement *statement,
                     const struct pg_source *sources, struct arena *arena, struct status *status);

// Asks the server to send what it has; the transaction goes on.
bool pg_flush(struct pg_connection *connection, struct status *status);

// Ends the transaction: commits if every statement since the last Sync succeeded,
// undoes all otherwise.
bool pg_sync(struct pg_connection *connection, struct status *status);

// The rows that one execution answered.
struct pg_rows {
    void *result;
    const struct pg_statement *statement;
    size_t count;       // rows answered
    size_t affected;    // rows inserted, updated or deleted
};

// Waits for the next queued execution's answer, in order. False with
// DEADLINE_EXCEEDED (the server's statement_timeout or lock_timeout),
// DATABASE_UNAVAILABLE (connection lost, server stopping, `deadline` passed:
// or a statement's columns changed since the process started: the connection is not
// usable any more; or a serialization failure or deadlock)
// or INTERNAL (any other SQL error: SQLSTATE and text in the message). After a
// false, later executions before the Sync fail likewise ("aborted", INTERNAL).
bool pg_next(struct pg_connection *connection, int64_t deadline, struct pg_rows *rows, struct status *status);

// Drops answers that were not taken and waits for the Sync's own: after true, the
// transaction is committed (or was undone, if an execution failed before whose
// answer was taken). False with DATABASE_UNAVAILABLE and not usable: not known
// whether it committed. False and usable: undone, for the reason that is said, by
// an execution whose answer was dropped or at the commit itself.
bool pg_finish(struct pg_connection *connection, int64_t deadline, struct status *status);

// Packs the columns of `row` that belong to the statement's target number
// `target` as that message, in the order of its field numbers (the bytes that
// protobuf-c would pack); no bytes where all are NULL. Memory from `arena`, or of
// the rows, so that it ends with the first of both. False
// with MESSAGE_TOO_LARGE, or INTERNAL for a value that its field cannot hold.
bool pg_rows_message(const struct pg_rows *rows, size_t row, size_t target, struct arena *arena, struct bytes *message,
                     struct status *status);

// As pg_rows_message, unpacked into `arena`. NULL where it is full.
ProtobufCMessage *pg_rows_unpack(const struct pg_rows *rows, size_t row, size_t target, struct arena *arena,
                                 struct status *status);

// Frees the result; accepts a zeroed one.
void pg_rows_clear(struct pg_rows *rows);

// Runs plain SQL text (several statements allowed) outside the pipeline, for
// migrations and tools. Blocks until done.
bool pg_run(struct pg_connection *connection, const char *text, struct status *status);

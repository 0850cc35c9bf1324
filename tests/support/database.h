// SPDX-License-Identifier: Apache-2.0
// What tests of common/pg share: a cluster for the whole program, connections to
// its database anlan_hazards as the service's role, statements run and asserted.
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "pg/connection.h"
#include "support/cluster.h"

struct database {
    struct cluster cluster;
    char owner[192];      // conninfo as the owner
    char service[192];    // conninfo as the service
};

// Start and stop, for cmocka_run_group_tests; *state becomes the struct database.
int database_start(void **state);
int database_stop(void **state);

// Runs SQL as the superuser.
void database_sql(const struct database *database, const char *text);

// Ten seconds from now: a time that no test waits for.
int64_t database_deadline(void);

// Opens a connection as the service and asserts that it works.
struct pg_connection *database_open(const struct database *database, struct pg_catalogue *catalogue);

// Queues one execution with one source and asserts that it was.
void database_execute(struct pg_connection *connection, const struct pg_statement *statement, const void *source,
                      struct arena *arena);

// Takes the next answer and asserts that it is rows.
struct pg_rows database_next(struct pg_connection *connection);

// Takes the next answer, asserts that it is rows, and forgets them.
void database_skip(struct pg_connection *connection);

// Takes the next answer and asserts that it failed for this reason.
void database_fails(struct pg_connection *connection, status_reason reason, const char *text);

// Syncs, and asserts that the Sync was answered.
void database_commit(struct pg_connection *connection);

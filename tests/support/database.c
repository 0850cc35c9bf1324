// SPDX-License-Identifier: Apache-2.0
#include "support/database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int database_start(void **state)
{
    struct database *database = calloc(1, sizeof(*database));
    if (database == NULL)
        return -1;
    cluster_start(&database->cluster, true);
    cluster_setup_databases(&database->cluster);
    snprintf(database->owner, sizeof(database->owner), "%s",
             cluster_conninfo(&database->cluster, "anlan_hazards", "anlan_hazards_owner"));
    snprintf(database->service, sizeof(database->service), "%s",
             cluster_conninfo(&database->cluster, "anlan_hazards", "anlan_hazards"));
    *state = database;
    return 0;
}

int database_stop(void **state)
{
    struct database *database = *state;
    cluster_stop(&database->cluster);
    free(database);
    return 0;
}

void database_sql(const struct database *database, const char *text)
{
    cluster_sql(&database->cluster, "anlan_hazards", text);
}

int64_t database_deadline(void)
{
    return clock_monotonic() + 10 * CLOCK_SECOND;
}

struct pg_connection *database_open(const struct database *database, struct pg_catalogue *catalogue)
{
    struct pg_connection *connection = NULL;
    struct status status = {0};
    if (!pg_open(&connection, database->service, "test", catalogue, &status))
        fail_msg("%s", status.message);
    return connection;
}

void database_execute(struct pg_connection *connection, const struct pg_statement *statement, const void *source,
                      struct arena *arena)
{
    struct status status = {0};
    const ProtobufCMessage *const sources[] = {source};
    if (!pg_execute(connection, statement, sources, arena, &status))
        fail_msg("%s", status.message);
}

struct pg_rows database_next(struct pg_connection *connection)
{
    struct pg_rows rows = {0};
    struct status status = {0};
    if (!pg_next(connection, database_deadline(), &rows, &status))
        fail_msg("%s", status.message);
    return rows;
}

void database_skip(struct pg_connection *connection)
{
    struct pg_rows rows = database_next(connection);
    pg_rows_clear(&rows);
}

void database_fails(struct pg_connection *connection, status_reason reason, const char *text)
{
    struct pg_rows rows = {0};
    struct status status = {0};
    assert_false(pg_next(connection, database_deadline(), &rows, &status));
    if (status.reason != reason || strstr(status.message, text) == NULL)
        fail_msg("reason %d: %s", (int)status.reason, status.message);
    pg_rows_clear(&rows);
}

void database_commit(struct pg_connection *connection)
{
    struct status status = {0};
    if (!pg_sync(connection, &status) || !pg_finish(connection, database_deadline(), &status))
        fail_msg("%s", status.message);
}

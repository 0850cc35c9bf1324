// SPDX-License-Identifier: Apache-2.0
#include "pg/sweeper.h"

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"

struct pg_sweeper {
    char *conninfo;
    int interval_ms;
    char age_ms[16];
    pg_swept *swept;
    void *user;
    PGconn *connection;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
};

// A role may end the backends of its own. Who hangs is settled first: the planner may try conditions in any order, and
// one that ends a backend must not be tried on others.
static const char sweep_sql[] = "WITH hanging AS MATERIALIZED ("
                                "SELECT pid FROM pg_stat_activity "
                                "WHERE usename = session_user AND pid <> pg_backend_pid() AND state = 'active' "
                                "AND wait_event_type = 'Client' AND wait_event = 'ClientRead' "
                                "AND state_change < clock_timestamp() - $1::int * interval '1 millisecond') "
                                "SELECT pid FROM hanging WHERE pg_terminate_backend(pid)";

static void sweep(struct pg_sweeper *sweeper)
{
    if (PQstatus(sweeper->connection) != CONNECTION_OK) {
        PQfinish(sweeper->connection);
        sweeper->connection = PQconnectdb(sweeper->conninfo);
    }
    const char *const values[] = {sweeper->age_ms};
    PGresult *result = PQexecParams(sweeper->connection, sweep_sql, 1, NULL, values, NULL, NULL, 0);
    int rows = PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : 0;
    for (int i = 0; i < rows; i++)
        sweeper->swept(sweeper->user, (int)strtol(PQgetvalue(result, i, 0), NULL, 10));
    PQclear(result);
}

static void *run(void *argument)
{
    struct pg_sweeper *sweeper = argument;
    pthread_mutex_lock(&sweeper->mutex);
    while (!sweeper->stopping) {
        struct timespec until = clock_after(sweeper->interval_ms);
        if (pthread_cond_timedwait(&sweeper->wake, &sweeper->mutex, &until) != ETIMEDOUT)
            continue;
        pthread_mutex_unlock(&sweeper->mutex);
        sweep(sweeper);
        pthread_mutex_lock(&sweeper->mutex);
    }
    pthread_mutex_unlock(&sweeper->mutex);
    return NULL;
}

bool pg_sweeper_start(struct pg_sweeper **sweeper, const char *conninfo, int interval_ms, int age_ms, pg_swept *swept,
                      void *user, struct status *status)
{
    char full[1024];
    int length = snprintf(full, sizeof(full), "%s application_name=sweeper connect_timeout=10", conninfo);
    if (length < 0 || (size_t)length >= sizeof(full))
        return status_set(status, REASON(INTERNAL), "the connection string is too long");
    struct pg_sweeper *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->conninfo = strdup(full);
    made->interval_ms = interval_ms;
    made->swept = swept;
    made->user = user;
    snprintf(made->age_ms, sizeof(made->age_ms), "%d", age_ms);
    clock_condition_init(&made->wake);
    pthread_mutex_init(&made->mutex, NULL);
    CHECK(made->conninfo && pthread_create(&made->thread, NULL, run, made) == 0);
    *sweeper = made;
    return true;
}

void pg_sweeper_stop(struct pg_sweeper *sweeper)
{
    if (!sweeper)
        return;
    pthread_mutex_lock(&sweeper->mutex);
    sweeper->stopping = true;
    pthread_cond_signal(&sweeper->wake);
    pthread_mutex_unlock(&sweeper->mutex);
    pthread_join(sweeper->thread, NULL);
    PQfinish(sweeper->connection);
    pthread_cond_destroy(&sweeper->wake);
    pthread_mutex_destroy(&sweeper->mutex);
    free(sweeper->conninfo);
    free(sweeper);
}

// SPDX-License-Identifier: Apache-2.0
#include "pg/sweeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "pg/session.h"

// What one look may take, connecting included.
#define LOOK_TIMEOUT (10 * CLOCK_SECOND)

// The choice is made whole before anything is ended: conditions of one WHERE have
// no order.
static const char sweep_text[] = "WITH hung AS MATERIALIZED ("
                                 " SELECT pid FROM pg_stat_activity"
                                 " WHERE usename = current_user AND pid <> pg_backend_pid() AND state = 'active'"
                                 " AND wait_event_type = 'Client' AND wait_event = 'ClientRead'"
                                 " AND state_change < clock_timestamp() - $1 * interval '1 millisecond')"
                                 " SELECT pid FROM hung WHERE pg_terminate_backend(pid)";

struct pg_sweeper {
    char *conninfo;
    int interval_ms;
    char age_ms[16];
    pg_swept *swept;
    void *user;
    atomic_bool reached;
    PGconn *session;    // of the thread; NULL when there is none
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;    // under the mutex
};

static void close_session(struct pg_sweeper *sweeper)
{
    PQfinish(sweeper->session);
    sweeper->session = NULL;
}

// Ends what hangs now. Faults are left to the next look, with a new connection; answers whether there was none.
static bool look(struct pg_sweeper *sweeper)
{
    struct status status = {0};
    int64_t deadline = clock_monotonic() + LOOK_TIMEOUT;
    if (sweeper->session == NULL &&
        !pg_session_open(sweeper->conninfo, "anlan sweeper", NULL, deadline, &sweeper->session, &status))
        return false;
    const char *const values[] = {sweeper->age_ms};
    PGresult *result = pg_session_query_with(sweeper->session, "sweep", sweep_text, values, 1, deadline, &status);
    if (result == NULL) {
        close_session(sweeper);
        return false;
    }
    for (int i = 0; i < PQntuples(result); i++)
        sweeper->swept(sweeper->user, (int)strtol(PQgetvalue(result, i, 0), NULL, 10));
    PQclear(result);
    return true;
}

// Waits for the next look; false when it is to stop.
static bool wait_next(struct pg_sweeper *sweeper)
{
    struct timespec until = clock_after(sweeper->interval_ms);
    pthread_mutex_lock(&sweeper->mutex);
    int outcome = 0;
    while (!sweeper->stopping && outcome != ETIMEDOUT)
        outcome = pthread_cond_timedwait(&sweeper->wake, &sweeper->mutex, &until);
    bool stopping = sweeper->stopping;
    pthread_mutex_unlock(&sweeper->mutex);
    return !stopping;
}

static void *run(void *user)
{
    struct pg_sweeper *sweeper = user;
    while (wait_next(sweeper))
        atomic_store(&sweeper->reached, look(sweeper));
    close_session(sweeper);
    return NULL;
}

static void free_sweeper(struct pg_sweeper *sweeper)
{
    pthread_cond_destroy(&sweeper->wake);
    pthread_mutex_destroy(&sweeper->mutex);
    free(sweeper->conninfo);
    free(sweeper);
}

static struct pg_sweeper *make_sweeper(const char *conninfo)
{
    struct pg_sweeper *sweeper = calloc(1, sizeof(*sweeper));
    if (sweeper == NULL)
        return NULL;
    pthread_mutex_init(&sweeper->mutex, NULL);
    clock_condition_init(&sweeper->wake);
    sweeper->conninfo = strdup(conninfo);
    if (sweeper->conninfo != NULL)
        return sweeper;
    free_sweeper(sweeper);
    return NULL;
}

bool pg_sweeper_start(struct pg_sweeper **sweeper, const char *conninfo, int interval_ms, int age_ms, pg_swept *swept,
                      void *user, struct status *status)
{
    struct pg_sweeper *made = make_sweeper(conninfo);
    if (made == NULL)
        return status_set(status, REASON(INTERNAL), "out of memory");
    made->interval_ms = interval_ms;
    snprintf(made->age_ms, sizeof(made->age_ms), "%d", age_ms);
    made->swept = swept;
    made->user = user;
    atomic_init(&made->reached, true);    // whoever starts it has just been there
    int fault = pthread_create(&made->thread, NULL, run, made);
    if (fault != 0) {
        free_sweeper(made);
        return status_set(status, REASON(INTERNAL), "sweeper: no thread: error %d", fault);
    }
    *sweeper = made;
    return true;
}

bool pg_sweeper_reached(const struct pg_sweeper *sweeper)
{
    return atomic_load(&sweeper->reached);
}

void pg_sweeper_stop(struct pg_sweeper *sweeper)
{
    if (sweeper == NULL)
        return;
    pthread_mutex_lock(&sweeper->mutex);
    sweeper->stopping = true;
    pthread_cond_signal(&sweeper->wake);
    pthread_mutex_unlock(&sweeper->mutex);
    pthread_join(sweeper->thread, NULL);
    free_sweeper(sweeper);
}

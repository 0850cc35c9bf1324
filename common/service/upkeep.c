// SPDX-License-Identifier: Apache-2.0
// What is done by the clock: calls that waited for the directory past their deadline are answered, keys that changed
// are read, and results past their days are forgotten.
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "log/log.h"
#include "service/engine.h"

#define TICK_MS 50
#define KEYS_EVERY (500 * CLOCK_MILLISECOND)
#define PURGE_EVERY (600 * CLOCK_SECOND)
#define PURGE_TIMEOUT_MS 10000

// Waits a tick; false when the service stops.
static bool tick(struct service *service)
{
    struct timespec until = clock_after(TICK_MS);
    pthread_mutex_lock(&service->upkeep_mutex);
    while (!atomic_load(&service->stopping) &&
           pthread_cond_timedwait(&service->upkeep_wake, &service->upkeep_mutex, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&service->upkeep_mutex);
    return !atomic_load(&service->stopping);
}

// Forgets a lump of what is past its time; false if there may be no more, or the database is away.
static bool purge_lump(struct service *service, struct pg_connection *connection, const struct pg_statement *purge)
{
    const struct service_statements *statements = &service->statements;
    struct status status = {0};
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.timeout_ms = PURGE_TIMEOUT_MS;
    int64_t deadline = clock_monotonic() + 2 * PURGE_TIMEOUT_MS * CLOCK_MILLISECOND;
    struct pg_rows rows[2] = {{0}};
    bool good = pg_execute(connection, &statements->wall_upkeep, (const ProtobufCMessage *const[]){&context.base},
                           &arena, &status) &&
                pg_execute(connection, purge, NULL, &arena, &status) && pg_sync(connection, &status) &&
                pg_next(connection, deadline, &rows[0], &status) && pg_next(connection, deadline, &rows[1], &status);
    // Where it failed the connection is closed by the caller, and with it the transaction.
    good = good && pg_finish(connection, deadline, &status);
    bool more = good && rows[1].affected > 0;
    if (!good)
        LOG(LOG_WARNING, "purge.failed", LOG_T("statement", purge->sql->name), LOG_T("message", status.message));
    else if (more)
        LOG(LOG_INFO, "purge.done", LOG_T("statement", purge->sql->name), LOG_N("rows", (int64_t)rows[1].affected));
    pg_rows_clear(&rows[0]);
    pg_rows_clear(&rows[1]);
    arena_fini(&arena);
    return more;
}

// A connection for the moment: a standing one would idle for days.
static void purge(struct service *service)
{
    struct service_lane lane = {.service = service};
    struct status status = {0};
    if (service_lane_connect(&lane, &status)) {
        while (!atomic_load(&service->stopping) &&
               purge_lump(service, lane.connection, &service->statements.results_purge))
            ;
        while (!atomic_load(&service->stopping) && pg_usable(lane.connection) &&
               purge_lump(service, lane.connection, &service->statements.stream_purge))
            ;
        for (size_t i = 0; i < service->purge_count; i++)
            while (!atomic_load(&service->stopping) && pg_usable(lane.connection) &&
                   purge_lump(service, lane.connection, &service->purges[i]))
                ;
    }
    pg_close(lane.connection);
}

// Keys that were added or taken away while the service runs.
static void refresh_keys(struct service *service)
{
    struct status status = {0};
    struct access_keys *keys = access_verifier_keys(service->verifier);
    if (access_keys_refresh(keys, &status))
        LOG(LOG_INFO, "keys.read", LOG_N("changes", access_keys_changes(keys)));
    else if (!status_ok(&status))
        LOG(LOG_ERROR, "keys.failed", LOG_T("message", status.message));
}

static void *run(void *argument)
{
    struct service *service = argument;
    int64_t keys_at = 0;
    int64_t purge_at = clock_monotonic() + PURGE_EVERY;
    while (tick(service)) {
        service_unpark(service, false);
        if (clock_monotonic() >= keys_at) {
            refresh_keys(service);
            keys_at = clock_monotonic() + KEYS_EVERY;
        }
        if (clock_monotonic() < purge_at)
            continue;
        purge(service);
        purge_at = clock_monotonic() + PURGE_EVERY;
    }
    return NULL;
}

bool service_upkeep_start(struct service *service)
{
    clock_condition_init(&service->upkeep_wake);
    pthread_mutex_init(&service->upkeep_mutex, NULL);
    return pthread_create(&service->upkeep, NULL, run, service) == 0;
}

void service_upkeep_stop(struct service *service)
{
    pthread_mutex_lock(&service->upkeep_mutex);
    atomic_store(&service->stopping, true);
    pthread_cond_broadcast(&service->upkeep_wake);
    pthread_mutex_unlock(&service->upkeep_mutex);
    pthread_join(service->upkeep, NULL);
}

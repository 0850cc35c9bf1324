// SPDX-License-Identifier: Apache-2.0
// A service from its start to its graceful end.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/follow.h"
#include "log/log.h"
#include "pg/sweeper.h"
#include "rpc/health.h"
#include "service/above.h"
#include "service/budget.h"
#include "service/copy.h"
#include "service/engine.h"
#include "service/measure.h"
#include "service/values.h"

#define FEED_CALLS 1024    // pulls that wait at the same time
#define SWEEP_EVERY_MS 2000
#define STOP_WITHIN_MS 10000
#define CONNECT_EVERY_US 200000
#define CONNECT_WITHIN (60 * CLOCK_SECOND)

static void probe(void *user, Anlan__Rpc__V1__CheckResponse *answer, struct arena *arena)
{
    struct service *service = user;
    const struct service_definition *definition = service->definition;
    int64_t caught_up = directory_caught_up_at(service->directory);
    bool database = pg_sweeper_reached(service->sweeper);
    bool serving = database && caught_up >= 0 && !atomic_load(&service->stopping);
    answer->status = serving ? ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_SERVING
                             : ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_NOT_SERVING;
    answer->database = database;
    answer->directory_position = directory_position(service->directory);
    answer->directory_age_ms = caught_up < 0 ? -1 : (clock_monotonic() - caught_up) / CLOCK_MILLISECOND;
    answer->version = (char *)ANLAN_VERSION;
    answer->program = (char *)definition->name;
    answer->time = service_timestamp(clock_now(), arena);
    answer->schema = (char *)definition->migrations[*definition->migration_count - 1].name;
    answer->schema_pending = service->schema_pending;
    answer->copies = atomic_load(&service->copied.logs);
    answer->copies_stopped = atomic_load(&service->copied.stopped);
    answer->copies_lag = atomic_load(&service->copied.lag);
    answer->copies_silent_s = atomic_load(&service->copied.silent);
    service_above_state(service, &answer->above_streams, &answer->above_silent_s);
    answer->attention = service_outlets_attention(service);
    if (service->tls)
        answer->certificates_end_at = service_timestamp(rpc_tls_ends(service->tls), arena);
}

static void swept(void *user, int backend)
{
    (void)user;
    LOG(LOG_WARNING, "database.swept", LOG_N("backend", backend));
}

static bool fail(const char *event, const struct status *status)
{
    LOG(LOG_ERROR, event, LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
    return false;
}

// Makes the plans before anything is served: a statement that does not fit stops the service here. Mutations use most
// statements, so the connection that has them all prepared becomes theirs.
static bool connect_first(struct service *service)
{
    struct service_lane *lane = &service->write_lanes[0];
    struct status status = {0};
    lane->service = service;
    int64_t until = clock_monotonic() + CONNECT_WITHIN;
    while (!service_lane_connect(lane, &status)) {
        if (status.code != CODE(UNAVAILABLE) || clock_monotonic() > until)
            return fail("database.failed", &status);
        status = (struct status){0};
        usleep(CONNECT_EVERY_US);
    }
    return true;
}

// A database that lacks migrations may still serve what its statements need, which are held against it above; somebody
// should know.
static bool know_schema(struct service *service)
{
    const struct service_definition *definition = service->definition;
    struct status status = {0};
    if (!pg_migrate_pending(service->conninfo, *definition->migration_count, &service->schema_pending, &status))
        return fail("schema.failed", &status);
    if (service->schema_pending != 0)
        LOG(LOG_WARNING, "schema.differs", LOG_N("pending", service->schema_pending));
    return true;
}

static bool has_answers(const struct service *service)
{
    for (size_t i = 0; i < service->definition->method_count; i++)
        if (service->definition->methods[i].answer)
            return true;
    return false;
}

static bool start_lanes(struct service *service)
{
    struct status status = {0};
    service->access_lane.service = service;
    if (!service_lane_connect(&service->access_lane, &status) ||
        !service_lane_start(&service->access_lane, service, service_access_lane_run))
        return fail("lane.failed", &status);
    if (has_answers(service) && !service_lane_start(&service->answer_lane, service, service_answer_lane_run))
        return fail("lane.failed", &status);
    for (size_t i = 0; i < SERVICE_READ_LANES; i++) {
        service->read_lanes[i].service = service;
        if (!service_lane_connect(&service->read_lanes[i], &status) ||
            !service_lane_start(&service->read_lanes[i], service, service_read_lane_run))
            return fail("lane.failed", &status);
    }
    for (size_t i = 0; i < SERVICE_WRITE_LANES; i++) {
        service->write_lanes[i].service = service;
        if (!service_lane_connect(&service->write_lanes[i], &status) ||
            !service_lane_start(&service->write_lanes[i], service, service_write_lane_run))
            return fail("lane.failed", &status);
    }
    service->apart_lane.service = service;
    service->apart_lane.apart = true;
    if (!service_lane_connect(&service->apart_lane, &status) ||
        !service_lane_start(&service->apart_lane, service, service_write_lane_run))
        return fail("lane.failed", &status);
    if (service->works && !service_pool_start(service, &status))
        return fail("pool.failed", &status);
    service->stream_lane.service = service;
    if (!service_lane_connect(&service->stream_lane, &status) ||
        !service_lane_start(&service->stream_lane, service, service_stream_lane_run))
        return fail("lane.failed", &status);
    service->feed_lane.service = service;
    return (service_lane_connect(&service->feed_lane, &status) &&
            service_lane_start(&service->feed_lane, service, service_feed_lane_run)) ||
           fail("lane.failed", &status);
}

// Listens at one address after another: each has contexts of its own, so that who comes by one takes nothing from the
// other's.
static bool listen(const char *addresses, struct rpc_server_options options, struct service_servers *servers)
{
    struct status status = {0};
    for (const char *at = addresses; *at;) {
        size_t length = strcspn(at, ",");
        if (servers->count == LIMIT_LISTENERS) {
            status_set(&status, REASON(UNREACHABLE), "more than %d addresses", (int)LIMIT_LISTENERS);
            return fail("listen.failed", &status);
        }
        options.address = servers->addresses[servers->count] = strndup(at, length);
        CHECK(options.address);
        if (!rpc_server_start(&servers->list[servers->count], &options, &status))
            return fail("listen.failed", &status);
        servers->count++;
        at += length + (at[length] == ',');
    }
    return true;
}

static struct rpc_server_options options_of(struct service *service, unsigned contexts, rpc_dispatch *dispatch,
                                            rpc_observe *observe)
{
    return (struct rpc_server_options){
        .tls = service->tls,
        .contexts = contexts,
        .message_limit = LIMIT_MESSAGE_BYTES,
        .call_limit = LIMIT_CALLS_PER_MESSAGE,
        .arena_limit = LIMIT_CALL_ARENA_BYTES,
        .send_timeout_ms = LIMIT_SEND_TIMEOUT_MS,
        .dispatch = dispatch,
        .begin = service_measure_begin,
        .dispatched = service_dispatch_end,
        .observe = observe,
        .user = service,
    };
}

static bool stop_servers(struct service_servers *servers)
{
    bool drained = true;
    for (size_t i = 0; i < servers->count; i++) {
        drained = rpc_server_stop(servers->list[i], STOP_WITHIN_MS) && drained;
        if (drained)
            free(servers->addresses[i]);
    }
    return drained;
}

static bool start(struct service *service, const struct service_addresses *addresses)
{
    struct status status = {0};
    const struct service_definition *definition = service->definition;
    rpc_reflection_init(&service->reflection, definition->contract, definition->name);
    service_trouble_init(&service->trouble);
    service->access_notes = service_access_notes_new();
    service->budget = service_budget_new(addresses->pulls_per_minute, addresses->pull_bytes_per_minute);
    service_measures_make(service);
    if (!connect_first(service) || !know_schema(service) || !start_lanes(service))
        return false;
    if (!pg_sweeper_start(&service->sweeper, service->conninfo, SWEEP_EVERY_MS, LIMIT_SWEEP_AGE_MS, swept, service,
                          &status))
        return fail("sweeper.failed", &status);
    // Before the calls' addresses, which answer it too.
    if (!rpc_health_start(&service->health, addresses->health, definition->contract->services, probe, service, &status))
        return fail("listen.failed", &status);
    if (!service_upkeep_start(service) ||
        !listen(addresses->feed, options_of(service, FEED_CALLS, service_dispatch_feed, service_observe_feed),
                &service->feeds) ||
        !listen(addresses->listen, options_of(service, LIMIT_CONTEXTS, service_dispatch_call, service_observe_call),
                &service->calls))
        return false;
    if (!service_mirror_start(service, addresses->directory, &status))
        return fail("directory.failed", &status);
    if (!service_follow_start(service, addresses, &status))
        return fail("follow.failed", &status);
    if (!service_above_start(service, &status))
        return fail("above.failed", &status);
    if (!service_copying_start(service, &status))
        return fail("copy.failed", &status);
    if (!service_timers_start(service, &status))
        return fail("timer.failed", &status);
    if (!service_outlets_start(service, &status))
        return fail("outlet.failed", &status);
    return service_measures_listen(service, addresses->metrics, &status) || fail("metrics.failed", &status);
}

// New calls are refused first, then what is under way is finished, then what it needs is taken away.
static bool stop(struct service *service)
{
    service_measures_stop(service);
    service_upkeep_stop(service);
    service_unpark(service, true);
    service_outlets_stop(service);
    service_timers_stop(service);
    service_copying_stop(service);
    service_above_stop(service);
    service_follow_stop(service);
    feed_follow_stop(service->follower);
    service_lane_stop(&service->feed_lane);
    service_lane_stop(&service->stream_lane);
    bool drained = stop_servers(&service->calls);
    drained = stop_servers(&service->feeds) && drained;
    service_pool_stop(service);
    for (size_t i = 0; i < SERVICE_WRITE_LANES; i++)
        service_lane_stop(&service->write_lanes[i]);
    service_lane_stop(&service->apart_lane);    // the last: the others hand over to it
    for (size_t i = 0; i < SERVICE_READ_LANES; i++)
        service_lane_stop(&service->read_lanes[i]);
    service_lane_stop(&service->answer_lane);
    service_lane_stop(&service->access_lane);    // behind all that note or hand over to it
    rpc_health_stop(service->health);
    pg_sweeper_stop(service->sweeper);
    service_trouble_fini(&service->trouble);
    if (!drained)
        return false;
    service_outlets_free(service);
    service_measures_free(service);
    service_access_notes_free(service->access_notes);
    service_budget_free(service->budget);
    rpc_reflection_fini(&service->reflection);
    rpc_tls_close(service->tls);
    return true;
}

#define DESCRIPTORS_MOST 65536

// Logins have 1,024 of them: a region's connections to its counties need more than those of its own clients.
static void take_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_MOST)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MOST ? limit.rlim_max : DESCRIPTORS_MOST;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int service_serve(struct service *service, const struct service_addresses *addresses)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    take_descriptors();
    LOG(LOG_INFO, "service.start", LOG_T("version", ANLAN_VERSION), LOG_T("listen", addresses->listen));
    // The system takes the threads of a service that could not start along: nothing that they use is freed before.
    if (!start(service, addresses))
        _exit(EXIT_FAILURE);
    LOG(LOG_INFO, "service.ready", LOG_T("listen", addresses->listen), LOG_T("feed", addresses->feed),
        LOG_T("health", addresses->health));
    int received = 0;
    while (sigwait(&signals, &received) != 0 || received == SIGHUP)
        if (received == SIGHUP)
            service_tls_reload(service);
    LOG(LOG_INFO, "service.stopping", LOG_N("signal", received));
    bool drained = stop(service);
    LOG(drained ? LOG_INFO : LOG_ERROR, "service.stopped");
    if (!drained)
        _exit(EXIT_FAILURE);
    return EXIT_SUCCESS;
}

// SPDX-License-Identifier: Apache-2.0
// Follows what the instance above shows: a thread for each stream, one process at a time. Without such an instance it
// looks for one each second and does nothing else.
#include "service/above.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "log/log.h"
#include "service/values.h"

#define METHOD "anlan.rpc.v1.FeedService/PullStream"
#define LEASE_SECONDS 10
// Shorter than the lease, which is renewed between two pulls.
#define WAIT_MS 2000
#define PULL_MARGIN_MS 5000
#define PAGE_ITEMS 100
#define LOOK_MS 1000
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MOST_MS 5000
#define OPEN_EVERY (2 * CLOCK_SECOND)

static void rest(struct above *above, int milliseconds)
{
    struct follow_source *source = &above->source;
    struct timespec until = clock_after(milliseconds);
    pthread_mutex_lock(&source->mutex);
    while (!source->stopping && pthread_cond_timedwait(&source->wake, &source->mutex, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&source->mutex);
}

static void retreat(struct above *above, const struct status *status)
{
    if (above->backoff == 0)
        LOG(LOG_WARNING, "above.failed", LOG_T("source", above->follow.source),
            LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
    int next = above->backoff ? 2 * above->backoff : BACKOFF_FIRST_MS;
    above->backoff = next < BACKOFF_MOST_MS ? next : BACKOFF_MOST_MS;
    above->caught_up = false;
    above->loaded = false;    // whether what failed was committed is not known
    rest(above, above->backoff);
}

static void set_client(struct above *above, struct rpc_client *client)
{
    pthread_mutex_lock(&above->source.mutex);
    struct rpc_client *before = above->source.client;
    above->source.client = client;
    pthread_mutex_unlock(&above->source.mutex);
    rpc_client_close(before);
}

static void close_peer(struct above *above)
{
    set_client(above, NULL);
    service_peer_close(above->peer);
    above->peer = NULL;
    above->loaded = false;
}

// The instance above, where one is enrolled.
static bool find_instance(struct above *above)
{
    struct directory *directory = above->source.service->directory;
    const struct directory_peer *peers[LIMIT_PEERS];
    bool found = false;
    if (directory_peer_changes(directory) == 0)
        return false;
    directory_lock(directory);
    size_t count = directory_peers(directory, peers, LIMIT_PEERS);
    for (size_t i = 0; i < count; i++)
        if (peers[i]->above && peers[i]->state == ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_ENROLLED) {
            above->instance_id = peers[i]->id;
            found = true;
        }
    directory_unlock(directory);
    return found;
}

static bool open_peer(struct above *above)
{
    struct status status = {0};
    struct service *service = above->source.service;
    struct rpc_client *client = NULL;
    if (clock_monotonic() < above->open_at || !find_instance(above))
        return false;
    above->open_at = clock_monotonic() + OPEN_EVERY;
    above->peer = service_peer_open(service, &above->instance_id, &status);
    if (above->peer && service_peer_client(above->peer, service->definition->name, true, 1, &client, &status)) {
        set_client(above, client);
        atomic_store(&above->shown->contact_at, clock_monotonic());
        LOG(LOG_INFO, "above.begins", LOG_T("source", above->follow.source),
            LOG_T("instance", service_peer_name(above->peer)));
        above->told = false;
        return true;
    }
    if (!above->told)
        LOG(LOG_WARNING, "above.unreachable", LOG_T("source", above->follow.source),
            LOG_T("reason", status_reason_text(status.reason)->name), LOG_T("message", status.message));
    above->told = true;
    close_peer(above);
    return false;
}

// There is an instance above, and it is this process that follows it.
static bool is_ready(struct above *above)
{
    struct status status = {0};
    atomic_store(&above->shown->follows, false);
    if (above->peer && !service_peer_current(above->peer)) {
        LOG(LOG_INFO, "above.ends", LOG_T("source", above->follow.source),
            LOG_T("instance", service_peer_name(above->peer)));
        close_peer(above);
        above->open_at = 0;
    }
    if (!above->peer && !open_peer(above))
        return false;
    bool held = above->source.held;
    bool good = follow_store_lease(&above->source, LEASE_SECONDS, &status);
    if (good && above->source.held && (!held || !above->loaded))
        good = above->loaded = above_page_load(above, &status);
    if (!good)
        LOG(LOG_WARNING, "follow.store_failed", LOG_T("source", above->follow.source),
            LOG_T("reason", status_reason_text(status.reason)->name), LOG_T("message", status.message));
    atomic_store(&above->shown->follows, above->source.held);
    return good && above->source.held;
}

static const Anlan__Rpc__V1__PullStreamResponse *pull(struct above *above, struct arena *arena, struct status *status)
{
    struct bytes credential = {0};
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    request.cursor = above->cursor;
    request.wait_ms = above->caught_up ? WAIT_MS : 0;
    request.page_size = PAGE_ITEMS;
    request.record_type = (char *)above->types[0];
    request.projection = (char *)"full";
    if (!service_peer_credential(above->peer, arena, &credential, status)) {
        *status = (struct status){0};    // service/peer.c tells, and signs in meanwhile
        return NULL;
    }
    return (const Anlan__Rpc__V1__PullStreamResponse *)rpc_client_call(
        above->source.client, METHOD, &request.base, &anlan__rpc__v1__pull_stream_response__descriptor, credential,
        (int)request.wait_ms + PULL_MARGIN_MS, NULL, arena, status);
}

// What a pull that failed means.
static void take_failure(struct above *above, const struct status *status)
{
    if (status->code == CODE(UNAUTHENTICATED))
        service_peer_refused(above->peer);
    // It has forgotten the stream: its snapshot shows again what is there, and what was applied is not applied again.
    bool anew =
        *above->cursor && (status->reason == REASON(CURSOR_EXPIRED) || status->reason == REASON(CURSOR_INVALID));
    retreat(above, status);
    if (!anew || !is_ready(above))
        return;
    LOG(LOG_WARNING, "above.anew", LOG_T("source", above->follow.source));
    above->cursor[0] = '\0';
    memset(above->digest, 0, sizeof(above->digest));
}

static void pull_once(struct above *above)
{
    struct arena arena;
    struct status status = {0};
    arena_init(&arena, 4 * LIMIT_CALL_ARENA_BYTES);
    const Anlan__Rpc__V1__PullStreamResponse *page = pull(above, &arena, &status);
    if (!page && status_ok(&status))
        rest(above, BACKOFF_FIRST_MS);
    else if (!page)
        take_failure(above, &status);
    else if (!above_page_apply(above, page, &status))
        retreat(above, &status);
    else
        above->backoff = 0;
    if (page)
        atomic_store(&above->shown->contact_at, clock_monotonic());
    arena_fini(&arena);
}

static void *run(void *argument)
{
    struct above *above = argument;
    struct follow_source *source = &above->source;
    while (!follow_stopping(source)) {
        if (!is_ready(above)) {
            rest(above, LOOK_MS);
            continue;
        }
        if (clock_monotonic() >= source->chores_at) {
            follow_retry(source);
            source->chores_at = clock_monotonic() + CLOCK_SECOND;
        }
        if (!follow_stopping(source))
            pull_once(above);
    }
    struct status ignored = {0};
    if (source->held)
        follow_store_lease(source, 0, &ignored);
    return NULL;
}

static bool start(struct service *service, size_t at, struct status *status)
{
    const struct service_above *row = &service->definition->aboves[at];
    struct above *above = calloc(1, sizeof(*above));
    CHECK(above);
    service->aboves[at] = above;
    struct follow_source *source = &above->source;
    above->types[0] = row->record_type;
    above->follow = (struct service_follow){.source = row->name, .record_types = above->types, .plan = row->plan};
    above->shown = &service->shown[at];
    source->service = service;
    source->lane.service = service;
    source->follow = &above->follow;
    source->above = true;
    source->holder = uuid_make(clock_now());
    source->streams = calloc(LIMIT_FOLLOW_TENANTS, sizeof(struct follow_stream *));
    CHECK(source->streams);
    arena_init(&source->asked_arena, LIMIT_CALL_ARENA_BYTES);
    pthread_mutex_init(&source->mutex, NULL);
    clock_condition_init(&source->wake);
    return pthread_create(&source->thread, NULL, run, above) == 0 ||
           status_set(status, REASON(INTERNAL), "no thread to follow %s", row->name);
}

bool service_above_start(struct service *service, struct status *status)
{
    for (size_t i = 0; i < service->definition->above_count; i++)
        if (!start(service, i, status))
            return false;
    return true;
}

static void stop(struct above *above)
{
    struct follow_source *source = &above->source;
    pthread_mutex_lock(&source->mutex);
    source->stopping = true;
    if (source->client)
        rpc_client_cancel(source->client);
    pthread_cond_signal(&source->wake);
    pthread_mutex_unlock(&source->mutex);
    pthread_join(source->thread, NULL);
    close_peer(above);
    for (size_t i = 0; i < source->stream_count; i++)
        free(source->streams[i]);
    free(source->streams);
    pg_close(source->lane.connection);
    arena_fini(&source->asked_arena);
    pthread_cond_destroy(&source->wake);
    pthread_mutex_destroy(&source->mutex);
    free(above);
}

void service_above_stop(struct service *service)
{
    for (size_t i = 0; i < SERVICE_ABOVES_MOST; i++) {
        if (service->aboves[i])
            stop(service->aboves[i]);
        service->aboves[i] = NULL;
    }
}

void service_above_state(struct service *service, int64_t *streams, int64_t *silent)
{
    int64_t now = clock_monotonic();
    *streams = *silent = 0;
    for (size_t i = 0; i < service->definition->above_count; i++) {
        const struct service_shown *shown = &service->shown[i];
        int64_t since = (now - atomic_load(&shown->contact_at)) / CLOCK_SECOND;
        if (!atomic_load(&shown->follows))
            continue;
        (*streams)++;
        *silent = since > *silent ? since : *silent;
    }
}

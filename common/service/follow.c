// SPDX-License-Identifier: Apache-2.0
// Follows the logs of other services: a thread and a connection for each source, at most FOLLOW_PULLS pulls under way.
// While there are no more logs than that each has a long poll parked; of more, those that lag come first and the others
// take turns.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "service/follow_parts.h"

#define LEASE_SECONDS 5
#define CHORES_EVERY CLOCK_SECOND
#define LOOK_EVERY_MS 50
#define IDLE_MS 500
// Long polls where each log has one, and where they take turns.
#define WAIT_MS 10000
#define TURN_MS 500
#define PULL_MARGIN_MS 2000

bool follow_stopping(struct follow_source *source)
{
    pthread_mutex_lock(&source->mutex);
    bool answer = source->stopping;
    pthread_mutex_unlock(&source->mutex);
    return answer;
}

static enum follow_state state_of(struct follow_stream *stream)
{
    pthread_mutex_lock(&stream->source->mutex);
    enum follow_state state = stream->state;
    pthread_mutex_unlock(&stream->source->mutex);
    return state;
}

static void pulled(void *user, const struct rpc_result *result)
{
    struct follow_stream *stream = user;
    struct follow_source *source = stream->source;
    uint8_t *copy = malloc(result->body.length + 1);
    CHECK(copy);
    if (result->body.length > 0)
        memcpy(copy, result->body.data, result->body.length);
    pthread_mutex_lock(&source->mutex);
    stream->answer = result->status;
    stream->answer.violations = NULL;
    stream->answer.violation_count = 0;
    stream->body = (struct bytes){copy, result->body.length};
    stream->state = FOLLOW_ARRIVED;
    source->pulls--;
    pthread_cond_signal(&source->wake);
    pthread_mutex_unlock(&source->mutex);
}

static void pull(struct follow_stream *stream)
{
    struct follow_source *source = stream->source;
    struct arena arena;
    struct status status = {0};
    struct bytes body = {0};
    struct bytes credential = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    int wait_ms = source->stream_count > LIMIT_FOLLOW_PULLS ? TURN_MS : WAIT_MS;
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    request.tenant_id = stream->tenant;
    request.wait_ms = stream->caught_up ? (uint32_t)wait_ms : 0;
    request.cursor =
        stream->position > 0 ? feed_cursor_write(&stream->tenant_id, stream->position, &arena) : (char *)"";
    if (request.cursor && service_credential(source->service, &arena, &credential)) {
        size_t length = anlan__rpc__v1__pull_request__get_packed_size(&request);
        uint8_t *packed = arena_alloc(&arena, length);
        CHECK(packed);
        anlan__rpc__v1__pull_request__pack(&request, packed);
        body = (struct bytes){packed, length};
        pthread_mutex_lock(&source->mutex);
        stream->state = FOLLOW_PULLING;
        source->pulls++;
        pthread_mutex_unlock(&source->mutex);
        const struct rpc_client_call call = {
            .method = "anlan.rpc.v1.FeedService/Pull",
            .body = body,
            .credential = credential,
            .timeout_ms = wait_ms + PULL_MARGIN_MS,
            .alone = true,
            .done = pulled,
            .user = stream,
        };
        rpc_client_send(source->client, &call);
    } else {
        status_set(&status, REASON(TOKEN_MISSING), "no key to sign with");
        follow_retreat(stream, &status);
    }
    arena_fini(&arena);
}

// Pulls where there is room: first the logs that lag, then, in turn, those that wait for something new.
static void pull_all(struct follow_source *source)
{
    int64_t now = clock_monotonic();
    pthread_mutex_lock(&source->mutex);
    size_t room = LIMIT_FOLLOW_PULLS - source->pulls;
    pthread_mutex_unlock(&source->mutex);
    for (int parked = 0; parked < 2; parked++)
        for (size_t i = 0; i < source->stream_count && room > 0; i++) {
            struct follow_stream *stream = source->streams[(source->turn + i) % source->stream_count];
            if (stream->page || stream->rest_until > now || stream->caught_up != (parked == 1) ||
                state_of(stream) != FOLLOW_IDLE)
                continue;
            pull(stream);
            room--;
            if (parked)
                source->turn = (source->turn + i + 1) % source->stream_count;
        }
}

// Takes over what a pull brought. False where there is nothing to be applied.
static bool take_page(struct follow_stream *stream)
{
    struct follow_source *source = stream->source;
    pthread_mutex_lock(&source->mutex);
    struct bytes body = stream->body;
    struct status status = stream->answer;
    stream->body = (struct bytes){0};
    stream->state = FOLLOW_IDLE;
    pthread_mutex_unlock(&source->mutex);
    stream->arrived_at = clock_monotonic();
    const Anlan__Rpc__V1__PullResponse *page = NULL;
    if (status_ok(&status))
        page = anlan__rpc__v1__pull_response__unpack(&stream->arena.protobuf, body.length, body.data);
    free((uint8_t *)body.data);
    if (status_ok(&status) && !page)
        status_set(&status, REASON(DATA_CORRUPT), "the page cannot be read");
    if (!page) {
        follow_retreat(stream, &status);
        return false;
    }
    if (page->n_entries == 0) {
        stream->caught_up = stream->position >= page->head_position;
        stream->backoff = 0;
        follow_page_free(stream);
        return false;
    }
    stream->page = page;
    stream->next = 0;
    if (follow_store_ask(source, stream->tenant, &status))
        return true;
    follow_retreat(stream, &status);
    return false;
}

// What has arrived, what another service has answered, and what has rested.
static void apply_all(struct follow_source *source)
{
    for (size_t i = 0; i < source->stream_count && !source->load && !follow_stopping(source); i++) {
        struct follow_stream *stream = source->streams[i];
        enum follow_state state = state_of(stream);
        if (state == FOLLOW_PULLING || state == FOLLOW_CALLING || (state == FOLLOW_IDLE && !stream->page))
            continue;
        if (stream->page && state == FOLLOW_ARRIVED) {
            pthread_mutex_lock(&source->mutex);
            stream->state = FOLLOW_IDLE;
            pthread_mutex_unlock(&source->mutex);
        } else if (!stream->page && !take_page(stream)) {
            continue;
        } else if (stream->rest_until > clock_monotonic()) {
            continue;
        }
        follow_apply(stream);
    }
}

// Another process follows, or what is known of the cursors is not sure: what is on the way is dropped, and pulled
// again.
static void drop_all(struct follow_source *source)
{
    for (size_t i = 0; i < source->stream_count; i++) {
        struct follow_stream *stream = source->streams[i];
        pthread_mutex_lock(&source->mutex);
        bool under_way = stream->state == FOLLOW_PULLING || stream->state == FOLLOW_CALLING;
        if (!under_way) {
            free((uint8_t *)stream->body.data);
            stream->body = (struct bytes){0};
            stream->state = FOLLOW_IDLE;
        }
        pthread_mutex_unlock(&source->mutex);
        if (!under_way && stream->page)
            follow_page_free(stream);
    }
}

struct follow_stream *follow_stream_add(struct follow_source *source, const struct uuid *tenant_id)
{
    struct follow_stream *stream = calloc(1, sizeof(*stream));
    CHECK(stream);
    stream->source = source;
    stream->tenant_id = *tenant_id;
    uuid_format(tenant_id, stream->tenant);
    arena_init(&stream->arena, 2 * LIMIT_CALL_ARENA_BYTES);
    source->streams[source->stream_count++] = stream;
    source->load = true;
    return stream;
}

static bool is_followed(const struct follow_source *source, const struct uuid *tenant_id)
{
    for (size_t i = 0; i < source->stream_count; i++)
        if (uuid_compare(&source->streams[i]->tenant_id, tenant_id) == 0)
            return true;
    return false;
}

// Whose the logs are.
static void find_owners(struct follow_source *source)
{
    struct directory *directory = source->service->directory;
    directory_lock(directory);
    for (size_t i = 0; i < source->stream_count; i++)
        source->streams[i]->of_others = directory_owner(directory, &source->streams[i]->tenant_id) != NULL;
    directory_unlock(directory);
}

// Tenants that the directory has since the last look. The instance itself keeps what is no tenant's.
static void find_tenants(struct follow_source *source)
{
    struct directory *directory = source->service->directory;
    int64_t position = directory_position(directory);
    if (directory_caught_up_at(directory) < 0 || position == source->directory_position)
        return;
    source->directory_position = position;
    if (!is_followed(source, &source->service->instance_id))
        follow_stream_add(source, &source->service->instance_id);
    struct uuid *tenants = source->follow->directory ? NULL : calloc(LIMIT_FOLLOW_TENANTS, sizeof(*tenants));
    size_t count = tenants ? directory_tenants(directory, tenants, LIMIT_FOLLOW_TENANTS - 1) : 0;
    for (size_t i = 0; i < count; i++)
        if (!is_followed(source, &tenants[i]))
            follow_stream_add(source, &tenants[i]);
    free(tenants);
    if (directory_peer_changes(directory) > 0)
        find_owners(source);
}

static void complain(const struct follow_source *source, const struct status *status)
{
    LOG(LOG_WARNING, "follow.store_failed", LOG_T("source", source->follow->source),
        LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
}

// What is done about once a second. False where the database or the lease is not there.
static bool do_chores(struct follow_source *source)
{
    struct status status = {0};
    bool held = source->held;
    find_tenants(source);
    if (!follow_store_lease(source, LEASE_SECONDS, &status)) {
        complain(source, &status);
        return false;
    }
    if (source->held && !held) {
        LOG(LOG_INFO, "follow.begins", LOG_T("source", source->follow->source),
            LOG_N("logs", (int64_t)source->stream_count));
        source->load = true;
    }
    if (source->held && !source->load && !follow_store_positions(source, &status)) {
        complain(source, &status);
        source->load = true;
    }
    if (source->held && !source->load)
        follow_retry(source);
    return source->held;
}

// Begins again from what is stored. Replies under way find their stream elsewhere and are dropped.
static bool load(struct follow_source *source)
{
    struct status status = {0};
    drop_all(source);
    if (!follow_store_load(source, &status)) {
        complain(source, &status);
        return false;
    }
    source->load = false;
    return true;
}

static void wait(struct follow_source *source, int milliseconds)
{
    struct timespec until = clock_after(milliseconds);
    pthread_mutex_lock(&source->mutex);
    bool arrived = source->stopping;
    for (size_t i = 0; i < source->stream_count && !arrived; i++)
        arrived = source->streams[i]->state == FOLLOW_ARRIVED;
    if (!arrived)
        pthread_cond_timedwait(&source->wake, &source->mutex, &until);
    pthread_mutex_unlock(&source->mutex);
}

// Somebody rests, or waits for another thing than an answer.
static bool soon(const struct follow_source *source)
{
    if (source->load)
        return true;
    for (size_t i = 0; i < source->stream_count; i++)
        if (source->streams[i]->page || source->streams[i]->backoff > 0)
            return true;
    return false;
}

static void *run_source(void *argument)
{
    struct follow_source *source = argument;
    bool good = false;
    while (!follow_stopping(source)) {
        if (clock_monotonic() >= source->chores_at) {
            good = do_chores(source);
            source->chores_at = clock_monotonic() + CHORES_EVERY;
        }
        if (!good || (source->load && !load(source))) {
            drop_all(source);
            wait(source, IDLE_MS);
            continue;
        }
        pull_all(source);
        apply_all(source);
        wait(source, soon(source) ? LOOK_EVERY_MS : IDLE_MS);
    }
    struct status ignored = {0};
    if (source->held && follow_store_positions(source, &ignored))
        follow_store_lease(source, 0, &ignored);
    return NULL;
}

static bool open_client(struct service *service, const char *addresses, unsigned lanes, struct rpc_client **client,
                        struct status *status)
{
    struct rpc_client_options options;
    rpc_client_options_init(&options, addresses);
    options.attempts = 1;
    options.tls = service->tls;
    options.lanes = lanes;
    return rpc_client_open(client, &options, status);
}

static bool start_source(struct service *service, size_t at, const struct service_addresses *addresses,
                         struct status *status)
{
    struct follow_source *source = calloc(1, sizeof(*source));
    CHECK(source);
    service->sources[at] = source;
    source->service = service;
    source->lane.service = service;
    source->follow = &service->definition->follows[at];
    source->ask = source->follow->ask ? &service->asks[at] : NULL;
    source->holder = uuid_make(clock_now());
    source->streams = calloc(LIMIT_FOLLOW_TENANTS, sizeof(struct follow_stream *));
    CHECK(source->streams);
    arena_init(&source->asked_arena, LIMIT_CALL_ARENA_BYTES);
    pthread_mutex_init(&source->mutex, NULL);
    clock_condition_init(&source->wake);
    if (!open_client(service, addresses->follow[at], LIMIT_FOLLOW_PULLS, &source->client, status) ||
        (source->follow->calls && !open_client(service, addresses->call[at], 1, &source->callee, status)))
        return false;
    return pthread_create(&source->thread, NULL, run_source, source) == 0 ||
           status_set(status, REASON(INTERNAL), "no thread to follow %s", source->follow->source);
}

bool service_follow_start(struct service *service, const struct service_addresses *addresses, struct status *status)
{
    for (size_t i = 0; i < service->definition->follow_count; i++)
        if (*addresses->follow[i] && !start_source(service, i, addresses, status))
            return false;
    return true;
}

static void stop_source(struct follow_source *source)
{
    pthread_mutex_lock(&source->mutex);
    source->stopping = true;
    pthread_cond_signal(&source->wake);
    pthread_mutex_unlock(&source->mutex);
    rpc_client_cancel(source->client);
    if (source->callee)
        rpc_client_cancel(source->callee);
    pthread_join(source->thread, NULL);
    rpc_client_close(source->client);
    rpc_client_close(source->callee);
    drop_all(source);
    for (size_t i = 0; i < source->stream_count; i++)
        free(source->streams[i]);
    free(source->streams);
    pg_close(source->lane.connection);
    arena_fini(&source->asked_arena);
    pthread_cond_destroy(&source->wake);
    pthread_mutex_destroy(&source->mutex);
    free(source);
}

void service_follow_stop(struct service *service)
{
    for (size_t i = 0; i < SERVICE_FOLLOWS_MOST; i++) {
        if (service->sources[i])
            stop_source(service->sources[i]);
        service->sources[i] = NULL;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Copies the logs of the tenants that instances below own: one thread and connection for all of them, one process at a
// time. Each log has a long poll parked while there are no more of them than that; an instance that is away costs
// nothing but its tries.
#include "service/copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "service/values.h"

#define LEASE_SECONDS 5
#define CHORES_EVERY CLOCK_SECOND
#define IDLE_MS 200
#define WAIT_MS 10000
#define PULL_MARGIN_MS 5000
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MOST_MS 2000
#define OPEN_EVERY (2 * CLOCK_SECOND)
// A page of what is there is held against the source so often, round and round.
#define CHECK_EVERY (20 * CLOCK_SECOND)
#define CHECK_ENTRIES 200
// Pulls under way at an instance.
#define LANES 8
#define FAULT_SIZE 200

static bool is_stopping(struct copying *copying)
{
    pthread_mutex_lock(&copying->mutex);
    bool answer = copying->stopping;
    pthread_mutex_unlock(&copying->mutex);
    return answer;
}

static enum copy_state state_of(struct copy_stream *stream)
{
    pthread_mutex_lock(&stream->copying->mutex);
    enum copy_state state = stream->state;
    pthread_mutex_unlock(&stream->copying->mutex);
    return state;
}

static void set_state(struct copy_stream *stream, enum copy_state state)
{
    pthread_mutex_lock(&stream->copying->mutex);
    stream->state = state;
    pthread_mutex_unlock(&stream->copying->mutex);
}

// A failure that time may heal.
static void retreat(struct copy_stream *stream, const struct status *status)
{
    if (stream->backoff == 0)
        LOG(LOG_WARNING, "copy.failed", LOG_T("tenant", stream->tenant), LOG_N("position", stream->position),
            LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
    int next = stream->backoff ? 2 * stream->backoff : BACKOFF_FIRST_MS;
    stream->backoff = next < BACKOFF_MOST_MS ? next : BACKOFF_MOST_MS;
    stream->rest_until = clock_monotonic() + stream->backoff * CLOCK_MILLISECOND;
    stream->caught_up = false;
    // Whether what failed was committed is not known.
    stream->loaded = false;
}

// The source does not have what the copy has, or goes on with what cannot stand behind it: nothing is overwritten.
static void stop(struct copy_stream *stream, int64_t position, const struct status *status)
{
    char fault[FAULT_SIZE];
    struct status failed = {0};
    snprintf(fault, sizeof(fault), "%s: %.150s", status_reason_text(status->reason)->name, status->message);
    LOG(LOG_ERROR, "copy.differs", LOG_T("tenant", stream->tenant), LOG_N("position", position),
        LOG_T("reason", status_reason_text(status->reason)->name), LOG_T("message", status->message));
    if (!copy_store_keep(stream, fault, position, &failed))
        retreat(stream, &failed);    // and finds it again
}

static void pulled(void *user, const struct rpc_result *result)
{
    struct copy_stream *stream = user;
    struct copying *copying = stream->copying;
    uint8_t *copy = malloc(result->body.length + 1);
    CHECK(copy);
    if (result->body.length > 0)
        memcpy(copy, result->body.data, result->body.length);
    pthread_mutex_lock(&copying->mutex);
    stream->answer = result->status;
    stream->answer.violations = NULL;
    stream->answer.violation_count = 0;
    stream->body = (struct bytes){copy, result->body.length};
    stream->state = COPY_ARRIVED;
    pthread_cond_signal(&copying->wake);
    pthread_mutex_unlock(&copying->mutex);
}

// Asks for a page: to be held, or to be added.
static void pull(struct copy_stream *stream, size_t of_peer)
{
    struct arena arena;
    struct status status = {0};
    struct bytes credential = {0};
    struct bytes body = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    int wait_ms = stream->checking || !stream->caught_up ? 0 : of_peer > LANES ? WAIT_MS / 20 : WAIT_MS;
    int64_t from = stream->checking ? stream->checked : stream->position;
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    request.tenant_id = stream->tenant;
    request.wait_ms = (uint32_t)wait_ms;
    request.page_size = stream->checking ? CHECK_ENTRIES : 0;
    request.cursor = from > 0 ? feed_cursor_write(&stream->tenant_id, from, &arena) : (char *)"";
    size_t length = anlan__rpc__v1__pull_request__get_packed_size(&request);
    uint8_t *packed = request.cursor ? arena_alloc(&arena, length) : NULL;
    CHECK(packed);
    anlan__rpc__v1__pull_request__pack(&request, packed);
    body = (struct bytes){packed, length};
    if (service_peer_credential(stream->peer->peer, &arena, &credential, &status)) {
        set_state(stream, COPY_PULLING);
        const struct rpc_client_call call = {
            .method = "anlan.rpc.v1.FeedService/Pull",
            .body = body,
            .credential = credential,
            .timeout_ms = wait_ms + PULL_MARGIN_MS,
            .alone = true,
            .done = pulled,
            .user = stream,
        };
        rpc_client_send(stream->peer->feed, &call);
    } else {
        stream->rest_until = clock_monotonic() + BACKOFF_FIRST_MS * CLOCK_MILLISECOND;
    }
    arena_fini(&arena);
}

// Streams of the same instance, and those of them that pull now.
static size_t of_peer(struct copying *copying, const struct copy_peer *peer, size_t *pulling)
{
    size_t count = 0;
    *pulling = 0;
    for (size_t i = 0; i < copying->stream_count; i++)
        if (copying->streams[i]->peer == peer) {
            count++;
            *pulling += state_of(copying->streams[i]) == COPY_PULLING;
        }
    return count;
}

static void pull_all(struct copying *copying)
{
    for (size_t i = 0; i < copying->stream_count; i++) {
        struct copy_stream *stream = copying->streams[i];
        int64_t now = clock_monotonic();
        struct status status = {0};
        size_t pulling = 0;
        if (stream->stopped || !stream->peer->feed || stream->rest_until > now || state_of(stream) != COPY_IDLE)
            continue;
        if (!stream->loaded && !copy_store_head(stream, &status)) {
            retreat(stream, &status);
            continue;
        }
        size_t count = of_peer(copying, stream->peer, &pulling);
        if (pulling >= LANES)
            continue;
        if (stream->checked >= stream->position && stream->proved && now >= stream->check_at)
            stream->checked = 0;    // round and round
        stream->checking = stream->position > 0 && (!stream->proved || now >= stream->check_at);
        pull(stream, count);
    }
}

// Takes over what a pull brought; false where that is nothing.
static bool take_answer(struct copy_stream *stream, struct bytes *body)
{
    struct copying *copying = stream->copying;
    pthread_mutex_lock(&copying->mutex);
    struct status status = stream->answer;
    *body = stream->body;
    stream->body = (struct bytes){0};
    stream->state = COPY_IDLE;
    pthread_mutex_unlock(&copying->mutex);
    if (status_ok(&status))
        return true;
    free((uint8_t *)body->data);
    if (status.code == CODE(UNAUTHENTICATED) && stream->peer->peer)
        service_peer_refused(stream->peer->peer);
    if (status.reason == REASON(CURSOR_PAST_END)) {
        status_set(&status, REASON(DATA_CORRUPT), "the source's log is shorter than its copy");
        stop(stream, stream->position, &status);
    } else {
        retreat(stream, &status);
    }
    return false;
}

static bool hold(struct copy_stream *stream, const Anlan__Rpc__V1__PullResponse *page, int64_t *position,
                 struct status *status)
{
    if (page->head_position < stream->position) {
        *position = page->head_position;
        return status_set(status, REASON(DATA_CORRUPT), "the source's log is shorter than its copy");
    }
    if (!copy_page_hold(stream, page, position, status))
        return false;
    stream->proved = stream->proved || stream->checked >= stream->position;
    stream->whole = stream->whole && !stream->proved;
    if (stream->proved)
        stream->check_at = clock_monotonic() + CHECK_EVERY;
    return !stream->proved || copy_store_keep(stream, "", 0, status);
}

static bool add(struct copy_stream *stream, const Anlan__Rpc__V1__PullResponse *page, int64_t *position,
                struct status *status)
{
    bool news = !stream->known || stream->source_position != page->head_position;
    stream->source_position = page->head_position;
    bool good = page->n_entries > 0 ? copy_page_add(stream, page, position, status)
                                    : !news || copy_store_keep(stream, "", 0, status);
    stream->caught_up = good && stream->position >= page->head_position;
    return good;
}

static void apply(struct copy_stream *stream)
{
    struct arena arena;
    struct bytes body = {0};
    struct status status = {0};
    int64_t position = stream->position;
    if (!take_answer(stream, &body))
        return;
    arena_init(&arena, 2 * LIMIT_CALL_ARENA_BYTES);
    const Anlan__Rpc__V1__PullResponse *page =
        anlan__rpc__v1__pull_response__unpack(&arena.protobuf, body.length, body.data);
    free((uint8_t *)body.data);
    bool good = page ? stream->checking ? hold(stream, page, &position, &status) : add(stream, page, &position, &status)
                     : status_set(&status, REASON(MALFORMED_MESSAGE), "the page cannot be read");
    if (good) {
        stream->contact_at = clock_monotonic();
        stream->backoff = 0;
    } else if (status.reason == REASON(DATA_CORRUPT)) {
        stop(stream, position, &status);
    } else {
        retreat(stream, &status);
    }
    arena_fini(&arena);
}

static void apply_all(struct copying *copying)
{
    for (size_t i = 0; i < copying->stream_count && !is_stopping(copying); i++)
        if (state_of(copying->streams[i]) == COPY_ARRIVED)
            apply(copying->streams[i]);
}

static struct copy_peer *peer_of(struct copying *copying, const struct uuid *id)
{
    for (size_t i = 0; i < copying->peer_count; i++)
        if (uuid_compare(&copying->peers[i]->id, id) == 0)
            return copying->peers[i];
    if (copying->peer_count == LIMIT_PEERS)
        return NULL;
    struct copy_peer *peer = calloc(1, sizeof(*peer));
    CHECK(peer);
    peer->id = *id;
    copying->peers[copying->peer_count++] = peer;
    return peer;
}

static void add_stream(struct copying *copying, const struct uuid *tenant_id, const struct uuid *owner_id)
{
    struct copy_peer *peer = peer_of(copying, owner_id);
    struct copy_stream *stream = NULL;
    if (!peer)
        return;
    for (size_t i = 0; i < copying->stream_count; i++)
        if (uuid_compare(&copying->streams[i]->tenant_id, tenant_id) == 0)
            stream = copying->streams[i];
    // A pull on its way to the former owner ends by itself: its page is held to what follows here, like any.
    if (stream) {
        stream->peer = peer;
        return;
    }
    stream = calloc(1, sizeof(*stream));
    CHECK(stream);
    stream->copying = copying;
    stream->tenant_id = *tenant_id;
    uuid_format(tenant_id, stream->tenant);
    stream->peer = peer;
    stream->contact_at = clock_monotonic();    // silence is counted from here
    copying->streams[copying->stream_count++] = stream;
}

// Whose tenant it is, where an instance below owns it.
static bool find_owner(struct directory *directory, const struct uuid *tenant_id, struct uuid *owner_id)
{
    directory_lock(directory);
    const struct directory_peer *owner = directory_owner(directory, tenant_id);
    bool below = owner && !owner->above;
    if (below)
        *owner_id = owner->id;
    directory_unlock(directory);
    return below;
}

static void find_tenants(struct copying *copying)
{
    struct directory *directory = copying->service->directory;
    int64_t position = directory_position(directory);
    if (directory_caught_up_at(directory) < 0 || position == copying->directory_position)
        return;
    copying->directory_position = position;
    struct uuid *tenants = calloc(LIMIT_FOLLOW_TENANTS, sizeof(*tenants));
    CHECK(tenants);
    size_t count =
        directory_peer_changes(directory) > 0 ? directory_tenants(directory, tenants, LIMIT_FOLLOW_TENANTS) : 0;
    for (size_t i = 0; i < count; i++) {
        struct uuid owner_id;
        if (find_owner(directory, &tenants[i], &owner_id))
            add_stream(copying, &tenants[i], &owner_id);
    }
    free(tenants);
}

static void close_peer(struct copy_peer *peer)
{
    rpc_client_close(peer->feed);    // its pulls end
    service_peer_close(peer->peer);
    peer->feed = NULL;
    peer->peer = NULL;
}

static void open_peer(struct copying *copying, struct copy_peer *peer)
{
    struct status status = {0};
    struct service *service = copying->service;
    peer->open_at = clock_monotonic() + OPEN_EVERY;
    peer->peer = service_peer_open(service, &peer->id, &status);
    if (peer->peer && service_peer_client(peer->peer, service->definition->name, true, LANES, &peer->feed, &status)) {
        LOG(LOG_INFO, "copy.begins", LOG_T("instance", service_peer_name(peer->peer)));
        peer->told = false;
        return;
    }
    if (!peer->told && status.reason != REASON(STATE_CONFLICT))
        LOG(LOG_WARNING, "copy.unreachable", LOG_T("reason", status_reason_text(status.reason)->name),
            LOG_T("message", status.message));
    peer->told = true;
    close_peer(peer);
}

static void keep_peers(struct copying *copying)
{
    for (size_t i = 0; i < copying->peer_count; i++) {
        struct copy_peer *peer = copying->peers[i];
        if (peer->peer && !service_peer_current(peer->peer)) {
            LOG(LOG_INFO, "copy.ends", LOG_T("instance", service_peer_name(peer->peer)));
            close_peer(peer);
            peer->open_at = 0;
        }
        if (!peer->peer && clock_monotonic() >= peer->open_at)
            open_peer(copying, peer);
    }
}

static void measure(struct copying *copying)
{
    int64_t stopped = 0;
    int64_t lag = 0;
    int64_t silent = 0;
    int64_t now = clock_monotonic();
    for (size_t i = 0; i < copying->stream_count; i++) {
        const struct copy_stream *stream = copying->streams[i];
        int64_t since = (now - stream->contact_at) / CLOCK_SECOND;
        stopped += stream->stopped;
        lag += stream->source_position > stream->position ? stream->source_position - stream->position : 0;
        if (stream->peer->peer)    // who is suspended may be silent
            silent = since > silent ? since : silent;
    }
    struct service_copied *copied = &copying->service->copied;
    atomic_store(&copied->logs, copying->held ? (int64_t)copying->stream_count : 0);
    atomic_store(&copied->stopped, copying->held ? stopped : 0);
    atomic_store(&copied->lag, copying->held ? lag : 0);
    atomic_store(&copied->silent, copying->held ? silent : 0);
}

// What is done about once a second. False where the database or the lease is not there.
static bool do_chores(struct copying *copying)
{
    struct status status = {0};
    bool held = copying->held;
    find_tenants(copying);
    bool good = copying->stream_count == 0 || (copy_store_lease(copying, LEASE_SECONDS, &status) &&
                                               (!copying->held || copy_store_load(copying, &status)));
    if (!good)
        LOG(LOG_WARNING, "copy.store_failed", LOG_T("reason", status_reason_text(status.reason)->name),
            LOG_T("message", status.message));
    good = good && copying->held;
    for (size_t i = 0; good && !held && i < copying->stream_count; i++)
        copying->streams[i]->loaded = false;    // another process may have been faster
    if (good)
        keep_peers(copying);
    for (size_t i = 0; !good && i < copying->peer_count; i++)
        close_peer(copying->peers[i]);
    measure(copying);
    return good;
}

static void wait(struct copying *copying)
{
    struct timespec until = clock_after(IDLE_MS);
    pthread_mutex_lock(&copying->mutex);
    bool arrived = copying->stopping;
    for (size_t i = 0; i < copying->stream_count && !arrived; i++)
        arrived = copying->streams[i]->state == COPY_ARRIVED;
    if (!arrived)
        pthread_cond_timedwait(&copying->wake, &copying->mutex, &until);
    pthread_mutex_unlock(&copying->mutex);
}

static void *run(void *argument)
{
    struct copying *copying = argument;
    int64_t chores_at = 0;
    bool good = false;
    while (!is_stopping(copying)) {
        if (clock_monotonic() >= chores_at) {
            good = do_chores(copying);
            chores_at = clock_monotonic() + CHORES_EVERY;
        }
        if (good) {
            apply_all(copying);
            pull_all(copying);
        }
        wait(copying);
    }
    struct status ignored = {0};
    if (copying->held)
        copy_store_lease(copying, 0, &ignored);
    return NULL;
}

bool service_copying_start(struct service *service, struct status *status)
{
    if (!service->definition->copies)
        return true;
    struct copying *copying = calloc(1, sizeof(*copying));
    CHECK(copying);
    copying->service = service;
    copying->lane.service = service;
    copying->holder = uuid_make(clock_now());
    copying->streams = calloc(LIMIT_FOLLOW_TENANTS, sizeof(struct copy_stream *));
    CHECK(copying->streams);
    pthread_mutex_init(&copying->mutex, NULL);
    clock_condition_init(&copying->wake);
    if (pthread_create(&copying->thread, NULL, run, copying) != 0)
        return status_set(status, REASON(INTERNAL), "no thread to copy logs");
    service->copying = copying;
    return true;
}

void service_copying_stop(struct service *service)
{
    struct copying *copying = service->copying;
    if (!copying)
        return;
    pthread_mutex_lock(&copying->mutex);
    copying->stopping = true;
    pthread_cond_signal(&copying->wake);
    pthread_mutex_unlock(&copying->mutex);
    pthread_join(copying->thread, NULL);
    for (size_t i = 0; i < copying->peer_count; i++) {
        close_peer(copying->peers[i]);
        free(copying->peers[i]);
    }
    for (size_t i = 0; i < copying->stream_count; i++) {
        free((uint8_t *)copying->streams[i]->body.data);
        free(copying->streams[i]);
    }
    free(copying->streams);
    pg_close(copying->lane.connection);
    pthread_cond_destroy(&copying->wake);
    pthread_mutex_destroy(&copying->mutex);
    free(copying);
    service->copying = NULL;
}

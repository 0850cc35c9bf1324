// SPDX-License-Identifier: Apache-2.0
// Calls wait in one queue. Each address has a connection of its own and some lanes; a free lane of a connected address
// takes its share of what waits as one message. Shares are even: while one message is answered, others are on their
// way, and client, service and database work at the same time. (Where a lane took all, a single call and all others
// took turns, and each waited for the other.) A timer thread ends calls at their deadlines and brings back those that
// try again.
#include "rpc/client.h"

#include <nng/nng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "rpc/address.h"
#include "rpc/client_parts.h"
#include "rpc/status_wire.h"
#include "rpc/wire.h"

void rpc_client_options_init(struct rpc_client_options *options, const char *addresses)
{
    *options = (struct rpc_client_options){
        .addresses = addresses,
        .lanes = 3,
        .message_limit = LIMIT_MESSAGE_BYTES,
        .call_limit = LIMIT_CALLS_PER_MESSAGE,
        .attempts = 5,
    };
}

void client_end(struct client_ended *ended, struct client_call *call)
{
    call->next = ended->first;
    ended->first = call;
}

void client_end_with(struct client_ended *ended, struct client_call *call, status_reason reason, const char *message)
{
    status_set(&call->result.status, reason, "%s", message);
    client_end(ended, call);
}

// The client whose callers this thread is telling.
static __thread const struct rpc_client *telling;

void client_tell(struct rpc_client *client, struct client_ended *ended)
{
    const struct rpc_client *outer = telling;
    telling = client;
    while (ended->first) {
        struct client_call *call = ended->first;
        ended->first = call->next;
        atomic_fetch_sub(&client->open, 1);
        call->done(call->user, &call->result);
        free(call);
    }
    telling = outer;
}

void client_enqueue(struct rpc_client *client, struct client_call *call)
{
    call->next = NULL;
    *client->queue_end = call;
    client->queue_end = &call->next;
}

static void wake_timer(struct rpc_client *client, int64_t at)
{
    if (at < client->timer_at) {
        client->timer_at = at;
        pthread_cond_signal(&client->timer_wake);
    }
}

static size_t size_of(const struct client_call *call)
{
    return call->body.length + call->credential.length + strlen(call->method) + strlen(call->traceparent) +
           rpc_metadata_copy_size(call->metadata) + CALL_OVERHEAD;
}

// How many calls a message may take, so that all lanes have as many.
static size_t share(const struct rpc_client *client)
{
    size_t lanes = 0;
    for (size_t i = 0; i < client->endpoint_count; i++)
        lanes += client->endpoints[i].pipes > 0 ? client->options.lanes : 0;
    CHECK(lanes > 0);    // one of them is free
    size_t even = (atomic_load(&client->open) + lanes - 1) / lanes;
    return even < client->options.call_limit ? even : client->options.call_limit;
}

// Moves what travels together from the queue into a lane.
static void take(struct rpc_client *client, struct client_lane *lane)
{
    size_t bytes = 0;
    size_t most = share(client);
    lane->count = 0;
    while (client->queue && lane->count < most) {
        struct client_call *call = client->queue;
        bytes += size_of(call);
        if (lane->count > 0 && (call->alone || bytes > client->options.message_limit))
            break;
        client->queue = call->next;
        if (!client->queue)
            client->queue_end = &client->queue;
        lane->calls[lane->count++] = call;
        if (call->alone)
            break;
    }
    lane->busy = lane->count > 0;
}

static struct client_lane *free_lane(struct rpc_client *client)
{
    for (size_t i = 0; i < client->endpoint_count; i++) {
        struct client_endpoint *endpoint = &client->endpoints[(client->next_endpoint + i) % client->endpoint_count];
        for (unsigned l = 0; endpoint->pipes > 0 && l < client->options.lanes; l++)
            if (!endpoint->lanes[l].busy) {
                client->next_endpoint = (client->next_endpoint + i + 1) % client->endpoint_count;
                return &endpoint->lanes[l];
            }
    }
    return NULL;
}

static uint32_t credential_index(Anlan__Rpc__V1__Request *request, struct bytes credential)
{
    if (credential.length == 0)
        return 0;
    for (size_t i = 0; i < request->n_credentials; i++)
        if (request->credentials[i].len == credential.length &&
            memcmp(request->credentials[i].data, credential.data, credential.length) == 0)
            return (uint32_t)i + 1;
    request->credentials[request->n_credentials++] =
        (ProtobufCBinaryData){.data = (uint8_t *)credential.data, .len = credential.length};
    return (uint32_t)request->n_credentials;
}

static void fill_call(Anlan__Rpc__V1__Call *message, Anlan__Rpc__V1__Request *request, const struct client_call *call,
                      int64_t now)
{
    int64_t left = (call->deadline - now) / CLOCK_MILLISECOND;
    anlan__rpc__v1__call__init(message);
    message->method = (char *)call->method;
    message->body = (ProtobufCBinaryData){.data = (uint8_t *)call->body.data, .len = call->body.length};
    message->timeout_ms = left > 0 ? (uint32_t)left : 1;
    message->credential = credential_index(request, call->credential);
    message->directory_position = call->directory_position;
    message->traceparent = (char *)call->traceparent;
    message->n_metadata = call->metadata.count;
    message->metadata = (Anlan__Rpc__V1__Metadata **)call->metadata.items;
}

static nng_msg *pack(const struct client_lane *lane)
{
    struct arena arena;
    arena_init(&arena, LIMIT_MESSAGE_BYTES);
    nng_msg *packed = NULL;
    int64_t now = clock_monotonic();
    Anlan__Rpc__V1__Request request = ANLAN__RPC__V1__REQUEST__INIT;
    Anlan__Rpc__V1__Call *calls = arena_array(&arena, lane->count, sizeof(*calls));
    request.calls = arena_array(&arena, lane->count, sizeof(*request.calls));
    request.credentials = arena_array(&arena, lane->count, sizeof(*request.credentials));
    CHECK(calls && request.calls && request.credentials);
    for (size_t i = 0; i < lane->count; i++) {
        fill_call(&calls[i], &request, lane->calls[i], now);
        request.calls[i] = &calls[i];
    }
    request.n_calls = lane->count;
    CHECK(nng_msg_alloc(&packed, anlan__rpc__v1__request__get_packed_size(&request)) == 0);
    anlan__rpc__v1__request__pack(&request, nng_msg_body(packed));
    arena_fini(&arena);
    return packed;
}

static int timeout_of(const struct client_lane *lane)
{
    int64_t last = 0;
    for (size_t i = 0; i < lane->count; i++)
        if (lane->calls[i]->deadline > last)
            last = lane->calls[i]->deadline;
    int64_t left = (last - clock_monotonic()) / CLOCK_MILLISECOND;
    return (int)(left > 0 ? left : 0) + GRACE_MS;
}

// Sends what waits, as far as lanes are free. Called under the lock: nng runs callbacks on threads of its own.
void client_send_waiting(struct rpc_client *client)
{
    while (client->queue) {
        struct client_lane *lane = free_lane(client);
        if (!lane)
            return;
        take(client, lane);
        lane->lost = false;
        lane->endpoint->transport->send(lane, pack(lane), timeout_of(lane));
    }
}

static int64_t backoff_of(const struct client_call *call, uint32_t least_ms)
{
    int64_t wait = (int64_t)BACKOFF_FIRST_MS << (call->attempts < 8 ? call->attempts : 8);
    if (wait > BACKOFF_MOST_MS)
        wait = BACKOFF_MOST_MS;
    if (wait < least_ms)
        wait = least_ms;
    // Callers that failed together do not come back together.
    int64_t jitter = (int64_t)(((uintptr_t)call >> 5) % 64) * wait / 128;
    return (wait + jitter) * CLOCK_MILLISECOND;
}

// A call that may be tried again waits for its time; otherwise it ends as `status` says.
static void retry(struct rpc_client *client, struct client_call *call, const struct status *status,
                  struct client_ended *ended)
{
    int64_t at = clock_monotonic() + backoff_of(call, status->retry_after_ms);
    call->attempts++;
    if (client->cancelled) {
        client_end_with(ended, call, REASON(CANCELLED), "the client was closed");
    } else if (call->attempts >= client->options.attempts || at >= call->deadline) {
        call->result.status = *status;
        client_end(ended, call);
    } else {
        call->retry_at = at;
        call->next = client->delayed;
        client->delayed = call;
        wake_timer(client, at);
    }
}

static void lose(struct rpc_client *client, struct client_lane *lane, struct client_ended *ended)
{
    struct status status = {0};
    status_set(&status, REASON(UNREACHABLE), "the connection was lost, or no answer came");
    for (size_t i = 0; i < lane->count; i++)
        if (lane->calls[i])
            retry(client, lane->calls[i], &status, ended);
    lane->count = 0;
}

// A service that is full and says when to come back has not begun the call.
static bool may_retry(const struct status *status)
{
    return status->code == CODE(UNAVAILABLE) ||
           (status->code == CODE(RESOURCE_EXHAUSTED) && status->retry_after_ms > 0);
}

static void take_result(struct rpc_client *client, struct client_call *call, const Anlan__Rpc__V1__Result *result,
                        struct arena *arena, struct client_ended *ended)
{
    struct status status = {0};
    if (result->status)
        rpc_status_read(result->status, arena, &status);
    if (may_retry(&status)) {
        status.violations = NULL;
        status.violation_count = 0;
        retry(client, call, &status, ended);
        return;
    }
    call->result.status = status;
    call->result.body = (struct bytes){result->body.data, result->body.len};
    call->result.directory_position = result->directory_position;
    call->result.metadata = (struct rpc_metadata){.count = result->n_metadata, .items = result->metadata};
    client_end(ended, call);
}

static void take_reply(struct rpc_client *client, struct client_lane *lane, struct bytes body, struct arena *arena,
                       struct client_ended *ended)
{
    struct status status = {0};
    const Anlan__Rpc__V1__Reply *reply = NULL;
    if (rpc_wire_check(NULL, &anlan__rpc__v1__reply__descriptor, body, LIMIT_CALLS_PER_MESSAGE, &status))
        reply = anlan__rpc__v1__reply__unpack(&arena->protobuf, body.length, body.data);
    // A message that the service could not read has one answer for all its calls.
    bool shared = reply && reply->n_results == 1 && lane->count > 1 && reply->results[0]->status;
    if (!reply || (reply->n_results != lane->count && !shared)) {
        lose(client, lane, ended);
        return;
    }
    for (size_t i = 0; i < lane->count; i++)
        if (lane->calls[i])
            take_result(client, lane->calls[i], reply->results[shared ? 0 : i], arena, ended);
    lane->count = 0;
}

void client_settle(struct client_lane *lane, struct bytes reply)
{
    struct rpc_client *client = lane->endpoint->client;
    struct client_ended ended = {0};
    struct arena arena;
    arena_init(&arena, 4 * client->options.message_limit);
    pthread_mutex_lock(&client->mutex);
    if (reply.data)
        take_reply(client, lane, reply, &arena, &ended);
    else
        lose(client, lane, &ended);
    pthread_mutex_unlock(&client->mutex);
    client_tell(client, &ended);
    arena_fini(&arena);
    pthread_mutex_lock(&client->mutex);
    lane->busy = false;
    client_send_waiting(client);
    pthread_cond_broadcast(&client->idle);
    pthread_mutex_unlock(&client->mutex);
}

static void give_up(struct client_lane *lane)
{
    lane->lost = true;
    lane->endpoint->transport->give_up(lane);
}

void client_connected(struct client_endpoint *endpoint)
{
    endpoint->pipes++;
    client_send_waiting(endpoint->client);
}

void client_disconnected(struct client_endpoint *endpoint)
{
    struct rpc_client *client = endpoint->client;
    endpoint->pipes--;
    endpoint->away_since = clock_monotonic();
    wake_timer(client, client_redial_at(endpoint));
    for (unsigned l = 0; endpoint->pipes == 0 && l < client->options.lanes; l++)
        if (endpoint->lanes[l].busy)
            give_up(&endpoint->lanes[l]);
}

static bool add_endpoints(struct rpc_client *client, const char *addresses, struct status *status)
{
    for (const char *at = addresses; *at;) {
        size_t length = strcspn(at, ",");
        struct client_endpoint *endpoint = &client->endpoints[client->endpoint_count];
        if (client->endpoint_count == ADDRESSES_MOST)
            return status_set(status, REASON(UNREACHABLE), "more than %d addresses", ADDRESSES_MOST);
        endpoint->client = client;
        endpoint->address = strndup(at, length);
        endpoint->lanes = calloc(client->options.lanes, sizeof(*endpoint->lanes));
        CHECK(endpoint->address && endpoint->lanes);
        endpoint->transport = rpc_address_is_tls(endpoint->address) ? &client_tls : &client_nng;
        for (unsigned l = 0; l < client->options.lanes; l++)
            endpoint->lanes[l].endpoint = endpoint;
        endpoint->away_since = clock_monotonic();
        client->endpoint_count++;
        if (!rpc_address_allowed(endpoint->address, status))
            return false;
        if (rpc_address_is_tls(endpoint->address) && !client->options.tls)
            return status_set(status, REASON(UNREACHABLE), "%.150s: needs the authority's certificate",
                              endpoint->address);
        at += length + (at[length] == ',');
    }
    return client->endpoint_count > 0 || status_set(status, REASON(UNREACHABLE), "no address");
}

static struct rpc_client *new_client(const struct rpc_client_options *options)
{
    struct rpc_client *client = calloc(1, sizeof(*client));
    CHECK(client);
    client->options = *options;
    if (client->options.call_limit > LIMIT_CALLS_PER_MESSAGE)
        client->options.call_limit = LIMIT_CALLS_PER_MESSAGE;
    if (options->traceparent)
        snprintf(client->traceparent, sizeof(client->traceparent), "%s", options->traceparent);
    client->queue_end = &client->queue;
    client->timer_at = INT64_MAX;
    clock_condition_init(&client->timer_wake);
    clock_condition_init(&client->idle);
    pthread_mutex_init(&client->mutex, NULL);
    CHECK(pthread_create(&client->timer, NULL, client_run_timer, client) == 0);
    return client;
}

bool rpc_client_open(struct rpc_client **client, const struct rpc_client_options *options, struct status *status)
{
    CHECK(options->lanes >= 1 && options->lanes <= LIMIT_CONNECTION_MESSAGES && options->call_limit >= 1 &&
          options->attempts >= 1);
    struct rpc_client *made = new_client(options);
    bool good = add_endpoints(made, options->addresses, status);
    for (size_t i = 0; good && i < made->endpoint_count; i++)
        good = made->endpoints[i].transport->open(&made->endpoints[i], status);
    if (!good) {
        rpc_client_close(made);
        return false;
    }
    pthread_mutex_lock(&made->mutex);
    wake_timer(made, clock_monotonic());
    pthread_mutex_unlock(&made->mutex);
    *client = made;
    return true;
}

void rpc_client_cancel(struct rpc_client *client)
{
    struct client_ended ended = {0};
    pthread_mutex_lock(&client->mutex);
    client->cancelled = true;
    client_expire(client, true, &ended);
    for (size_t e = 0; e < client->endpoint_count; e++)
        for (unsigned l = 0; l < client->options.lanes; l++)
            if (client->endpoints[e].lanes[l].busy)
                give_up(&client->endpoints[e].lanes[l]);
    pthread_mutex_unlock(&client->mutex);
    client_tell(client, &ended);
}

static bool any_busy(const struct rpc_client *client)
{
    for (size_t e = 0; e < client->endpoint_count; e++)
        for (unsigned l = 0; l < client->options.lanes; l++)
            if (client->endpoints[e].lanes[l].busy)
                return true;
    return false;
}

// False where something still uses it: its memory is left behind then.
static bool close_endpoint(struct client_endpoint *endpoint)
{
    if (!endpoint->transport->close(endpoint))
        return false;
    free(endpoint->lanes);
    free(endpoint->address);
    return true;
}

void rpc_client_close(struct rpc_client *client)
{
    if (!client)
        return;
    rpc_client_cancel(client);
    pthread_mutex_lock(&client->mutex);
    while (any_busy(client))
        pthread_cond_wait(&client->idle, &client->mutex);
    client->stopping = true;
    pthread_cond_signal(&client->timer_wake);
    pthread_mutex_unlock(&client->mutex);
    pthread_join(client->timer, NULL);
    bool closed = true;
    for (size_t i = 0; i < client->endpoint_count; i++)
        closed = close_endpoint(&client->endpoints[i]) && closed;
    if (!closed)
        return;
    pthread_cond_destroy(&client->timer_wake);
    pthread_cond_destroy(&client->idle);
    pthread_mutex_destroy(&client->mutex);
    free(client);
}

static struct client_call *copy_call(const struct rpc_client *client, const struct rpc_client_call *call)
{
    const char *traceparent = call->traceparent ? call->traceparent : client->traceparent;
    size_t method_size = strlen(call->method) + 1;
    size_t trace_size = strlen(traceparent) + 1;
    size_t metadata_size = rpc_metadata_copy_size(call->metadata);
    struct client_call *copy =
        malloc(sizeof(*copy) + metadata_size + method_size + trace_size + call->body.length + call->credential.length);
    CHECK(copy);
    uint8_t *at = (uint8_t *)(copy + 1) + metadata_size;
    *copy = (struct client_call){
        .done = call->done,
        .user = call->user,
        .deadline = clock_monotonic() + call->timeout_ms * CLOCK_MILLISECOND,
        .alone = call->alone,
        .directory_position = call->directory_position,
        .metadata = rpc_metadata_copy(call->metadata, copy + 1),
        .method = memcpy(at, call->method, method_size),
        .traceparent = memcpy(at + method_size, traceparent, trace_size),
    };
    at += method_size + trace_size;
    if (call->body.length > 0)
        copy->body = (struct bytes){memcpy(at, call->body.data, call->body.length), call->body.length};
    at += call->body.length;
    if (call->credential.length > 0)
        copy->credential =
            (struct bytes){memcpy(at, call->credential.data, call->credential.length), call->credential.length};
    return copy;
}

void rpc_client_send(struct rpc_client *client, const struct rpc_client_call *call)
{
    struct client_ended ended = {0};
    struct client_call *copy = copy_call(client, call);
    atomic_fetch_add(&client->open, 1);
    pthread_mutex_lock(&client->mutex);
    if (client->cancelled) {
        client_end_with(&ended, copy, REASON(CANCELLED), "the client was closed");
    } else if (size_of(copy) > client->options.message_limit) {
        client_end_with(&ended, copy, REASON(MESSAGE_TOO_LARGE), "the request is larger than a message");
    } else {
        client_enqueue(client, copy);
        wake_timer(client, copy->deadline);
        if (telling != client)
            client_send_waiting(client);
    }
    pthread_mutex_unlock(&client->mutex);
    client_tell(client, &ended);
}

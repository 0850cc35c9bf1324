// SPDX-License-Identifier: Apache-2.0
// Calls wait in one queue. Each address has a socket of its own (so that the end of its connection tells which messages
// are lost, which nng does not) and some lanes; a free lane of a connected address takes all that waits as one message.
// A timer thread ends calls at their deadlines and brings back those that try again.
#include "rpc/client.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/address.h"
#include "rpc/status_wire.h"
#include "rpc/wire.h"

#define ADDRESSES_MOST 64
#define RECONNECT_FIRST_MS 10
#define RECONNECT_MOST_MS 500
#define BACKOFF_FIRST_MS 10
#define BACKOFF_MOST_MS 1000
// How much longer than its last call a message is waited for.
#define GRACE_MS 200
// Bytes of the envelope around a call.
#define CALL_OVERHEAD 160

struct endpoint;

// A call on its way. One allocation holds it and its bytes.
struct client_call {
    struct client_call *next;
    rpc_client_done *done;
    void *user;
    int64_t deadline;
    int64_t retry_at;
    unsigned attempts;
    bool alone;
    const char *method;
    const char *traceparent;
    struct bytes body;
    struct bytes credential;
    int64_t directory_position;
    struct rpc_result result;    // when it ends
};

// A context of an address, and the message that it waits for.
struct lane {
    struct endpoint *endpoint;
    nng_ctx context;
    nng_aio *aio;
    bool busy;
    bool receiving;
    struct client_call *calls[LIMIT_CALLS_PER_MESSAGE];    // NULL: ended before its answer
    size_t count;
};

struct endpoint {
    struct rpc_client *client;
    char *address;
    nng_socket socket;
    bool open;
    unsigned pipes;
    struct lane *lanes;
};

struct rpc_client {
    struct rpc_client_options options;
    pthread_mutex_t mutex;
    pthread_cond_t timer_wake;
    pthread_cond_t idle;
    pthread_t timer;
    bool stopping;
    bool cancelled;
    struct endpoint endpoints[ADDRESSES_MOST];
    size_t endpoint_count;
    size_t next_endpoint;
    struct client_call *queue;
    struct client_call **queue_end;
    struct client_call *delayed;    // try again at their time
    int64_t timer_at;               // when the timer looks next
};

void rpc_client_options_init(struct rpc_client_options *options, const char *addresses)
{
    *options = (struct rpc_client_options){
        .addresses = addresses,
        .lanes = 1,
        .message_limit = LIMIT_MESSAGE_BYTES,
        .call_limit = LIMIT_CALLS_PER_MESSAGE,
        .attempts = 5,
    };
}

// Calls that have ended, to be told so outside the lock.
struct ended {
    struct client_call *first;
};

static void end(struct ended *ended, struct client_call *call)
{
    call->next = ended->first;
    ended->first = call;
}

static void end_with(struct ended *ended, struct client_call *call, status_reason reason, const char *message)
{
    status_set(&call->result.status, reason, "%s", message);
    end(ended, call);
}

static void tell(struct ended *ended)
{
    while (ended->first) {
        struct client_call *call = ended->first;
        ended->first = call->next;
        call->done(call->user, &call->result);
        free(call);
    }
}

static void enqueue(struct rpc_client *client, struct client_call *call)
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
           CALL_OVERHEAD;
}

// Moves what travels together from the queue into a lane.
static void take(struct rpc_client *client, struct lane *lane)
{
    size_t bytes = 0;
    lane->count = 0;
    while (client->queue && lane->count < client->options.call_limit) {
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

static struct lane *free_lane(struct rpc_client *client)
{
    for (size_t i = 0; i < client->endpoint_count; i++) {
        struct endpoint *endpoint = &client->endpoints[(client->next_endpoint + i) % client->endpoint_count];
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
}

static nng_msg *pack(const struct lane *lane)
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

static int timeout_of(const struct lane *lane)
{
    int64_t last = 0;
    for (size_t i = 0; i < lane->count; i++)
        if (lane->calls[i]->deadline > last)
            last = lane->calls[i]->deadline;
    int64_t left = (last - clock_monotonic()) / CLOCK_MILLISECOND;
    return (int)(left > 0 ? left : 0) + GRACE_MS;
}

// Sends what waits, as far as lanes are free. Called under the lock: nng runs callbacks on threads of its own.
static void send_waiting(struct rpc_client *client)
{
    while (client->queue) {
        struct lane *lane = free_lane(client);
        if (!lane)
            return;
        take(client, lane);
        lane->receiving = false;
        nng_aio_set_timeout(lane->aio, timeout_of(lane));
        nng_aio_set_msg(lane->aio, pack(lane));
        nng_ctx_send(lane->context, lane->aio);
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
static void retry(struct rpc_client *client, struct client_call *call, const struct status *status, struct ended *ended)
{
    int64_t at = clock_monotonic() + backoff_of(call, status->retry_after_ms);
    call->attempts++;
    if (client->cancelled) {
        end_with(ended, call, REASON(CANCELLED), "the client was closed");
    } else if (call->attempts >= client->options.attempts || at >= call->deadline) {
        call->result.status = *status;
        end(ended, call);
    } else {
        call->retry_at = at;
        call->next = client->delayed;
        client->delayed = call;
        wake_timer(client, at);
    }
}

static void lose(struct rpc_client *client, struct lane *lane, struct ended *ended)
{
    struct status status = {0};
    status_set(&status, REASON(UNREACHABLE), "the connection was lost, or no answer came");
    for (size_t i = 0; i < lane->count; i++)
        if (lane->calls[i])
            retry(client, lane->calls[i], &status, ended);
    lane->count = 0;
}

static void take_result(struct rpc_client *client, struct client_call *call, const Anlan__Rpc__V1__Result *result,
                        struct arena *arena, struct ended *ended)
{
    struct status status = {0};
    if (result->status)
        rpc_status_read(result->status, arena, &status);
    if (status.code == CODE(UNAVAILABLE)) {
        status.violations = NULL;
        status.violation_count = 0;
        retry(client, call, &status, ended);
        return;
    }
    call->result.status = status;
    call->result.body = (struct bytes){result->body.data, result->body.len};
    call->result.directory_position = result->directory_position;
    end(ended, call);
}

static void take_reply(struct rpc_client *client, struct lane *lane, struct bytes body, struct arena *arena,
                       struct ended *ended)
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

// The end of a message's way, well or not: its lane is free again.
static void settle(struct lane *lane, nng_msg *message)
{
    struct rpc_client *client = lane->endpoint->client;
    struct ended ended = {0};
    struct arena arena;
    arena_init(&arena, 4 * client->options.message_limit);
    pthread_mutex_lock(&client->mutex);
    if (message)
        take_reply(client, lane, (struct bytes){nng_msg_body(message), nng_msg_len(message)}, &arena, &ended);
    else
        lose(client, lane, &ended);
    lane->busy = false;
    send_waiting(client);
    pthread_mutex_unlock(&client->mutex);
    tell(&ended);
    if (message)
        nng_msg_free(message);
    arena_fini(&arena);
    pthread_mutex_lock(&client->mutex);
    pthread_cond_broadcast(&client->idle);
    pthread_mutex_unlock(&client->mutex);
}

static void on_lane(void *argument)
{
    struct lane *lane = argument;
    int result = nng_aio_result(lane->aio);
    if (!lane->receiving) {
        if (result != 0) {
            nng_msg_free(nng_aio_get_msg(lane->aio));
            settle(lane, NULL);
            return;
        }
        lane->receiving = true;
        nng_ctx_recv(lane->context, lane->aio);
        return;
    }
    settle(lane, result == 0 ? nng_aio_get_msg(lane->aio) : NULL);
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *argument)
{
    (void)pipe;
    struct endpoint *endpoint = argument;
    struct rpc_client *client = endpoint->client;
    pthread_mutex_lock(&client->mutex);
    if (event == NNG_PIPE_EV_ADD_POST) {
        endpoint->pipes++;
        send_waiting(client);
    } else if (endpoint->pipes > 0) {
        endpoint->pipes--;
        // What was on its way there is lost: nng itself would wait for ever, or send it a second time.
        for (unsigned l = 0; endpoint->pipes == 0 && l < client->options.lanes; l++)
            if (endpoint->lanes[l].busy)
                nng_aio_cancel(endpoint->lanes[l].aio);
    }
    pthread_mutex_unlock(&client->mutex);
}

// Ends calls of a list whose deadline has passed, or all of them.
static void expire_list(struct client_call **list, int64_t now, bool all, struct ended *ended, int64_t *next)
{
    while (*list) {
        struct client_call *call = *list;
        if (!all && call->deadline > now) {
            if (call->deadline < *next)
                *next = call->deadline;
            list = &call->next;
            continue;
        }
        *list = call->next;
        if (all)
            end_with(ended, call, REASON(CANCELLED), "the client was closed");
        else
            end_with(ended, call, REASON(UNREACHABLE), "no service could be reached in time");
    }
}

static void expire_lane(struct lane *lane, int64_t now, bool all, struct ended *ended, int64_t *next)
{
    for (size_t i = 0; lane->busy && i < lane->count; i++) {
        struct client_call *call = lane->calls[i];
        if (call && !all && call->deadline > now && call->deadline < *next)
            *next = call->deadline;
        if (!call || (!all && call->deadline > now))
            continue;
        lane->calls[i] = NULL;
        if (all)
            end_with(ended, call, REASON(CANCELLED), "the client was closed");
        else
            end_with(ended, call, REASON(DEADLINE_EXCEEDED), "no answer came in time");
    }
}

static void fix_queue_end(struct rpc_client *client)
{
    client->queue_end = &client->queue;
    while (*client->queue_end)
        client->queue_end = &(*client->queue_end)->next;
}

// Looks at every call once. Under the lock; answers when to look next.
static int64_t expire(struct rpc_client *client, bool all, struct ended *ended)
{
    int64_t now = clock_monotonic();
    int64_t next = INT64_MAX;
    expire_list(&client->queue, now, all, ended, &next);
    expire_list(&client->delayed, now, all, ended, &next);
    fix_queue_end(client);
    for (size_t e = 0; e < client->endpoint_count; e++)
        for (unsigned l = 0; l < client->options.lanes; l++)
            expire_lane(&client->endpoints[e].lanes[l], now, all, ended, &next);
    for (struct client_call **at = &client->delayed; *at;) {
        struct client_call *call = *at;
        if (call->retry_at > now) {
            if (call->retry_at < next)
                next = call->retry_at;
            at = &call->next;
            continue;
        }
        *at = call->next;
        enqueue(client, call);
    }
    return next;
}

static void *run_timer(void *argument)
{
    struct rpc_client *client = argument;
    pthread_mutex_lock(&client->mutex);
    while (!client->stopping) {
        if (clock_monotonic() < client->timer_at) {
            int64_t at = client->timer_at == INT64_MAX ? clock_monotonic() + 3600 * CLOCK_SECOND : client->timer_at;
            struct timespec until = {.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000};
            pthread_cond_timedwait(&client->timer_wake, &client->mutex, &until);
            continue;
        }
        struct ended ended = {0};
        client->timer_at = expire(client, false, &ended);
        send_waiting(client);
        pthread_mutex_unlock(&client->mutex);
        tell(&ended);
        pthread_mutex_lock(&client->mutex);
    }
    pthread_mutex_unlock(&client->mutex);
    return NULL;
}

static int open_lanes(struct endpoint *endpoint, unsigned count)
{
    int result = 0;
    for (unsigned i = 0; i < count && result == 0; i++) {
        struct lane *lane = &endpoint->lanes[i];
        lane->endpoint = endpoint;
        if ((result = nng_ctx_open(&lane->context, endpoint->socket)) == 0 &&
            (result = nng_ctx_set_ms(lane->context, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE)) == 0)
            result = nng_aio_alloc(&lane->aio, on_lane, lane);
    }
    return result;
}

static int open_endpoint(struct endpoint *endpoint)
{
    const struct rpc_client_options *options = &endpoint->client->options;
    nng_socket *socket = &endpoint->socket;
    int result = nng_req0_open(socket);
    if (result != 0)
        return result;
    endpoint->open = true;
    if ((result = nng_socket_set_ms(*socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE)) != 0 ||
        (result = nng_socket_set_size(*socket, NNG_OPT_RECVMAXSZ, options->message_limit)) != 0 ||
        (result = nng_socket_set_ms(*socket, NNG_OPT_RECONNMINT, RECONNECT_FIRST_MS)) != 0 ||
        (result = nng_socket_set_ms(*socket, NNG_OPT_RECONNMAXT, RECONNECT_MOST_MS)) != 0 ||
        (result = nng_pipe_notify(*socket, NNG_PIPE_EV_ADD_POST, on_pipe, endpoint)) != 0 ||
        (result = nng_pipe_notify(*socket, NNG_PIPE_EV_REM_POST, on_pipe, endpoint)) != 0 ||
        (result = open_lanes(endpoint, options->lanes)) != 0)
        return result;
    return nng_dial(*socket, endpoint->address, NULL, NNG_FLAG_NONBLOCK);
}

static bool add_endpoints(struct rpc_client *client, const char *addresses, struct status *status)
{
    for (const char *at = addresses; *at;) {
        size_t length = strcspn(at, ",");
        struct endpoint *endpoint = &client->endpoints[client->endpoint_count];
        if (client->endpoint_count == ADDRESSES_MOST)
            return status_set(status, REASON(UNREACHABLE), "more than %d addresses", ADDRESSES_MOST);
        endpoint->client = client;
        endpoint->address = strndup(at, length);
        endpoint->lanes = calloc(client->options.lanes, sizeof(*endpoint->lanes));
        CHECK(endpoint->address && endpoint->lanes);
        client->endpoint_count++;
        if (!rpc_address_allowed(endpoint->address, status))
            return false;
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
    client->queue_end = &client->queue;
    client->timer_at = INT64_MAX;
    clock_condition_init(&client->timer_wake);
    clock_condition_init(&client->idle);
    pthread_mutex_init(&client->mutex, NULL);
    CHECK(pthread_create(&client->timer, NULL, run_timer, client) == 0);
    return client;
}

bool rpc_client_open(struct rpc_client **client, const struct rpc_client_options *options, struct status *status)
{
    CHECK(options->lanes >= 1 && options->lanes <= 64 && options->call_limit >= 1 && options->attempts >= 1);
    struct rpc_client *made = new_client(options);
    bool good = add_endpoints(made, options->addresses, status);
    for (size_t i = 0; good && i < made->endpoint_count; i++) {
        int result = open_endpoint(&made->endpoints[i]);
        if (result != 0)
            good =
                status_set(status, REASON(UNREACHABLE), "%.150s: %s", made->endpoints[i].address, nng_strerror(result));
    }
    if (!good) {
        rpc_client_close(made);
        return false;
    }
    *client = made;
    return true;
}

void rpc_client_cancel(struct rpc_client *client)
{
    struct ended ended = {0};
    pthread_mutex_lock(&client->mutex);
    client->cancelled = true;
    expire(client, true, &ended);
    for (size_t e = 0; e < client->endpoint_count; e++)
        for (unsigned l = 0; l < client->options.lanes; l++)
            if (client->endpoints[e].lanes[l].busy)
                nng_aio_cancel(client->endpoints[e].lanes[l].aio);
    pthread_mutex_unlock(&client->mutex);
    tell(&ended);
}

static bool any_busy(const struct rpc_client *client)
{
    for (size_t e = 0; e < client->endpoint_count; e++)
        for (unsigned l = 0; l < client->options.lanes; l++)
            if (client->endpoints[e].lanes[l].busy)
                return true;
    return false;
}

static void close_endpoint(struct rpc_client *client, struct endpoint *endpoint)
{
    if (endpoint->open)
        nng_close(endpoint->socket);
    for (unsigned l = 0; l < client->options.lanes; l++)
        nng_aio_free(endpoint->lanes[l].aio);
    free(endpoint->lanes);
    free(endpoint->address);
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
    for (size_t i = 0; i < client->endpoint_count; i++)
        close_endpoint(client, &client->endpoints[i]);
    pthread_cond_destroy(&client->timer_wake);
    pthread_cond_destroy(&client->idle);
    pthread_mutex_destroy(&client->mutex);
    free(client);
}

static struct client_call *copy_call(const struct rpc_client_call *call)
{
    const char *traceparent = call->traceparent ? call->traceparent : "";
    size_t method_size = strlen(call->method) + 1;
    size_t trace_size = strlen(traceparent) + 1;
    struct client_call *copy =
        malloc(sizeof(*copy) + method_size + trace_size + call->body.length + call->credential.length);
    CHECK(copy);
    uint8_t *at = (uint8_t *)(copy + 1);
    *copy = (struct client_call){
        .done = call->done,
        .user = call->user,
        .deadline = clock_monotonic() + call->timeout_ms * CLOCK_MILLISECOND,
        .alone = call->alone,
        .directory_position = call->directory_position,
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
    struct ended ended = {0};
    struct client_call *copy = copy_call(call);
    pthread_mutex_lock(&client->mutex);
    if (client->cancelled) {
        end_with(&ended, copy, REASON(CANCELLED), "the client was closed");
    } else if (size_of(copy) > client->options.message_limit) {
        end_with(&ended, copy, REASON(MESSAGE_TOO_LARGE), "the request is larger than a message");
    } else {
        enqueue(client, copy);
        wake_timer(client, copy->deadline);
        send_waiting(client);
    }
    pthread_mutex_unlock(&client->mutex);
    tell(&ended);
}

// One that waits for its call.
struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool ready;
    struct arena *arena;
    const ProtobufCMessageDescriptor *descriptor;
    struct status *status;
    int64_t directory_position;
    ProtobufCMessage *reply;
};

static void read_reply(struct waiter *waiter, const struct rpc_result *result)
{
    *waiter->status = result->status;
    if (result->status.violation_count > 0) {
        waiter->status->violations = arena_array(waiter->arena, STATUS_VIOLATIONS, sizeof(struct status_violation));
        if (waiter->status->violations)
            memcpy(waiter->status->violations, result->status.violations,
                   result->status.violation_count * sizeof(struct status_violation));
        else
            waiter->status->violation_count = 0;
    }
    if (!status_ok(&result->status))
        return;
    waiter->directory_position = result->directory_position;
    if (rpc_wire_check(NULL, waiter->descriptor, result->body, LIMIT_MESSAGE_BYTES, waiter->status))
        waiter->reply = protobuf_c_message_unpack(waiter->descriptor, &waiter->arena->protobuf, result->body.length,
                                                  result->body.data);
    if (!waiter->reply && status_ok(waiter->status))
        status_set(waiter->status, REASON(MESSAGE_TOO_LARGE), "the reply cannot be read");
}

static void on_done(void *user, const struct rpc_result *result)
{
    struct waiter *waiter = user;
    read_reply(waiter, result);
    pthread_mutex_lock(&waiter->mutex);
    waiter->ready = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->mutex);
}

ProtobufCMessage *rpc_client_call(struct rpc_client *client, const char *method, const ProtobufCMessage *request,
                                  const ProtobufCMessageDescriptor *reply_descriptor, struct bytes credential,
                                  int timeout_ms, int64_t *directory_position, struct arena *arena,
                                  struct status *status)
{
    size_t length = protobuf_c_message_get_packed_size(request);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed) {
        status_set(status, REASON(MESSAGE_TOO_LARGE), "the request is too large");
        return NULL;
    }
    protobuf_c_message_pack(request, packed);
    struct waiter waiter = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .cond = PTHREAD_COND_INITIALIZER,
                            .arena = arena,
                            .descriptor = reply_descriptor,
                            .status = status};
    const struct rpc_client_call call = {
        .method = method,
        .body = {packed, length},
        .credential = credential,
        .timeout_ms = timeout_ms,
        .directory_position = directory_position ? *directory_position : 0,
        .done = on_done,
        .user = &waiter,
    };
    rpc_client_send(client, &call);
    pthread_mutex_lock(&waiter.mutex);
    while (!waiter.ready)
        pthread_cond_wait(&waiter.cond, &waiter.mutex);
    pthread_mutex_unlock(&waiter.mutex);
    if (directory_position && waiter.directory_position > *directory_position)
        *directory_position = waiter.directory_position;
    return waiter.reply;
}

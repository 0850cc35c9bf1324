// SPDX-License-Identifier: Apache-2.0
// A context goes round: receive a message, hand out its calls, send the reply when the last is finished. Whoever
// finishes last sends. A receive never starts before the send before it has ended.
#include "rpc/server.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/address.h"
#include "rpc/closing.h"
#include "rpc/server_parts.h"
#include "rpc/status_wire.h"
#include "rpc/wire.h"

#define CLOSE_WITHIN_MS 2000
// Another process may serve, or this one's successor.
#define STOPPING_RETRY_MS 100
// Of a call that has ended and waits for others of its message.
#define KEPT_MOST (64 * 1024)

void server_note_active(struct rpc_server *server, int change)
{
    pthread_mutex_lock(&server->mutex);
    server->active += (size_t)change;
    if (server->active == 0)
        pthread_cond_broadcast(&server->idle);
    pthread_mutex_unlock(&server->mutex);
}

static struct server_call *server_call_of(const struct rpc_call *call)
{
    return (struct server_call *)call;
}

bool rpc_call_cancelled(const struct rpc_call *call)
{
    return atomic_load(&server_call_of(call)->exchange->gone);
}

bool rpc_call_add_metadata(struct rpc_call *call, const char *key, struct bytes value)
{
    struct rpc_metadata *list = &server_call_of(call)->metadata;
    ProtobufCMessage base = PROTOBUF_C_MESSAGE_INIT(&anlan__rpc__v1__metadata__descriptor);
    Anlan__Rpc__V1__Metadata item = {
        .base = base, .key = (char *)key, .value = {.data = (uint8_t *)value.data, .len = value.length}};
    Anlan__Rpc__V1__Metadata *alone[] = {&item};
    struct rpc_metadata added = {.count = 1, .items = alone};
    void *room = arena_alloc(&call->arena, rpc_metadata_copy_size(added));
    Anlan__Rpc__V1__Metadata **items = arena_array(&call->arena, list->count + 1, sizeof(*items));
    struct status status = {0};
    if (!room || !items)
        return false;
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    items[list->count] = rpc_metadata_copy(added, room).items[0];
    struct rpc_metadata longer = {.count = list->count + 1, .items = items};
    if (!rpc_metadata_check(longer, &call->arena, &status))
        return false;
    *list = longer;
    return true;
}

static Anlan__Rpc__V1__Result *result_of(struct server_call *call, struct arena *arena)
{
    Anlan__Rpc__V1__Result *result = arena_alloc(arena, sizeof(*result));
    if (!result)
        return NULL;
    anlan__rpc__v1__result__init(result);
    if (status_ok(&call->status))
        result->body = (ProtobufCBinaryData){.data = (uint8_t *)call->body.data, .len = call->body.length};
    else
        result->status = rpc_status_message(&call->status, arena);
    result->directory_position = call->directory_position;
    result->n_metadata = call->metadata.count;
    result->metadata = (Anlan__Rpc__V1__Metadata **)call->metadata.items;
    return result;
}

// The largest body gives way to a refusal, so that the reply fits a message.
static void shrink(struct exchange *exchange)
{
    struct server_call *largest = NULL;
    for (size_t i = 0; i < exchange->call_count; i++) {
        struct server_call *call = &exchange->calls[i];
        if (status_ok(&call->status) && (!largest || call->body.length > largest->body.length))
            largest = call;
    }
    if (largest)
        status_set(&largest->status, REASON(MESSAGE_TOO_LARGE), "the reply is larger than a message");
}

static bool make_reply(struct exchange *exchange, Anlan__Rpc__V1__Reply *reply)
{
    anlan__rpc__v1__reply__init(reply);
    reply->results = arena_array(&exchange->arena, exchange->call_count, sizeof(*reply->results));
    for (size_t i = 0; reply->results && i < exchange->call_count; i++) {
        reply->results[i] = result_of(&exchange->calls[i], &exchange->arena);
        if (!reply->results[i])
            return false;
    }
    reply->n_results = exchange->call_count;
    return reply->results != NULL;
}

static nng_msg *pack_reply(struct exchange *exchange)
{
    Anlan__Rpc__V1__Reply reply;
    nng_msg *message = NULL;
    size_t length = 0;
    for (size_t tries = 0; tries <= exchange->call_count; tries++) {
        if (!make_reply(exchange, &reply))
            return NULL;
        length = anlan__rpc__v1__reply__get_packed_size(&reply);
        if (length <= exchange->server->options.message_limit)
            break;
        shrink(exchange);
    }
    if (length > exchange->server->options.message_limit || nng_msg_alloc(&message, length) != 0)
        return NULL;
    anlan__rpc__v1__reply__pack(&reply, nng_msg_body(message));
    return message;
}

static void clear(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->call_count; i++)
        arena_fini(&exchange->calls[i].call.arena);
    exchange->call_count = 0;
    exchange->calls = NULL;
    arena_fini(&exchange->arena);
}

static void close_pipe(int id)
{
    nng_pipe pipe = {.id = (uint32_t)id};
    nng_pipe_close(pipe);
}

static void send_reply(struct exchange *exchange)
{
    nng_msg *message = pack_reply(exchange);
    if (!message) {
        // No memory for an answer: the client sees the connection end and tries again.
        if (!exchange->link)
            close_pipe(atomic_load(&exchange->pipe));
        CHECK(nng_msg_alloc(&message, 0) == 0);
    }
    clear(exchange);
    if (exchange->link) {
        tls_server_reply(exchange, message);
        return;
    }
    nng_aio_set_msg(exchange->send, message);
    nng_aio_set_timeout(exchange->send, exchange->server->options.send_timeout_ms);
    nng_ctx_send(exchange->context, exchange->send);
}

static void release(struct exchange *exchange, size_t count)
{
    if (atomic_fetch_sub(&exchange->unfinished, count) == count)
        send_reply(exchange);
}

// Bodies that fit no reply together are not kept until it is made. Small ones always are: who is told of a change that
// he made must not suffer from lists beside it.
static void keep_within_bounds(struct server_call *call)
{
    struct exchange *exchange = call->exchange;
    const struct rpc_server_options *options = &exchange->server->options;
    size_t length = call->body.length;
    if (length <= options->message_limit / options->call_limit ||
        atomic_fetch_add(&exchange->kept, length) + length <= 2 * options->message_limit)
        return;
    status_set(&call->status, REASON(MESSAGE_TOO_LARGE), "the replies are together larger than a message");
    call->body = (struct bytes){0};
}

static bool keep_violations(struct status *status, struct arena *arena)
{
    size_t size = STATUS_VIOLATIONS * sizeof(*status->violations);
    if (!status->violations)
        return true;
    struct status_violation *kept = arena_bytes(arena, size);
    if (kept)
        memcpy(kept, status->violations, size);
    status->violations = kept;
    return kept != NULL;
}

// What the call needed goes; what it answers stays, while others of its message are not done.
static void let_go(struct server_call *call)
{
    struct arena *arena = &call->call.arena;
    if (call->exchange->call_count == 1 || arena->total <= KEPT_MOST || call->metadata.count > 0)
        return;
    struct arena old = *arena;
    arena_init(arena, old.limit);
    uint8_t *body = arena_bytes(arena, call->body.length);
    if (body && call->body.length > 0)
        memcpy(body, call->body.data, call->body.length);
    call->body.data = body;
    if (!body || !keep_violations(&call->status, arena)) {
        status_set(&call->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
        call->body = (struct bytes){0};
    }
    arena_fini(&old);
}

void rpc_call_finish(struct rpc_call *call, const struct status *status, struct bytes body, int64_t directory_position)
{
    struct server_call *server_call = server_call_of(call);
    server_call->status = *status;
    server_call->body = body;
    server_call->directory_position = directory_position;
    const struct rpc_server_options *options = &server_call->exchange->server->options;
    if (status_ok(status))
        keep_within_bounds(server_call);
    if (options->observe)
        options->observe(options->user, call, &server_call->status);
    let_go(server_call);
    release(server_call->exchange, 1);
}

static int64_t deadline_of(const Anlan__Rpc__V1__Call *call, int64_t now)
{
    int64_t timeout = call->timeout_ms ? call->timeout_ms : LIMIT_CALL_TIMEOUT_DEFAULT_MS;
    if (timeout > LIMIT_CALL_TIMEOUT_MAX_MS)
        timeout = LIMIT_CALL_TIMEOUT_MAX_MS;
    return now + timeout * CLOCK_MILLISECOND;
}

static void start_call(struct exchange *exchange, struct server_call *slot, const Anlan__Rpc__V1__Request *request,
                       const Anlan__Rpc__V1__Call *call)
{
    struct status status = {0};
    slot->call.method = call->method;
    slot->call.peer = exchange->peer;
    slot->call.body = (struct bytes){call->body.data, call->body.len};
    slot->call.started = clock_monotonic();
    slot->call.deadline = deadline_of(call, slot->call.started);
    slot->call.directory_position = call->directory_position;
    // A tracestate without its traceparent means nothing.
    bool traced = rpc_trace_continue(&slot->call.trace, call->traceparent);
    slot->call.tracestate = traced && rpc_tracestate_good(call->tracestate) ? call->tracestate : "";
    slot->call.metadata = (struct rpc_metadata){.count = call->n_metadata, .items = call->metadata};
    if (exchange->server->options.begin)
        exchange->server->options.begin(exchange->server->options.user, &slot->call);
    if (!rpc_metadata_check(slot->call.metadata, &slot->call.arena, &status)) {
        rpc_call_finish(&slot->call, &status, (struct bytes){0}, 0);
        return;
    }
    if (call->credential > request->n_credentials) {
        status_set(&status, REASON(TOKEN_MISSING), "the message has no credential number %u", call->credential);
        rpc_call_finish(&slot->call, &status, (struct bytes){0}, 0);
        return;
    }
    if (call->credential > 0) {
        const ProtobufCBinaryData *credential = &request->credentials[call->credential - 1];
        slot->call.credential = (struct bytes){credential->data, credential->len};
    }
    if (atomic_load(&exchange->server->stopping)) {
        status_set(&status, REASON(STOPPING), "the service is stopping");
        status.retry_after_ms = STOPPING_RETRY_MS;
        rpc_call_finish(&slot->call, &status, (struct bytes){0}, 0);
        return;
    }
    exchange->server->options.dispatch(exchange->server->options.user, &slot->call);
}

static bool make_calls(struct exchange *exchange, size_t count)
{
    exchange->calls = arena_array(&exchange->arena, count, sizeof(*exchange->calls));
    if (!exchange->calls)
        return false;
    exchange->call_count = count;
    for (size_t i = 0; i < count; i++) {
        exchange->calls[i].exchange = exchange;
        exchange->calls[i].call.method = "";
        exchange->calls[i].call.tracestate = "";
        arena_init(&exchange->calls[i].call.arena, exchange->server->options.arena_limit);
    }
    return true;
}

static Anlan__Rpc__V1__Request *read_request(struct exchange *exchange, struct bytes body, struct status *status)
{
    size_t most = exchange->server->options.call_limit;
    if (!rpc_wire_check_request(NULL, &anlan__rpc__v1__request__descriptor, body, most, status))
        return NULL;
    Anlan__Rpc__V1__Request *request =
        anlan__rpc__v1__request__unpack(&exchange->arena.protobuf, body.length, body.data);
    if (!request)
        status_set(status, REASON(MALFORMED_MESSAGE), "the message cannot be read");
    else if (request->n_calls == 0)
        status_set(status, REASON(MALFORMED_MESSAGE), "the message holds no call");
    return status_ok(status) ? request : NULL;
}

// A message that cannot be read is answered by one result.
static void refuse_message(struct exchange *exchange, const struct status *status)
{
    if (!make_calls(exchange, 1)) {
        close_pipe(atomic_load(&exchange->pipe));
        return;
    }
    exchange->calls[0].status = *status;
}

void server_handle(struct exchange *exchange, struct bytes body)
{
    struct status status = {0};
    const struct rpc_server_options *options = &exchange->server->options;
    arena_init(&exchange->arena, 4 * options->message_limit + options->call_limit * sizeof(struct server_call) * 2);
    Anlan__Rpc__V1__Request *request = read_request(exchange, body, &status);
    if (request && !make_calls(exchange, request->n_calls))
        status_set(&status, REASON(MESSAGE_TOO_LARGE), "the message needs too much memory");
    if (!status_ok(&status)) {
        refuse_message(exchange, &status);
        send_reply(exchange);
        return;
    }
    // One share is ours until all are handed out: nobody sends before that.
    atomic_store(&exchange->unfinished, exchange->call_count + 1);
    atomic_store(&exchange->kept, 0);
    uint32_t message = atomic_fetch_add(&exchange->server->messages, 1);
    for (size_t i = 0; i < request->n_calls; i++) {
        struct rpc_call *call = &exchange->calls[i].call;
        call->message = message;
        call->index = (uint32_t)i;
        call->more = i + 1 < request->n_calls;
        start_call(exchange, &exchange->calls[i], request, request->calls[i]);
    }
    if (request->n_calls > 1 && options->dispatched)
        options->dispatched(options->user);
    release(exchange, 1);
}

static void on_receive(void *argument)
{
    struct exchange *exchange = argument;
    int result = nng_aio_result(exchange->receive);
    if (result == NNG_ECLOSED || result == NNG_ECANCELED)
        return;
    if (result != 0) {
        nng_ctx_recv(exchange->context, exchange->receive);
        return;
    }
    nng_msg *message = nng_aio_get_msg(exchange->receive);
    nng_pipe pipe = nng_msg_get_pipe(message);
    atomic_store(&exchange->gone, false);
    atomic_store(&exchange->pipe, (int)pipe.id);
    server_note_active(exchange->server, 1);
    server_handle(exchange, (struct bytes){nng_msg_body(message), nng_msg_len(message)});
    nng_msg_free(message);
}

static void on_send(void *argument)
{
    struct exchange *exchange = argument;
    int result = nng_aio_result(exchange->send);
    if (result != 0)
        nng_msg_free(nng_aio_get_msg(exchange->send));
    // A client that does not read would hold this context for ever.
    if (result == NNG_ETIMEDOUT)
        close_pipe(atomic_load(&exchange->pipe));
    atomic_store(&exchange->pipe, 0);
    server_note_active(exchange->server, -1);
    if (result != NNG_ECLOSED)
        nng_ctx_recv(exchange->context, exchange->receive);
}

static void on_pipe_gone(nng_pipe pipe, nng_pipe_ev event, void *argument)
{
    (void)event;
    struct rpc_server *server = argument;
    atomic_fetch_add(&server->freed, 1);
    for (size_t i = 0; i < server->exchange_count; i++)
        if (atomic_load(&server->exchanges[i].pipe) == (int)pipe.id)
            atomic_store(&server->exchanges[i].gone, true);
}

static int open_socket(struct rpc_server *server)
{
    int result = nng_rep0_open(&server->socket);
    if (result == 0)
        result = nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, server->options.message_limit);
    return result ? result : nng_pipe_notify(server->socket, NNG_PIPE_EV_REM_POST, on_pipe_gone, server);
}

static int open_exchanges(struct rpc_server *server)
{
    int result = 0;
    for (size_t i = 0; i < server->options.contexts && result == 0; i++) {
        struct exchange *exchange = &server->exchanges[i];
        exchange->server = server;
        if ((result = nng_ctx_open(&exchange->context, server->socket)) == 0 &&
            (result = nng_aio_alloc(&exchange->receive, on_receive, exchange)) == 0)
            result = nng_aio_alloc(&exchange->send, on_send, exchange);
        server->exchange_count++;
    }
    return result;
}

// A socket that does not close within its time leaves its memory behind: nng still uses it.
static bool close_nng(struct rpc_server *server)
{
    rpc_listener_stop(server->listener);
    if (!rpc_close_within(server->socket, CLOSE_WITHIN_MS))
        return false;
    for (size_t i = 0; i < server->exchange_count; i++) {
        nng_aio_free(server->exchanges[i].receive);
        nng_aio_free(server->exchanges[i].send);
    }
    return true;
}

static void free_server(struct rpc_server *server)
{
    tls_server_stop(server->tls);
    if (!rpc_address_is_tls(server->options.address) && !close_nng(server))
        return;
    free(server->exchanges);
    pthread_cond_destroy(&server->idle);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

static struct rpc_server *new_server(const struct rpc_server_options *options)
{
    struct rpc_server *server = calloc(1, sizeof(*server));
    CHECK(server);
    server->options = *options;
    server->exchanges = calloc(options->contexts, sizeof(*server->exchanges));
    CHECK(server->exchanges);
    clock_condition_init(&server->idle);
    pthread_mutex_init(&server->mutex, NULL);
    return server;
}

static bool start_nng(struct rpc_server *server, struct status *status)
{
    const char *address = server->options.address;
    int result = open_socket(server);
    if (result == 0)
        result = open_exchanges(server);
    if (result != 0)
        return status_set(status, REASON(UNREACHABLE), "%.150s: %s", address, nng_strerror(result));
    if (!rpc_listener_start(&server->listener, server->socket, address, &server->freed, status))
        return false;
    for (size_t i = 0; i < server->exchange_count; i++)
        nng_ctx_recv(server->exchanges[i].context, server->exchanges[i].receive);
    return true;
}

bool rpc_server_start(struct rpc_server **server, const struct rpc_server_options *options, struct status *status)
{
    CHECK(options->contexts >= 1 && options->contexts <= 1024 && options->call_limit >= 1);
    if (!rpc_address_allowed(options->address, status))
        return false;
    bool secure = rpc_address_is_tls(options->address);
    if (secure && !options->tls)
        return status_set(status, REASON(UNREACHABLE), "%.150s: needs a certificate and its authority",
                          options->address);
    struct rpc_server *made = new_server(options);
    if (!(secure ? tls_server_start(&made->tls, made, status) : start_nng(made, status))) {
        free_server(made);
        return false;
    }
    *server = made;
    return true;
}

bool rpc_server_stop(struct rpc_server *server, int timeout_ms)
{
    if (!server)
        return true;
    struct timespec until = clock_after(timeout_ms);
    atomic_store(&server->stopping, true);
    pthread_mutex_lock(&server->mutex);
    int waited = 0;
    while (server->active > 0 && waited == 0)
        waited = pthread_cond_timedwait(&server->idle, &server->mutex, &until);
    bool drained = server->active == 0;
    pthread_mutex_unlock(&server->mutex);
    if (!drained)
        return false;
    free_server(server);
    return true;
}

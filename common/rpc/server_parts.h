// SPDX-License-Identifier: Apache-2.0
// What the parts of the server share: server.c, calls and replies, over nng; tls_server.c and tls_link.c, connections
// over TLS. Not for users of the server.
#pragma once

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>

#include "rpc/listener.h"
#include "rpc/server.h"

// Words that lead a reply back through the hops of its request; the last one is its id.
#define ROUTE_WORDS 8

struct tls_link;
struct tls_server;

// A call and what came of it.
struct server_call {
    struct rpc_call call;    // first: a call is found again by its address
    struct exchange *exchange;
    struct status status;
    struct bytes body;
    int64_t directory_position;
    struct rpc_metadata metadata;    // of the answer; room for all that a result may have
};

// A message that is handled: one after another, by way of a context of nng's or of a TLS connection.
struct exchange {
    struct rpc_server *server;
    nng_ctx context;
    nng_aio *receive;
    nng_aio *send;
    struct arena arena;    // of the envelope
    struct server_call *calls;
    size_t call_count;
    atomic_size_t unfinished;
    atomic_size_t kept;    // bytes of large bodies that wait for the reply
    atomic_int pipe;
    atomic_bool gone;    // the client is
    // Over TLS.
    struct exchange *next;    // free, or with its reply ready
    struct tls_link *link;
    struct crypto_peer peer;
    uint8_t route[4 * ROUTE_WORDS];
    size_t route_length;
    nng_msg *reply;
};

struct rpc_server {
    struct rpc_server_options options;
    nng_socket socket;
    struct rpc_listener *listener;
    struct tls_server *tls;    // instead of both, for tls+tcp://
    uint8_t *spare;            // … for what its connections write (tls_stream.h)
    struct exchange *exchanges;
    size_t exchange_count;
    atomic_bool stopping;
    pthread_mutex_t mutex;
    pthread_cond_t idle;
    size_t active;           // messages under way
    atomic_uint messages;    // that have come
    atomic_size_t freed;     // connections
};

// server.c: a message has come, and its reply has gone or never will.
void server_note_active(struct rpc_server *server, int change);
// Hands out the calls of a message; its bytes are needed no more afterwards.
void server_handle(struct exchange *exchange, struct bytes body);

// tls_server.c: listens; the thread that does all of it. False with UNREACHABLE.
bool tls_server_start(struct tls_server **tls, struct rpc_server *server, struct status *status);
// Ends it, with all connections. Accepts NULL.
void tls_server_stop(struct tls_server *tls);
// Takes the reply of an exchange over. Thread-safe.
void tls_server_reply(struct exchange *exchange, nng_msg *reply);

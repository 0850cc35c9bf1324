// SPDX-License-Identifier: Apache-2.0
// The server side of the envelope: takes messages from nng, hands out their
// calls, and answers when the last call of a message is finished.
//
// Addresses are ipc:// (a socket file of mode 0660), tls+tcp:// (tls.h) or inproc://. There is no plain TCP: a stranger
// can end a tcp:// listener of nng 1.5.2.
//
// Over TLS a connection has at most LIMIT_CONNECTION_MESSAGES under way, and all connections of one peer have at most
// half of the contexts: no more is read from them until one has ended, so that one that does not read its replies
// leaves the others their share. Over ipc, where peers are of this host and nng reads on, send_timeout_ms frees the
// contexts.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "crypto/certificate.h"
#include "rpc/metadata.h"
#include "rpc/tls.h"
#include "rpc/trace.h"

struct rpc_server;

// One call on its way. The dispatch function owns it until it hands it to
// rpc_call_finish, from whatever thread.
struct rpc_call {
    const char *method;         // full name; lives as long as the call
    struct bytes body;          // the packed request
    struct bytes credential;    // the packed Token; length 0 if there is none
    struct crypto_peer peer;    // whom the connection's certificate names; CRYPTO_PEER_NONE on this host
    int64_t deadline;           // clock_monotonic time; already bounded
    int64_t directory_position;
    int64_t started;                 // clock_monotonic time at which it arrived
    struct rpc_trace trace;          // the caller's, or begun here
    const char *tracestate;          // to be passed on with the trace; "" if none
    struct rpc_metadata metadata;    // checked
    uint32_t message;                // ordinal of the message that brought it
    uint32_t index;                  // its place there, from 0
    bool more;                       // further calls of the message come at once, and then `dispatched`
    struct arena arena;              // for everything about this call
    struct rpc_call *next;           // free for whoever owns the call
    void *user;                      // likewise
    void *counted;                   // of whoever counts: rpc_begin sets it
};

// Takes over a call. Runs on one of nng's threads and must not block.
typedef void rpc_dispatch(void *user, struct rpc_call *call);

// Hears that a call has come, before anything is done about it. Runs on one of nng's threads and must not block.
typedef void rpc_begin(void *user, struct rpc_call *call);

// Hears how a call ended, just before its answer is sent: for logs and counters. Runs where rpc_call_finish does; must
// not block for long.
typedef void rpc_observe(void *user, const struct rpc_call *call, const struct status *status);

struct rpc_server_options {
    const char *address;     // ipc://, tls+tcp:// or inproc://
    struct rpc_tls *tls;     // for tls+tcp://; must outlive the server
    unsigned contexts;       // messages handled at the same time, 1 to 1024
    size_t message_limit;    // most bytes of a message, either way
    size_t call_limit;       // most calls of a message
    size_t arena_limit;      // most bytes of a call's arena
    int send_timeout_ms;     // a client that does not read its reply loses its pipe
    rpc_dispatch *dispatch;
    void (*dispatched)(void *user);    // the last call of a message that has several was handed out; NULL: no matter
    rpc_begin *begin;                  // NULL: nobody listens
    rpc_observe *observe;              // likewise
    void *user;
};

// Listens. False, with UNREACHABLE and what nng said, where it cannot (the
// address is in use, is not allowed, …). A socket file left behind by a process
// that is gone is replaced.
bool rpc_server_start(struct rpc_server **server, const struct rpc_server_options *options, struct status *status);

// Stops taking new messages (calls that arrive are answered STOPPING), waits
// until all calls are finished and their replies sent, at most `timeout_ms`,
// then closes and frees. Blocks. Calls still unfinished at the timeout are
// abandoned with the process: answers false then, and the server stays.
// Accepts NULL.
bool rpc_server_stop(struct rpc_server *server, int timeout_ms);

// True once the client is gone: its answer reaches nobody.
bool rpc_call_cancelled(const struct rpc_call *call);

// Adds metadata to what the call will answer, well or not; it is copied. False where it breaks the rules of Metadata in
// envelope.proto or the arena is full: nothing is added then.
bool rpc_call_add_metadata(struct rpc_call *call, const char *key, struct bytes value);

// Finishes a call: `body` must live in the call's arena or for ever; it counts
// only where `status` is OK. `directory_position` 0 means none. Never blocks; the
// call is gone afterwards. Thread-safe.
void rpc_call_finish(struct rpc_call *call, const struct status *status, struct bytes body, int64_t directory_position);

// SPDX-License-Identifier: Apache-2.0
// The client side of the envelope. Calls that wait together travel in few
// messages; several addresses are dialled and balanced; what failed on the way is
// tried again with the same bytes, and so with the same request_id, not before the
// service's retry_after is over.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "rpc/metadata.h"
#include "rpc/tls.h"

struct rpc_client;

struct rpc_client_options {
    const char *addresses;    // one or several, separated by commas
    struct rpc_tls *tls;      // for tls+tcp://: whom to trust, and our certificate; NULL: none. Must outlive the client
    unsigned lanes;           // messages on their way to each address at the same time, 1 to 32
    size_t message_limit;     // most bytes of a message, either way; checked before sending
    size_t call_limit;        // most calls of a message; 1 means that nothing is gathered
    unsigned attempts;        // how often a call is tried at most while its time lasts, 1 to 100
    const char *traceparent;    // of calls that name none; copied. NULL: none
};

// Defaults: 3 lanes, 256 calls, the published message limit, 5 attempts.
void rpc_client_options_init(struct rpc_client_options *options, const char *addresses);

// Dials in the background: services may start later. False with UNREACHABLE for
// an address that is malformed or not allowed.
bool rpc_client_open(struct rpc_client **client, const struct rpc_client_options *options, struct status *status);

// Ends all calls with CANCELLED, and every later one. Thread-safe.
void rpc_client_cancel(struct rpc_client *client);

// Cancels as rpc_client_cancel, then frees. Blocks until their callbacks
// have returned. Accepts NULL.
void rpc_client_close(struct rpc_client *client);

// What a call brought back.
struct rpc_result {
    struct status status;
    struct bytes body;               // lives until the callback returns
    int64_t directory_position;      // 0: none
    struct rpc_metadata metadata;    // as body
};

// Runs once for each call, on a thread of the client's; must not block.
typedef void rpc_client_done(void *user, const struct rpc_result *result);

// One call. Everything is copied before rpc_client_send returns.
struct rpc_client_call {
    const char *method;
    struct bytes body;
    struct bytes credential;         // length 0: none
    int timeout_ms;                  // 1 to 60,000: all attempts together
    int64_t directory_position;      // 0: none
    const char *traceparent;         // NULL: the client's
    struct rpc_metadata metadata;    // the service refuses what breaks its rules
    bool alone;                      // travels in a message of its own (long poll)
    rpc_client_done *done;
    void *user;
};

// Sends a call. Never blocks. Fails calls (through `done`, maybe before it
// returns) that are larger than a message.
void rpc_client_send(struct rpc_client *client, const struct rpc_client_call *call);

// Sends a request message and waits for its reply message, which is unpacked
// into `arena` as `reply_descriptor` says. NULL, and *status set, where it failed.
// Blocks at most timeout_ms and a little. *directory_position is raised to the
// position that the reply carries; NULL is allowed. Not from a client's callback.
ProtobufCMessage *rpc_client_call(struct rpc_client *client, const char *method, const ProtobufCMessage *request,
                                  const ProtobufCMessageDescriptor *reply_descriptor, struct bytes credential,
                                  int timeout_ms, int64_t *directory_position, struct arena *arena,
                                  struct status *status);

// SPDX-License-Identifier: Apache-2.0
// What the parts of the client share: client.c, its queue and lanes; client_timer.c, deadlines and second tries;
// client_nng.c and client_tls.c, connections. Not for users of the client.
#pragma once

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "rpc/client.h"
#include "rpc/trace.h"

#define ADDRESSES_MOST 64
#define RECONNECT_FIRST_MS 10
#define RECONNECT_MOST_MS 500
#define BACKOFF_FIRST_MS 10
#define BACKOFF_MOST_MS 1000
// How much longer than its last call a message is waited for.
#define GRACE_MS 200
// Bytes of the envelope around a call.
#define CALL_OVERHEAD 160

struct client_endpoint;

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
    struct rpc_metadata metadata;
    int64_t directory_position;
    struct rpc_result result;    // when it ends
};

// A message to an address and its way back.
struct client_lane {
    struct client_endpoint *endpoint;
    bool busy;
    bool lost;    // given up: its connection ended, or the client was cancelled
    struct client_call *calls[LIMIT_CALLS_PER_MESSAGE];    // NULL: ended before its answer
    size_t count;
    // Over nng.
    nng_ctx context;
    nng_aio *aio;
    bool receiving;
    // Over TLS.
    struct client_lane *next;    // whose message waits to be written, too
    nng_msg *message;            // that waits to be written; NULL: it has gone, or is going
    uint32_t id;
    int64_t until;
};

// How an address is reached.
struct client_transport {
    // Dials in the background. False with UNREACHABLE.
    bool (*open)(struct client_endpoint *endpoint, struct status *status);
    // Sends a message, which it takes over. client_settle follows, once, on another thread or stack. Under the lock.
    void (*send)(struct client_lane *lane, nng_msg *message, int timeout_ms);
    // Gives up what a busy lane waits for, as lane->lost says: client_settle follows soon. Under the lock.
    void (*give_up)(struct client_lane *lane);
    // Ends what `open` began, maybe in part. No lane is busy. False where something still uses the endpoint.
    bool (*close)(struct client_endpoint *endpoint);
};

extern const struct client_transport client_nng;    // ipc:// and inproc://
extern const struct client_transport client_tls;    // tls+tcp://

struct client_endpoint {
    struct rpc_client *client;
    char *address;
    const struct client_transport *transport;
    unsigned pipes;        // connections
    int64_t away_since;    // where there is none: when the last one ended, or it was dialled anew
    struct client_lane *lanes;
    // Over nng.
    nng_socket socket;
    nng_dialer dialer;
    bool open;
    // Over TLS.
    struct client_connection *connection;
};

struct rpc_client {
    struct rpc_client_options options;
    char traceparent[RPC_TRACEPARENT_SIZE];    // of calls that name none
    pthread_mutex_t mutex;
    pthread_cond_t timer_wake;
    pthread_cond_t idle;
    pthread_t timer;
    bool stopping;
    bool cancelled;
    struct client_endpoint endpoints[ADDRESSES_MOST];
    size_t endpoint_count;
    size_t next_endpoint;
    struct client_call *queue;
    struct client_call **queue_end;
    atomic_size_t open;             // calls whose callers have not been told
    struct client_call *delayed;    // try again at their time
    int64_t timer_at;               // when the timer looks next
};

// Calls that have ended, to be told so outside the lock.
struct client_ended {
    struct client_call *first;
};

// Notes that a call has ended as its result says.
void client_end(struct client_ended *ended, struct client_call *call);

// Notes that a call has ended with a reason.
void client_end_with(struct client_ended *ended, struct client_call *call, status_reason reason, const char *message);

// Tells the callers and frees the calls; what they send meanwhile waits, so that it can leave together: send what waits
// afterwards. Without the lock.
void client_tell(struct rpc_client *client, struct client_ended *ended);

// Adds a call to the queue. Under the lock.
void client_enqueue(struct rpc_client *client, struct client_call *call);

// Sends what waits, as far as lanes are free. Under the lock.
void client_send_waiting(struct rpc_client *client);

// Ends calls whose deadline has passed, or all; brings back those whose time to try again has come. Under the lock.
// Answers when to look next.
int64_t client_expire(struct rpc_client *client, bool all, struct client_ended *ended);

// A connection is there, or is there no more: what was on its way is given up then. Under the lock.
void client_connected(struct client_endpoint *endpoint);
void client_disconnected(struct client_endpoint *endpoint);

// The end of a message's way: a reply, or {0} where there will be none. Its lane is free afterwards. Without the lock.
void client_settle(struct client_lane *lane, struct bytes reply);

// client_nng.c: when an address that is away is to be dialled anew. Under the lock.
int64_t client_redial_at(const struct client_endpoint *endpoint);

// … dials those anew whose time has come. Not under the lock. (nng 1.5.2 gives up for good where a connection ends
// while it greets, as it does when the service is killed then.)
void client_redial(struct rpc_client *client);

// What the timer's thread runs until client->stopping.
void *client_run_timer(void *client);

// SPDX-License-Identifier: Apache-2.0
// What the parts of the client share: client.c, its queue and lanes; client_timer.c, deadlines and second tries;
// client_dial.c. Not for users of the client.
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
#define CLOSE_WITHIN_MS 2000
// An address of this host that is away for so long is dialled anew, whatever nng does; one by TLS has its handshake's
// time.
#define REDIAL_MS 1000
#define REDIAL_TLS_MS (LIMIT_TLS_HANDSHAKE_MS + 1000)
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

// A context of an address, and the message that it waits for.
struct client_lane {
    struct client_endpoint *endpoint;
    nng_ctx context;
    nng_aio *aio;
    bool busy;
    bool receiving;
    bool lost;    // given up: its connection ended, or the client was cancelled
    struct client_call *calls[LIMIT_CALLS_PER_MESSAGE];    // NULL: ended before its answer
    size_t count;
};

struct client_endpoint {
    struct rpc_client *client;
    char *address;
    nng_socket socket;
    nng_dialer dialer;
    bool open;
    unsigned pipes;
    int64_t away_since;    // where there is no pipe: when the last one ended, or it was dialled anew
    struct client_lane *lanes;
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

// Dials an address in the background; over TLS, whom it names must be who answers. An error of nng's, or 0.
int client_dial(struct client_endpoint *endpoint);

// When an address that is away is to be dialled anew. Under the lock.
int64_t client_redial_at(const struct client_endpoint *endpoint);

// Dials those anew whose time has come. Not under the lock. (nng 1.5.2 gives up for good where a
// connection ends while it greets, as it does when the service is killed then.)
void client_redial(struct rpc_client *client);

// What the timer's thread runs until client->stopping.
void *client_run_timer(void *client);

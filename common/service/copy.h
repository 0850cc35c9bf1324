// SPDX-License-Identifier: Apache-2.0
// Copies of the logs of instances below: what its parts share. Not for services. common/README.md tells of it.
//   copy.c        a thread: the lease, the instances, the tenants, the pulls
//   copy_page.c   what a pull brought: rows, counters, entries, head in one transaction; or held against those here
//   copy_store.c  what is known of copies, in the database
#pragma once

#include "anlan/rpc/v1/feed.pb-c.h"
#include "rpc/client.h"
#include "service/engine.h"
#include "service/peer.h"

// Another instance whose logs are copied.
struct copy_peer {
    struct uuid id;
    struct service_peer *peer;    // NULL: not enrolled, or not yet
    struct rpc_client *feed;
    int64_t open_at;    // clock_monotonic: not tried before
    bool told;          // that it cannot be reached
};

enum copy_state { COPY_IDLE, COPY_PULLING, COPY_ARRIVED };

// A tenant's log.
struct copy_stream {
    struct copying *copying;
    struct uuid tenant_id;
    char tenant[UUID_TEXT_SIZE];
    struct copy_peer *peer;
    bool loaded;    // position is that of the head
    bool known;     // there is a row of copies for it
    int64_t position;
    int64_t source_position;
    int64_t checked;     // held against the source up to here; entries are added once this has come to the position
    bool whole;          // to be held from its first entry
    bool proved;         // … it had
    int64_t check_at;    // clock_monotonic: when the next page is held
    bool checking;       // the pull under way is for that
    bool caught_up;
    bool stopped;    // it differs
    int64_t rest_until;
    int backoff;           // milliseconds; 0: all is well
    int64_t contact_at;    // clock_monotonic
    // Under the mutex.
    enum copy_state state;
    struct status answer;
    struct bytes body;    // malloc'ed
};

struct copying {
    struct service *service;
    struct service_lane lane;
    struct uuid holder;
    bool held;
    int64_t directory_position;
    struct copy_peer *peers[LIMIT_PEERS];
    size_t peer_count;
    struct copy_stream **streams;
    size_t stream_count;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;    // under the mutex
};

// copy_store.c. Each is a transaction of its own, blocks, and answers false with a status.
// Takes, renews or (seconds 0) gives back the lease; copying->held says whether it is ours.
bool copy_store_lease(struct copying *copying, int seconds, struct status *status);
// Takes over what is stored of the copies: streams that have stopped, or go on again.
bool copy_store_load(struct copying *copying, struct status *status);
// Sets where a stream stands from its head.
bool copy_store_head(struct copy_stream *stream, struct status *status);
// Entries of one's own log behind a position; the caller clears the rows.
bool copy_store_entries(struct copy_stream *stream, int64_t after, int32_t row_limit, struct arena *arena,
                        struct pg_rows *rows, struct status *status);
// Keeps how a stream stands; a fault stops it.
bool copy_store_keep(struct copy_stream *stream, const char *fault, int64_t fault_position, struct status *status);
// Queues the same in a transaction that moves the stream to `position`, and the walls that it needs.
bool copy_store_send_keep(struct copy_stream *stream, int64_t position, struct arena *arena, size_t *sent,
                          struct status *status);
bool copy_store_send_tenant(struct copy_stream *stream, struct arena *arena, size_t *sent, struct status *status);
bool copy_store_send(struct copying *copying, const struct pg_statement *statement, const ProtobufCMessage *source,
                     struct arena *arena, size_t *sent, struct status *status);
// Ends a transaction of so many statements; the last one's rows go to *last unless it is NULL.
bool copy_store_finish(struct copying *copying, bool queued, size_t sent, struct pg_rows *last, struct status *status);

// copy_page.c.
// Adds a page behind what there is. False with a status: with DATA_CORRUPT the source's entry at *position is none that
// can stand there.
bool copy_page_add(struct copy_stream *stream, const Anlan__Rpc__V1__PullResponse *page, int64_t *position,
                   struct status *status);
// Holds a page that begins behind stream->checked against what there is. False likewise.
bool copy_page_hold(struct copy_stream *stream, const Anlan__Rpc__V1__PullResponse *page, int64_t *position,
                    struct status *status);

// copy.c: copies the logs of the instances below, where the service says that it does.
bool service_copying_start(struct service *service, struct status *status);
void service_copying_stop(struct service *service);

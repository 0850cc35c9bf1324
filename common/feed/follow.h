// SPDX-License-Identifier: Apache-2.0
// Follows another service's log by Pull.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/uuid.h"
#include "rpc/tls.h"

struct feed_follower;

struct feed_follow_options {
    const char *addresses;    // feed addresses of the service, separated by commas
    struct rpc_tls *tls;      // for tls+tcp://; NULL: none
    struct uuid tenant_id;    // whose log
    int wait_ms;              // long poll
    // Makes a credential for the next pull; memory from `arena`. False: try later.
    bool (*credential)(void *user, struct arena *arena, struct bytes *credential);
    // Applies one entry; its digest and position have been checked. False ends
    // the page and pulls again from the last entry that was applied.
    bool (*apply)(void *user, const Anlan__Rpc__V1__Entry *entry);
    // Everything up to the head that was read by a pull sent at `monotonic`
    // (clock_monotonic) has been applied.
    void (*caught_up)(void *user, int64_t monotonic);
    // A pull failed; it is tried again by itself with back-off up to 1 s.
    void (*failed)(void *user, const struct status *status);
    void *user;
};

// Starts a thread that pulls from position 0 on for as long as it lives. False
// with UNREACHABLE for an address that is not allowed.
bool feed_follow_start(struct feed_follower **follower, const struct feed_follow_options *options,
                       struct status *status);

// Ends the thread (a long poll is cancelled) and frees. Accepts NULL.
void feed_follow_stop(struct feed_follower *follower);

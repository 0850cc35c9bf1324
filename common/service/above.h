// SPDX-License-Identifier: Apache-2.0
// Following the instance above: what its parts share. Not for services; common/README.md tells of it.
//   above.c       a thread for each stream: the lease, the instance, the pulls
//   above_page.c  what a pull brought: checked, and applied with the cursor
#pragma once

#include "anlan/rpc/v1/feed.pb-c.h"
#include "crypto/crypto.h"
#include "service/follow_parts.h"
#include "service/peer.h"

#define ABOVE_CURSOR_MOST 257

// A stream. All but what is said to be under the source's mutex belongs to its thread.
struct above {
    struct follow_source source;    // commands, the lease and what is stuck, as of a log; client: under the mutex
    struct service_follow follow;
    const char *types[2];
    struct uuid instance_id;
    struct service_peer *peer;    // NULL: no instance above is enrolled, or it is not open
    int64_t open_at;              // clock_monotonic: not tried before
    bool told;                    // that it cannot be reached
    struct service_shown *shown;
    bool loaded;    // what follows is what is stored
    char stored[ABOVE_CURSOR_MOST];
    char cursor[ABOVE_CURSOR_MOST];    // "": from the beginning
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    bool caught_up;
    int backoff;          // milliseconds; 0: all is well
    bool single;          // each command of the page has a transaction of its own: one of them failed
    unsigned failures;    // transactions that failed in a row
};

// above_page.c. Applies a page that continues the cursor, and moves it. False with a status: nothing, or not all, of it
// has been applied; it is to be pulled again.
bool above_page_apply(struct above *above, const Anlan__Rpc__V1__PullStreamResponse *page, struct status *status);

// Reads where the stream stands. Blocks; false with a status.
bool above_page_load(struct above *above, struct status *status);

// above.c: follows the instance above, once there is one.
bool service_above_start(struct service *service, struct status *status);
void service_above_stop(struct service *service);

// SPDX-License-Identifier: Apache-2.0
// A client's copy of what it may read, kept by a stream: as a client of another agency would write it.
#pragma once

#include <uthash.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "support/instance.h"

struct copy_record {
    char id[UUID_TEXT_SIZE];
    int64_t version;
    char description[64];    // "" where it is not shown
    bool fresh;              // it came since the last SNAPSHOT
    UT_hash_handle hh;
};

struct copy {
    struct instance *instance;
    struct rpc_client *feed;
    struct person reader;
    const char *projection;    // what is asked for at the beginning; "" for none
    const char *unit_id;
    const char *sector;
    uint32_t page_size;
    char cursor[256];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    struct copy_record *records;
    bool snapshot;    // one is under way
    bool settled;
    bool caught_up;
    // What came so far.
    size_t pages, rows, changes, withdrawals, scope_changes, snapshots;
    const char *fault;    // what the copy found wrong with a page; NULL: nothing
};

// A copy by a process of hazards (-1: of all), with nothing in it.
void copy_open(struct copy *copy, struct instance *instance, int process, struct person reader);
// Forgets all and takes another reader's place, or begins anew.
void copy_close(struct copy *copy);

// Pulls a page without applying it; NULL with *status.
Anlan__Rpc__V1__PullStreamResponse *copy_pull(struct copy *copy, uint32_t wait_ms, struct status *status);
// Checks a page and applies it; false with copy->fault, and nothing is applied.
bool copy_apply(struct copy *copy, const Anlan__Rpc__V1__PullStreamResponse *page);

// Pulls until it has caught up and is settled; false with *status where it is refused. Fails the test on a fault.
bool copy_follow(struct copy *copy, struct status *status);

// Holds the copy against what ListHazards answers its reader now: the same records, the same versions.
void copy_check(struct copy *copy, const char *what);

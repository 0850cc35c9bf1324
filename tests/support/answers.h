// SPDX-License-Identifier: Apache-2.0
// Calls as a test makes them by hand: what they ended with, and waiting for that.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "rpc/client.h"

// What calls ended with.
struct answers {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct arena *arena;    // of violations; NULL: they are left out
    status_reason wanted;
    size_t ended;
    size_t matching;         // that ended as wanted
    struct status status;    // of the last one that did, else of the last one
};

// None has ended yet.
#define ANSWERS_INIT(in, reason)                                                                                       \
    ((struct answers){                                                                                                 \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER, .arena = (in), .wanted = (reason)})

// An rpc_client_done whose user is a struct answers.
void answers_note(void *answers, const struct rpc_result *result);

// Waits until so many have ended.
void answers_wait(struct answers *answers, size_t count);

// Waits until one has ended as wanted, or so many in any way.
void answers_wait_wanted(struct answers *answers, size_t count);

// A client of addresses that are well-formed.
struct rpc_client *answers_dial(const char *addresses, unsigned attempts, unsigned lanes);

// One call with a client of its own, for 10 s where it names no timeout.
struct status answers_call(const char *address, struct rpc_client_call call, unsigned attempts, struct arena *arena);

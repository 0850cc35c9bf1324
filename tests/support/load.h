// SPDX-License-Identifier: Apache-2.0
// Many calls at once, and what became of each.
#pragma once

#include "support/instance.h"

struct load_call {
    struct load *load;
    struct status status;
    char id[UUID_TEXT_SIZE];    // of the hazard in the reply
    int64_t version;
    bool ended;
};

struct load {
    struct load_call *calls;
    size_t count;
    size_t sent;
    size_t ended;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

// Room for `count` calls.
struct load *load_new(size_t count);
void load_free(struct load *load);

// Sends the next call of a load to a client; never blocks.
void load_create(struct load *load, struct instance *instance, struct rpc_client *client, struct person person,
                 const char *unit_id, const char *description, const char *request_id, int timeout_ms);
void load_assign(struct load *load, struct instance *instance, struct rpc_client *client, struct person person,
                 const Anlan__Hazards__V1__Hazard *hazard, int timeout_ms);

// Waits until at most `most` of the calls that were sent are under way.
void load_wait(struct load *load, size_t most);

// How many ended with a reason; REASON(UNSPECIFIED) counts those that ended well.
size_t load_count(const struct load *load, status_reason reason);

// A client of one process of hazards, or of all (number -1).
struct rpc_client *load_client(struct instance *instance, int number);

// SPDX-License-Identifier: Apache-2.0
// Many calls of a service at once, for imports.
#pragma once

#include <pthread.h>

#include "cli.h"

// Calls under way. The members belong to flight.c.
struct flight {
    struct cli *cli;
    struct rpc_client *client;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t under_way;
    int64_t position;    // of the directory, the last that a reply has told
    int64_t landed;      // … when all had ended last
};

// Tells the end of a call. Runs on a thread of the client, one call at a time.
typedef void flight_ended(void *user, const struct rpc_result *result);

// Starts a flight. False, told, where the service or a token is missing.
bool flight_init(struct flight *flight, struct cli *cli, enum cli_service service);

// Sends a call as soon as not too many are under way; does not wait for its end.
// It waits at the service for what had been made known when flight_wait last
// answered, and for nothing of those that fly with it.
void flight_send(struct flight *flight, const char *method, const ProtobufCMessage *request, flight_ended *ended,
                 void *user);

// Waits until all have ended.
void flight_wait(struct flight *flight);

// Waits, and ends the flight.
void flight_fini(struct flight *flight);

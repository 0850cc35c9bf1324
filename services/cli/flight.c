// SPDX-License-Identifier: Apache-2.0
#include "flight.h"

#include <stdlib.h>

#include "base/check.h"

#define UNDER_WAY_MOST 256
#define CALL_TIMEOUT_MS 60000

// A call and whom to tell.
struct sent {
    struct flight *flight;
    flight_ended *ended;
    void *user;
};

bool flight_init(struct flight *flight, struct cli *cli, enum cli_service service)
{
    *flight = (struct flight){.cli = cli, .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    flight->client = cli_client(cli, service);
    return flight->client && cli_credential(cli);
}

static void on_done(void *user, const struct rpc_result *result)
{
    struct sent *sent = user;
    struct flight *flight = sent->flight;
    pthread_mutex_lock(&flight->mutex);
    sent->ended(sent->user, result);
    flight->under_way--;
    if (result->directory_position > flight->position)
        flight->position = result->directory_position;
    pthread_cond_signal(&flight->changed);
    pthread_mutex_unlock(&flight->mutex);
    free(sent);
}

static void wait_for(struct flight *flight, size_t most)
{
    pthread_mutex_lock(&flight->mutex);
    while (flight->under_way > most)
        pthread_cond_wait(&flight->changed, &flight->mutex);
    pthread_mutex_unlock(&flight->mutex);
}

void flight_send(struct flight *flight, const char *method, const ProtobufCMessage *request, flight_ended *ended,
                 void *user)
{
    wait_for(flight, UNDER_WAY_MOST - 1);
    size_t length = protobuf_c_message_get_packed_size(request);
    uint8_t *packed = malloc(length + 1);
    struct sent *sent = malloc(sizeof(*sent));
    CHECK(packed && sent);
    protobuf_c_message_pack(request, packed);
    *sent = (struct sent){.flight = flight, .ended = ended, .user = user};
    pthread_mutex_lock(&flight->mutex);
    flight->under_way++;
    int64_t known = flight->cli->directory_position;
    int64_t position = flight->landed > known ? flight->landed : known;
    pthread_mutex_unlock(&flight->mutex);
    const struct rpc_client_call call = {
        .method = method,
        .body = {packed, length},
        .credential = flight->cli->credential,
        .timeout_ms = CALL_TIMEOUT_MS,
        .directory_position = position,
        .done = on_done,
        .user = sent,
    };
    rpc_client_send(flight->client, &call);
    free(packed);
}

void flight_wait(struct flight *flight)
{
    wait_for(flight, 0);
    flight->landed = flight->position;
}

void flight_fini(struct flight *flight)
{
    flight_wait(flight);
    pthread_mutex_destroy(&flight->mutex);
    pthread_cond_destroy(&flight->changed);
}

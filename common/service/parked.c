// SPDX-License-Identifier: Apache-2.0
// Calls that have seen more of the directory than this process has: they wait for it, on no thread.
#include "base/clock.h"
#include "service/engine.h"

#define ANSWER_WITHIN (500 * CLOCK_MILLISECOND)

int64_t service_park_until(const struct rpc_call *call)
{
    int64_t quarter = (call->deadline - call->started) / 4;
    return call->deadline - (quarter < ANSWER_WITHIN ? quarter : ANSWER_WITHIN);
}

// The place of a call's message among those that are parked, or a free one; NULL: there is none. Who comes over TLS and
// who is on this host take none of the other's; a list that waits has places of its own, on the address of feeds.
static struct service_parked_message *place_of(struct service *service, const struct rpc_call *call)
{
    struct service_parked_message *places = service->parked_messages[call->peer.kind != CRYPTO_PEER_NONE];
    struct service_parked_message *found = NULL;
    for (size_t i = 0; i < SERVICE_PARKED_MESSAGES; i++) {
        if (places[i].calls > 0 && places[i].message == call->message)
            return &places[i];
        if (places[i].calls == 0 && !found)
            found = &places[i];
    }
    return found;
}

bool service_park(struct service *service, struct rpc_call *call)
{
    pthread_mutex_lock(&service->parked_mutex);
    struct service_parked_message *place = call->user ? NULL : place_of(service, call);
    bool room = place || call->user;
    if (place)
        *place = (struct service_parked_message){call->message, place->calls + 1};
    if (room) {
        call->more = false;    // it goes on alone
        call->index = 0;
        call->next = service->parked;
        service->parked = call;
    }
    pthread_mutex_unlock(&service->parked_mutex);
    return room;
}

// Dispatching again answers or parks them anew.
void service_unpark(struct service *service, bool all)
{
    int64_t position = directory_position(service->directory);
    bool caught_up = directory_caught_up_at(service->directory) >= 0;
    int64_t now = clock_monotonic();
    struct rpc_call *ready = NULL;
    pthread_mutex_lock(&service->parked_mutex);
    for (struct rpc_call **at = &service->parked; *at;) {
        struct rpc_call *call = *at;
        bool known = caught_up && call->directory_position <= position;
        if (!all && !known && service_park_until(call) > now && !rpc_call_cancelled(call)) {
            at = &call->next;
            continue;
        }
        *at = call->next;
        if (!call->user)
            place_of(service, call)->calls--;
        call->next = ready;
        ready = call;
    }
    pthread_mutex_unlock(&service->parked_mutex);
    while (ready) {
        struct rpc_call *call = ready;
        ready = call->next;
        service_dispatch_call(service, call);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Calls that have seen more of the directory than this process has: they wait for it, on no thread.
#include "base/clock.h"
#include "base/limits.h"
#include "service/engine.h"

#define ANSWER_WITHIN (500 * CLOCK_MILLISECOND)

int64_t service_park_until(const struct rpc_call *call)
{
    int64_t quarter = (call->deadline - call->started) / 4;
    return call->deadline - (quarter < ANSWER_WITHIN ? quarter : ANSWER_WITHIN);
}

// Messages whose calls are parked, but for that of `call`. (Those of one message mostly stand together.)
static size_t messages_parked(const struct service *service, const struct rpc_call *call)
{
    size_t count = 0;
    const struct rpc_call *before = NULL;
    for (const struct rpc_call *at = service->parked; at; before = at, at = at->next)
        count += at->message != call->message && (!before || before->message != at->message);
    return count;
}

bool service_park(struct service *service, struct rpc_call *call)
{
    pthread_mutex_lock(&service->parked_mutex);
    bool room = messages_parked(service, call) < LIMIT_CONTEXTS / 2;
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

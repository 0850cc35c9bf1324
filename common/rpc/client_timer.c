// SPDX-License-Identifier: Apache-2.0
// Deadlines and second tries of the client's calls.
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "rpc/client_parts.h"

static bool is_connected(const struct rpc_client *client)
{
    for (size_t e = 0; e < client->endpoint_count; e++)
        if (client->endpoints[e].pipes > 0)
            return true;
    return false;
}

// Why nobody could be reached, as far as TLS says.
static void tell_unreachable(const struct rpc_client *client, char *text, size_t size)
{
    char refusal[192] = "";
    if (client->options.tls)
        rpc_tls_last_refusal(client->options.tls, refusal);
    snprintf(text, size, "no service could be reached in time%s%s", *refusal ? ": " : "", refusal);
}

// Ends calls of a list whose deadline has passed, or all of them. A service that is connected and keeps all lanes busy
// is slow, not unreachable.
static void expire_list(struct client_call **list, int64_t now, bool all, bool connected, const char *unreachable,
                        struct client_ended *ended, int64_t *next)
{
    while (*list) {
        struct client_call *call = *list;
        if (!all && call->deadline > now) {
            if (call->deadline < *next)
                *next = call->deadline;
            list = &call->next;
            continue;
        }
        *list = call->next;
        if (all)
            client_end_with(ended, call, REASON(CANCELLED), "the client was closed");
        else if (connected)
            client_end_with(ended, call, REASON(DEADLINE_EXCEEDED), "it waited behind others until its time was over");
        else
            client_end_with(ended, call, REASON(UNREACHABLE), unreachable);
    }
}

static void expire_lane(struct client_lane *lane, int64_t now, bool all, struct client_ended *ended, int64_t *next)
{
    for (size_t i = 0; lane->busy && i < lane->count; i++) {
        struct client_call *call = lane->calls[i];
        if (call && !all && call->deadline > now && call->deadline < *next)
            *next = call->deadline;
        if (!call || (!all && call->deadline > now))
            continue;
        lane->calls[i] = NULL;
        if (all)
            client_end_with(ended, call, REASON(CANCELLED), "the client was closed");
        else
            client_end_with(ended, call, REASON(DEADLINE_EXCEEDED), "no answer came in time");
    }
}

static void fix_queue_end(struct rpc_client *client)
{
    client->queue_end = &client->queue;
    while (*client->queue_end)
        client->queue_end = &(*client->queue_end)->next;
}

// Looks at every call once. Under the lock; answers when to look next.
int64_t client_expire(struct rpc_client *client, bool all, struct client_ended *ended)
{
    int64_t now = clock_monotonic();
    int64_t next = INT64_MAX;
    bool connected = is_connected(client);
    char unreachable[256];
    tell_unreachable(client, unreachable, sizeof(unreachable));
    expire_list(&client->queue, now, all, connected, unreachable, ended, &next);
    expire_list(&client->delayed, now, all, connected, unreachable, ended, &next);
    fix_queue_end(client);
    for (size_t e = 0; e < client->endpoint_count; e++)
        for (unsigned l = 0; l < client->options.lanes; l++)
            expire_lane(&client->endpoints[e].lanes[l], now, all, ended, &next);
    for (size_t e = 0; e < client->endpoint_count; e++) {
        int64_t redial = client_redial_at(&client->endpoints[e]);
        if (client->endpoints[e].pipes == 0 && redial < next)
            next = redial;
    }
    for (struct client_call **at = &client->delayed; *at;) {
        struct client_call *call = *at;
        if (call->retry_at > now) {
            if (call->retry_at < next)
                next = call->retry_at;
            at = &call->next;
            continue;
        }
        *at = call->next;
        client_enqueue(client, call);
    }
    return next;
}

void *client_run_timer(void *argument)
{
    struct rpc_client *client = argument;
    pthread_mutex_lock(&client->mutex);
    while (!client->stopping) {
        if (clock_monotonic() < client->timer_at) {
            int64_t at = client->timer_at == INT64_MAX ? clock_monotonic() + 3600 * CLOCK_SECOND : client->timer_at;
            struct timespec until = {.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000};
            pthread_cond_timedwait(&client->timer_wake, &client->mutex, &until);
            continue;
        }
        struct client_ended ended = {0};
        client->timer_at = client_expire(client, false, &ended);
        pthread_mutex_unlock(&client->mutex);
        client_tell(client, &ended);
        client_redial(client);
        pthread_mutex_lock(&client->mutex);
        client_send_waiting(client);
    }
    pthread_mutex_unlock(&client->mutex);
    return NULL;
}

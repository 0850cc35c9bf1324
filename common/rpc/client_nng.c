// SPDX-License-Identifier: Apache-2.0
// The client's connections within a host, by nng. Each address has a socket of its own, so that the end of its
// connection tells which messages are lost, which nng does not; each lane is a context of it.
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>

#include "base/clock.h"
#include "rpc/client_parts.h"
#include "rpc/closing.h"

// An address that is away for so long is dialled anew, whatever nng does.
#define REDIAL_MS 1000
#define CLOSE_WITHIN_MS 2000

// Waits for the answer. False where the message was given up since it was sent: nng had nothing to cancel then.
static bool receive(struct client_lane *lane)
{
    struct rpc_client *client = lane->endpoint->client;
    pthread_mutex_lock(&client->mutex);
    lane->receiving = !lane->lost;
    if (lane->receiving)
        nng_ctx_recv(lane->context, lane->aio);
    bool receiving = lane->receiving;
    pthread_mutex_unlock(&client->mutex);
    return receiving;
}

static void on_lane(void *argument)
{
    struct client_lane *lane = argument;
    nng_msg *reply = NULL;
    int result = nng_aio_result(lane->aio);
    if (!lane->receiving) {
        if (result != 0)
            nng_msg_free(nng_aio_get_msg(lane->aio));
        else if (receive(lane))
            return;
    } else if (result == 0) {
        reply = nng_aio_get_msg(lane->aio);
    }
    client_settle(lane, reply ? (struct bytes){nng_msg_body(reply), nng_msg_len(reply)} : (struct bytes){0});
    nng_msg_free(reply);
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *argument)
{
    (void)pipe;
    struct client_endpoint *endpoint = argument;
    pthread_mutex_lock(&endpoint->client->mutex);
    // What was on its way is lost with it: nng itself would wait for ever, or send it a second time.
    if (event == NNG_PIPE_EV_ADD_POST)
        client_connected(endpoint);
    else if (endpoint->pipes > 0)
        client_disconnected(endpoint);
    pthread_mutex_unlock(&endpoint->client->mutex);
}

static int open_lanes(struct client_endpoint *endpoint)
{
    int result = 0;
    for (unsigned i = 0; i < endpoint->client->options.lanes && result == 0; i++) {
        struct client_lane *lane = &endpoint->lanes[i];
        if ((result = nng_ctx_open(&lane->context, endpoint->socket)) == 0 &&
            (result = nng_ctx_set_ms(lane->context, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE)) == 0)
            result = nng_aio_alloc(&lane->aio, on_lane, lane);
    }
    return result;
}

static int dial(struct client_endpoint *endpoint)
{
    return nng_dial(endpoint->socket, endpoint->address, &endpoint->dialer, NNG_FLAG_NONBLOCK);
}

static int open_socket(struct client_endpoint *endpoint)
{
    nng_socket *socket = &endpoint->socket;
    int result = nng_req0_open(socket);
    if (result != 0)
        return result;
    endpoint->open = true;
    if ((result = nng_socket_set_ms(*socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE)) != 0 ||
        (result = nng_socket_set_size(*socket, NNG_OPT_RECVMAXSZ, endpoint->client->options.message_limit)) != 0 ||
        (result = nng_socket_set_ms(*socket, NNG_OPT_RECONNMINT, RECONNECT_FIRST_MS)) != 0 ||
        (result = nng_socket_set_ms(*socket, NNG_OPT_RECONNMAXT, RECONNECT_MOST_MS)) != 0 ||
        (result = nng_pipe_notify(*socket, NNG_PIPE_EV_ADD_POST, on_pipe, endpoint)) != 0 ||
        (result = nng_pipe_notify(*socket, NNG_PIPE_EV_REM_POST, on_pipe, endpoint)) != 0 ||
        (result = open_lanes(endpoint)) != 0)
        return result;
    return dial(endpoint);
}

static bool open_endpoint(struct client_endpoint *endpoint, struct status *status)
{
    int result = open_socket(endpoint);
    return result == 0 ||
           status_set(status, REASON(UNREACHABLE), "%.150s: %s", endpoint->address, nng_strerror(result));
}

static void send_lane(struct client_lane *lane, nng_msg *message, int timeout_ms)
{
    lane->receiving = false;
    nng_aio_set_timeout(lane->aio, timeout_ms);
    nng_aio_set_msg(lane->aio, message);
    nng_ctx_send(lane->context, lane->aio);
}

static void give_up(struct client_lane *lane)
{
    nng_aio_cancel(lane->aio);
}

static bool close_endpoint(struct client_endpoint *endpoint)
{
    if (endpoint->open && !rpc_close_within(endpoint->socket, CLOSE_WITHIN_MS))
        return false;
    for (unsigned l = 0; l < endpoint->client->options.lanes; l++)
        nng_aio_free(endpoint->lanes[l].aio);
    return true;
}

const struct client_transport client_nng = {
    .open = open_endpoint, .send = send_lane, .give_up = give_up, .close = close_endpoint};

int64_t client_redial_at(const struct client_endpoint *endpoint)
{
    return endpoint->transport == &client_nng ? endpoint->away_since + REDIAL_MS * CLOCK_MILLISECOND : INT64_MAX;
}

void client_redial(struct rpc_client *client)
{
    for (size_t i = 0; i < client->endpoint_count; i++) {
        struct client_endpoint *endpoint = &client->endpoints[i];
        pthread_mutex_lock(&client->mutex);
        int64_t now = clock_monotonic();
        bool away = endpoint->pipes == 0 && now >= client_redial_at(endpoint);
        if (away)
            endpoint->away_since = now;
        pthread_mutex_unlock(&client->mutex);
        if (!away)
            continue;
        nng_dialer_close(endpoint->dialer);
        dial(endpoint);    // where it fails now, it is tried again
    }
}

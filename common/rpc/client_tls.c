// SPDX-License-Identifier: Apache-2.0
// The client's connections to other hosts: nng's protocol (REQ) over TLS, one thread for each address. nng's own takes
// a reply in pieces of 16 KiB, with two changes of threads for each: a page of a list cost the client three times as
// much.
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "rpc/address.h"
#include "rpc/client_parts.h"
#include "rpc/tls_parts.h"
#include "rpc/tls_stream.h"

#define WORD_BYTES 4
// A peer that acknowledges or takes nothing for so long is gone: by itself, the system would try for a quarter of an
// hour, and for ever with one that takes a little now and then.
#define GONE_AFTER_MS 20000
#define AT_ONCE (1024 * 1024)    // bytes that are read before other things are looked at
#define ROOM_FOR CLOCK_SECOND    // that a large reply needed is kept for the next one

struct client_connection {
    struct client_endpoint *endpoint;
    struct rpc_tls *tls;
    char host[256];
    char port[6];
    pthread_t thread;
    int wake;
    // While the host's address is searched for, which may take long, the thread uses nothing of the client's: one that
    // is to stop meanwhile is left alone, and frees the connection.
    pthread_mutex_t mutex;
    bool searching;
    bool stopping;
    // Of the thread.
    struct tls_stream stream;
    uint8_t *spare;
    nng_msg *writing;    // the message that is going
    size_t written;
    uint32_t last_id;
    int64_t large_at;    // when the last large reply came
    bool failed;
    // Under the client's mutex.
    struct client_lane *waiting;    // whose messages have not begun to go
    struct client_lane **waiting_end;
};

// That of this thread.
static __thread const struct client_connection *mine;

static bool is_stopping(struct client_connection *connection)
{
    pthread_mutex_lock(&connection->mutex);
    bool stopping = connection->stopping;
    pthread_mutex_unlock(&connection->mutex);
    return stopping;
}

static void free_connection(struct client_connection *connection)
{
    close(connection->wake);
    tls_release(connection->tls);
    pthread_mutex_destroy(&connection->mutex);
    free(connection->spare);
    free(connection);
}

static void wake(const struct client_connection *connection)
{
    uint64_t one = 1;
    ssize_t written = write(connection->wake, &one, sizeof(one));
    (void)written;
}

// Waits until the descriptor (-1: none) is ready for what is asked, somebody wakes the thread, or the time is over.
static void await(const struct client_connection *connection, int descriptor, short events, int64_t until)
{
    int64_t left = until == INT64_MAX ? 3600 * CLOCK_SECOND : until - clock_monotonic();
    struct pollfd polled[] = {{.fd = connection->wake, .events = POLLIN}, {.fd = descriptor, .events = events}};
    uint64_t ignored = 0;
    if (left > 0)
        left += CLOCK_MILLISECOND - 1;
    if (poll(polled, COUNT_OF(polled), left > 0 ? (int)(left / CLOCK_MILLISECOND) : 0) > 0 &&
        (polled[0].revents & POLLIN))
        CHECK(read(connection->wake, &ignored, sizeof(ignored)) > 0 || errno == EAGAIN);
}

static void refuse(struct client_connection *connection, const char *reason, const char *detail)
{
    struct crypto_tls_refusal refusal = {.reason = reason};
    snprintf(refusal.detail, sizeof(refusal.detail), "%s", detail);
    tls_note_refusal(connection->tls, &refusal);
    connection->failed = true;
}

// True where the operation has moved something. What failed is noted for who asks why nobody can be reached.
static bool moved(struct client_connection *connection, enum crypto_tls_result result)
{
    struct crypto_tls_refusal refusal;
    connection->failed = connection->failed || result == CRYPTO_TLS_ENDED || result == CRYPTO_TLS_FAILED;
    if (result == CRYPTO_TLS_FAILED) {
        crypto_tls_why(connection->stream.session, &refusal);
        tls_note_refusal(connection->tls, &refusal);
    }
    return result == CRYPTO_TLS_DONE;
}

static void flush(struct client_connection *connection)
{
    if (!connection->failed && tls_stream_flush(&connection->stream) == CRYPTO_TLS_FAILED)
        connection->failed = true;
}

static short events_of(const struct client_connection *connection)
{
    return (short)(POLLIN | (connection->stream.blocked_at ? POLLOUT : 0));
}

// Dialling.

static void set_options(int descriptor)
{
    const struct {
        int level;
        int name;
        int value;
    } options[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, GONE_AFTER_MS / 2000},
        {IPPROTO_TCP, TCP_KEEPINTVL, GONE_AFTER_MS / 8000},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, GONE_AFTER_MS},
    };
    for (size_t i = 0; i < COUNT_OF(options); i++)
        setsockopt(descriptor, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
}

// A connected descriptor, or -1.
static int connect_to(struct client_connection *connection, const struct addrinfo *at, int64_t until)
{
    int error = 0;
    socklen_t length = sizeof(error);
    int descriptor = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -1;
    set_options(descriptor);
    if (connect(descriptor, at->ai_addr, at->ai_addrlen) != 0)
        error = errno;
    while (error == EINPROGRESS && !is_stopping(connection) && clock_monotonic() < until) {
        struct sockaddr_storage peer;
        socklen_t peer_length = sizeof(peer);
        await(connection, descriptor, POLLOUT, until);
        if (getpeername(descriptor, (struct sockaddr *)&peer, &peer_length) == 0)
            return descriptor;
        if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0)
            error = EINPROGRESS;
    }
    if (error == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

// The addresses of the host; NULL where there is none. Does not come back where nobody waits for the thread any more.
static struct addrinfo *search(struct client_connection *connection)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    pthread_mutex_lock(&connection->mutex);
    connection->searching = !connection->stopping;
    pthread_mutex_unlock(&connection->mutex);
    if (!connection->searching)
        return NULL;
    int result = getaddrinfo(connection->host, connection->port, &hints, &found);
    pthread_mutex_lock(&connection->mutex);
    bool alone = connection->stopping;
    connection->searching = false;
    pthread_mutex_unlock(&connection->mutex);
    if (result != 0)
        found = NULL;
    if (!alone)
        return found;
    if (found)
        freeaddrinfo(found);
    free_connection(connection);
    pthread_exit(NULL);
}

// A connected descriptor to the first address of the host's that answers, or -1.
static int dial(struct client_connection *connection)
{
    int64_t count = 0;
    int descriptor = -1;
    struct addrinfo *found = search(connection);
    for (const struct addrinfo *at = found; at; at = at->ai_next)
        count++;
    for (const struct addrinfo *at = found; at && descriptor < 0; at = at->ai_next)
        descriptor = connect_to(connection, at,
                                clock_monotonic() + connection->tls->options.handshake_ms * CLOCK_MILLISECOND / count);
    if (found)
        freeaddrinfo(found);
    return descriptor;
}

// TLS, then a greeting each way.
static void greet(struct client_connection *connection)
{
    int64_t until = clock_monotonic() + connection->tls->options.handshake_ms * CLOCK_MILLISECOND;
    struct tls_stream *stream = &connection->stream;
    size_t greeted = 0;
    size_t most = SIZE_MAX;
    bool shaken = false;
    for (;;) {
        if (!shaken)
            shaken = moved(connection, crypto_tls_handshake(stream->session));
        if (shaken && !connection->failed)
            moved(connection, tls_stream_write(stream, tls_greeting_req, GREETING_BYTES, &greeted, &most));
        flush(connection);
        while (shaken && !connection->failed && stream->in_used < GREETING_BYTES &&
               moved(connection, tls_stream_read(stream, &most)))
            ;
        if (connection->failed || stream->in_used >= GREETING_BYTES)
            break;
        if (clock_monotonic() >= until)
            refuse(connection, "handshake_timeout", "the service did not greet in time");
        if (connection->failed || is_stopping(connection)) {
            connection->failed = true;
            return;
        }
        await(connection, stream->descriptor, events_of(connection), until);
    }
    if (connection->failed)
        return;
    if (memcmp(stream->in, tls_greeting_rep, GREETING_BYTES) != 0)
        refuse(connection, "malformed", "not a greeting of nng's REP");
    else
        tls_stream_shift(stream, GREETING_BYTES);
}

static void hang_up(struct client_connection *connection)
{
    tls_stream_close(&connection->stream);
    tls_stream_fini(&connection->stream);
    nng_msg_free(connection->writing);
    connection->writing = NULL;
    connection->written = 0;
}

static bool come_in(struct client_connection *connection)
{
    int descriptor = dial(connection);
    if (descriptor < 0)
        return false;
    struct crypto_tls_context *context = tls_context(connection->tls);
    bool opened = tls_stream_open(&connection->stream, context, connection->host, descriptor, &connection->spare);
    crypto_tls_context_release(context);
    if (!opened) {
        close(descriptor);
        return false;
    }
    connection->failed = false;
    greet(connection);
    if (connection->failed)
        hang_up(connection);
    return !connection->failed;
}

// Messages.

// The next message, as it goes: its length, its id, its bytes.
static nng_msg *take_waiting(struct client_connection *connection)
{
    struct rpc_client *client = connection->endpoint->client;
    pthread_mutex_lock(&client->mutex);
    struct client_lane *lane = connection->waiting;
    nng_msg *message = NULL;
    if (lane) {
        connection->waiting = lane->next;
        if (!connection->waiting)
            connection->waiting_end = &connection->waiting;
        message = lane->message;
        lane->message = NULL;
        lane->id = ++connection->last_id | ROUTE_END << 24;
        uint64_t length = WORD_BYTES + nng_msg_len(message);
        CHECK(nng_msg_insert_u32(message, lane->id) == 0 && nng_msg_insert_u64(message, length) == 0);
    }
    pthread_mutex_unlock(&client->mutex);
    return message;
}

static void write_some(struct client_connection *connection)
{
    size_t most = SIZE_MAX;
    while (!connection->failed && (connection->writing || (connection->writing = take_waiting(connection)))) {
        if (!moved(connection, tls_stream_write(&connection->stream, nng_msg_body(connection->writing),
                                                nng_msg_len(connection->writing), &connection->written, &most)))
            break;
        nng_msg_free(connection->writing);
        connection->writing = NULL;
        connection->written = 0;
    }
    flush(connection);
}

// Until all has gone, or the system says when it takes more: it may do so again while the last part is flushed.
static void write_waiting(struct client_connection *connection)
{
    do
        write_some(connection);
    while (connection->writing && !connection->failed && !connection->stream.blocked_at);
}

// The lane that waits for the answer with this id; NULL where nobody waits any more.
static struct client_lane *lane_of(const struct client_connection *connection, uint32_t id)
{
    struct client_endpoint *endpoint = connection->endpoint;
    struct client_lane *found = NULL;
    pthread_mutex_lock(&endpoint->client->mutex);
    for (unsigned l = 0; l < endpoint->client->options.lanes; l++) {
        struct client_lane *lane = &endpoint->lanes[l];
        if (lane->busy && !lane->message && lane->id == id)
            found = lane;
    }
    pthread_mutex_unlock(&endpoint->client->mutex);
    return found;
}

static void take_reply(struct client_connection *connection, size_t length)
{
    const uint8_t *message = connection->stream.in + LENGTH_BYTES;
    if (length < WORD_BYTES) {
        refuse(connection, "malformed", "a reply without an id");
        return;
    }
    uint32_t id =
        (uint32_t)message[0] << 24 | (uint32_t)message[1] << 16 | (uint32_t)message[2] << 8 | (uint32_t)message[3];
    struct client_lane *lane = lane_of(connection, id);
    if (length > ROOM_KEPT)
        connection->large_at = clock_monotonic();
    if (lane)
        client_settle(lane, (struct bytes){message + WORD_BYTES, length - WORD_BYTES});
    tls_stream_shift(&connection->stream, LENGTH_BYTES + length);
}

// What is asked next goes out before more is read: the service works on it meanwhile.
static void use_input(struct client_connection *connection)
{
    size_t length = 0;
    while (!connection->failed && tls_stream_length(&connection->stream, &length)) {
        if (length > connection->endpoint->client->options.message_limit) {
            refuse(connection, "message_too_large", "a reply");
            return;
        }
        if (connection->stream.in_used < LENGTH_BYTES + length)
            return;
        take_reply(connection, length);
        write_waiting(connection);
    }
}

// Takes a lane out of those that wait, and its message. Under the lock.
static void withdraw(struct client_connection *connection, struct client_lane *lane)
{
    struct client_lane **at = &connection->waiting;
    while (*at && *at != lane)
        at = &(*at)->next;
    if (*at)
        *at = lane->next;
    connection->waiting_end = &connection->waiting;
    while (*connection->waiting_end)
        connection->waiting_end = &(*connection->waiting_end)->next;
    nng_msg_free(lane->message);
    lane->message = NULL;
}

// A lane that is given up, or whose time is over; NULL for none. *until is lowered to when the next one's is.
static struct client_lane *lost_lane(struct client_connection *connection, int64_t *until)
{
    struct client_endpoint *endpoint = connection->endpoint;
    struct client_lane *lost = NULL;
    int64_t now = clock_monotonic();
    pthread_mutex_lock(&endpoint->client->mutex);
    for (unsigned l = 0; l < endpoint->client->options.lanes && !lost; l++) {
        struct client_lane *lane = &endpoint->lanes[l];
        if (lane->busy && (lane->lost || lane->until <= now))
            lost = lane;
        else if (lane->busy && lane->until < *until)
            *until = lane->until;
    }
    if (lost)
        withdraw(connection, lost);
    pthread_mutex_unlock(&endpoint->client->mutex);
    return lost;
}

// Ends what nobody waits for any more. Answers when to look again.
static int64_t settle_lost(struct client_connection *connection)
{
    struct client_lane *lost = NULL;
    int64_t until = INT64_MAX;
    while ((lost = lost_lane(connection, &until)))
        client_settle(lost, (struct bytes){0});
    return until;
}

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

// What time brings about, besides. Answers when to look again, or `until`.
static int64_t judge(struct client_connection *connection, int64_t until)
{
    struct tls_stream *stream = &connection->stream;
    int64_t now = clock_monotonic();
    if (stream->blocked_at) {
        int64_t gone_at = stream->blocked_at + GONE_AFTER_MS * CLOCK_MILLISECOND;
        if (gone_at <= now)
            refuse(connection, "not_reading", "the service takes nothing");
        until = earlier(until, gone_at);
    }
    if (connection->large_at) {
        int64_t spare_at = connection->large_at + ROOM_FOR;
        if (spare_at > now) {
            until = earlier(until, spare_at);
        } else if (stream->in_used == 0) {    // else the rest of a message brings us back
            tls_stream_spare_room(stream);
            connection->large_at = 0;
        }
    }
    return until;
}

static void converse(struct client_connection *connection)
{
    while (!connection->failed && !is_stopping(connection)) {
        size_t most = AT_ONCE;
        while (!connection->failed && most > 0 && moved(connection, tls_stream_read(&connection->stream, &most)))
            use_input(connection);
        int64_t until = settle_lost(connection);
        write_waiting(connection);
        until = judge(connection, until);
        if (!connection->failed && most > 0)
            await(connection, connection->stream.descriptor, events_of(connection), until);
    }
}

static void announce(struct client_connection *connection, void (*what)(struct client_endpoint *endpoint))
{
    struct rpc_client *client = connection->endpoint->client;
    pthread_mutex_lock(&client->mutex);
    what(connection->endpoint);
    pthread_mutex_unlock(&client->mutex);
}

static void *run(void *argument)
{
    struct client_connection *connection = argument;
    int64_t pause = RECONNECT_FIRST_MS;
    mine = connection;
    while (!is_stopping(connection)) {
        int64_t began = clock_monotonic();
        if (come_in(connection)) {
            announce(connection, client_connected);
            converse(connection);
            announce(connection, client_disconnected);
            settle_lost(connection);
            hang_up(connection);
        }
        // Who lets in and cuts at once is not asked all the time.
        if (clock_monotonic() - began > CLOCK_SECOND)
            pause = RECONNECT_FIRST_MS;
        int64_t until = clock_monotonic() + pause * CLOCK_MILLISECOND;
        while (clock_monotonic() < until && !is_stopping(connection))
            await(connection, -1, 0, until);
        pause = 2 * pause < RECONNECT_MOST_MS ? 2 * pause : RECONNECT_MOST_MS;
    }
    return NULL;
}

static bool open_endpoint(struct client_endpoint *endpoint, struct status *status)
{
    struct client_connection *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->endpoint = endpoint;
    made->tls = tls_hold(endpoint->client->options.tls);
    CHECK(rpc_address_host(endpoint->address, made->host, sizeof(made->host)));
    snprintf(made->port, sizeof(made->port), "%s", strrchr(endpoint->address, ':') + 1);
    pthread_mutex_init(&made->mutex, NULL);
    made->waiting_end = &made->waiting;
    made->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->wake < 0) {
        free_connection(made);
        return status_set(status, REASON(UNREACHABLE), "%.150s: %s", endpoint->address, strerror(errno));
    }
    endpoint->connection = made;
    CHECK(pthread_create(&made->thread, NULL, run, made) == 0);
    return true;
}

static void send_lane(struct client_lane *lane, nng_msg *message, int timeout_ms)
{
    struct client_connection *connection = lane->endpoint->connection;
    lane->message = message;
    lane->until = clock_monotonic() + timeout_ms * CLOCK_MILLISECOND;
    lane->next = NULL;
    *connection->waiting_end = lane;
    connection->waiting_end = &lane->next;
    if (mine != connection)
        wake(connection);
}

static void give_up(struct client_lane *lane)
{
    wake(lane->endpoint->connection);
}

static bool close_endpoint(struct client_endpoint *endpoint)
{
    struct client_connection *connection = endpoint->connection;
    if (!connection)
        return true;
    pthread_t thread = connection->thread;
    pthread_mutex_lock(&connection->mutex);
    connection->stopping = true;
    bool alone = connection->searching;
    if (!alone)
        wake(connection);
    pthread_mutex_unlock(&connection->mutex);
    if (alone) {
        pthread_detach(thread);
    } else {
        pthread_join(thread, NULL);
        free_connection(connection);
    }
    return true;
}

const struct client_transport client_tls = {
    .open = open_endpoint, .send = send_lane, .give_up = give_up, .close = close_endpoint};

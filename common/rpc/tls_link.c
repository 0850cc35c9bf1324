// SPDX-License-Identifier: Apache-2.0
#include "rpc/tls_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"

#define AT_ONCE (256 * 1024)    // bytes of one connection, either way, before others have their turn
#define TAKEN_AT_ONCE 4         // messages likewise: what needs no database is answered on this thread
#define IN_LEAST 4096
#define OUT_SIZE (64 * 1024)    // records that go with one call of the system
#define LENGTH_BYTES 8
#define ROUTE_END 0x80    // in the first byte of the last word

// What both sides send first: "SP", then the protocol's number.
static const uint8_t greeting_rep[GREETING_BYTES] = {0, 'S', 'P', 0, 0, 49, 0, 0};
static const uint8_t greeting_req[GREETING_BYTES] = {0, 'S', 'P', 0, 0, 48, 0, 0};

static enum crypto_tls_result moved(ssize_t count, size_t *length)
{
    if (count > 0) {
        *length = (size_t)count;
        return CRYPTO_TLS_DONE;
    }
    bool again = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return again ? CRYPTO_TLS_AGAIN : CRYPTO_TLS_FAILED;
}

// Sends what has been gathered. False where the system takes no more of it now, or the connection has failed.
static bool flush(struct tls_link *link, enum crypto_tls_result *result)
{
    *result = CRYPTO_TLS_DONE;
    while (link->out_sent < link->out_used) {
        size_t length = link->out_used - link->out_sent;
        *result = moved(send(link->descriptor, link->out + link->out_sent, length, MSG_NOSIGNAL), &length);
        if (*result == CRYPTO_TLS_AGAIN && link->blocked_at == 0)
            link->blocked_at = clock_monotonic();
        if (*result != CRYPTO_TLS_DONE)
            return false;
        link->out_sent += length;
    }
    // Not before: who takes a little now and then would hold his replies for ever.
    link->blocked_at = 0;
    link->out_sent = link->out_used = 0;
    tls_server_spare_out(link);
    return true;
}

// Gathers records: a reply of many goes at once.
static enum crypto_tls_result wire_send(void *user, const uint8_t *data, size_t *length)
{
    struct tls_link *link = user;
    enum crypto_tls_result result = CRYPTO_TLS_DONE;
    if (link->out_used == OUT_SIZE && link->away)
        return CRYPTO_TLS_AGAIN;
    if (link->out_used == OUT_SIZE && !flush(link, &result))
        return result;
    if (!link->out)
        tls_server_lend_out(link, OUT_SIZE);
    if (*length > OUT_SIZE - link->out_used)
        *length = OUT_SIZE - link->out_used;
    memcpy(link->out + link->out_used, data, *length);
    link->out_used += *length;
    return CRYPTO_TLS_DONE;
}

static enum crypto_tls_result wire_receive(void *user, uint8_t *data, size_t *length)
{
    const struct tls_link *link = user;
    return moved(recv(link->descriptor, data, *length, 0), length);
}

struct tls_link *tls_link_new(struct rpc_server *server, int descriptor, const union tls_address *address)
{
    struct tls_link *link = calloc(1, sizeof(*link));
    if (!link || !tls_entry_add(server->options.tls, &link->entry, address)) {
        free(link);
        close(descriptor);
        return NULL;
    }
    const struct crypto_tls_wire wire = {.send = wire_send, .receive = wire_receive, .user = link};
    link->generation = atomic_load(&server->options.tls->generation);    // before the context, which may be newer then
    struct crypto_tls_context *context = tls_context(server->options.tls);
    link->server = server;
    link->tls = server->options.tls;
    link->descriptor = descriptor;
    link->busy_at = clock_monotonic();
    link->replies_end = &link->replies;
    link->shaken = CRYPTO_TLS_AGAIN;
    link->session = crypto_tls_new(context, NULL, &wire);
    CHECK(link->session);
    crypto_tls_context_release(context);
    return link;
}

// Frees what waits to be written.
static void drop_replies(struct tls_link *link)
{
    while (link->replies) {
        struct exchange *exchange = link->replies;
        link->replies = exchange->next;
        tls_server_give(exchange);
    }
    link->replies_end = &link->replies;
}

void tls_link_close(struct tls_link *link, const char *reason, const char *detail)
{
    if (link->closed)
        return;
    if (link->entry.stage != TLS_OPEN)
        tls_entry_tell(link->tls, &link->entry, "tls.refused", reason ? reason : "connection_lost", detail);
    else if (reason)
        tls_entry_tell(link->tls, &link->entry, "tls.closed", reason, detail);
    link->closed = true;
    for (size_t i = 0; i < link->server->exchange_count; i++)
        if (link->server->exchanges[i].link == link)
            atomic_store(&link->server->exchanges[i].gone, true);
    drop_replies(link);
    crypto_tls_goodbye(link->session);
    flush(link, &(enum crypto_tls_result){CRYPTO_TLS_DONE});
    link->blocked_at = 0;
    close(link->descriptor);
    link->descriptor = -1;
    tls_entry_remove(link->tls, &link->entry);
}

void tls_link_free(struct tls_link *link)
{
    CHECK(link->closed && link->calls == 0);
    crypto_tls_free(link->session);
    crypto_certificate_release(link->certificate);
    free(link->out);
    free(link->in);
    free(link);
}

// An operation that did not move anything: waits, or ends the connection. False always.
static bool settle(struct tls_link *link, enum crypto_tls_result result)
{
    struct crypto_tls_refusal refusal;
    if (result == CRYPTO_TLS_ENDED)
        tls_link_close(link, NULL, "");
    if (result != CRYPTO_TLS_FAILED)
        return false;
    crypto_tls_why(link->session, &refusal);
    bool refused = link->entry.stage != TLS_OPEN;
    tls_link_close(link, refused ? refusal.reason : NULL, refused ? refusal.detail : "");
    return false;
}

bool tls_link_is_stranger(const struct tls_link *link)
{
    return link->entry.stage == TLS_SHAKING && link->blocked_at == 0 && !link->closed;
}

static bool overdue(const struct tls_link *link, int64_t now)
{
    return link->entry.stage != TLS_OPEN && now - link->busy_at >= link->tls->options.handshake_ms * CLOCK_MILLISECOND;
}

void tls_link_shake(struct tls_link *link)
{
    link->shaken = CRYPTO_TLS_AGAIN;
    if (overdue(link, clock_monotonic()))
        return;
    if (!link->out)
        link->out = malloc(OUT_SIZE);    // the server's own is not for this thread
    CHECK(link->out);
    link->shaken = crypto_tls_handshake(link->session);
}

// Before anything of his is read, it is known who he is, and that he would be let in now too: whom we trust may have
// changed since he came.
static void admit(struct tls_link *link)
{
    link->certificate = crypto_tls_peer(link->session);
    const struct crypto_peer peer =
        link->certificate ? crypto_certificate_peer(link->certificate) : (struct crypto_peer){0};
    if (!tls_entry_admit(link->tls, &link->entry, &peer)) {
        tls_link_close(link, "no_identity", "");
    } else if (link->generation != atomic_load(&link->tls->generation)) {
        struct crypto_tls_context *context = tls_context(link->tls);
        tls_link_recheck(link, context);
        crypto_tls_context_release(context);
    }
}

void tls_link_shaken(struct tls_link *link)
{
    if (link->shaken == CRYPTO_TLS_DONE)
        admit(link);
    else if (link->shaken == CRYPTO_TLS_AGAIN && overdue(link, clock_monotonic()))
        tls_link_close(link, "handshake_timeout", "");
    else
        settle(link, link->shaken);
    tls_link_work(link);
}

// About as many as `most`, which are counted down: a record that waits must be offered whole again, so all that there
// is is offered each time.
static bool write_some(struct tls_link *link, const uint8_t *data, size_t length, size_t *done, size_t *most)
{
    while (*done<length && * most> 0) {
        size_t count = length - *done;
        enum crypto_tls_result result = crypto_tls_write(link->session, data + *done, &count);
        if (result != CRYPTO_TLS_DONE)
            return settle(link, result);
        *done += count;
        *most -= count < *most ? count : *most;
    }
    return *done == length;
}

static void write_replies(struct tls_link *link)
{
    size_t most = AT_ONCE;
    if (!write_some(link, greeting_rep, sizeof(greeting_rep), &link->greeted, &most))
        return;
    while (link->replies) {
        struct exchange *exchange = link->replies;
        if (!write_some(link, nng_msg_body(exchange->reply), nng_msg_len(exchange->reply), &link->replied, &most)) {
            link->more = link->more || most == 0;
            return;
        }
        link->replies = exchange->next;
        if (!link->replies)
            link->replies_end = &link->replies;
        link->replied = 0;
        link->busy_at = clock_monotonic();
        tls_server_give(exchange);
    }
}

static size_t length_of(const uint8_t *at)
{
    uint64_t length = 0;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        length = length << 8 | at[i];
    return length > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)length;
}

// Bytes of the route: words up to the one with the request's id. 0 where there is none.
static size_t route_of(const uint8_t *message, size_t length)
{
    for (size_t at = 0; at + 4 <= length && at < sizeof(((struct exchange *)0)->route); at += 4)
        if (message[at] & ROUTE_END)
            return at + 4;
    return 0;
}

// The first `length` bytes have been used.
static void shift(struct tls_link *link, size_t length)
{
    link->in_used -= length;
    link->begun_at = link->in_used > 0 ? clock_monotonic() : 0;
    memmove(link->in, link->in + length, link->in_used);
}

// Hands out a message that has come whole. False where it waits for its turn, or the connection has ended.
static bool take_message(struct tls_link *link, size_t length)
{
    const uint8_t *message = link->in + LENGTH_BYTES;
    size_t route = route_of(message, length);
    if (route == 0) {
        tls_link_close(link, "malformed", "a message without an id");
        return false;
    }
    struct exchange *exchange = tls_server_take(link);
    link->paused = exchange == NULL;
    if (!exchange)
        return false;
    link->taken++;
    exchange->route_length = route;
    memcpy(exchange->route, message, route);
    link->busy_at = clock_monotonic();
    server_handle(exchange, (struct bytes){message + route, length - route});
    shift(link, LENGTH_BYTES + length);
    return true;
}

static bool take_greeting(struct tls_link *link)
{
    if (memcmp(link->in, greeting_req, sizeof(greeting_req)) != 0) {
        tls_link_close(link, "malformed", "not a greeting of nng's REQ");
        return false;
    }
    shift(link, sizeof(greeting_req));
    tls_entry_open(link->tls, &link->entry);
    return true;
}

// Uses what has been read. True where more must be read first.
static bool use_input(struct tls_link *link)
{
    for (;;) {
        bool greeting = link->entry.stage != TLS_OPEN;
        if (link->in_used < (greeting ? GREETING_BYTES : LENGTH_BYTES))
            return true;
        size_t length = greeting ? 0 : length_of(link->in);
        if (length > link->server->options.message_limit) {
            tls_link_close(link, "message_too_large", "");
            return false;
        }
        if (!greeting && link->in_used < LENGTH_BYTES + length)
            return true;
        if (!greeting && link->taken == TAKEN_AT_ONCE) {
            link->more = true;
            return false;
        }
        if (!(greeting ? take_greeting(link) : take_message(link, length)))
            return false;
    }
}

// Room for more: twice what there is, so that memory follows what has come and not what is announced.
static void make_room(struct tls_link *link)
{
    if (link->in_used < link->in_size)
        return;
    link->in_size = link->in_size ? 2 * link->in_size : IN_LEAST;
    link->in = realloc(link->in, link->in_size);
    CHECK(link->in);
}

// Gives back what a large message needed.
static void spare_room(struct tls_link *link)
{
    if (link->in_used > 0 || link->in_size <= 16 * IN_LEAST)
        return;
    free(link->in);
    link->in = NULL;
    link->in_size = 0;
}

static void read_some(struct tls_link *link)
{
    size_t most = AT_ONCE;
    while (use_input(link)) {
        if (most == 0) {
            link->more = true;
            return;
        }
        make_room(link);
        size_t count = link->in_size - link->in_used;
        enum crypto_tls_result result = crypto_tls_read(link->session, link->in + link->in_used, &count);
        if (result != CRYPTO_TLS_DONE) {
            settle(link, result);
            break;
        }
        link->in_used += count;
        if (link->begun_at == 0)
            link->begun_at = clock_monotonic();
        most -= count < most ? count : most;
    }
    spare_room(link);
}

// What was read may have been answered already, and what could not be written ends no reading.
static void move_all(struct tls_link *link)
{
    if (link->entry.stage == TLS_SHAKING)
        return;
    link->more = false;
    link->taken = 0;
    write_replies(link);
    if (!link->closed)
        read_some(link);
}

void tls_link_work(struct tls_link *link)
{
    enum crypto_tls_result result = CRYPTO_TLS_DONE;
    if (link->closed)
        return;
    move_all(link);
    if (!link->closed && !flush(link, &result) && result == CRYPTO_TLS_FAILED)
        tls_link_close(link, NULL, "");    // of which TLS knows nothing
}

void tls_link_reply(struct tls_link *link, struct exchange *exchange)
{
    exchange->next = NULL;
    *link->replies_end = exchange;
    link->replies_end = &exchange->next;
}

// A message that has come whole and waits for its turn is not.
static bool is_late(const struct tls_link *link, int64_t now)
{
    return link->in_used > 0 && !link->paused &&
           now - link->begun_at >= link->tls->options.message_ms * CLOCK_MILLISECOND;
}

void tls_link_judge(struct tls_link *link, int64_t now)
{
    const struct rpc_tls_options *options = &link->tls->options;
    // The system says that there is room only when a third of its buffer, maybe megabytes, is free.
    if (link->away)
        return;
    if (link->blocked_at)
        tls_link_work(link);
    int64_t waited = (now - link->busy_at) / CLOCK_MILLISECOND;
    int64_t blocked = link->blocked_at ? (now - link->blocked_at) / CLOCK_MILLISECOND : 0;
    if (link->closed)
        return;
    if (overdue(link, now))
        tls_link_close(link, "handshake_timeout", "");
    else if (blocked >= link->server->options.send_timeout_ms)
        tls_link_close(link, "not_reading", "");
    else if (is_late(link, now))
        tls_link_close(link, "message_timeout", "");
    else if (link->entry.stage == TLS_OPEN && link->calls == 0 && waited >= options->idle_ms)
        tls_link_close(link, "idle", "");
}

void tls_link_recheck(struct tls_link *link, const struct crypto_tls_context *context)
{
    struct crypto_tls_refusal refusal;
    if (!link->closed && link->certificate && !crypto_certificate_check(link->certificate, context, &refusal))
        tls_link_close(link, refusal.reason, refusal.detail);
}

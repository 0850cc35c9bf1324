// SPDX-License-Identifier: Apache-2.0
#include "rpc/tls_link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"

#define AT_ONCE (256 * 1024)    // bytes of one connection, either way, before others have their turn
#define TAKEN_AT_ONCE 4         // messages likewise: what needs no database is answered on this thread

struct tls_link *tls_link_new(struct rpc_server *server, int descriptor, const union tls_address *address)
{
    struct tls_link *link = calloc(1, sizeof(*link));
    if (!link || !tls_entry_add(server->options.tls, &link->entry, address)) {
        free(link);
        close(descriptor);
        return NULL;
    }
    link->generation = atomic_load(&server->options.tls->generation);    // before the context, which may be newer then
    struct crypto_tls_context *context = tls_context(server->options.tls);
    link->server = server;
    link->tls = server->options.tls;
    link->busy_at = clock_monotonic();
    link->replies_end = &link->replies;
    link->shaken = CRYPTO_TLS_AGAIN;
    CHECK(tls_stream_open(&link->stream, context, NULL, descriptor, &server->spare));
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
    tls_stream_close(&link->stream);
    tls_entry_remove(link->tls, &link->entry);
}

void tls_link_free(struct tls_link *link)
{
    CHECK(link->closed && link->calls == 0);
    tls_stream_fini(&link->stream);
    crypto_certificate_release(link->certificate);
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
    crypto_tls_why(link->stream.session, &refusal);
    bool refused = link->entry.stage != TLS_OPEN;
    tls_link_close(link, refused ? refusal.reason : NULL, refused ? refusal.detail : "");
    return false;
}

bool tls_link_is_stranger(const struct tls_link *link)
{
    return link->entry.stage == TLS_SHAKING && link->stream.blocked_at == 0 && !link->closed;
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
    link->stream.held = true;
    link->shaken = crypto_tls_handshake(link->stream.session);
    link->stream.held = false;
}

// Before anything of his is read, it is known who he is, and that he would be let in now too: whom we trust may have
// changed since he came.
static void admit(struct tls_link *link)
{
    link->certificate = crypto_tls_peer(link->stream.session);
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

static bool write_some(struct tls_link *link, const uint8_t *data, size_t length, size_t *done, size_t *most)
{
    enum crypto_tls_result result = tls_stream_write(&link->stream, data, length, done, most);
    return result == CRYPTO_TLS_DONE ? *done == length : settle(link, result);
}

static void write_replies(struct tls_link *link)
{
    size_t most = AT_ONCE;
    if (!write_some(link, tls_greeting_rep, GREETING_BYTES, &link->greeted, &most))
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

// Bytes of the route: words up to the one with the request's id. 0 where there is none.
static size_t route_of(const uint8_t *message, size_t length)
{
    for (size_t at = 0; at + 4 <= length && at < sizeof(((struct exchange *)0)->route); at += 4)
        if (message[at] & ROUTE_END)
            return at + 4;
    return 0;
}

// Hands out a message that has come whole. False where it waits for its turn, or the connection has ended.
static bool take_message(struct tls_link *link, size_t length)
{
    const uint8_t *message = link->stream.in + LENGTH_BYTES;
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
    tls_stream_shift(&link->stream, LENGTH_BYTES + length);
    return true;
}

static bool take_greeting(struct tls_link *link)
{
    if (memcmp(link->stream.in, tls_greeting_req, GREETING_BYTES) != 0) {
        tls_link_close(link, "malformed", "not a greeting of nng's REQ");
        return false;
    }
    tls_stream_shift(&link->stream, GREETING_BYTES);
    tls_entry_open(link->tls, &link->entry);
    return true;
}

// Uses what has been read. True where more must be read first.
static bool use_input(struct tls_link *link)
{
    size_t length = 0;
    if (link->entry.stage != TLS_OPEN && (link->stream.in_used < GREETING_BYTES || !take_greeting(link)))
        return !link->closed;
    while (tls_stream_length(&link->stream, &length)) {
        if (length > link->server->options.message_limit) {
            tls_link_close(link, "message_too_large", "");
            return false;
        }
        if (link->stream.in_used < LENGTH_BYTES + length)
            return true;
        if (link->taken == TAKEN_AT_ONCE) {
            link->more = true;
            return false;
        }
        if (!take_message(link, length))
            return false;
    }
    return true;
}

static void read_some(struct tls_link *link)
{
    size_t most = AT_ONCE;
    while (use_input(link)) {
        if (most == 0) {
            link->more = true;
            return;
        }
        enum crypto_tls_result result = tls_stream_read(&link->stream, &most);
        if (result != CRYPTO_TLS_DONE) {
            settle(link, result);
            break;
        }
    }
    tls_stream_spare_room(&link->stream);
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
    if (link->closed)
        return;
    move_all(link);
    if (!link->closed && tls_stream_flush(&link->stream) == CRYPTO_TLS_FAILED)
        tls_link_close(link, NULL, "");    // of which TLS knows nothing
    // The system did not take a reply whole, and takes more by now: it will not say so.
    if (!link->closed && link->replies && !link->stream.blocked_at)
        link->more = true;
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
    return link->stream.in_used > 0 && !link->paused &&
           now - link->stream.begun_at >= link->tls->options.message_ms * CLOCK_MILLISECOND;
}

void tls_link_judge(struct tls_link *link, int64_t now)
{
    const struct rpc_tls_options *options = &link->tls->options;
    // The system says that there is room only when a third of its buffer, maybe megabytes, is free.
    if (link->away)
        return;
    if (link->stream.blocked_at)
        tls_link_work(link);
    int64_t waited = (now - link->busy_at) / CLOCK_MILLISECOND;
    int64_t blocked = link->stream.blocked_at ? (now - link->stream.blocked_at) / CLOCK_MILLISECOND : 0;
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

// SPDX-License-Identifier: Apache-2.0
// A server's connection over TLS: nng's scalability protocol (REP) on it, as nng's own tls+tcp transport speaks it. All
// of it runs on the thread of its tls_server, but the steps of the handshake, which are done at the reception.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rpc/server_parts.h"
#include "rpc/tls_parts.h"
#include "rpc/tls_stream.h"

struct tls_link {
    struct tls_entry entry;
    struct tls_stream stream;
    struct rpc_server *server;
    struct rpc_tls *tls;
    struct crypto_certificate *certificate;
    int64_t busy_at;    // clock_monotonic: accepted, or last message begun or answered
    bool away;          // it is at the reception
    bool closed;        // it waits for its calls to end
    bool paused;        // it has as many messages under way as it may
    bool more;          // there may be more to read without the system's saying so
    uint32_t events;    // that it waits for
    unsigned calls;     // messages under way
    unsigned taken;     // messages in this turn
    // Of the handshake: of which files, what the last step came to, and who is behind in the line.
    unsigned generation;
    enum crypto_tls_result shaken;
    struct tls_link *behind;
    // What is written: the greeting, then replies.
    size_t greeted;    // bytes of our greeting that have gone
    struct exchange *replies;
    struct exchange **replies_end;
    size_t replied;    // bytes of the first reply that are in records
};

// A connection that was accepted; it owns the descriptor, and closes it where a limit refuses the connection: NULL
// then.
struct tls_link *tls_link_new(struct rpc_server *server, int descriptor, const union tls_address *address);

// Frees one that is closed and has no call under way.
void tls_link_free(struct tls_link *link);

// True while TLS is not done, and nothing gathered waits to be sent.
bool tls_link_is_stranger(const struct tls_link *link);

// One step of the handshake, on the reception's thread: gathers what is to be sent. Nothing where it has taken too
// long.
void tls_link_shake(struct tls_link *link);

// Back from there: sends what was gathered, lets the peer in, or ends the connection.
void tls_link_shaken(struct tls_link *link);

// Does what can be done: greets, writes, reads. Not while it is away.
void tls_link_work(struct tls_link *link);

// Adds a reply. It goes with tls_link_work.
void tls_link_reply(struct tls_link *link, struct exchange *exchange);

// Ends the connection; its calls learn that nobody waits for them. A reason is told, NULL is not.
void tls_link_close(struct tls_link *link, const char *reason, const char *detail);

// Ends it if it has taken too long for what it does.
void tls_link_judge(struct tls_link *link, int64_t now);

// Ends it if its certificate would not be let in any more.
void tls_link_recheck(struct tls_link *link, const struct crypto_tls_context *context);

// tls_server.c: a free exchange for a message of the link's, or NULL if it must wait.
struct exchange *tls_server_take(struct tls_link *link);
// … and its end.
void tls_server_give(struct exchange *exchange);

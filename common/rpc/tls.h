// SPDX-License-Identifier: Apache-2.0
// TLS for tls+tcp:// addresses: what a process's servers and clients share.
//
// Clients and servers speak nng's protocol on connections of their own (tls_stream.h), not nng's: common/README.md says
// why.
//
// Servers refuse whoever has no good certificate, or one that is bound to nobody (crypto/certificate.h); they count
// connections by peer and, until they know him, by address; they cut whoever does not begin TLS in time, does not read,
// or is idle for long.
#pragma once

#include <stdbool.h>

#include "base/status.h"
#include "crypto/tls.h"

struct rpc_tls;

// What happened to a connection, for logs. Strings live until the observer returns.
struct rpc_tls_event {
    const char *event;      // "tls.refused": not let in; "tls.closed": a connection that was in has been ended
    const char *reason;     // a stable word: those of crypto_tls_refusal, "handshake_timeout", "no_identity",
                            // "too_many_connections", "too_many_handshakes", "too_many_of_peer"; "idle", "not_reading",
                            // "message_timeout", "message_too_large", "malformed"
    const char *detail;     // for people; maybe ""
    const char *address;    // the other end's, "" where it is not known
    struct crypto_peer peer;
};

// Hears of it. Must not block for long, nor call anything of this header.
typedef void rpc_tls_observe(void *user, const struct rpc_tls_event *event);

struct rpc_tls_options {
    struct crypto_tls_files files;
    int handshake_ms;                   // from the connection to the first greeting of nng
    int idle_ms;                        // without a message or an answer under way
    int message_ms;                     // from a message's first byte to its last
    unsigned connections;               // at the same time
    unsigned connections_per_peer;      // … of one certificate's unit or client
    unsigned handshakes;                // that are not finished
    unsigned handshakes_per_address;    // … of one IPv4 address or IPv6 network of 64 bits
    rpc_tls_observe *observe;           // NULL: nobody listens
    void *user;
};

// Defaults: the published limits, no file.
void rpc_tls_options_init(struct rpc_tls_options *options);

// Reads the files. False as crypto_tls_context_open.
bool rpc_tls_open(struct rpc_tls **tls, const struct rpc_tls_options *options, struct status *status);

// Reads the files again: for new connections. Calls under way go on; connections of peers who would not be let in any
// more are ended within 200 ms. False as rpc_tls_open: then everything stays as it was. Thread-safe.
bool rpc_tls_reload(struct rpc_tls *tls, struct status *status);

// Whom else than the authority's peers servers trust, from now on: copied; what was trusted before and is not among
// them is forgotten. As rpc_tls_reload otherwise. Thread-safe.
bool rpc_tls_trust(struct rpc_tls *tls, const struct crypto_tls_stranger *strangers, size_t count,
                   struct status *status);

// When the certificate or a revocation list ends, whichever is first. Thread-safe.
clock_time rpc_tls_ends(struct rpc_tls *tls);

// Live connections that servers have. Thread-safe.
unsigned rpc_tls_connections(struct rpc_tls *tls);

// Why the last connection that a client tried was refused; "" if none was. Thread-safe.
void rpc_tls_last_refusal(struct rpc_tls *tls, char text[192]);

// Lets go of it; the rest goes with its last connection. After the servers and clients that use it have been stopped.
// Accepts NULL.
void rpc_tls_close(struct rpc_tls *tls);

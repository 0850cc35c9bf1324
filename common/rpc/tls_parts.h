// SPDX-License-Identifier: Apache-2.0
// What the parts of TLS share: tls.c, options and limits; client_tls.c, clients; tls_server.c and tls_link.c,
// servers. Not for users of servers and clients.
#pragma once

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "rpc/tls.h"

// The other end of a connection.
union tls_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

#define TLS_ADDRESS_TEXT_SIZE 64

// How far a server's connection is: TLS, greetings, messages.
enum tls_stage { TLS_SHAKING, TLS_GREETING, TLS_OPEN };

// What the limits count of a connection.
struct tls_entry {
    struct tls_entry *next;
    struct tls_entry **here;    // what points at it
    enum tls_stage stage;
    union tls_address address;
    struct crypto_peer peer;
    bool told;    // its end has been
};

struct rpc_tls {
    struct rpc_tls_options options;
    atomic_uint holders;
    atomic_uint generation;       // of its files
    pthread_mutex_t reloading;    // taken before the mutex: the files, and whom else is trusted
    pthread_mutex_t mutex;
    struct crypto_tls_context *context;
    struct tls_entry *entries;
    unsigned entry_count;
    char last_refusal[192];
};

// tls.c: holders of it: users, connections.
struct rpc_tls *tls_hold(struct rpc_tls *tls);
void tls_release(struct rpc_tls *tls);
// The context of new connections, held.
struct crypto_tls_context *tls_context(struct rpc_tls *tls);
// Counts a new connection. False where a limit refuses it (told).
bool tls_entry_add(struct rpc_tls *tls, struct tls_entry *entry, const union tls_address *address);
void tls_entry_remove(struct rpc_tls *tls, struct tls_entry *entry);
// TLS is done, and this is who it is. False where he is not let in (told).
bool tls_entry_admit(struct rpc_tls *tls, struct tls_entry *entry, const struct crypto_peer *peer);
// It has been greeted.
void tls_entry_open(struct rpc_tls *tls, struct tls_entry *entry);
// Tells the observer of its end, once.
void tls_entry_tell(struct rpc_tls *tls, struct tls_entry *entry, const char *event, const char *reason,
                    const char *detail);
// A client's connection was refused.
void tls_note_refusal(struct rpc_tls *tls, const struct crypto_tls_refusal *refusal);

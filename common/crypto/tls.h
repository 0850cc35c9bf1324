// SPDX-License-Identifier: Apache-2.0
// TLS on bytes that somebody else carries: TLS 1.3 (1.2 where it is allowed), both sides with certificates of one
// authority, revocation by its list. No session is resumed, so that every connection is held against the list.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/certificate.h"

// Another authority than our own, which vouches for one peer and nobody else. What it has revoked is not asked.
struct crypto_tls_stranger {
    struct crypto_peer peer;
    const char *authority;    // its certificates in PEM
};

// Files in PEM. Paths are read at crypto_tls_context_open only.
struct crypto_tls_files {
    const char *ca;               // certificates of the authority
    const char *crl;              // its revocation lists; NULL or "": nothing is revoked
    const char *certificate;      // our own, and those between it and the authority; NULL or "": none (clients)
    const char *key;              // its private key
    bool allow_1_2;               // TLS 1.2 too, for clients that have no 1.3
    bool serves;                  // a certificate that is not valid now is refused here already
    const char *authority;        // NULL, or instead of `ca` its certificates themselves
    struct crypto_peer server;    // of clients: whom the server's certificate must be bound to; NONE: to anybody
    const struct crypto_tls_stranger *strangers;
    size_t stranger_count;
};

// What certificates and versions connections are made with. Shared and counted; never changes.
struct crypto_tls_context;

// Reads the files. False with INTERNAL, naming the file, where one cannot be read, the key is not the certificate's, or
// the certificate is not valid now.
bool crypto_tls_context_open(struct crypto_tls_context **context, const struct crypto_tls_files *files,
                             struct status *status);

// Another holder of the context. Thread-safe.
struct crypto_tls_context *crypto_tls_context_hold(struct crypto_tls_context *context);

// Gives it back; the last holder frees it. Thread-safe; accepts NULL.
void crypto_tls_context_release(struct crypto_tls_context *context);

// The first of: our certificate ends, a revocation list does (then nobody gets in any more). CLOCK_LAST: nothing ends.
clock_time crypto_tls_context_ends(const struct crypto_tls_context *context);

// How an operation went. AGAIN: call it again when the wire has moved. ENDED: the peer said goodbye.
enum crypto_tls_result { CRYPTO_TLS_DONE, CRYPTO_TLS_AGAIN, CRYPTO_TLS_ENDED, CRYPTO_TLS_FAILED };

// What carries the bytes. Each moves up to *length bytes, sets *length to those moved, and answers DONE, AGAIN or
// FAILED.
struct crypto_tls_wire {
    enum crypto_tls_result (*send)(void *user, const uint8_t *data, size_t *length);
    enum crypto_tls_result (*receive)(void *user, uint8_t *data, size_t *length);
    void *user;
};

// Why a connection was refused.
struct crypto_tls_refusal {
    const char *reason;    // a stable word: "certificate_expired"; lives for ever
    char detail[160];
};

// A connection. One thread at a time.
struct crypto_tls;

// Makes one; it holds the context. `host`: whom a client means to reach, a name or an IP address: the certificate must
// be for it. NULL for a server. NULL is answered when memory is out.
struct crypto_tls *crypto_tls_new(struct crypto_tls_context *context, const char *host,
                                  const struct crypto_tls_wire *wire);

// Frees it; accepts NULL.
void crypto_tls_free(struct crypto_tls *tls);

// Greets and checks the peer's certificate.
enum crypto_tls_result crypto_tls_handshake(struct crypto_tls *tls);

// Reads and writes up to *length bytes; *length becomes those moved. What was written in part is written again with at
// least the same bytes.
enum crypto_tls_result crypto_tls_read(struct crypto_tls *tls, uint8_t *data, size_t *length);
enum crypto_tls_result crypto_tls_write(struct crypto_tls *tls, const uint8_t *data, size_t *length);

// Says goodbye, as far as the wire takes it.
void crypto_tls_goodbye(struct crypto_tls *tls);

// Why the last operation answered FAILED.
void crypto_tls_why(const struct crypto_tls *tls, struct crypto_tls_refusal *refusal);

// A peer's certificate after the handshake. Shared and counted.
struct crypto_certificate;

// The peer's, held for the caller; NULL if there is none.
struct crypto_certificate *crypto_tls_peer(const struct crypto_tls *tls);

// As for contexts. Thread-safe; release accepts NULL.
struct crypto_certificate *crypto_certificate_hold(struct crypto_certificate *certificate);
void crypto_certificate_release(struct crypto_certificate *certificate);

// Whom it is bound to: CRYPTO_PEER_NONE where it names nobody, or more than one.
struct crypto_peer crypto_certificate_peer(const struct crypto_certificate *certificate);

// Whether a client that holds the certificate would be let in now. False, and why. Thread-safe.
bool crypto_certificate_check(const struct crypto_certificate *certificate, const struct crypto_tls_context *context,
                              struct crypto_tls_refusal *refusal);

// SPDX-License-Identifier: Apache-2.0
// What the parts of TLS share: tls_context.c, files; tls.c, connections; tls_check.c, certificates. Not for users.
#pragma once

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "crypto/tls.h"

struct crypto_tls_context {
    SSL_CTX *ssl;
    atomic_uint holders;
    clock_time ends;
    struct crypto_peer server;    // whom servers must be; NONE: anybody
    STACK_OF(X509) * own;         // authorities that vouch for anybody
    struct {
        struct crypto_peer peer;
        STACK_OF(X509) * list;
    } * strangers;
    size_t stranger_count;
};

struct crypto_certificate {
    X509 *certificate;
    STACK_OF(X509) * chain;
    atomic_uint holders;
    struct crypto_peer peer;
};

// tls_check.c: the refusal of a result of OpenSSL's verification.
void crypto_refusal_of_verify(long result, struct crypto_tls_refusal *refusal);

// tls_check.c: whom a certificate is bound to.
struct crypto_peer crypto_peer_of(const X509 *certificate);

// tls_authority.c: trusts an authority of PEM; false where that is none.
bool crypto_authority_use(struct crypto_tls_context *context, const char *pem);
// Trusts strangers besides those that are trusted by now; false where one is no authority.
bool crypto_authority_meet(struct crypto_tls_context *context, const struct crypto_tls_stranger *strangers,
                           size_t count);
void crypto_authority_forget(struct crypto_tls_context *context);
// Verifies a chain as a context asks for; what OpenSSL calls, and crypto_certificate_check.
int crypto_authority_verify(X509_STORE_CTX *check, void *context);

// tls_context.c: when an ASN.1 time is; CLOCK_LAST for none.
clock_time crypto_time_of(const ASN1_TIME *time);

// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/tls_parts.h"

struct crypto_tls {
    SSL *ssl;
    struct crypto_tls_context *context;
    struct crypto_tls_wire wire;
    bool server;
    bool shaken;    // the handshake is done
    struct crypto_tls_refusal refusal;
};

// The wire as OpenSSL sees it.
static int wire_moved(BIO *bio, enum crypto_tls_result result, size_t length, int retry)
{
    BIO_clear_retry_flags(bio);
    if (result == CRYPTO_TLS_DONE)
        return (int)length;
    if (result == CRYPTO_TLS_AGAIN)
        BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    return -1;
}

static int wire_write(BIO *bio, const char *data, int size)
{
    const struct crypto_tls *tls = BIO_get_data(bio);
    size_t length = size > 0 ? (size_t)size : 0;
    enum crypto_tls_result result = tls->wire.send(tls->wire.user, (const uint8_t *)data, &length);
    return wire_moved(bio, result, length, BIO_FLAGS_WRITE);
}

static int wire_read(BIO *bio, char *data, int size)
{
    const struct crypto_tls *tls = BIO_get_data(bio);
    size_t length = size > 0 ? (size_t)size : 0;
    enum crypto_tls_result result = tls->wire.receive(tls->wire.user, (uint8_t *)data, &length);
    return wire_moved(bio, result, length, BIO_FLAGS_READ);
}

static long wire_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

static int wire_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

// Made once, at the first connection, and kept.
static BIO_METHOD *wire_method;
static CRYPTO_ONCE wire_method_once = CRYPTO_ONCE_STATIC_INIT;

static void make_wire_method(void)
{
    wire_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "anlan wire");
    CHECK(wire_method && BIO_meth_set_write(wire_method, wire_write) == 1 &&
          BIO_meth_set_read(wire_method, wire_read) == 1 && BIO_meth_set_ctrl(wire_method, wire_control) == 1 &&
          BIO_meth_set_create(wire_method, wire_create) == 1);
}

// Whom a client means: the name goes to the server, and the certificate must be for it.
static bool expect_host(SSL *ssl, const char *host)
{
    unsigned char address[16];
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

struct crypto_tls *crypto_tls_new(struct crypto_tls_context *context, const char *host,
                                  const struct crypto_tls_wire *wire)
{
    CHECK(CRYPTO_THREAD_run_once(&wire_method_once, make_wire_method) == 1);
    struct crypto_tls *tls = calloc(1, sizeof(*tls));
    BIO *bio = BIO_new(wire_method);
    if (!tls || !bio || !(tls->ssl = SSL_new(context->ssl))) {
        BIO_free(bio);
        free(tls);
        return NULL;
    }
    tls->context = crypto_tls_context_hold(context);
    tls->wire = *wire;
    tls->server = host == NULL;
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    if (tls->server)
        SSL_set_accept_state(tls->ssl);
    else
        SSL_set_connect_state(tls->ssl);
    if (host && !expect_host(tls->ssl, host)) {
        crypto_tls_free(tls);
        return NULL;
    }
    return tls;
}

void crypto_tls_free(struct crypto_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    crypto_tls_context_release(tls->context);
    free(tls);
}

static const char *word_of(int reason)
{
    static const struct {
        int reason;
        const char *word;
    } rows[] = {
        {SSL_R_UNSUPPORTED_PROTOCOL, "protocol_version"},
        {SSL_R_UNKNOWN_PROTOCOL, "protocol_version"},
        {SSL_R_VERSION_TOO_LOW, "protocol_version"},
        {SSL_R_WRONG_VERSION_NUMBER, "not_tls"},
        {SSL_R_WRONG_SSL_VERSION, "not_tls"},
        {SSL_R_HTTP_REQUEST, "not_tls"},
        {SSL_R_HTTPS_PROXY_REQUEST, "not_tls"},
        {SSL_R_PACKET_LENGTH_TOO_LONG, "not_tls"},
        {SSL_R_ENCRYPTED_LENGTH_TOO_LONG, "not_tls"},
        {SSL_R_BAD_RECORD_TYPE, "not_tls"},
        {SSL_R_UNEXPECTED_MESSAGE, "not_tls"},
        {SSL_R_UNEXPECTED_RECORD, "not_tls"},
        {SSL_R_NO_SHARED_CIPHER, "no_shared_cipher"},
        {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "certificate_missing"},
        {SSL_R_UNEXPECTED_EOF_WHILE_READING, "connection_lost"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].reason == reason)
            return rows[i].word;
    return reason >= SSL_AD_REASON_OFFSET ? "refused_by_peer" : "tls_failed";
}

// The first one: what is tried after it only says that the connection has ended.
static void note_refusal(struct crypto_tls *tls)
{
    if (tls->refusal.reason)
        return;
    unsigned long error = ERR_peek_error();
    long verified = SSL_get_verify_result(tls->ssl);
    if (verified != X509_V_OK && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        crypto_refusal_of_verify(verified, &tls->refusal);
    } else if (error) {
        const char *text = ERR_reason_error_string(error);
        tls->refusal.reason = word_of(ERR_GET_REASON(error));
        snprintf(tls->refusal.detail, sizeof(tls->refusal.detail), "%s", text ? text : "");
    } else {
        tls->refusal.reason = "connection_lost";
        snprintf(tls->refusal.detail, sizeof(tls->refusal.detail), "the connection ended");
    }
}

static enum crypto_tls_result result_of(struct crypto_tls *tls, int answer)
{
    switch (SSL_get_error(tls->ssl, answer)) {
    case SSL_ERROR_NONE:
        return CRYPTO_TLS_DONE;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return CRYPTO_TLS_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return CRYPTO_TLS_ENDED;
    default:
        note_refusal(tls);
        ERR_clear_error();
        return CRYPTO_TLS_FAILED;
    }
}

enum crypto_tls_result crypto_tls_handshake(struct crypto_tls *tls)
{
    ERR_clear_error();
    enum crypto_tls_result result = result_of(tls, SSL_do_handshake(tls->ssl));
    tls->shaken = result == CRYPTO_TLS_DONE;
    return result;
}

enum crypto_tls_result crypto_tls_read(struct crypto_tls *tls, uint8_t *data, size_t *length)
{
    ERR_clear_error();
    return result_of(tls, SSL_read_ex(tls->ssl, data, *length, length));
}

enum crypto_tls_result crypto_tls_write(struct crypto_tls *tls, const uint8_t *data, size_t *length)
{
    ERR_clear_error();
    return result_of(tls, SSL_write_ex(tls->ssl, data, *length, length));
}

void crypto_tls_goodbye(struct crypto_tls *tls)
{
    if (!tls->shaken || tls->refusal.reason)
        return;
    ERR_clear_error();
    SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

void crypto_tls_why(const struct crypto_tls *tls, struct crypto_tls_refusal *refusal)
{
    CHECK(tls->refusal.reason);
    *refusal = tls->refusal;
}

struct crypto_certificate *crypto_tls_peer(const struct crypto_tls *tls)
{
    X509 *peer = SSL_get1_peer_certificate(tls->ssl);
    if (!peer)
        return NULL;
    struct crypto_certificate *made = calloc(1, sizeof(*made));
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(tls->ssl);
    CHECK(made);
    made->certificate = peer;
    made->chain = chain ? X509_chain_up_ref(chain) : NULL;
    made->peer = crypto_peer_of(peer);
    CHECK(X509_digest(peer, EVP_sha256(), made->peer.certificate, NULL) == 1);
    atomic_init(&made->holders, 1);
    return made;
}

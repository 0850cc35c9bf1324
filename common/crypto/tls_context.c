// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base/check.h"
#include "crypto/tls_parts.h"

// Of 1.3 the cheapest first; of 1.2 those with forward secrecy and authenticated encryption, as all of 1.3 are.
#define SUITES_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define SUITES_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"

clock_time crypto_time_of(const ASN1_TIME *time)
{
    struct tm parts = {0};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
        return CLOCK_LAST;
    return timegm(&parts) * CLOCK_SECOND;
}

static bool given(const char *path)
{
    return path && *path;
}

static bool fail(const char *path, const char *what, struct status *status)
{
    char text[120] = "";
    unsigned long error = ERR_peek_last_error();
    if (error)
        ERR_error_string_n(error, text, sizeof(text));
    ERR_clear_error();
    return status_set(status, REASON(INTERNAL), "%.120s: %s %s", path, what, text);
}

static void note_end(struct crypto_tls_context *context, const ASN1_TIME *time)
{
    clock_time end = crypto_time_of(time);
    if (end < context->ends)
        context->ends = end;
}

static bool use_crl(struct crypto_tls_context *context, const char *path, struct status *status)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
    BIO *file = BIO_new_file(path, "r");
    int count = 0;
    bool good = file != NULL;
    for (X509_CRL *crl = NULL; good && (crl = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL)) != NULL; count++) {
        good = X509_STORE_add_crl(store, crl) == 1;
        note_end(context, X509_CRL_get0_nextUpdate(crl));
        X509_CRL_free(crl);
    }
    BIO_free(file);
    if (!good || count == 0)
        return fail(path, "not a revocation list:", status);
    ERR_clear_error();
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return true;
}

static bool use_certificate(struct crypto_tls_context *context, const struct crypto_tls_files *files,
                            struct status *status)
{
    if (SSL_CTX_use_certificate_chain_file(context->ssl, files->certificate) != 1)
        return fail(files->certificate, "not a certificate:", status);
    if (!given(files->key) || SSL_CTX_use_PrivateKey_file(context->ssl, files->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context->ssl) != 1)
        return fail(given(files->key) ? files->key : "the key", "not the certificate's private key:", status);
    X509 *own = SSL_CTX_get0_certificate(context->ssl);
    note_end(context, X509_get0_notAfter(own));
    if (files->serves && crypto_time_of(X509_get0_notAfter(own)) <= clock_now())
        return fail(files->certificate, "the certificate has expired", status);
    if (files->serves && crypto_time_of(X509_get0_notBefore(own)) > clock_now())
        return fail(files->certificate, "the certificate is not valid yet", status);
    return true;
}

static bool configure(struct crypto_tls_context *context, const struct crypto_tls_files *files, struct status *status)
{
    SSL_CTX *ssl = context->ssl;
    SSL_CTX_set_min_proto_version(ssl, files->allow_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
    CHECK(SSL_CTX_set_ciphersuites(ssl, SUITES_1_3) == 1 && SSL_CTX_set_cipher_list(ssl, SUITES_1_2) == 1);
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(ssl, 0);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    // Buffers stay with their connection, 34 KiB: giving them back after each record costs a page of a list some per
    // cent.
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, crypto_authority_verify, context);
    if (files->authority && !crypto_authority_use(context, files->authority))
        return fail("the authority", "no certificate of an authority:", status);
    if (!files->authority && (!given(files->ca) || SSL_CTX_load_verify_file(ssl, files->ca) != 1))
        return fail(given(files->ca) ? files->ca : "the authority", "no certificate of an authority:", status);
    if (!crypto_authority_meet(context, files->strangers, files->stranger_count))
        return fail("another instance", "no certificate of an authority:", status);
    return (!given(files->crl) || use_crl(context, files->crl, status)) &&
           (!given(files->certificate) || use_certificate(context, files, status));
}

bool crypto_tls_context_open(struct crypto_tls_context **context, const struct crypto_tls_files *files,
                             struct status *status)
{
    struct crypto_tls_context *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->ssl = SSL_CTX_new(TLS_method());
    CHECK(made->ssl);
    made->ends = CLOCK_LAST;
    made->server = files->server;
    atomic_init(&made->holders, 1);
    ERR_clear_error();
    if (!configure(made, files, status)) {
        crypto_tls_context_release(made);
        return false;
    }
    *context = made;
    return true;
}

struct crypto_tls_context *crypto_tls_context_hold(struct crypto_tls_context *context)
{
    atomic_fetch_add(&context->holders, 1);
    return context;
}

void crypto_tls_context_release(struct crypto_tls_context *context)
{
    if (!context || atomic_fetch_sub(&context->holders, 1) != 1)
        return;
    SSL_CTX_free(context->ssl);
    crypto_authority_forget(context);
    free(context);
}

clock_time crypto_tls_context_ends(const struct crypto_tls_context *context)
{
    return context->ends;
}

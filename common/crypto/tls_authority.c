// SPDX-License-Identifier: Apache-2.0
// Authorities: our own, which vouches for anybody, and those of others, each of which vouches for one peer alone.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/tls_parts.h"

#define BEGIN "-----BEGIN "
#define BEGIN_CERTIFICATE "-----BEGIN CERTIFICATE-----"

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

// The certificates of a text; NULL where there is none, or anything else: a private key that went astray is not kept.
static STACK_OF(X509) * read_authority(const char *pem)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    BIO *text = BIO_new_mem_buf(pem, -1);
    CHECK(list && text);
    bool good = count_of(pem, BEGIN) == count_of(pem, BEGIN_CERTIFICATE);
    for (X509 *one = NULL; good && (one = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL;) {
        good = X509_check_ca(one) == 1;
        CHECK(sk_X509_push(list, one) > 0);
    }
    ERR_clear_error();
    BIO_free(text);
    good = good && sk_X509_num(list) > 0 && sk_X509_num(list) == count_of(pem, BEGIN);
    if (good)
        return list;
    sk_X509_pop_free(list, X509_free);
    return NULL;
}

bool crypto_authority_good(const char *pem)
{
    STACK_OF(X509) *list = read_authority(pem);
    sk_X509_pop_free(list, X509_free);
    return list != NULL;
}

static bool trust(struct crypto_tls_context *context, STACK_OF(X509) * list)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
    bool good = list != NULL;
    for (int i = 0; good && i < sk_X509_num(list); i++)
        good = X509_STORE_add_cert(store, sk_X509_value(list, i)) == 1;
    return good;
}

bool crypto_authority_use(struct crypto_tls_context *context, const char *pem)
{
    STACK_OF(X509) *list = read_authority(pem);
    bool good = trust(context, list);
    sk_X509_pop_free(list, X509_free);
    return good;
}

static bool is_in(STACK_OF(X509) * list, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++)
        if (X509_cmp(sk_X509_value(list, i), certificate) == 0)
            return true;
    return false;
}

// Whether a chain ends at an authority of others, and there at one that vouches for the peer.
static bool is_strange(const struct crypto_tls_context *context, STACK_OF(X509) * chain, bool *vouched)
{
    const X509 *top = sk_X509_num(chain) > 0 ? sk_X509_value(chain, sk_X509_num(chain) - 1) : NULL;
    bool strange = false;
    *vouched = false;
    if (!top || is_in(context->own, top))
        return false;
    struct crypto_peer peer = crypto_peer_of(sk_X509_value(chain, 0));
    for (size_t i = 0; i < context->stranger_count; i++) {
        bool here = is_in(context->strangers[i].list, top);
        strange = strange || here;
        *vouched = *vouched || (here && crypto_peer_same(&peer, &context->strangers[i].peer));
    }
    return strange;
}

// Of others' authorities there are no revocation lists here: who is no longer trusted is suspended or ended.
static int overlook(int good, X509_STORE_CTX *check)
{
    bool vouched = false;
    return good || (X509_STORE_CTX_get_error(check) == X509_V_ERR_UNABLE_TO_GET_CRL &&
                    is_strange(X509_STORE_CTX_get_app_data(check), X509_STORE_CTX_get0_chain(check), &vouched));
}

int crypto_authority_verify(X509_STORE_CTX *check, void *user)
{
    const struct crypto_tls_context *context = user;
    bool vouched = false;
    X509_STORE_CTX_set_app_data(check, user);
    X509_STORE_CTX_set_verify_cb(check, overlook);
    if (X509_verify_cert(check) != 1)
        return 0;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(check);
    struct crypto_peer peer = crypto_peer_of(sk_X509_value(chain, 0));
    bool good = !is_strange(context, chain, &vouched) || vouched;
    if (context->server.kind != CRYPTO_PEER_NONE)
        good = good && crypto_peer_same(&peer, &context->server);
    X509_STORE_CTX_set_error(check, good ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    return good;
}

bool crypto_authority_meet(struct crypto_tls_context *context, const struct crypto_tls_stranger *strangers,
                           size_t count)
{
    context->own = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context->ssl));
    CHECK(context->own);
    context->strangers = calloc(count + 1, sizeof(*context->strangers));
    CHECK(context->strangers);
    for (size_t i = 0; i < count; i++) {
        STACK_OF(X509) *list = read_authority(strangers[i].authority);
        if (!list)
            return false;
        context->strangers[context->stranger_count].peer = strangers[i].peer;
        context->strangers[context->stranger_count++].list = list;
        if (!trust(context, list))
            return false;
    }
    return true;
}

void crypto_authority_forget(struct crypto_tls_context *context)
{
    for (size_t i = 0; i < context->stranger_count; i++)
        sk_X509_pop_free(context->strangers[i].list, X509_free);
    free(context->strangers);
    sk_X509_pop_free(context->own, X509_free);
}

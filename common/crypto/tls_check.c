// SPDX-License-Identifier: Apache-2.0
// Certificates of peers: whom they are bound to, and whether they are good.
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/tls_parts.h"

void crypto_refusal_of_verify(long result, struct crypto_tls_refusal *refusal)
{
    static const struct {
        long result;
        const char *reason;
    } rows[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED, "certificate_expired"},
        {X509_V_ERR_CERT_NOT_YET_VALID, "certificate_not_yet_valid"},
        {X509_V_ERR_CERT_REVOKED, "certificate_revoked"},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "certificate_self_signed"},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "certificate_wrong_authority"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "certificate_wrong_authority"},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "certificate_wrong_authority"},
        {X509_V_ERR_CERT_SIGNATURE_FAILURE, "certificate_wrong_authority"},
        {X509_V_ERR_HOSTNAME_MISMATCH, "certificate_wrong_host"},
        {X509_V_ERR_IP_ADDRESS_MISMATCH, "certificate_wrong_host"},
        {X509_V_ERR_INVALID_PURPOSE, "certificate_wrong_purpose"},
        {X509_V_ERR_APPLICATION_VERIFICATION, "certificate_wrong_peer"},
        {X509_V_ERR_CRL_HAS_EXPIRED, "revocation_list_expired"},
        {X509_V_ERR_UNABLE_TO_GET_CRL, "revocation_list_missing"},
    };
    refusal->reason = "certificate_invalid";
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].result == result)
            refusal->reason = rows[i].reason;
    snprintf(refusal->detail, sizeof(refusal->detail), "%s", X509_verify_cert_error_string(result));
}

struct crypto_peer crypto_peer_of(const X509 *certificate)
{
    struct crypto_peer peer = {0};
    int found = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        char text[CRYPTO_PEER_TEXT_SIZE];
        if (name->type != GEN_URI)
            continue;
        int length = ASN1_STRING_length(name->d.uniformResourceIdentifier);
        if (length >= (int)sizeof(text))
            continue;
        memcpy(text, ASN1_STRING_get0_data(name->d.uniformResourceIdentifier), (size_t)length);
        text[length] = '\0';
        // A NUL within would hide what follows it.
        if (strlen(text) == (size_t)length && crypto_peer_parse(text, &peer))
            found++;
    }
    GENERAL_NAMES_free(names);
    return found == 1 ? peer : (struct crypto_peer){0};
}

struct crypto_certificate *crypto_certificate_hold(struct crypto_certificate *certificate)
{
    atomic_fetch_add(&certificate->holders, 1);
    return certificate;
}

void crypto_certificate_release(struct crypto_certificate *certificate)
{
    if (!certificate || atomic_fetch_sub(&certificate->holders, 1) != 1)
        return;
    X509_free(certificate->certificate);
    sk_X509_pop_free(certificate->chain, X509_free);
    free(certificate);
}

struct crypto_peer crypto_certificate_peer(const struct crypto_certificate *certificate)
{
    return certificate->peer;
}

bool crypto_certificate_check(const struct crypto_certificate *certificate, const struct crypto_tls_context *context,
                              struct crypto_tls_refusal *refusal)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    CHECK(check && X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(context->ssl), certificate->certificate,
                                       certificate->chain) == 1);
    CHECK(X509_STORE_CTX_set_default(check, "ssl_client") == 1);
    bool good = crypto_authority_verify(check, (void *)context) == 1;
    if (!good)
        crypto_refusal_of_verify(X509_STORE_CTX_get_error(check), refusal);
    X509_STORE_CTX_free(check);
    return good;
}

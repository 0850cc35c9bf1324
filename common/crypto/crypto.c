// SPDX-License-Identifier: Apache-2.0
#include "crypto/crypto.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/file.h"

struct crypto_key {
    EVP_PKEY *key;
    bool private_half;
    uint32_t period;
};

void crypto_random(void *data, size_t length)
{
    CHECK(length <= INT_MAX && RAND_bytes(data, (int)length) == 1);
}

void crypto_sha256(const struct bytes *parts, size_t count, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    for (size_t i = 0; i < count; i++)
        CHECK(EVP_DigestUpdate(context, parts[i].data, parts[i].length) == 1);
    CHECK(EVP_DigestFinal_ex(context, digest, &length) == 1 && length == CRYPTO_DIGEST_SIZE);
    EVP_MD_CTX_free(context);
}

void crypto_hmac_sha256(struct bytes key, const struct bytes *parts, size_t count, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    size_t length = 0;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
                               OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    CHECK(context && EVP_MAC_init(context, key.data, key.length, parameters) == 1);
    for (size_t i = 0; i < count; i++)
        CHECK(EVP_MAC_update(context, parts[i].data, parts[i].length) == 1);
    CHECK(EVP_MAC_final(context, digest, &length, CRYPTO_DIGEST_SIZE) == 1 && length == CRYPTO_DIGEST_SIZE);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
}

bool crypto_equal(const void *left, const void *right, size_t length)
{
    return CRYPTO_memcmp(left, right, length) == 0;
}

bool crypto_key_create(const char *private_path, const char *public_path)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    CHECK(key);
    FILE *private_file = crypto_file_new(private_path, 0600);
    FILE *public_file = private_file ? crypto_file_new(public_path, 0644) : NULL;
    bool good = private_file && crypto_file_close(private_file, PEM_write_PrivateKey(private_file, key, NULL, NULL, 0,
                                                                                     NULL, NULL) == 1);
    if (public_file)
        good = crypto_file_close(public_file, PEM_write_PUBKEY(public_file, key) == 1) && good;
    else
        good = false;
    EVP_PKEY_free(key);
    return good;
}

bool crypto_key_read(const char *path, bool private_half, uint32_t period, struct crypto_key **key)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    EVP_PKEY *read =
        private_half ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : PEM_read_PUBKEY(file, NULL, NULL, NULL);
    fclose(file);
    if (!read || EVP_PKEY_get_base_id(read) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(read);
        return false;
    }
    struct crypto_key *made = malloc(sizeof(*made));
    CHECK(made);
    *made = (struct crypto_key){.key = read, .private_half = private_half, .period = period};
    *key = made;
    return true;
}

bool crypto_key_from_public(struct bytes bytes, struct crypto_key **key)
{
    EVP_PKEY *read = bytes.length == CRYPTO_PUBLIC_SIZE
                         ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes.data, bytes.length)
                         : NULL;
    if (!read)
        return false;
    struct crypto_key *made = malloc(sizeof(*made));
    CHECK(made);
    *made = (struct crypto_key){.key = read, .period = 1};
    *key = made;
    return true;
}

void crypto_key_public(const struct crypto_key *key, uint8_t bytes[CRYPTO_PUBLIC_SIZE])
{
    size_t length = CRYPTO_PUBLIC_SIZE;
    CHECK(EVP_PKEY_get_raw_public_key(key->key, bytes, &length) == 1 && length == CRYPTO_PUBLIC_SIZE);
}

bool crypto_certificate_digest(const char *path, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    unsigned length = 0;
    FILE *file = fopen(path, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    bool good = certificate && X509_digest(certificate, EVP_sha256(), digest, &length) == 1;
    X509_free(certificate);
    return good && length == CRYPTO_DIGEST_SIZE;
}

void crypto_key_free(struct crypto_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->key);
    free(key);
}

Anlan__Rpc__V1__SignatureAlgorithm crypto_key_algorithm(const struct crypto_key *key)
{
    (void)key;
    return ANLAN__RPC__V1__SIGNATURE_ALGORITHM__SIGNATURE_ALGORITHM_ED25519;
}

uint32_t crypto_key_period(const struct crypto_key *key)
{
    return key->period;
}

// Ed25519 signs one message: the parts are joined first. The caller frees it.
static uint8_t *join(const struct bytes *parts, size_t count, size_t *length)
{
    *length = 0;
    for (size_t i = 0; i < count; i++)
        *length += parts[i].length;
    uint8_t *joined = malloc(*length + 1);
    CHECK(joined);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length > 0)
            memcpy(joined + used, parts[i].data, parts[i].length);
        used += parts[i].length;
    }
    return joined;
}

bool crypto_sign(const struct crypto_key *key, const struct bytes *parts, size_t count,
                 uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    if (!key->private_half)
        return false;
    size_t length = 0;
    size_t signed_length = CRYPTO_SIGNATURE_SIZE;
    uint8_t *joined = join(parts, count, &length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(context);
    bool good = EVP_DigestSignInit(context, NULL, NULL, NULL, key->key) == 1 &&
                EVP_DigestSign(context, signature, &signed_length, joined, length) == 1 &&
                signed_length == CRYPTO_SIGNATURE_SIZE;
    EVP_MD_CTX_free(context);
    free(joined);
    return good;
}

bool crypto_verify(const struct crypto_key *key, const struct bytes *parts, size_t count, struct bytes signature)
{
    if (signature.length != CRYPTO_SIGNATURE_SIZE)
        return false;
    size_t length = 0;
    uint8_t *joined = join(parts, count, &length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(context);
    bool good = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->key) == 1 &&
                EVP_DigestVerify(context, signature.data, signature.length, joined, length) == 1;
    EVP_MD_CTX_free(context);
    free(joined);
    return good;
}

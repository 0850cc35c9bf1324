// SPDX-License-Identifier: Apache-2.0
// AES-256 in GCM (NIST SP 800-38D): 12 bytes of nonce, the ciphertext, 16 bytes of tag. Nonces are random: a key may
// seal 2^32 secrets, far more than an instance has people.
#include "crypto/seal.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/crypto.h"

#define KEY_BYTES 32
#define NONCE_BYTES 12
#define TAG_BYTES 16

struct crypto_seal_key {
    uint8_t bytes[KEY_BYTES];
    uint32_t period;
};

bool crypto_seal_key_create(const char *path)
{
    uint8_t bytes[KEY_BYTES];
    char text[2 * KEY_BYTES + 2];
    crypto_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < KEY_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    text[2 * KEY_BYTES] = '\n';
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    bool good = write(file, text, 2 * KEY_BYTES + 1) == 2 * KEY_BYTES + 1 && fsync(file) == 0;
    good = close(file) == 0 && good;
    OPENSSL_cleanse(bytes, sizeof(bytes));
    OPENSSL_cleanse(text, sizeof(text));
    return good;
}

bool crypto_seal_key_read(const char *path, uint32_t period, struct crypto_seal_key **key)
{
    char text[2 * KEY_BYTES + 2] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool good = fgets(text, sizeof(text), file) && strspn(text, "0123456789abcdef") == (size_t)2 * KEY_BYTES;
    fclose(file);
    if (!good)
        return false;
    struct crypto_seal_key *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->period = period;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        made->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    OPENSSL_cleanse(text, sizeof(text));
    *key = made;
    return true;
}

void crypto_seal_key_free(struct crypto_seal_key *key)
{
    if (key)
        OPENSSL_cleanse(key, sizeof(*key));
    free(key);
}

Anlan__Rpc__V1__SealAlgorithm crypto_seal_key_algorithm(const struct crypto_seal_key *key)
{
    (void)key;
    return ANLAN__RPC__V1__SEAL_ALGORITHM__SEAL_ALGORITHM_AES_256_GCM;
}

uint32_t crypto_seal_key_period(const struct crypto_seal_key *key)
{
    return key->period;
}

void crypto_seal(const struct crypto_seal_key *key, struct bytes owner, struct bytes secret, uint8_t *sealed)
{
    int length = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    crypto_random(sealed, NONCE_BYTES);
    CHECK(context && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, sealed) == 1 &&
          EVP_EncryptUpdate(context, NULL, &length, owner.data, (int)owner.length) == 1 &&
          EVP_EncryptUpdate(context, sealed + NONCE_BYTES, &length, secret.data, (int)secret.length) == 1 &&
          EVP_EncryptFinal_ex(context, sealed + NONCE_BYTES + secret.length, &length) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + NONCE_BYTES + secret.length) == 1);
    EVP_CIPHER_CTX_free(context);
}

bool crypto_unseal(const struct crypto_seal_key *key, struct bytes owner, struct bytes sealed, uint8_t *secret)
{
    if (sealed.length < CRYPTO_SEAL_EXTRA)
        return false;
    int length = 0;
    uint8_t tag[TAG_BYTES];
    size_t inner = sealed.length - CRYPTO_SEAL_EXTRA;
    memcpy(tag, sealed.data + NONCE_BYTES + inner, sizeof(tag));
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    CHECK(context);
    bool good = EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, sealed.data) == 1 &&
                EVP_DecryptUpdate(context, NULL, &length, owner.data, (int)owner.length) == 1 &&
                EVP_DecryptUpdate(context, secret, &length, sealed.data + NONCE_BYTES, (int)inner) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
                EVP_DecryptFinal_ex(context, secret + inner, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!good)
        OPENSSL_cleanse(secret, inner);
    return good;
}

void crypto_seal_derive(const struct crypto_seal_key *key, const struct bytes *parts, size_t count,
                        uint8_t derived[CRYPTO_DERIVED_SIZE])
{
    crypto_hmac_sha256((struct bytes){key->bytes, sizeof(key->bytes)}, parts, count, derived);
}

// SPDX-License-Identifier: Apache-2.0
#include "crypto/passwords.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

bool crypto_scrypt_good(const struct crypto_scrypt *parameters)
{
    return parameters->cost_log2 >= 4 && parameters->cost_log2 <= 20 && parameters->block_size >= 1 &&
           parameters->block_size <= 32 && parameters->lanes >= 1 && parameters->lanes <= 16 &&
           (UINT64_C(128) << parameters->cost_log2) * parameters->block_size <= CRYPTO_SCRYPT_MEMORY;
}

bool crypto_scrypt(struct bytes password, struct bytes salt, const struct crypto_scrypt *parameters,
                   uint8_t hash[CRYPTO_PASSWORD_HASH_SIZE])
{
    // OpenSSL wants a pointer for an empty salt too.
    static const uint8_t none[1];
    return crypto_scrypt_good(parameters) &&
           EVP_PBE_scrypt(password.data ? (const char *)password.data : "", password.length,
                          salt.data ? salt.data : none, salt.length, UINT64_C(1) << parameters->cost_log2,
                          parameters->block_size, parameters->lanes, CRYPTO_SCRYPT_MEMORY + (1 << 20), hash,
                          CRYPTO_PASSWORD_HASH_SIZE) == 1;
}

uint32_t crypto_hotp(struct bytes secret, uint64_t counter, unsigned digits)
{
    uint8_t message[8];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    uint32_t modulus = 1;
    for (int i = 0; i < 8; i++)
        message[i] = (uint8_t)(counter >> (56 - 8 * i));
    CHECK(HMAC(EVP_sha1(), secret.data, (int)secret.length, message, sizeof(message), digest, &length) && length == 20);
    size_t at = digest[19] & 0x0f;
    uint32_t number = (uint32_t)(digest[at] & 0x7f) << 24 | (uint32_t)digest[at + 1] << 16 |
                      (uint32_t)digest[at + 2] << 8 | digest[at + 3];
    CHECK(digits >= 1 && digits <= 8);
    for (unsigned i = 0; i < digits; i++)
        modulus *= 10;
    return number % modulus;
}

bool crypto_totp(struct bytes secret, int64_t unix_seconds, uint32_t code, int64_t *step)
{
    int64_t now = unix_seconds / CRYPTO_TOTP_SECONDS;
    bool found = false;
    for (int64_t at = now - 1; at <= now + 1; at++)
        if (crypto_hotp(secret, (uint64_t)at, CRYPTO_TOTP_DIGITS) == code) {
            *step = at;
            found = true;
        }
    return found;
}

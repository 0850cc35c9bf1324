// SPDX-License-Identifier: Apache-2.0
// What proves that a person knows a password or holds a device: scrypt (RFC 7914)
// and one-time passwords (RFC 4226, RFC 6238).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define CRYPTO_PASSWORD_HASH_SIZE 32

// How hard a password is to guess from its hash. Data: a hash is kept with the parameters that it was made with.
struct crypto_scrypt {
    uint32_t cost_log2;     // N = 2^cost_log2, 4 to 20
    uint32_t block_size;    // r, 1 to 32
    uint32_t lanes;         // p, 1 to 16
};

// Most memory that one hash may take: 128 · N · r bytes, and a little.
#define CRYPTO_SCRYPT_MEMORY ((uint64_t)256 << 20)

// True if the parameters are within their bounds and CRYPTO_SCRYPT_MEMORY.
bool crypto_scrypt_good(const struct crypto_scrypt *parameters);

// Hashes a password. Takes tens of milliseconds and tens of megabytes: never on a thread that others wait for. False
// for bad parameters or where memory is out. Thread-safe.
bool crypto_scrypt(struct bytes password, struct bytes salt, const struct crypto_scrypt *parameters,
                   uint8_t hash[CRYPTO_PASSWORD_HASH_SIZE]);

// Seconds of one step of a time-based one-time password, and its digits.
#define CRYPTO_TOTP_SECONDS 30
#define CRYPTO_TOTP_DIGITS 6

// The one-time password of a counter (RFC 4226, HMAC-SHA-1): a number of `digits` (1 to 8) digits. Thread-safe.
uint32_t crypto_hotp(struct bytes secret, uint64_t counter, unsigned digits);

// The step whose password `code` is: that of `unix_seconds`, or the one before or behind it (RFC 6238, 5.2). False
// where it is none of them. All three are tried, whichever it is. Thread-safe.
bool crypto_totp(struct bytes secret, int64_t unix_seconds, uint32_t code, int64_t *step);

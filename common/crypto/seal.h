// SPDX-License-Identifier: Apache-2.0
// Secrets at rest: sealed by a key that is a file of the service and not in the
// database, so that a copy of the database does not give them away.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anlan/rpc/v1/token.pb-c.h"
#include "base/bytes.h"

// A key of one algorithm and period.
struct crypto_seal_key;

// Bytes that a sealed secret has more than itself.
#define CRYPTO_SEAL_EXTRA 28

// Makes a key and writes it to a new file of mode 0600: 64 hexadecimal digits and a newline. False, errno set where the
// system refused, if the file exists or cannot be written.
bool crypto_seal_key_create(const char *path);

// Reads it. False if it cannot be read or is no such key.
bool crypto_seal_key_read(const char *path, uint32_t period, struct crypto_seal_key **key);

// Frees a key; accepts NULL.
void crypto_seal_key_free(struct crypto_seal_key *key);

// Algorithm and period by which sealed secrets name the key.
Anlan__Rpc__V1__SealAlgorithm crypto_seal_key_algorithm(const struct crypto_seal_key *key);
uint32_t crypto_seal_key_period(const struct crypto_seal_key *key);

// Seals `secret` for `owner` (an id, say): `sealed` holds secret.length + CRYPTO_SEAL_EXTRA bytes. Thread-safe.
void crypto_seal(const struct crypto_seal_key *key, struct bytes owner, struct bytes secret, uint8_t *sealed);

// Opens what was sealed for the same owner: `secret` holds sealed.length - CRYPTO_SEAL_EXTRA bytes. False, and nothing
// of it shown, where it was sealed by another key or for another owner, or altered. Thread-safe.
bool crypto_unseal(const struct crypto_seal_key *key, struct bytes owner, struct bytes sealed, uint8_t *secret);

// Bytes of a derived secret.
#define CRYPTO_DERIVED_SIZE 32

// A secret that follows from the key and the parts (HMAC-SHA-256 of them): who knows it learns nothing of the key or of
// others. Thread-safe.
void crypto_seal_derive(const struct crypto_seal_key *key, const struct bytes *parts, size_t count,
                        uint8_t derived[CRYPTO_DERIVED_SIZE]);

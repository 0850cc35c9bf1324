// SPDX-License-Identifier: Apache-2.0
// Hashes, signatures and random bytes behind one small interface, so that a
// certified module can take OpenSSL's place. Algorithms are named by the
// contract's enums wherever a result is stored or sent.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "anlan/rpc/v1/token.pb-c.h"
#include "base/bytes.h"

#define CRYPTO_DIGEST_SIZE 32
#define CRYPTO_SALT_SIZE 16
#define CRYPTO_SIGNATURE_SIZE 64

// Fills `data` with unpredictable bytes; ends the process if the system has none.
// Thread-safe.
void crypto_random(void *data, size_t length);

// SHA-256 of the parts, one behind the other. Thread-safe.
void crypto_sha256(const struct bytes *parts, size_t count, uint8_t digest[CRYPTO_DIGEST_SIZE]);

// HMAC-SHA-256 (RFC 2104) of the parts, one behind the other. Thread-safe.
void crypto_hmac_sha256(struct bytes key, const struct bytes *parts, size_t count, uint8_t digest[CRYPTO_DIGEST_SIZE]);

// Equal, in a time that does not depend on where they differ.
bool crypto_equal(const void *left, const void *right, size_t length);

// A key of one algorithm and period.
struct crypto_key;

// Makes a private key and writes it to a new file of mode 0600, as PEM (RFC
// 7468, PKCS #8), and its public half to another of mode 0644. False, errno set
// where the system refused, if a file exists or cannot be written.
bool crypto_key_create(const char *private_path, const char *public_path);

// Reads a PEM file. A private key signs and verifies, a public one verifies.
// False if it cannot be read or is no Ed25519 key.
bool crypto_key_read(const char *path, bool private_half, uint32_t period, struct crypto_key **key);

// Bytes of a public key by itself (RFC 8032).
#define CRYPTO_PUBLIC_SIZE 32

// A public key from its bytes. False where they are none.
bool crypto_key_from_public(struct bytes bytes, struct crypto_key **key);

// The bytes of a key's public half.
void crypto_key_public(const struct crypto_key *key, uint8_t bytes[CRYPTO_PUBLIC_SIZE]);

// SHA-256 of the first certificate (X.509) of a PEM file, as DER. False where it has none.
bool crypto_certificate_digest(const char *path, uint8_t digest[CRYPTO_DIGEST_SIZE]);

// Frees a key; accepts NULL.
void crypto_key_free(struct crypto_key *key);

// Algorithm and period by which signatures name the key.
Anlan__Rpc__V1__SignatureAlgorithm crypto_key_algorithm(const struct crypto_key *key);
uint32_t crypto_key_period(const struct crypto_key *key);

// Signs the parts, one behind the other. False for a public key. Thread-safe.
bool crypto_sign(const struct crypto_key *key, const struct bytes *parts, size_t count,
                 uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

// True if the signature of the parts is the key's. Thread-safe.
bool crypto_verify(const struct crypto_key *key, const struct bytes *parts, size_t count, struct bytes signature);

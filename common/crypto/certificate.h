// SPDX-License-Identifier: Apache-2.0
// Certificates of peers: whom they are bound to.
#pragma once

#include <stdbool.h>

#include "base/uuid.h"
#include "crypto/crypto.h"

// Whom a certificate is for: its one URI urn:anlan:unit:<uuid> or urn:anlan:client:<uuid> among the alternative names.
enum crypto_peer_kind { CRYPTO_PEER_NONE, CRYPTO_PEER_UNIT, CRYPTO_PEER_CLIENT };

struct crypto_peer {
    enum crypto_peer_kind kind;
    struct uuid id;    // nil for CRYPTO_PEER_NONE
    uint8_t
        certificate[CRYPTO_DIGEST_SIZE];    // SHA-256 of it (DER), where this is a connection's other end; else zero
};

// Bytes of such a URI with its NUL.
#define CRYPTO_PEER_TEXT_SIZE 64

// Writes the URI; "" for CRYPTO_PEER_NONE.
void crypto_peer_format(const struct crypto_peer *peer, char text[CRYPTO_PEER_TEXT_SIZE]);

// Reads such a URI. False, and *peer untouched, if it is not one.
bool crypto_peer_parse(const char *text, struct crypto_peer *peer);

// True where a text is one or several certificates of authorities in PEM, and nothing else.
bool crypto_authority_good(const char *pem);

// The same peer; none is like no other.
bool crypto_peer_same(const struct crypto_peer *left, const struct crypto_peer *right);

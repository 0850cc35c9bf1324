// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

// As crypto_peer_kind counts.
static const char *const prefixes[] = {"", "urn:anlan:unit:", "urn:anlan:client:"};

void crypto_peer_format(const struct crypto_peer *peer, char text[CRYPTO_PEER_TEXT_SIZE])
{
    char id[UUID_TEXT_SIZE] = "";
    if (peer->kind != CRYPTO_PEER_NONE)
        uuid_format(&peer->id, id);
    snprintf(text, CRYPTO_PEER_TEXT_SIZE, "%s%s", prefixes[peer->kind], id);
}

bool crypto_peer_parse(const char *text, struct crypto_peer *peer)
{
    for (size_t kind = CRYPTO_PEER_UNIT; kind < COUNT_OF(prefixes); kind++) {
        struct uuid id;
        size_t length = strlen(prefixes[kind]);
        if (strncmp(text, prefixes[kind], length) == 0 && uuid_parse(text + length, &id) && !uuid_is_nil(&id)) {
            *peer = (struct crypto_peer){.kind = (enum crypto_peer_kind)kind, .id = id};
            return true;
        }
    }
    return false;
}

bool crypto_peer_same(const struct crypto_peer *left, const struct crypto_peer *right)
{
    return left->kind != CRYPTO_PEER_NONE && left->kind == right->kind && uuid_compare(&left->id, &right->id) == 0;
}

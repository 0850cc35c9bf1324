// SPDX-License-Identifier: Apache-2.0
#include "crypto/webhook.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/crypto.h"

static void derive(const struct crypto_seal_key *key, const struct uuid *receiver, int32_t number,
                   uint8_t secret[CRYPTO_DERIVED_SIZE])
{
    static const char purpose[] = "anlan webhook v1";
    const uint8_t digits[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                               (uint8_t)number};
    const struct bytes parts[] = {{(const uint8_t *)purpose, sizeof(purpose)},
                                  {receiver->bytes, sizeof(receiver->bytes)},
                                  {digits, sizeof(digits)}};
    crypto_seal_derive(key, parts, COUNT_OF(parts), secret);
}

char *crypto_webhook_secret(const struct crypto_seal_key *key, const struct uuid *receiver, int32_t number,
                            struct arena *arena)
{
    uint8_t secret[CRYPTO_DERIVED_SIZE];
    char text[TEXT_BASE64_SIZE(sizeof(secret))];
    derive(key, receiver, number, secret);
    text_base64(secret, sizeof(secret), text);
    return arena_printf(arena, "whsec_%s", text);
}

char *crypto_webhook_signature(const struct crypto_seal_key *key, const struct uuid *receiver, int32_t number,
                               const char *id, int64_t seconds, struct bytes body, struct arena *arena)
{
    uint8_t secret[CRYPTO_DERIVED_SIZE];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char text[TEXT_BASE64_SIZE(sizeof(digest))];
    const char *head = arena_printf(arena, "%s.%lld.", id, (long long)seconds);
    if (!head)
        return NULL;
    const struct bytes parts[] = {{(const uint8_t *)head, strlen(head)}, body};
    derive(key, receiver, number, secret);
    crypto_hmac_sha256((struct bytes){secret, sizeof(secret)}, parts, COUNT_OF(parts), digest);
    text_base64(digest, sizeof(digest), text);
    return arena_printf(arena, "v1,%s", text);
}

// SPDX-License-Identifier: Apache-2.0
// Secrets and signatures of webhooks, as Standard Webhooks has them (standardwebhooks.com): the receiver checks
// webhook-signature, which is over webhook-id, webhook-timestamp and the body, and refuses old timestamps.
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "crypto/seal.h"

// The secret of a receiver, by its number: "whsec_" and base64. It is kept nowhere: it follows from the key. NULL where
// the arena is full.
char *crypto_webhook_secret(const struct crypto_seal_key *key, const struct uuid *receiver, int32_t number,
                            struct arena *arena);

// The header's value for one secret: "v1,BASE64". NULL where the arena is full.
char *crypto_webhook_signature(const struct crypto_seal_key *key, const struct uuid *receiver, int32_t number,
                               const char *id, int64_t seconds, struct bytes body, struct arena *arena);

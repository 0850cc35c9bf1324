// SPDX-License-Identifier: Apache-2.0
// Tokens: signed claims about a caller (proto/anlan/rpc/v1/token.proto).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "access/keys.h"
#include "anlan/rpc/v1/feed.pb-c.h"
#include "anlan/rpc/v1/token.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/uuid.h"
#include "crypto/crypto.h"

// Longest validity of a token.
#define ACCESS_TOKEN_LIFETIME (12 * 3600 * CLOCK_SECOND)

// Signs claims; memory from `arena`. False where it is full or the key is public.
bool access_token_sign(const struct crypto_key *key, Anlan__Rpc__V1__KeyPurpose purpose,
                       const Anlan__Rpc__V1__Claims *claims, struct arena *arena, struct bytes *token);

// Most grants that a token names.
#define ACCESS_GRANTS_MOST 32

// Signs claims of any kind with the key of that purpose that is good at `now`, under a prefix that no other kind has.
// Memory from `arena`. False where it is full or there is no such key. Thread-safe.
bool access_token_issue(struct access_keys *keys, access_purpose purpose, const char *prefix,
                        const ProtobufCMessage *claims, clock_time now, struct arena *arena, struct bytes *token);

// The prefix of tokens for calls.
#define ACCESS_TOKEN_PREFIX "anlan token v1"

// The claims of what access_token_issue signed, into `arena`. NULL where it is not that. It says nothing of its time.
ProtobufCMessage *access_token_open(struct access_keys *keys, access_purpose purpose, const char *prefix,
                                    const ProtobufCMessageDescriptor *claims, struct bytes token, struct arena *arena);

// Who calls, as his token says.
struct access_caller {
    struct uuid subject_id;
    bool is_client;         // no person: a client from outside
    bool has_post;          // he acts in a post; otherwise by grants alone
    struct uuid post_id;    // the directory says what it is; nil: the key's holder vouches for what follows
    struct uuid unit_id;    // of the acting post
    struct uuid token_id;
    struct uuid session_id;    // nil where the token belongs to no session
    bool bound;                // only connections with this certificate carry the token
    uint8_t certificate[CRYPTO_DIGEST_SIZE];
    clock_time issued_at;
    clock_time expires_at;
    int64_t directory_position;
    char subject_name[200];    // UTF-8
    char role[64];
    size_t sector_count;    // 0: all
    char sectors[16][33];
    size_t grant_count;
    struct uuid grants[ACCESS_GRANTS_MOST];    // by which he acts besides
};

// Verifies tokens and remembers those that it verified (a signature costs about
// 100 µs, a remembered one under 1). Only good tokens are remembered, so that bad
// ones push none out.
struct access_verifier;

// Makes a verifier for one instance that remembers up to `remembered` tokens. It
// takes over the keys.
struct access_verifier *access_verifier_new(struct access_keys *keys, const struct uuid *instance_id,
                                            size_t remembered);

// Frees it and its keys; accepts NULL.
void access_verifier_free(struct access_verifier *verifier);

// Its keys; they live as long as it does.
struct access_keys *access_verifier_keys(struct access_verifier *verifier);

// Takes in an entry of the directory's log: what revokes tokens is kept until they have expired by themselves. False
// where its record cannot be read. Thread-safe.
bool access_verifier_apply(struct access_verifier *verifier, const Anlan__Rpc__V1__Entry *entry);

// Checks signature, instance, form and validity at `now` (30 s of clock skew are
// allowed at its beginning, none at its end). False with TOKEN_MISSING,
// TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_REVOKED. Thread-safe; does not block (a token
// that names an unknown key makes the directory of keys be read, once in a second).
bool access_verify(struct access_verifier *verifier, struct bytes token, clock_time now, struct access_caller *caller,
                   struct status *status);

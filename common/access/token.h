// SPDX-License-Identifier: Apache-2.0
// Tokens: signed claims about a caller (proto/anlan/rpc/v1/token.proto).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "anlan/rpc/v1/token.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/uuid.h"
#include "crypto/crypto.h"

// Longest validity of a token.
#define ACCESS_TOKEN_LIFETIME (12 * 3600 * CLOCK_SECOND)

// The public keys of an instance.
struct access_keys;

// Reads <directory>/token-<period>.pub and service-<period>.pub. Keys named token-
// sign for anybody, keys named service- only for the role "service". False with
// INTERNAL where there is none or one cannot be read.
bool access_keys_open(struct access_keys **keys, const char *directory, struct status *status);

// Frees them; accepts NULL.
void access_keys_close(struct access_keys *keys);

// Signs claims; memory from `arena`. False where it is full or the key is public.
bool access_token_sign(const struct crypto_key *key, Anlan__Rpc__V1__KeyPurpose purpose,
                       const Anlan__Rpc__V1__Claims *claims, struct arena *arena, struct bytes *token);

// Most grants that a token names.
#define ACCESS_GRANTS_MOST 32

// Who calls, as his token says.
struct access_caller {
    struct uuid subject_id;
    bool is_client;         // no person: a client from outside
    bool has_post;          // he acts in a post; otherwise by grants alone
    struct uuid post_id;    // the directory says what it is; nil: the key's holder vouches for what follows
    struct uuid unit_id;    // of the acting post
    struct uuid token_id;
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
// 100 µs, a remembered one under 1).
struct access_verifier;

// Makes a verifier for one instance that remembers up to `remembered` tokens. It
// takes over the keys.
struct access_verifier *access_verifier_new(struct access_keys *keys, const struct uuid *instance_id,
                                            size_t remembered);

// Frees it and its keys; accepts NULL.
void access_verifier_free(struct access_verifier *verifier);

// Checks signature, instance, form and validity at `now` (30 s of clock skew are
// allowed at its beginning, none at its end). False with TOKEN_MISSING,
// TOKEN_INVALID or TOKEN_EXPIRED. Thread-safe; does not block.
bool access_verify(struct access_verifier *verifier, struct bytes token, clock_time now, struct access_caller *caller,
                   struct status *status);

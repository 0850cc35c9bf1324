// SPDX-License-Identifier: Apache-2.0
#include "access/token.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "access/revocations.h"
#include "base/check.h"
#include "base/text.h"

#define TOKEN_BYTES_MOST 4096
// Callers' and services' clocks may differ by this much where a token begins.
#define CLOCK_SKEW (30 * CLOCK_SECOND)

#define PURPOSE(name) ACCESS_PURPOSE(name)

static const char signed_prefix[] = ACCESS_TOKEN_PREFIX;

// What every signature of claims covers besides them, so that no kind passes for another. With its NUL.
static struct bytes prefix_of(const char *prefix)
{
    return (struct bytes){(const uint8_t *)prefix, strlen(prefix) + 1};
}

// Packs key name, claims and signature as a Token.
static bool pack_token(const Anlan__Rpc__V1__KeyName *name, struct bytes claims, const uint8_t *signature,
                       struct arena *arena, struct bytes *token)
{
    Anlan__Rpc__V1__Token message = ANLAN__RPC__V1__TOKEN__INIT;
    message.key = (Anlan__Rpc__V1__KeyName *)name;
    message.claims = (ProtobufCBinaryData){.data = (uint8_t *)claims.data, .len = claims.length};
    message.signature = (ProtobufCBinaryData){.data = (uint8_t *)signature, .len = CRYPTO_SIGNATURE_SIZE};
    size_t length = anlan__rpc__v1__token__get_packed_size(&message);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed)
        return false;
    anlan__rpc__v1__token__pack(&message, packed);
    *token = (struct bytes){packed, length};
    return true;
}

static bool pack_claims(const ProtobufCMessage *claims, struct arena *arena, struct bytes *packed)
{
    size_t length = protobuf_c_message_get_packed_size(claims);
    uint8_t *data = arena_alloc(arena, length);
    if (!data)
        return false;
    protobuf_c_message_pack(claims, data);
    *packed = (struct bytes){data, length};
    return true;
}

bool access_token_sign(const struct crypto_key *key, access_purpose purpose, const Anlan__Rpc__V1__Claims *claims,
                       struct arena *arena, struct bytes *token)
{
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    struct bytes parts[] = {prefix_of(signed_prefix), {0}};
    Anlan__Rpc__V1__KeyName name = ANLAN__RPC__V1__KEY_NAME__INIT;
    if (!pack_claims(&claims->base, arena, &parts[1]) || !crypto_sign(key, parts, COUNT_OF(parts), signature))
        return false;
    name.algorithm = crypto_key_algorithm(key);
    name.period = crypto_key_period(key);
    name.purpose = purpose;
    return pack_token(&name, parts[1], signature, arena, token);
}

bool access_token_issue(struct access_keys *keys, access_purpose purpose, const char *prefix,
                        const ProtobufCMessage *claims, clock_time now, struct arena *arena, struct bytes *token)
{
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    struct bytes parts[] = {prefix_of(prefix), {0}};
    Anlan__Rpc__V1__KeyName name = ANLAN__RPC__V1__KEY_NAME__INIT;
    return pack_claims(claims, arena, &parts[1]) &&
           access_keys_sign(keys, purpose, now, parts, COUNT_OF(parts), &name, signature) &&
           pack_token(&name, parts[1], signature, arena, token);
}

ProtobufCMessage *access_token_open(struct access_keys *keys, access_purpose purpose, const char *prefix,
                                    const ProtobufCMessageDescriptor *claims, struct bytes token, struct arena *arena)
{
    clock_time from = 0;
    clock_time until = 0;
    if (token.length == 0 || token.length > TOKEN_BYTES_MOST)
        return NULL;
    const Anlan__Rpc__V1__Token *message = anlan__rpc__v1__token__unpack(&arena->protobuf, token.length, token.data);
    if (!message || !message->key || message->key->purpose != purpose)
        return NULL;
    const struct bytes parts[] = {prefix_of(prefix), {message->claims.data, message->claims.len}};
    if (!access_keys_verify(keys, message->key, parts, COUNT_OF(parts),
                            (struct bytes){message->signature.data, message->signature.len}, &from, &until))
        return NULL;
    return protobuf_c_message_unpack(claims, &arena->protobuf, message->claims.len, message->claims.data);
}

// A token that was verified: its bytes and what they say. The table is set-associative by hash; the oldest of a set
// goes.
#define WAYS 4
struct remembered {
    uint8_t *token;
    size_t length;
    uint64_t used;
    struct access_caller caller;
};

struct access_verifier {
    struct access_keys *keys;
    struct uuid instance_id;
    pthread_mutex_t mutex;
    struct remembered *table;
    size_t sets;
    uint64_t uses;
    unsigned changes;    // of the keys, when the table began
    struct access_revocations *revocations;
};

struct access_verifier *access_verifier_new(struct access_keys *keys, const struct uuid *instance_id, size_t remembered)
{
    struct access_verifier *verifier = calloc(1, sizeof(*verifier));
    CHECK(verifier);
    verifier->keys = keys;
    verifier->instance_id = *instance_id;
    verifier->sets = remembered / WAYS + 1;
    verifier->table = calloc(verifier->sets * WAYS, sizeof(*verifier->table));
    CHECK(verifier->table);
    pthread_mutex_init(&verifier->mutex, NULL);
    verifier->revocations = access_revocations_new();
    return verifier;
}

void access_verifier_free(struct access_verifier *verifier)
{
    if (!verifier)
        return;
    for (size_t i = 0; i < verifier->sets * WAYS; i++)
        free(verifier->table[i].token);
    free(verifier->table);
    pthread_mutex_destroy(&verifier->mutex);
    access_revocations_free(verifier->revocations);
    access_keys_close(verifier->keys);
    free(verifier);
}

struct access_keys *access_verifier_keys(struct access_verifier *verifier)
{
    return verifier->keys;
}

bool access_verifier_apply(struct access_verifier *verifier, const Anlan__Rpc__V1__Entry *entry)
{
    return access_revocations_apply(verifier->revocations, entry, clock_now());
}

// What other keys verified may not be good any more. Under the mutex.
static void forget_old(struct access_verifier *verifier)
{
    unsigned changes = access_keys_changes(verifier->keys);
    if (changes == verifier->changes)
        return;
    for (size_t i = 0; i < verifier->sets * WAYS; i++)
        free(verifier->table[i].token);
    memset(verifier->table, 0, verifier->sets * WAYS * sizeof(*verifier->table));
    verifier->changes = changes;
}

static struct remembered *set_of(const struct access_verifier *verifier, struct bytes token)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    // The signature stands at the end and is as good as random.
    for (size_t i = token.length > 32 ? token.length - 32 : 0; i < token.length; i++)
        hash = (hash ^ token.data[i]) * UINT64_C(0x100000001b3);
    return &verifier->table[hash % verifier->sets * WAYS];
}

static bool recall(struct access_verifier *verifier, struct bytes token, struct access_caller *caller)
{
    bool found = false;
    pthread_mutex_lock(&verifier->mutex);
    forget_old(verifier);
    struct remembered *set = set_of(verifier, token);
    for (size_t i = 0; i < WAYS && !found; i++) {
        found = set[i].length == token.length && set[i].token && memcmp(set[i].token, token.data, token.length) == 0;
        if (found) {
            set[i].used = ++verifier->uses;
            *caller = set[i].caller;
        }
    }
    pthread_mutex_unlock(&verifier->mutex);
    return found;
}

static void remember(struct access_verifier *verifier, struct bytes token, const struct access_caller *caller)
{
    uint8_t *copy = malloc(token.length);
    if (!copy)
        return;
    memcpy(copy, token.data, token.length);
    pthread_mutex_lock(&verifier->mutex);
    struct remembered *set = set_of(verifier, token);
    struct remembered *oldest = set;
    for (size_t i = 1; i < WAYS; i++)
        if (set[i].used < oldest->used)
            oldest = &set[i];
    free(oldest->token);
    *oldest = (struct remembered){.token = copy, .length = token.length, .used = ++verifier->uses, .caller = *caller};
    pthread_mutex_unlock(&verifier->mutex);
}

static bool copy_text(const char *text, char *copy, size_t size)
{
    size_t length = strlen(text);
    if (length >= size || !text_valid((const uint8_t *)text, length))
        return false;
    memcpy(copy, text, length + 1);
    return true;
}

static bool read_time(const Google__Protobuf__Timestamp *timestamp, clock_time *time)
{
    if (!timestamp || timestamp->seconds < 0 || timestamp->seconds > CLOCK_LAST / CLOCK_SECOND)
        return false;
    *time = timestamp->seconds * CLOCK_SECOND + timestamp->nanos / 1000;
    return true;
}

static bool read_post(const Anlan__Rpc__V1__ActingPost *post, struct access_caller *caller)
{
    caller->has_post = post != NULL;
    if (!post)
        return true;
    if (post->n_sectors > COUNT_OF(caller->sectors) || !uuid_parse(post->unit_id, &caller->unit_id) ||
        (*post->post_id && !uuid_parse(post->post_id, &caller->post_id)) ||
        !copy_text(post->role, caller->role, sizeof(caller->role)))
        return false;
    for (size_t i = 0; i < post->n_sectors; i++)
        if (!copy_text(post->sectors[i], caller->sectors[i], sizeof(caller->sectors[i])))
            return false;
    caller->sector_count = post->n_sectors;
    return true;
}

static bool read_grants(const Anlan__Rpc__V1__Claims *claims, struct access_caller *caller)
{
    if (claims->n_grant_ids > COUNT_OF(caller->grants))
        return false;
    for (size_t i = 0; i < claims->n_grant_ids; i++)
        if (!uuid_parse(claims->grant_ids[i], &caller->grants[i]))
            return false;
    caller->grant_count = claims->n_grant_ids;
    return true;
}

static bool read_certificate(ProtobufCBinaryData digest, struct access_caller *caller)
{
    caller->bound = digest.len > 0;
    if (digest.len != 0 && digest.len != sizeof(caller->certificate))
        return false;
    if (caller->bound)
        memcpy(caller->certificate, digest.data, digest.len);
    return true;
}

static bool read_caller(const Anlan__Rpc__V1__Claims *claims, const struct uuid *instance_id,
                        struct access_caller *caller)
{
    struct uuid instance;
    *caller =
        (struct access_caller){.directory_position = claims->directory_position,
                               .is_client = claims->subject_kind == ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_CLIENT};
    if (claims->directory_position < 0 || !uuid_parse(claims->instance_id, &instance) ||
        uuid_compare(&instance, instance_id) != 0 || !uuid_parse(claims->token_id, &caller->token_id) ||
        !uuid_parse(claims->subject_id, &caller->subject_id) ||
        (*claims->session_id && !uuid_parse(claims->session_id, &caller->session_id)) ||
        !copy_text(claims->subject_name, caller->subject_name, sizeof(caller->subject_name)) ||
        !read_post(claims->post, caller) || !read_grants(claims, caller) ||
        !read_certificate(claims->certificate_digest, caller) || !read_time(claims->issued_at, &caller->issued_at) ||
        !read_time(claims->expires_at, &caller->expires_at))
        return false;
    // Another instance acts by being one: a client that has nothing is refused by the decision.
    return (caller->has_post || caller->grant_count > 0 || caller->is_client) &&
           caller->expires_at > caller->issued_at && caller->expires_at - caller->issued_at <= ACCESS_TOKEN_LIFETIME;
}

static bool signature_good(struct access_keys *keys, const Anlan__Rpc__V1__Token *token, clock_time *from,
                           clock_time *until)
{
    const struct bytes parts[] = {prefix_of(signed_prefix), {token->claims.data, token->claims.len}};
    return token->key && access_keys_verify(keys, token->key, parts, COUNT_OF(parts),
                                            (struct bytes){token->signature.data, token->signature.len}, from, until);
}

// Service keys sign for services only, and nothing else signs for them; what other keys sign is no token for a call.
static bool purpose_fits(const Anlan__Rpc__V1__Token *token, const struct access_caller *caller)
{
    access_purpose wanted = strcmp(caller->role, "service") == 0 ? PURPOSE(SERVICE) : PURPOSE(TOKEN);
    return token->key->purpose == wanted;
}

// A key signs what is issued in its times.
static bool times_fit(const struct access_caller *caller, clock_time from, clock_time until)
{
    return caller->issued_at >= from - CLOCK_SKEW && caller->issued_at < until;
}

static bool verify_fully(struct access_verifier *verifier, struct bytes token, struct access_caller *caller)
{
    struct arena arena;
    clock_time from = 0;
    clock_time until = 0;
    arena_init(&arena, 16 * TOKEN_BYTES_MOST);
    const Anlan__Rpc__V1__Token *message = anlan__rpc__v1__token__unpack(&arena.protobuf, token.length, token.data);
    const Anlan__Rpc__V1__Claims *claims = NULL;
    if (message && signature_good(verifier->keys, message, &from, &until))
        claims = anlan__rpc__v1__claims__unpack(&arena.protobuf, message->claims.len, message->claims.data);
    bool good = claims && read_caller(claims, &verifier->instance_id, caller) && purpose_fits(message, caller) &&
                times_fit(caller, from, until);
    arena_fini(&arena);
    return good;
}

bool access_verify(struct access_verifier *verifier, struct bytes token, clock_time now, struct access_caller *caller,
                   struct status *status)
{
    struct access_caller read;
    if (token.length == 0)
        return status_set(status, REASON(TOKEN_MISSING), "the call carries no token");
    if (token.length > TOKEN_BYTES_MOST)
        return status_set(status, REASON(TOKEN_INVALID), "the token is too long");
    if (!recall(verifier, token, &read)) {
        if (!verify_fully(verifier, token, &read))
            return status_set(status, REASON(TOKEN_INVALID), "the token is not one of this instance's");
        remember(verifier, token, &read);
    }
    if (now < read.issued_at - CLOCK_SKEW || now >= read.expires_at)
        return status_set(status, REASON(TOKEN_EXPIRED), "the token is not valid at this time");
    if (access_revoked(verifier->revocations, &read))
        return status_set(status, REASON(TOKEN_REVOKED), "the token was revoked");
    *caller = read;
    return true;
}

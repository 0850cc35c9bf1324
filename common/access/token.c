// SPDX-License-Identifier: Apache-2.0
#include "access/token.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define KEYS_MOST 64
#define TOKEN_BYTES_MOST 4096
// Callers' and services' clocks may differ by this much where a token begins.
#define CLOCK_SKEW (30 * CLOCK_SECOND)

typedef Anlan__Rpc__V1__KeyPurpose key_purpose;
#define PURPOSE(name) ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_##name

static const char signed_prefix[] = "anlan token v1";    // with its NUL

struct access_keys {
    struct {
        key_purpose purpose;
        struct crypto_key *key;
    } list[KEYS_MOST];
    size_t count;
};

// Purpose and period of a key's file name: token-1.pub.
static bool parse_name(const char *name, key_purpose *purpose, uint32_t *period)
{
    unsigned number = 0;
    int end = 0;
    if (sscanf(name, "token-%9u.pub%n", &number, &end) == 1 && end > 0 && name[end] == '\0')
        *purpose = PURPOSE(TOKEN);
    else if (sscanf(name, "service-%9u.pub%n", &number, &end) == 1 && end > 0 && name[end] == '\0')
        *purpose = PURPOSE(SERVICE);
    else
        return false;
    *period = number;
    return number > 0;
}

static bool read_keys(struct access_keys *keys, DIR *folder, const char *directory, struct status *status)
{
    for (const struct dirent *file = readdir(folder); file; file = readdir(folder)) {
        key_purpose purpose = PURPOSE(UNSPECIFIED);
        uint32_t period = 0;
        char path[4096];
        if (!parse_name(file->d_name, &purpose, &period))
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, file->d_name);
        if (keys->count == KEYS_MOST)
            return status_set(status, REASON(INTERNAL), "%s: more than %d keys", directory, KEYS_MOST);
        if (!crypto_key_read(path, false, period, &keys->list[keys->count].key))
            return status_set(status, REASON(INTERNAL), "%s: not a public key", path);
        keys->list[keys->count++].purpose = purpose;
    }
    return keys->count > 0 || status_set(status, REASON(INTERNAL), "%s: no public key", directory);
}

bool access_keys_open(struct access_keys **keys, const char *directory, struct status *status)
{
    DIR *folder = opendir(directory);
    if (!folder)
        return status_set(status, REASON(INTERNAL), "%s: cannot be read", directory);
    struct access_keys *made = calloc(1, sizeof(*made));
    CHECK(made);
    bool good = read_keys(made, folder, directory, status);
    closedir(folder);
    if (good)
        *keys = made;
    else
        access_keys_close(made);
    return good;
}

void access_keys_close(struct access_keys *keys)
{
    if (!keys)
        return;
    for (size_t i = 0; i < keys->count; i++)
        crypto_key_free(keys->list[i].key);
    free(keys);
}

static const struct crypto_key *key_named(const struct access_keys *keys, const Anlan__Rpc__V1__KeyName *name)
{
    for (size_t i = 0; name && i < keys->count; i++)
        if (keys->list[i].purpose == name->purpose && crypto_key_period(keys->list[i].key) == name->period &&
            crypto_key_algorithm(keys->list[i].key) == name->algorithm)
            return keys->list[i].key;
    return NULL;
}

bool access_token_sign(const struct crypto_key *key, key_purpose purpose, const Anlan__Rpc__V1__Claims *claims,
                       struct arena *arena, struct bytes *token)
{
    size_t claims_length = anlan__rpc__v1__claims__get_packed_size(claims);
    uint8_t *packed_claims = arena_alloc(arena, claims_length);
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    if (!packed_claims)
        return false;
    anlan__rpc__v1__claims__pack(claims, packed_claims);
    const struct bytes parts[] = {{(const uint8_t *)signed_prefix, sizeof(signed_prefix)},
                                  {packed_claims, claims_length}};
    if (!crypto_sign(key, parts, COUNT_OF(parts), signature))
        return false;
    Anlan__Rpc__V1__KeyName name = ANLAN__RPC__V1__KEY_NAME__INIT;
    name.algorithm = crypto_key_algorithm(key);
    name.period = crypto_key_period(key);
    name.purpose = purpose;
    Anlan__Rpc__V1__Token message = ANLAN__RPC__V1__TOKEN__INIT;
    message.key = &name;
    message.claims = (ProtobufCBinaryData){.data = packed_claims, .len = claims_length};
    message.signature = (ProtobufCBinaryData){.data = signature, .len = sizeof(signature)};
    size_t length = anlan__rpc__v1__token__get_packed_size(&message);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed)
        return false;
    anlan__rpc__v1__token__pack(&message, packed);
    *token = (struct bytes){packed, length};
    return true;
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
    access_keys_close(verifier->keys);
    free(verifier);
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
        !copy_text(claims->subject_name, caller->subject_name, sizeof(caller->subject_name)) ||
        !read_post(claims->post, caller) || !read_grants(claims, caller) ||
        !read_time(claims->issued_at, &caller->issued_at) || !read_time(claims->expires_at, &caller->expires_at))
        return false;
    return (caller->has_post || caller->grant_count > 0) && caller->expires_at > caller->issued_at &&
           caller->expires_at - caller->issued_at <= ACCESS_TOKEN_LIFETIME;
}

static bool signature_good(const struct access_keys *keys, const Anlan__Rpc__V1__Token *token)
{
    const struct crypto_key *key = key_named(keys, token->key);
    const struct bytes parts[] = {{(const uint8_t *)signed_prefix, sizeof(signed_prefix)},
                                  {token->claims.data, token->claims.len}};
    return key &&
           crypto_verify(key, parts, COUNT_OF(parts), (struct bytes){token->signature.data, token->signature.len});
}

// Service keys sign for services only, and nothing else signs for them.
static bool purpose_fits(const Anlan__Rpc__V1__Token *token, const struct access_caller *caller)
{
    return (token->key->purpose == PURPOSE(SERVICE)) == (strcmp(caller->role, "service") == 0);
}

static bool verify_fully(struct access_verifier *verifier, struct bytes token, struct access_caller *caller)
{
    struct arena arena;
    arena_init(&arena, 16 * TOKEN_BYTES_MOST);
    const Anlan__Rpc__V1__Token *message = anlan__rpc__v1__token__unpack(&arena.protobuf, token.length, token.data);
    const Anlan__Rpc__V1__Claims *claims = NULL;
    if (message && signature_good(verifier->keys, message))
        claims = anlan__rpc__v1__claims__unpack(&arena.protobuf, message->claims.len, message->claims.data);
    bool good = claims && read_caller(claims, &verifier->instance_id, caller) && purpose_fits(message, caller);
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
    *caller = read;
    return true;
}

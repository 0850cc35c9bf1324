// SPDX-License-Identifier: Apache-2.0
#include "access/revocations.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "access/token.h"
#include "anlan/organisations/v1/accounts.pb-c.h"
#include "anlan/organisations/v1/clients.pb-c.h"
#include "base/check.h"

// What an id names.
enum revoked { REVOKED_TOKEN, REVOKED_SESSION, REVOKED_SUBJECT };

struct revoked_key {
    struct uuid id;
    int32_t what;
};

// All tokens of `key` that were issued before a time.
struct revocation {
    struct revoked_key key;
    clock_time before;
    UT_hash_handle hh;
};

struct access_revocations {
    pthread_rwlock_t lock;
    struct revocation *table;
    clock_time swept_at;
};

#define SWEEP_EVERY (60 * CLOCK_SECOND)

struct access_revocations *access_revocations_new(void)
{
    struct access_revocations *made = calloc(1, sizeof(*made));
    CHECK(made && pthread_rwlock_init(&made->lock, NULL) == 0);
    return made;
}

void access_revocations_free(struct access_revocations *revocations)
{
    struct revocation *at = NULL;
    struct revocation *next = NULL;
    if (!revocations)
        return;
    HASH_ITER(hh, revocations->table, at, next)
    {
        HASH_DEL(revocations->table, at);
        free(at);
    }
    pthread_rwlock_destroy(&revocations->lock);
    free(revocations);
}

// Whatever was issued before it has expired by itself.
static bool is_past(const struct revocation *revocation, clock_time now)
{
    return revocation->before + ACCESS_TOKEN_LIFETIME <= now;
}

static void sweep(struct access_revocations *revocations, clock_time now)
{
    struct revocation *at = NULL;
    struct revocation *next = NULL;
    if (now - revocations->swept_at < SWEEP_EVERY)
        return;
    revocations->swept_at = now;
    HASH_ITER(hh, revocations->table, at, next)
    {
        if (!is_past(at, now))
            continue;
        HASH_DEL(revocations->table, at);
        free(at);
    }
}

static void revoke(struct access_revocations *revocations, enum revoked what, const struct uuid *id, clock_time before,
                   clock_time now)
{
    struct revocation *found = NULL;
    struct revocation wanted = {.key = {.id = *id, .what = what}, .before = before};
    if (is_past(&wanted, now))
        return;
    pthread_rwlock_wrlock(&revocations->lock);
    sweep(revocations, now);
    HASH_FIND(hh, revocations->table, &wanted.key, sizeof(wanted.key), found);
    if (found && found->before < before)
        found->before = before;
    if (!found) {
        found = malloc(sizeof(*found));
        CHECK(found);
        *found = wanted;
        HASH_ADD(hh, revocations->table, key, sizeof(found->key), found);
    }
    pthread_rwlock_unlock(&revocations->lock);
}

// 0 where it is absent.
static clock_time time_of(const Google__Protobuf__Timestamp *timestamp)
{
    return timestamp ? timestamp->seconds * CLOCK_SECOND + timestamp->nanos / 1000 : 0;
}

static bool apply_revocation(struct access_revocations *revocations, ProtobufCBinaryData after, clock_time now)
{
    Anlan__Organisations__V1__TokenRevocation *record =
        anlan__organisations__v1__token_revocation__unpack(NULL, after.len, after.data);
    if (!record)
        return false;
    const char *const named[] = {record->token_id, record->session_id, record->subject_id};
    clock_time before = time_of(record->issued_before);
    bool good = true;
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        struct uuid id;
        if (!*named[i])
            continue;
        if (uuid_parse(named[i], &id))
            revoke(revocations, (enum revoked)i, &id, before, now);
        else
            good = false;
    }
    anlan__organisations__v1__token_revocation__free_unpacked(record, NULL);
    return good;
}

static bool apply_account(struct access_revocations *revocations, ProtobufCBinaryData after, clock_time now)
{
    struct uuid id;
    Anlan__Organisations__V1__Account *record = anlan__organisations__v1__account__unpack(NULL, after.len, after.data);
    bool good = record && uuid_parse(record->person_id, &id);
    if (good && record->tokens_from)
        revoke(revocations, REVOKED_SUBJECT, &id, time_of(record->tokens_from), now);
    if (record)
        anlan__organisations__v1__account__free_unpacked(record, NULL);
    return good;
}

static bool apply_client(struct access_revocations *revocations, ProtobufCBinaryData after, clock_time now)
{
    struct uuid id;
    Anlan__Organisations__V1__Client *record = anlan__organisations__v1__client__unpack(NULL, after.len, after.data);
    bool good = record && uuid_parse(record->id, &id);
    if (good && record->tokens_from)
        revoke(revocations, REVOKED_SUBJECT, &id, time_of(record->tokens_from), now);
    if (record)
        anlan__organisations__v1__client__free_unpacked(record, NULL);
    return good;
}

bool access_revocations_apply(struct access_revocations *revocations, const Anlan__Rpc__V1__Entry *entry,
                              clock_time now)
{
    static const struct {
        const ProtobufCMessageDescriptor *record;
        bool (*apply)(struct access_revocations *revocations, ProtobufCBinaryData after, clock_time now);
    } kinds[] = {
        {&anlan__organisations__v1__token_revocation__descriptor, apply_revocation},
        {&anlan__organisations__v1__account__descriptor, apply_account},
        {&anlan__organisations__v1__client__descriptor, apply_client},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(entry->record_type, kinds[i].record->name) == 0)
            return kinds[i].apply(revocations, entry->after, now);
    return true;
}

static bool is_revoked(const struct access_revocations *revocations, enum revoked what, const struct uuid *id,
                       clock_time issued_at)
{
    struct revocation *found = NULL;
    const struct revoked_key key = {.id = *id, .what = what};
    HASH_FIND(hh, revocations->table, &key, sizeof(key), found);
    return found && issued_at < found->before;
}

bool access_revoked(struct access_revocations *revocations, const struct access_caller *caller)
{
    pthread_rwlock_rdlock(&revocations->lock);
    bool revoked = is_revoked(revocations, REVOKED_SUBJECT, &caller->subject_id, caller->issued_at) ||
                   is_revoked(revocations, REVOKED_SESSION, &caller->session_id, caller->issued_at) ||
                   is_revoked(revocations, REVOKED_TOKEN, &caller->token_id, caller->issued_at);
    pthread_rwlock_unlock(&revocations->lock);
    return revoked;
}

size_t access_revocations_count(struct access_revocations *revocations)
{
    pthread_rwlock_rdlock(&revocations->lock);
    size_t count = HASH_COUNT(revocations->table);
    pthread_rwlock_unlock(&revocations->lock);
    return count;
}

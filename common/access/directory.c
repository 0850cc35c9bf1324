// SPDX-License-Identifier: Apache-2.0
#include "access/directory.h"

#include <stdlib.h>
#include <string.h>

#include "access/directory_parts.h"
#include "anlan/organisations/v1/duty.pb-c.h"
#include "anlan/organisations/v1/instances.pb-c.h"
#include "anlan/organisations/v1/people.pb-c.h"
#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "anlan/organisations/v1/roles.pb-c.h"
#include "base/check.h"

// The writer goes first: a revocation does not wait until nobody decides.
static void make_lock(struct directory *directory)
{
    pthread_rwlockattr_t attributes;
    CHECK(pthread_rwlockattr_init(&attributes) == 0);
    CHECK(pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    CHECK(pthread_rwlock_init(&directory->lock, &attributes) == 0);
    pthread_rwlockattr_destroy(&attributes);
}

struct directory *directory_new(const struct uuid *instance_id)
{
    struct directory *directory = calloc(1, sizeof(*directory));
    CHECK(directory);
    directory->instance_id = *instance_id;
    directory->words = words_new();
    directory->charges = charges_new();
    directory->arrivals = arrivals_new();
    directory->heirs = heirs_new();
    directory->roles = roles_new();
    directory->posts = posts_new();
    directory->grants = grants_new();
    directory->peers = peers_new();
    make_lock(directory);
    atomic_store(&directory->caught_up_at, -1);
    return directory;
}

void directory_free(struct directory *directory)
{
    if (!directory)
        return;
    directory_units_free(directory);
    charges_free(directory->charges);
    arrivals_free(directory->arrivals);
    heirs_free(directory->heirs);
    roles_free(directory->roles);
    posts_free(directory->posts);
    grants_free(directory->grants);
    duties_free(directory->duties);
    peers_free(directory->peers);
    words_free(directory->words);
    pthread_rwlock_destroy(&directory->lock);
    free(directory);
}

// Each kind of record has a book. The words are the writer's alone: readers hold what the books point to.

static bool apply_charge(struct directory *directory, ProtobufCBinaryData after)
{
    struct charge charge;
    if (!charge_read(after, &charge))
        return false;
    pthread_rwlock_wrlock(&directory->lock);
    charges_keep(directory->charges, &charge);
    pthread_rwlock_unlock(&directory->lock);
    return true;
}

static bool apply_role(struct directory *directory, ProtobufCBinaryData after)
{
    pthread_rwlock_wrlock(&directory->lock);
    bool good = roles_keep(directory->roles, directory->words, after);
    pthread_rwlock_unlock(&directory->lock);
    return good;
}

static bool apply_post(struct directory *directory, ProtobufCBinaryData after)
{
    pthread_rwlock_wrlock(&directory->lock);
    bool good = posts_keep(directory->posts, directory->words, after);
    pthread_rwlock_unlock(&directory->lock);
    return good;
}

static bool apply_grant(struct directory *directory, ProtobufCBinaryData after)
{
    pthread_rwlock_wrlock(&directory->lock);
    bool good = grants_keep(directory->grants, directory->words, after);
    pthread_rwlock_unlock(&directory->lock);
    return good;
}

static bool apply_duty_desk(struct directory *directory, ProtobufCBinaryData after)
{
    pthread_rwlock_wrlock(&directory->lock);
    bool good = !directory->duties || duties_keep_desk(directory->duties, after);
    pthread_rwlock_unlock(&directory->lock);
    return good;
}

static bool apply_duty_shift(struct directory *directory, ProtobufCBinaryData after)
{
    pthread_rwlock_wrlock(&directory->lock);
    bool good = !directory->duties || duties_keep_shift(directory->duties, after);
    pthread_rwlock_unlock(&directory->lock);
    return good;
}

static bool apply_peer(struct directory *directory, ProtobufCBinaryData after)
{
    pthread_rwlock_wrlock(&directory->lock);
    bool good = peers_keep(directory->peers, after);
    pthread_rwlock_unlock(&directory->lock);
    atomic_fetch_add(&directory->peer_changes, good);
    return good;
}

static const struct {
    const ProtobufCMessageDescriptor *message;
    bool (*apply)(struct directory *directory, ProtobufCBinaryData after);
} kinds[] = {
    {&anlan__organisations__v1__unit__descriptor, directory_units_keep},
    {&anlan__organisations__v1__responsibility__descriptor, apply_charge},
    {&anlan__organisations__v1__role__descriptor, apply_role},
    {&anlan__organisations__v1__post__descriptor, apply_post},
    {&anlan__organisations__v1__grant__descriptor, apply_grant},
    {&anlan__organisations__v1__duty_desk__descriptor, apply_duty_desk},
    {&anlan__organisations__v1__duty_shift__descriptor, apply_duty_shift},
    {&anlan__organisations__v1__instance__descriptor, apply_peer},
};

bool directory_apply(struct directory *directory, const Anlan__Rpc__V1__Entry *entry)
{
    if (entry->position != directory_position(directory) + 1)
        return false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(entry->record_type, kinds[i].message->name) == 0 && !kinds[i].apply(directory, entry->after))
            return false;
    atomic_store(&directory->position, entry->position);
    return true;
}

void directory_caught_up(struct directory *directory, int64_t monotonic)
{
    atomic_store(&directory->caught_up_at, monotonic);
}

int64_t directory_position(const struct directory *directory)
{
    return atomic_load(&directory->position);
}

int64_t directory_caught_up_at(const struct directory *directory)
{
    return atomic_load(&directory->caught_up_at);
}

const struct uuid *directory_instance(const struct directory *directory)
{
    return &directory->instance_id;
}

void directory_lock(struct directory *directory)
{
    pthread_rwlock_rdlock(&directory->lock);
}

void directory_unlock(struct directory *directory)
{
    pthread_rwlock_unlock(&directory->lock);
}

bool directory_next_arrival(const struct directory *directory, int level, const struct uuid *territory, size_t *at,
                            struct uuid *unit_id)
{
    return arrivals_next(directory->arrivals, directory, level, territory, at, unit_id);
}

bool directory_next_former(const struct directory *directory, const struct uuid *unit_id, size_t *at,
                           struct uuid *former_id)
{
    return heirs_next(directory->heirs, unit_id, at, former_id);
}

const struct directory_role *directory_role(const struct directory *directory, const char *name)
{
    return roles_find(directory->roles, name);
}

const struct directory_post *directory_post(const struct directory *directory, const struct uuid *id)
{
    return posts_find(directory->posts, id);
}

const struct directory_grant *directory_grant(const struct directory *directory, const struct uuid *id)
{
    return grants_find(directory->grants, id);
}

size_t directory_posts_of(const struct directory *directory, const struct uuid *person_id,
                          const struct directory_post **posts, size_t most)
{
    return posts_of(directory->posts, person_id, posts, most);
}

size_t directory_grants_to(const struct directory *directory, const struct uuid *grantee_id,
                           const struct directory_grant **grants, size_t most)
{
    return grants_to(directory->grants, grantee_id, grants, most);
}

void directory_each_post(const struct directory *directory, bool (*see)(void *user, const struct directory_post *post),
                         void *user)
{
    posts_each(directory->posts, see, user);
}

void directory_each_grant(const struct directory *directory,
                          bool (*see)(void *user, const struct directory_grant *grant), void *user)
{
    grants_each(directory->grants, see, user);
}

void directory_keep_duties(struct directory *directory)
{
    if (!directory->duties)
        directory->duties = duties_new();
}

bool directory_duty(struct directory *directory, const struct uuid *unit_id, clock_time at, struct directory_duty *duty)
{
    memset(duty, 0, sizeof(*duty));
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, unit_id);
    bool keeps = directory->duties && unit && !unit->retired && duties_at(directory->duties, unit_id, at, duty);
    directory_unlock(directory);
    return keeps;
}

const struct directory_peer *directory_peer(const struct directory *directory, const struct uuid *id)
{
    return peers_find(directory->peers, id);
}

size_t directory_peers(const struct directory *directory, const struct directory_peer **peers, size_t most)
{
    return peers_list(directory->peers, peers, most);
}

int64_t directory_peer_changes(const struct directory *directory)
{
    return atomic_load(&directory->peer_changes);
}

const struct directory_peer *directory_owner(const struct directory *directory, const struct uuid *unit_id)
{
    const struct directory_peer *above = peers_above(directory->peers);
    struct uuid at = *unit_id;
    if (!peers_any(directory->peers))
        return NULL;
    for (int step = 0; step < DIRECTORY_STEPS_MOST; step++) {
        const struct directory_unit *unit = directory_find(directory, &at);
        const struct directory_peer *below = unit ? peers_below(directory->peers, &at) : NULL;
        if (!unit && step == 0)
            return NULL;    // nobody knows it
        if (!unit)
            break;
        if (below)
            return below;
        if (above && uuid_compare(&above->unit_id, &at) == 0)
            return NULL;
        at = unit->parent_id;
    }
    return above;
}

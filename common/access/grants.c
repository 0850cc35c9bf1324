// SPDX-License-Identifier: Apache-2.0
#include "access/grants.h"

#include <stdlib.h>
#include <uthash.h>

#include "access/read.h"
#include "anlan/organisations/v1/grants.pb-c.h"
#include "base/check.h"

// A grant in the book: by its id, and in the list of its receiver.
struct kept_grant {
    struct directory_grant grant;
    struct kept_grant *next;
    UT_hash_handle hh;
};

struct receiver {
    struct uuid id;
    struct kept_grant *first;
    UT_hash_handle hh;
};

struct grants {
    struct kept_grant *kept;
    struct receiver *receivers;
};

struct grants *grants_new(void)
{
    struct grants *grants = calloc(1, sizeof(*grants));
    CHECK(grants);
    return grants;
}

void grants_free(struct grants *grants)
{
    if (!grants)
        return;
    struct kept_grant *kept = NULL;
    struct kept_grant *next = NULL;
    HASH_ITER(hh, grants->kept, kept, next)
    {
        HASH_DEL(grants->kept, kept);
        free(kept);
    }
    struct receiver *receiver = NULL;
    struct receiver *next_receiver = NULL;
    HASH_ITER(hh, grants->receivers, receiver, next_receiver)
    {
        HASH_DEL(grants->receivers, receiver);
        free(receiver);
    }
    free(grants);
}

static struct receiver *receiver_of(const struct grants *grants, const struct uuid *id)
{
    struct receiver *receiver = NULL;
    HASH_FIND(hh, grants->receivers, id->bytes, sizeof(id->bytes), receiver);
    return receiver;
}

static void link_to_receiver(struct grants *grants, struct kept_grant *kept)
{
    struct receiver *receiver = receiver_of(grants, &kept->grant.grantee_id);
    if (!receiver) {
        receiver = calloc(1, sizeof(*receiver));
        CHECK(receiver);
        receiver->id = kept->grant.grantee_id;
        HASH_ADD(hh, grants->receivers, id.bytes, sizeof(receiver->id.bytes), receiver);
    }
    kept->next = receiver->first;
    receiver->first = kept;
}

static void unlink_from_receiver(struct grants *grants, struct kept_grant *kept)
{
    struct kept_grant **at = &receiver_of(grants, &kept->grant.grantee_id)->first;
    while (*at != kept)
        at = &(*at)->next;
    *at = kept->next;
}

static void keep(struct grants *grants, const struct directory_grant *grant)
{
    struct kept_grant *kept = NULL;
    HASH_FIND(hh, grants->kept, grant->id.bytes, sizeof(grant->id.bytes), kept);
    if (kept) {
        unlink_from_receiver(grants, kept);
        kept->grant = *grant;
    } else {
        kept = calloc(1, sizeof(*kept));
        CHECK(kept);
        kept->grant = *grant;
        HASH_ADD(hh, grants->kept, grant.id.bytes, sizeof(kept->grant.id.bytes), kept);
    }
    link_to_receiver(grants, kept);
}

bool grants_keep(struct grants *grants, struct words *words, ProtobufCBinaryData packed)
{
    Anlan__Organisations__V1__Grant *record = anlan__organisations__v1__grant__unpack(NULL, packed.len, packed.data);
    struct directory_grant grant = {0};
    bool good = record && uuid_parse(record->id, &grant.id) &&
                uuid_parse(record->grantor_post_id, &grant.grantor_post_id) &&
                uuid_parse(record->grantor_person_id, &grant.grantor_person_id) &&
                read_id(record->parent_id, &grant.parent_id) && uuid_parse(record->grantee_id, &grant.grantee_id) &&
                uuid_parse(record->unit_id, &grant.unit_id);
    if (good) {
        grant.state = record->state;
        grant.ground = record->ground;
        grant.grantee_kind = record->grantee_kind;
        grant.depth = record->depth;
        grant.sectors = words_keep_list(words, record->sectors, record->n_sectors);
        grant.permissions = words_keep_list(words, record->permissions, record->n_permissions);
        grant.starts_at = read_time(record->starts_at, 0);
        grant.ends_at = read_time(record->ends_at, 0);    // without an end it has ended
        keep(grants, &grant);
    }
    if (record)
        anlan__organisations__v1__grant__free_unpacked(record, NULL);
    return good;
}

const struct directory_grant *grants_find(const struct grants *grants, const struct uuid *id)
{
    struct kept_grant *kept = NULL;
    HASH_FIND(hh, grants->kept, id->bytes, sizeof(id->bytes), kept);
    return kept ? &kept->grant : NULL;
}

size_t grants_to(const struct grants *grants, const struct uuid *grantee_id, const struct directory_grant **received,
                 size_t most)
{
    size_t count = 0;
    const struct receiver *receiver = receiver_of(grants, grantee_id);
    for (const struct kept_grant *kept = receiver ? receiver->first : NULL; kept && count < most; kept = kept->next)
        received[count++] = &kept->grant;
    return count;
}

void grants_each(const struct grants *grants, bool (*see)(void *user, const struct directory_grant *grant), void *user)
{
    for (const struct kept_grant *kept = grants->kept; kept; kept = kept->hh.next)
        if (!see(user, &kept->grant))
            return;
}

size_t grants_count(const struct grants *grants)
{
    return HASH_COUNT(grants->kept);
}

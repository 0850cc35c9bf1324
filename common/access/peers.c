// SPDX-License-Identifier: Apache-2.0
#include "access/peers.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"

#define STATE(name) ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_##name
#define KIND_ABOVE ANLAN__ORGANISATIONS__V1__INSTANCE_KIND__INSTANCE_KIND_ABOVE

typedef Anlan__Organisations__V1__Instance instance;

struct kept_peer {
    struct directory_peer peer;    // its texts are the record's
    instance *record;
    UT_hash_handle hh;
};

struct peers {
    struct kept_peer *kept;
};

struct peers *peers_new(void)
{
    struct peers *peers = calloc(1, sizeof(*peers));
    CHECK(peers);
    return peers;
}

void peers_free(struct peers *peers)
{
    if (!peers)
        return;
    struct kept_peer *kept = NULL;
    struct kept_peer *next = NULL;
    HASH_ITER(hh, peers->kept, kept, next)
    {
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
        HASH_DEL(peers->kept, kept);
        anlan__organisations__v1__instance__free_unpacked(kept->record, NULL);
        free(kept);
    }
    free(peers);
}

static bool read_peer(const instance *record, struct directory_peer *peer)
{
    *peer = (struct directory_peer){
        .version = record->version,
        .above = record->kind == KIND_ABOVE,
        .state = record->state,
        .display_name = record->display_name,
        .certificate_authority = record->certificate_authority,
    };
    for (size_t i = 0; record->addresses && i < record->addresses->n_services; i++) {
        const Anlan__Organisations__V1__ServiceAddresses *at = record->addresses->services[i];
        if (peer->service_count < DIRECTORY_SERVICES_MOST)
            peer->services[peer->service_count++] =
                (struct directory_addresses){.service = at->service, .calls = at->calls, .feed = at->feed};
    }
    return uuid_parse(record->id, &peer->id) && uuid_parse(record->unit_id, &peer->unit_id);
}

static struct kept_peer *find(const struct peers *peers, const struct uuid *id)
{
    struct kept_peer *kept = NULL;
    HASH_FIND(hh, peers->kept, id->bytes, sizeof(id->bytes), kept);
    return kept;
}

bool peers_keep(struct peers *peers, ProtobufCBinaryData packed)
{
    instance *record = anlan__organisations__v1__instance__unpack(NULL, packed.len, packed.data);
    struct directory_peer peer;
    if (!record || !read_peer(record, &peer)) {
        if (record)
            anlan__organisations__v1__instance__free_unpacked(record, NULL);
        return false;
    }
    struct kept_peer *kept = find(peers, &peer.id);
    if (kept) {
        anlan__organisations__v1__instance__free_unpacked(kept->record, NULL);
    } else {
        kept = calloc(1, sizeof(*kept));
        CHECK(kept);
        kept->peer.id = peer.id;
        HASH_ADD(hh, peers->kept, peer.id.bytes, sizeof(peer.id.bytes), kept);
    }
    kept->record = record;
    kept->peer = peer;
    return true;
}

const struct directory_peer *peers_find(const struct peers *peers, const struct uuid *id)
{
    const struct kept_peer *kept = find(peers, id);
    return kept ? &kept->peer : NULL;
}

size_t peers_list(const struct peers *peers, const struct directory_peer **list, size_t most)
{
    size_t count = 0;
    for (const struct kept_peer *kept = peers->kept; kept && count < most; kept = kept->hh.next)
        list[count++] = &kept->peer;
    return count;
}

bool peers_any(const struct peers *peers)
{
    return peers->kept != NULL;
}

const struct directory_peer *peers_above(const struct peers *peers)
{
    const struct directory_peer *found = NULL;
    for (const struct kept_peer *kept = peers->kept; kept; kept = kept->hh.next)
        if (kept->peer.above && (!found || found->state == STATE(ENDED)))
            found = &kept->peer;
    return found;
}

const struct directory_peer *peers_below(const struct peers *peers, const struct uuid *unit_id)
{
    const struct directory_peer *found = NULL;
    for (const struct kept_peer *kept = peers->kept; kept; kept = kept->hh.next)
        if (!kept->peer.above && uuid_compare(&kept->peer.unit_id, unit_id) == 0 &&
            (!found || found->state == STATE(ENDED)))
            found = &kept->peer;
    return found;
}

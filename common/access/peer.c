// SPDX-License-Identifier: Apache-2.0
#include "access/peer.h"

#include <string.h>

// Steps up the tree: deeper than any tree of units is.
#define STEPS_MOST 64

static bool at_or_below(struct directory *directory, struct uuid unit_id, const struct uuid *top_id)
{
    bool found = false;
    directory_lock(directory);
    for (int step = 0; step < STEPS_MOST && !found; step++) {
        const struct directory_unit *unit = directory_find(directory, &unit_id);
        found = unit && uuid_compare(&unit->id, top_id) == 0;
        if (!unit)
            break;
        unit_id = unit->parent_id;
    }
    directory_unlock(directory);
    return found;
}

bool access_peer_fits(struct directory *directory, const struct crypto_peer *peer, const struct access_caller *caller,
                      struct status *status)
{
    bool own = peer->kind == CRYPTO_PEER_UNIT && uuid_compare(&peer->id, directory_instance(directory)) == 0;
    if (own || peer->kind == CRYPTO_PEER_NONE)
        return true;
    if (caller->bound)
        return memcmp(caller->certificate, peer->certificate, sizeof(peer->certificate)) == 0 ||
               status_set(status, REASON(TOKEN_INVALID), "the token is bound to another certificate");
    switch (peer->kind) {
    case CRYPTO_PEER_NONE:
        return true;
    case CRYPTO_PEER_CLIENT:
        return uuid_compare(&peer->id, &caller->subject_id) == 0 ||
               status_set(status, REASON(TOKEN_INVALID), "the token is not that of the certificate's client");
    case CRYPTO_PEER_UNIT:
        // Another instance, in a token that it was given here: its id is that of its certificate.
        return (caller->is_client && uuid_compare(&peer->id, &caller->subject_id) == 0) ||
               at_or_below(directory, caller->unit_id, &peer->id) ||
               status_set(status, REASON(TOKEN_INVALID),
                          "the token's post is not at the certificate's unit, nor below");
    }
    return false;
}

// SPDX-License-Identifier: Apache-2.0
// Tokens and the connections that they come by: a token that somebody carried off is worth nothing on a connection of
// his own.
#pragma once

#include <stdbool.h>

#include "access/directory.h"
#include "access/token.h"
#include "base/status.h"
#include "crypto/certificate.h"

// True if a caller's token may come by a connection whose certificate names `peer`. Any token may come by
// a connection of this host (CRYPTO_PEER_NONE), or of this instance itself: its id, as a unit. One that is bound to a
// certificate comes by connections with that one alone, besides. Otherwise: a client's is that of the token's
// subject; a unit's is that of the unit at which the token's post is, or one above it; another instance's, as a unit,
// is that of the token's subject. False with TOKEN_INVALID. Takes the directory's lock itself; does not block.
bool access_peer_fits(struct directory *directory, const struct crypto_peer *peer, const struct access_caller *caller,
                      struct status *status);

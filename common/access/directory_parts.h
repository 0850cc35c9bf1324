// SPDX-License-Identifier: Apache-2.0
// What the parts of the directory share. Not for others.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "access/arrivals.h"
#include "access/charges.h"
#include "access/directory.h"
#include "access/duties.h"
#include "access/grants.h"
#include "access/heirs.h"
#include "access/peers.h"
#include "access/posts.h"
#include "access/roles.h"
#include "access/words.h"
#include "base/limits.h"

struct kept_unit;

struct directory {
    struct uuid instance_id;
    pthread_rwlock_t lock;
    struct kept_unit *units;
    struct uuid tops[LIMIT_TOPS];
    size_t top_count;
    struct words *words;
    struct charges *charges;
    struct arrivals *arrivals;
    struct heirs *heirs;
    struct roles *roles;
    struct posts *posts;
    struct grants *grants;
    struct duties *duties;    // NULL: not kept
    struct peers *peers;
    _Atomic int64_t peer_changes;
    _Atomic int64_t position;
    _Atomic int64_t caught_up_at;
};

// directory_units.c: puts the unit of a packed record in the tree, under the lock that it takes itself; false where it
// cannot be read.
bool directory_units_keep(struct directory *directory, ProtobufCBinaryData packed);
void directory_units_free(struct directory *directory);

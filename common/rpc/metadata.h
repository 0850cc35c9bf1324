// SPDX-License-Identifier: Apache-2.0
// Metadata: named values that travel beside a call and its result. The rules are
// those of Metadata in envelope.proto.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "base/arena.h"
#include "base/status.h"

// A list as protobuf-c has it: pointers to items.
struct rpc_metadata {
    size_t count;
    Anlan__Rpc__V1__Metadata *const *items;
};

// Holds a list against the rules. False with FIELD_INVALID and the paths of the items
// ("call.metadata[2].key"; violations live in `arena`), or MESSAGE_TOO_LARGE.
bool rpc_metadata_check(struct rpc_metadata list, struct arena *arena, struct status *status);

// The first item with the key; NULL if there is none.
const Anlan__Rpc__V1__Metadata *rpc_metadata_find(struct rpc_metadata list, const char *key);

// Bytes of a copy, and the copy: in `room`, which holds so many and is aligned for a pointer. The copy shares nothing
// with the list.
size_t rpc_metadata_copy_size(struct rpc_metadata list);
struct rpc_metadata rpc_metadata_copy(struct rpc_metadata list, void *room);

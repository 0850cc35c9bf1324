// SPDX-License-Identifier: Apache-2.0
// From bytes that a stranger sent to a message that rules may trust.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "rpc/policy.h"

// Unpacks `body` into `arena` and checks it: first on the wire (nesting within
// the descriptor's own depth, UTF-8 without NUL in strings, elements within
// max_items, so that nothing swells), then field by field against the rules of
// the contract. All violations are collected, each with its path.
//
// NULL with MALFORMED_MESSAGE, FIELD_INVALID, or MESSAGE_TOO_LARGE (the arena is
// full). Timestamps and durations must be within RFC 3339's range. The message
// lives as long as the arena; unknown fields are dropped. Does not block.
ProtobufCMessage *rpc_message_read(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *descriptor,
                                   struct bytes body, struct arena *arena, struct status *status);

// Packs a message into `arena`. False with MESSAGE_TOO_LARGE when it is full.
bool rpc_message_write(const ProtobufCMessage *message, struct arena *arena, struct bytes *body, struct status *status);

// Bytes of one element of a repeated field's array, or of a field in its struct.
size_t rpc_member_size(const ProtobufCFieldDescriptor *field);

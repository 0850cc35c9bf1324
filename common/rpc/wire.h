// SPDX-License-Identifier: Apache-2.0
// The wire form of protobuf, as far as it must be looked at before protobuf-c may.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/status.h"
#include "rpc/policy.h"

// Walks a message: tags and lengths must fit, wire types must be those of the
// descriptor, strings must be UTF-8 without NUL (protobuf-c would cut them there),
// repeated fields must not hold more than their rule allows (without a rule or a
// contract: `most_items`), and messages must not nest deeper than the contract's
// own (it has no recursive message). False with MALFORMED_MESSAGE or
// MESSAGE_TOO_LARGE. Unknown fields are passed over.
bool rpc_wire_check(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *descriptor,
                    struct bytes body, size_t most_items, struct status *status);

// The same for what a caller sends, who may mean harm: besides, messages that may stand once do not stand twice, and
// fields that nobody reads, unknown ones and those that are given again, are few: protobuf-c makes a hundred bytes of
// two.
bool rpc_wire_check_request(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *descriptor,
                            struct bytes body, size_t most_items, struct status *status);

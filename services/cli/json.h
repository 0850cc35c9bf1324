// SPDX-License-Identifier: Apache-2.0
// Proto3 JSON by descriptor (protobuf.dev/programming-guides/json).
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"

// The JSON form of a message; zero values are left out unless `defaults`. The caller
// owns the reference.
json_t *json_from_message(const ProtobufCMessage *message, bool defaults);

// Reads a message in the arena. Names may be lowerCamelCase or as in the proto
// file. NULL with FIELD_INVALID and the path for unknown fields, wrong types and
// values out of range.
ProtobufCMessage *json_to_message(const json_t *json, const ProtobufCMessageDescriptor *descriptor, struct arena *arena,
                                  struct status *status);

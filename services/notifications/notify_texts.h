// SPDX-License-Identifier: Apache-2.0
// Values of records as texts have them. Pure; "" where the arena is full.
#pragma once

#include "base/arena.h"
#include "google/protobuf/timestamp.pb-c.h"

// "assign" for ACTION_ASSIGN, with the prefix "ACTION_"; "" for a value that is none.
const char *notify_texts_word(const ProtobufCEnumDescriptor *descriptor, int value, const char *prefix,
                              struct arena *arena);

// The minute in China's time: "2026-11-30 08:00"; "" for NULL.
const char *notify_texts_minute(const Google__Protobuf__Timestamp *time, struct arena *arena);

// The day in China's time: "2026-11-30"; "" for NULL.
const char *notify_texts_day(const Google__Protobuf__Timestamp *time, struct arena *arena);

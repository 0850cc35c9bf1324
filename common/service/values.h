// SPDX-License-Identifier: Apache-2.0
// Values of messages for rules. Memory comes from the call's arena; where it is
// full they answer NULL and common code ends the call, so that rules need not ask.
#pragma once

#include "access/directory.h"
#include "anlan/rpc/v1/place.pb-c.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "google/protobuf/timestamp.pb-c.h"

// Microseconds since 1970 of a timestamp that has been checked.
clock_time service_time(const Google__Protobuf__Timestamp *timestamp);

// A timestamp.
Google__Protobuf__Timestamp *service_timestamp(clock_time time, struct arena *arena);

// The 36 characters of an id; "" for the nil one.
char *service_uuid(const struct uuid *id, struct arena *arena);

// A place.
Anlan__Rpc__V1__Place *service_place(const struct directory_place *place, struct arena *arena);

// A string field of a message by its name; "" where the message has none such or it is unset.
const char *service_text(const ProtobufCMessage *message, const char *field);

// A message field of a message by its name; NULL where it has none such, it is repeated, or absent.
const ProtobufCMessage *service_message_field(const ProtobufCMessage *message, const char *field);

// A Timestamp field of a message by its name; NULL where it has none such or it is absent.
const Google__Protobuf__Timestamp *service_time_field(const ProtobufCMessage *message, const char *field);

// An int64 field of a message by its name; 0 where it has none such.
int64_t service_integer(const ProtobufCMessage *message, const char *field);

// The levels of a place; nil where it is NULL.
struct directory_place service_place_of(const Anlan__Rpc__V1__Place *message);

// The place of a message that has one; nil levels where it is absent.
struct directory_place service_place_field(const ProtobufCMessage *message);

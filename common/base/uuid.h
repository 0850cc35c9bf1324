// SPDX-License-Identifier: Apache-2.0
// UUIDs (RFC 9562). Made ones are of version 7: their order is that of time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct uuid {
    uint8_t bytes[16];
};

// Bytes of a formatted UUID with its NUL.
#define UUID_TEXT_SIZE 37

// A new UUID of version 7 for `time` (CLOCK_FIRST.. is cut to 1970). Within one
// process, ids made for the same millisecond keep the order in which they were
// made. Thread-safe.
struct uuid uuid_make(clock_time time);

// Reads 36 characters "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" in lower or upper
// case with nothing behind them. False, and *id untouched, otherwise.
bool uuid_parse(const char *text, struct uuid *id);

// Writes the 36 lower-case characters and a NUL.
void uuid_format(const struct uuid *id, char text[UUID_TEXT_SIZE]);

// Time of a UUID of version 7, to the millisecond. False for other versions.
bool uuid_time(const struct uuid *id, clock_time *time);

// Order by bytes: <0, 0, >0.
int uuid_compare(const struct uuid *left, const struct uuid *right);

// All bits zero.
bool uuid_is_nil(const struct uuid *id);

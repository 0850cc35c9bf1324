// SPDX-License-Identifier: Apache-2.0
// How the books of the directory read what records hold.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "google/protobuf/timestamp.pb-c.h"

// A time; `otherwise` where there is none.
clock_time read_time(const Google__Protobuf__Timestamp *timestamp, clock_time otherwise);

// An id that may be empty (nil); false if it is anything else that is no id.
bool read_id(const char *text, struct uuid *id);

// A copy that the caller frees; never NULL.
char *read_text(const char *text);

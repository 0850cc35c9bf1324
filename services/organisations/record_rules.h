// SPDX-License-Identifier: Apache-2.0
// What rules of several kinds of records share.
#pragma once

#include "service/service.h"

// The request names the version that the record has; VERSION_CONFLICT otherwise.
bool record_version_is(int64_t version, int64_t requested, struct status *status);

// A time that a request may leave out: as it says, or `otherwise`.
clock_time record_time(const Google__Protobuf__Timestamp *said, clock_time otherwise);

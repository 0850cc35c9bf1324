// SPDX-License-Identifier: Apache-2.0
// What rules of several kinds of records share.
#pragma once

#include "service/service.h"

// The request names the version that the record has; VERSION_CONFLICT otherwise.
bool record_version_is(int64_t version, int64_t requested, struct status *status);

// A time that a request may leave out: as it says, or `otherwise`.
clock_time record_time(const Google__Protobuf__Timestamp *said, clock_time otherwise);

// What has a beginning and perhaps an end may end at a time: STATE_CONFLICT where it has ended already, FIELD_INVALID
// on ends_at where that is before its beginning or behind the end that it has.
bool record_ends(const struct service_rule_input *input, const Google__Protobuf__Timestamp *from,
                 const Google__Protobuf__Timestamp *until, clock_time ends_at, struct status *status);

// The caller's scope is the whole tree, or, where an instance is above, what of it is this instance's: what holds
// everywhere is for him.
bool record_has_whole_tree(const struct service_rule_input *input);

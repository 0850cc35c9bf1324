// SPDX-License-Identifier: Apache-2.0
#include "record_rules.h"

#include "service/values.h"

bool record_version_is(int64_t version, int64_t requested, struct status *status)
{
    return version == requested || status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld",
                                              (long long)version, (long long)requested);
}

clock_time record_time(const Google__Protobuf__Timestamp *said, clock_time otherwise)
{
    return said ? service_time(said) : otherwise;
}

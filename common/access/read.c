// SPDX-License-Identifier: Apache-2.0
#include "access/read.h"

#include <string.h>

#include "base/check.h"

clock_time read_time(const Google__Protobuf__Timestamp *timestamp, clock_time otherwise)
{
    return timestamp ? timestamp->seconds * CLOCK_SECOND + timestamp->nanos / 1000 : otherwise;
}

bool read_id(const char *text, struct uuid *id)
{
    *id = (struct uuid){{0}};
    return *text == '\0' || uuid_parse(text, id);
}

char *read_text(const char *text)
{
    char *made = strdup(text);
    CHECK(made);
    return made;
}

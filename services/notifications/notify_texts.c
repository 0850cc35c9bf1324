// SPDX-License-Identifier: Apache-2.0
#include "notify_texts.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define CHINA_SECONDS (8 * 3600)

const char *notify_texts_word(const ProtobufCEnumDescriptor *descriptor, int value, const char *prefix,
                              struct arena *arena)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    char *word = found ? arena_text(arena, found->name + strlen(prefix), strlen(found->name) - strlen(prefix)) : NULL;
    for (char *at = word; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return word ? word : "";
}

// The first `length` characters of the day and the minute.
static const char *in_china(const Google__Protobuf__Timestamp *time, size_t length, struct arena *arena)
{
    if (!time)
        return "";
    time_t seconds = (time_t)time->seconds + CHINA_SECONDS;
    struct tm parts;
    char text[32] = "";
    if (gmtime_r(&seconds, &parts))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &parts);
    size_t there = strlen(text);
    const char *made = arena_text(arena, text, there < length ? there : length);
    return made ? made : "";
}

const char *notify_texts_minute(const Google__Protobuf__Timestamp *time, struct arena *arena)
{
    return in_china(time, SIZE_MAX, arena);
}

const char *notify_texts_day(const Google__Protobuf__Timestamp *time, struct arena *arena)
{
    return in_china(time, strlen("2026-11-30"), arena);
}

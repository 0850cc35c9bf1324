// SPDX-License-Identifier: Apache-2.0
#include "service/values.h"

#include <string.h>

clock_time service_time(const Google__Protobuf__Timestamp *timestamp)
{
    return timestamp->seconds * CLOCK_SECOND + timestamp->nanos / 1000;
}

Google__Protobuf__Timestamp *service_timestamp(clock_time time, struct arena *arena)
{
    Google__Protobuf__Timestamp *timestamp = arena_alloc(arena, sizeof(*timestamp));
    if (!timestamp)
        return NULL;
    google__protobuf__timestamp__init(timestamp);
    int64_t fraction = time % CLOCK_SECOND;
    timestamp->seconds = time / CLOCK_SECOND - (fraction < 0);
    timestamp->nanos = (int32_t)((fraction < 0 ? fraction + CLOCK_SECOND : fraction) * 1000);
    return timestamp;
}

char *service_uuid(const struct uuid *id, struct arena *arena)
{
    char *text = arena_alloc(arena, UUID_TEXT_SIZE);
    if (text && !uuid_is_nil(id))
        uuid_format(id, text);
    return text;
}

Anlan__Rpc__V1__Place *service_place(const struct directory_place *place, struct arena *arena)
{
    Anlan__Rpc__V1__Place *made = arena_alloc(arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__rpc__v1__place__init(made);
    made->region_id = service_uuid(&place->levels[DIRECTORY_REGION], arena);
    made->city_id = service_uuid(&place->levels[DIRECTORY_CITY], arena);
    made->county_id = service_uuid(&place->levels[DIRECTORY_COUNTY], arena);
    made->township_id = service_uuid(&place->levels[DIRECTORY_TOWNSHIP], arena);
    return made;
}

static const void *field_of(const ProtobufCMessage *message, const char *name, ProtobufCType type)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (!field || field->type != type || field->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    bool in_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (in_oneof && *(const uint32_t *)((const char *)message + field->quantifier_offset) != field->id)
        return NULL;
    return (const char *)message + field->offset;
}

const char *service_text(const ProtobufCMessage *message, const char *field)
{
    char *const *value = field_of(message, field, PROTOBUF_C_TYPE_STRING);
    return value && *value ? *value : "";
}

const ProtobufCMessage *service_message_field(const ProtobufCMessage *message, const char *field)
{
    ProtobufCMessage *const *value = field_of(message, field, PROTOBUF_C_TYPE_MESSAGE);
    return value ? *value : NULL;
}

const Google__Protobuf__Timestamp *service_time_field(const ProtobufCMessage *message, const char *field)
{
    Google__Protobuf__Timestamp *const *value = field_of(message, field, PROTOBUF_C_TYPE_MESSAGE);
    return value && *value && (*value)->base.descriptor == &google__protobuf__timestamp__descriptor ? *value : NULL;
}

int64_t service_integer(const ProtobufCMessage *message, const char *field)
{
    const int64_t *value = field_of(message, field, PROTOBUF_C_TYPE_INT64);
    return value ? *value : 0;
}

struct directory_place service_place_field(const ProtobufCMessage *message)
{
    Anlan__Rpc__V1__Place *const *value = field_of(message, "place", PROTOBUF_C_TYPE_MESSAGE);
    return service_place_of(value ? *value : NULL);
}

struct directory_place service_place_of(const Anlan__Rpc__V1__Place *message)
{
    struct directory_place place = {0};
    if (!message)
        return place;
    const char *const levels[] = {message->region_id, message->city_id, message->county_id, message->township_id};
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        uuid_parse(levels[i], &place.levels[i]);
    return place;
}

// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "json.h"
#include "rpc/message.h"

static void camel_case(const char *name, char out[64])
{
    size_t used = 0;
    bool upper = false;
    for (; *name && used < 63; name++) {
        if (*name == '_') {
            upper = true;
            continue;
        }
        out[used++] = upper ? (char)toupper((unsigned char)*name) : *name;
        upper = false;
    }
    out[used] = '\0';
}

static json_t *from_bytes(const ProtobufCBinaryData *data)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc(data->len * 4 / 3 + 5);
    CHECK(text);
    size_t used = 0;
    for (size_t i = 0; i < data->len; i += 3) {
        size_t left = data->len - i;
        uint32_t bits = (uint32_t)data->data[i] << 16 | (left > 1 ? (uint32_t)data->data[i + 1] << 8 : 0) |
                        (left > 2 ? data->data[i + 2] : 0);
        text[used++] = alphabet[bits >> 18];
        text[used++] = alphabet[bits >> 12 & 63];
        text[used++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        text[used++] = left > 2 ? alphabet[bits & 63] : '=';
    }
    json_t *json = json_stringn(text, used);
    free(text);
    return json;
}

static json_t *from_timestamp(const Google__Protobuf__Timestamp *timestamp)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(timestamp->seconds * CLOCK_SECOND + timestamp->nanos / 1000, text);
    return json_string(text);
}

static json_t *from_duration(const Google__Protobuf__Duration *duration)
{
    char text[48];
    if (duration->nanos == 0)
        snprintf(text, sizeof(text), "%llds", (long long)duration->seconds);
    else
        snprintf(text, sizeof(text), "%s%lld.%09ds", duration->nanos < 0 && duration->seconds == 0 ? "-" : "",
                 (long long)duration->seconds, abs(duration->nanos));
    return json_string(text);
}

static json_t *from_submessage(const ProtobufCMessage *message, bool defaults)
{
    if (message->descriptor == &google__protobuf__timestamp__descriptor)
        return from_timestamp((const Google__Protobuf__Timestamp *)message);
    if (message->descriptor == &google__protobuf__duration__descriptor)
        return from_duration((const Google__Protobuf__Duration *)message);
    return json_from_message(message, defaults);
}

static json_t *from_enum(const ProtobufCFieldDescriptor *field, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);
    return value ? json_string(value->name) : json_integer(number);
}

static json_t *from_int64(int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    return json_string(text);
}

static json_t *from_uint64(uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    return json_string(text);
}

// One value at its address.
static json_t *from_value(const ProtobufCFieldDescriptor *field, const void *at, bool defaults)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)at ? *(char *const *)at : "");
    case PROTOBUF_C_TYPE_BYTES:
        return from_bytes(at);
    case PROTOBUF_C_TYPE_MESSAGE:
        return from_submessage(*(ProtobufCMessage *const *)at, defaults);
    case PROTOBUF_C_TYPE_ENUM:
        return from_enum(field, *(const int *)at);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)at);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return from_int64(*(const int64_t *)at);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return from_uint64(*(const uint64_t *)at);
    case PROTOBUF_C_TYPE_FLOAT:
        return json_real((double)*(const float *)at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)at);
    }
    return json_null();
}

static json_t *from_repeated(const ProtobufCFieldDescriptor *field, const char *base, bool defaults)
{
    size_t count = *(const size_t *)(base + field->quantifier_offset);
    const char *items = *(char *const *)(base + field->offset);
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, from_value(field, items + i * rpc_member_size(field), defaults));
    return array;
}

// True if the field is at its zero value, or unset.
static bool is_default(const ProtobufCFieldDescriptor *field, const char *base)
{
    static const char zero[16];
    const void *at = base + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset) == 0;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return !*(char *const *)at || **(char *const *)at == '\0';
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)at)->len == 0;
    return memcmp(at, zero, rpc_member_size(field)) == 0;
}

json_t *json_from_message(const ProtobufCMessage *message, bool defaults)
{
    json_t *object = json_object();
    const char *base = (const char *)message;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[64];
        bool member = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        if (member && *(const uint32_t *)(base + field->quantifier_offset) != field->id)
            continue;
        bool absent = field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED;
        if (!member && is_default(field, base) && (!defaults || absent))
            continue;
        camel_case(field->name, name);
        json_object_set_new(object, name,
                            field->label == PROTOBUF_C_LABEL_REPEATED
                                ? from_repeated(field, base, defaults)
                                : from_value(field, base + field->offset, defaults));
    }
    return object;
}

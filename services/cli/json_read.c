// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "json.h"
#include "rpc/message.h"

#define PATH_SIZE 128

struct reader {
    struct arena *arena;
    struct status *status;
};

static bool wrong(const struct reader *reader, const char *path, const char *what)
{
    return status_violate(reader->status, reader->arena, path, "%s", what);
}

static void *allocate(const struct reader *reader, size_t size)
{
    void *memory = arena_alloc(reader->arena, size);
    if (!memory)
        status_set(reader->status, REASON(MESSAGE_TOO_LARGE), "the message is too large");
    return memory;
}

// "tenantId" is tenant_id.
static bool same_name(const char *field, const char *key)
{
    if (strcmp(field, key) == 0)
        return true;
    for (; *field || *key; field++, key++) {
        if (*field == '_') {
            field++;
            if (*field < 'a' || *field > 'z' || *key != *field - 'a' + 'A')
                return false;
        } else if (*field != *key) {
            return false;
        }
    }
    return true;
}

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (same_name(descriptor->fields[i].name, key))
            return &descriptor->fields[i];
    return NULL;
}

static bool to_integer(const struct reader *reader, const json_t *json, const char *path, int64_t least, int64_t most,
                       int64_t *number)
{
    char *end = NULL;
    const char *text = json_string_value(json);
    errno = 0;
    int64_t value = text ? strtoll(text, &end, 10) : json_integer_value(json);
    bool good = text ? (*text != '\0' && *end == '\0' && errno == 0) : json_is_integer(json);
    if (!good || value < least || value > most)
        return wrong(reader, path, "must be a whole number within its range");
    *number = value;
    return true;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

// Both alphabets, with or without padding.
static bool to_bytes(const struct reader *reader, const json_t *json, const char *path, ProtobufCBinaryData *data)
{
    const char *text = json_string_value(json);
    size_t length = text ? strlen(text) : 0;
    while (length > 0 && text[length - 1] == '=')
        length--;
    uint8_t *bytes = text ? allocate(reader, length) : NULL;
    uint32_t bits = 0;
    unsigned count = 0;
    size_t used = 0;
    for (size_t i = 0; bytes && i < length; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return wrong(reader, path, "must be base64");
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[used++] = (uint8_t)(bits >> count);
        }
    }
    if (!bytes || count >= 6)
        return wrong(reader, path, "must be base64");
    *data = (ProtobufCBinaryData){.data = bytes, .len = used};
    return true;
}

static bool to_enum(const struct reader *reader, const ProtobufCFieldDescriptor *field, const json_t *json,
                    const char *path, int *number)
{
    const ProtobufCEnumValue *value = NULL;
    if (json_is_string(json))
        value = protobuf_c_enum_descriptor_get_value_by_name(field->descriptor, json_string_value(json));
    else if (json_is_integer(json))
        value = protobuf_c_enum_descriptor_get_value(field->descriptor, (int)json_integer_value(json));
    if (!value)
        return wrong(reader, path, "is not a value of its enum");
    *number = value->value;
    return true;
}

static bool to_timestamp(const struct reader *reader, const json_t *json, const char *path, ProtobufCMessage **message)
{
    clock_time time = 0;
    if (!json_is_string(json) || !clock_parse(json_string_value(json), &time))
        return wrong(reader, path, "must be a time as in RFC 3339: 2026-11-23T08:00:00+08:00");
    Google__Protobuf__Timestamp *timestamp = allocate(reader, sizeof(*timestamp));
    if (!timestamp)
        return false;
    google__protobuf__timestamp__init(timestamp);
    timestamp->seconds = time / CLOCK_SECOND - (time % CLOCK_SECOND < 0);
    timestamp->nanos = (int32_t)(time - timestamp->seconds * CLOCK_SECOND) * 1000;
    *message = &timestamp->base;
    return true;
}

static ProtobufCMessage *to_message(const struct reader *reader, const json_t *json,
                                    const ProtobufCMessageDescriptor *descriptor, const char *prefix);

// One value, stored at its address.
static bool to_value(const struct reader *reader, const ProtobufCFieldDescriptor *field, const json_t *json,
                     const char *path, void *at)
{
    int64_t number = 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        if (!json_is_string(json))
            return wrong(reader, path, "must be a string");
        *(char **)at = arena_text(reader->arena, json_string_value(json), json_string_length(json));
        return *(char **)at || status_set(reader->status, REASON(MESSAGE_TOO_LARGE), "the message is too large");
    case PROTOBUF_C_TYPE_BYTES:
        return to_bytes(reader, json, path, at);
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = json_is_true(json);
        return json_is_boolean(json) || wrong(reader, path, "must be true or false");
    case PROTOBUF_C_TYPE_ENUM:
        return to_enum(reader, field, json, path, at);
    case PROTOBUF_C_TYPE_MESSAGE:
        if (field->descriptor == &google__protobuf__timestamp__descriptor)
            return to_timestamp(reader, json, path, at);
        *(ProtobufCMessage **)at = to_message(reader, json, field->descriptor, path);
        return *(ProtobufCMessage **)at != NULL;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        if (!to_integer(reader, json, path, INT32_MIN, INT32_MAX, &number))
            return false;
        *(int32_t *)at = (int32_t)number;
        return true;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        if (!to_integer(reader, json, path, 0, UINT32_MAX, &number))
            return false;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return to_integer(reader, json, path, INT64_MIN, INT64_MAX, at);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return to_integer(reader, json, path, 0, INT64_MAX, at);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return wrong(reader, path, "has a type that the contract does not use");
}

static bool to_repeated(const struct reader *reader, const ProtobufCFieldDescriptor *field, const json_t *json,
                        const char *path, char *base)
{
    if (!json_is_array(json))
        return wrong(reader, path, "must be an array");
    size_t count = json_array_size(json);
    size_t size = rpc_member_size(field);
    char *items = allocate(reader, count * size);
    for (size_t i = 0; items && i < count; i++) {
        char item_path[PATH_SIZE];
        snprintf(item_path, sizeof(item_path), "%.100s[%zu]", path, i);
        if (!to_value(reader, field, json_array_get(json, i), item_path, items + i * size))
            return false;
    }
    *(char **)(base + field->offset) = items;
    *(size_t *)(base + field->quantifier_offset) = count;
    return items != NULL;
}

static bool to_field(const struct reader *reader, const ProtobufCFieldDescriptor *field, const json_t *json,
                     const char *path, ProtobufCMessage *message)
{
    char *base = (char *)message;
    if (json_is_null(json))
        return true;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return to_repeated(reader, field, json, path, base);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *set = (uint32_t *)(base + field->quantifier_offset);
        if (*set != 0)
            return wrong(reader, path, "excludes another field that is set");
        *set = field->id;
    }
    return to_value(reader, field, json, path, base + field->offset);
}

static ProtobufCMessage *to_message(const struct reader *reader, const json_t *json,
                                    const ProtobufCMessageDescriptor *descriptor, const char *prefix)
{
    if (!json_is_object(json)) {
        wrong(reader, *prefix ? prefix : "request", "must be an object");
        return NULL;
    }
    ProtobufCMessage *message = allocate(reader, descriptor->sizeof_message);
    if (!message)
        return NULL;
    protobuf_c_message_init(descriptor, message);
    const char *key = NULL;
    json_t *value = NULL;
    bool good = true;
    json_object_foreach((json_t *)json, key, value)
    {
        char path[PATH_SIZE];
        snprintf(path, sizeof(path), "%.60s%s%.60s", prefix, *prefix ? "." : "", key);
        const ProtobufCFieldDescriptor *field = field_named(descriptor, key);
        good = (field ? to_field(reader, field, value, path, message) : wrong(reader, path, "no such field")) && good;
    }
    return good ? message : NULL;
}

ProtobufCMessage *json_to_message(const json_t *json, const ProtobufCMessageDescriptor *descriptor, struct arena *arena,
                                  struct status *status)
{
    const struct reader reader = {.arena = arena, .status = status};
    return to_message(&reader, json, descriptor, "");
}

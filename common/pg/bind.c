// SPDX-License-Identifier: Apache-2.0
// From fields of messages to PostgreSQL's binary format.
#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "pg/plan.h"

// 2000-01-01T00:00:00Z, from which PostgreSQL counts.
#define PG_EPOCH (INT64_C(946684800) * CLOCK_SECOND)

// Bytes of a value; data NULL is SQL NULL.
struct value {
    const char *data;
    size_t length;
};

static bool invalid(const struct plan_parameter *parameter, const char *what, struct status *status)
{
    return status_set(status, REASON(FIELD_INVALID), "%s: %s", parameter->field.path[parameter->field.depth - 1]->name,
                      what);
}

static bool no_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

static bool copy_value(const void *bytes, size_t length, struct arena *arena, struct value *value,
                       struct status *status)
{
    char *copy = arena_alloc(arena, length);
    if (!copy)
        return no_memory(status);
    memcpy(copy, bytes, length);
    *value = (struct value){copy, length};
    return true;
}

static bool bind_integer(const struct plan_parameter *parameter, int64_t number, struct arena *arena,
                         struct value *value, struct status *status)
{
    uint16_t two = htons((uint16_t)number);
    uint32_t four = htonl((uint32_t)number);
    uint64_t eight = htobe64((uint64_t)number);
    if (parameter->type == PLAN_INT2)
        return number == (int16_t)number ? copy_value(&two, sizeof(two), arena, value, status)
                                         : invalid(parameter, "is out of range", status);
    if (parameter->type == PLAN_INT4)
        return number == (int32_t)number ? copy_value(&four, sizeof(four), arena, value, status)
                                         : invalid(parameter, "is out of range", status);
    return copy_value(&eight, sizeof(eight), arena, value, status);
}

static bool bind_string(const struct plan_parameter *parameter, const char *text, struct arena *arena,
                        struct value *value, struct status *status)
{
    struct uuid id;
    if (parameter->type != PLAN_UUID) {
        *value = (struct value){text, strlen(text)};
        return true;
    }
    if (*text == '\0')
        return true;
    if (!uuid_parse(text, &id))
        return invalid(parameter, "is not a UUID", status);
    return copy_value(id.bytes, sizeof(id.bytes), arena, value, status);
}

static bool bind_timestamp(const struct plan_parameter *parameter, const Google__Protobuf__Timestamp *timestamp,
                           struct arena *arena, struct value *value, struct status *status)
{
    if (timestamp->seconds < CLOCK_FIRST / CLOCK_SECOND || timestamp->seconds > CLOCK_LAST / CLOCK_SECOND)
        return invalid(parameter, "is out of range", status);
    int64_t micros = timestamp->seconds * CLOCK_SECOND + timestamp->nanos / 1000 - PG_EPOCH;
    uint64_t wire = htobe64((uint64_t)micros);
    return copy_value(&wire, sizeof(wire), arena, value, status);
}

// One value of a field, at its address.
static bool bind_one(const struct plan_parameter *parameter, const void *at, struct arena *arena, struct value *value,
                     struct status *status)
{
    const ProtobufCFieldDescriptor *field = parameter->field.path[parameter->field.depth - 1];
    *value = (struct value){NULL, 0};
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)at;
        return bind_string(parameter, text ? text : "", arena, value, status);
    }
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *data = at;
        *value = (struct value){data->data ? (const char *)data->data : "", data->len};
        return true;
    }
    case PROTOBUF_C_TYPE_BOOL: {
        char byte = *(const protobuf_c_boolean *)at ? 1 : 0;
        return copy_value(&byte, 1, arena, value, status);
    }
    case PROTOBUF_C_TYPE_ENUM:
        // UNSPECIFIED is not said.
        return *(const int *)at == 0 || bind_integer(parameter, *(const int *)at, arena, value, status);
    case PROTOBUF_C_TYPE_INT32:
        return bind_integer(parameter, *(const int32_t *)at, arena, value, status);
    case PROTOBUF_C_TYPE_UINT32:
        return bind_integer(parameter, *(const uint32_t *)at, arena, value, status);
    case PROTOBUF_C_TYPE_INT64:
        return bind_integer(parameter, *(const int64_t *)at, arena, value, status);
    case PROTOBUF_C_TYPE_MESSAGE: {
        const Google__Protobuf__Timestamp *timestamp = *(Google__Protobuf__Timestamp *const *)at;
        return !timestamp || bind_timestamp(parameter, timestamp, arena, value, status);
    }
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return invalid(parameter, "has a type that is not bound", status);
}

static size_t item_size(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return sizeof(void *);
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return sizeof(ProtobufCBinaryData);
    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return sizeof(protobuf_c_boolean);
    return field->type == PROTOBUF_C_TYPE_INT64 ? 8 : 4;
}

static char *put_int32(char *at, int32_t number)
{
    uint32_t wire = htonl((uint32_t)number);
    memcpy(at, &wire, sizeof(wire));
    return at + sizeof(wire);
}

// array_send's format: dimensions, whether there are NULLs, element type, length, lower bound, elements.
static bool bind_array(const struct plan_parameter *parameter, size_t count, const char *items, struct arena *arena,
                       struct value *value, struct status *status)
{
    const ProtobufCFieldDescriptor *field = parameter->field.path[parameter->field.depth - 1];
    struct value *elements = arena_array(arena, count, sizeof(*elements));
    size_t size = 20;
    bool nulls = false;
    if (!elements)
        return no_memory(status);
    for (size_t i = 0; i < count; i++) {
        if (!bind_one(parameter, items + i * item_size(field), arena, &elements[i], status))
            return false;
        nulls = nulls || !elements[i].data;
        size += 4 + elements[i].length;
    }
    char *data = arena_alloc(arena, size);
    if (!data)
        return no_memory(status);
    char *at = put_int32(data, count > 0 ? 1 : 0);
    at = put_int32(at, nulls);
    at = put_int32(at, (int32_t)parameter->type);
    if (count > 0) {
        at = put_int32(at, (int32_t)count);
        at = put_int32(at, 1);
    }
    for (size_t i = 0; i < count; i++) {
        at = put_int32(at, elements[i].data ? (int32_t)elements[i].length : -1);
        if (elements[i].length > 0)
            memcpy(at, elements[i].data, elements[i].length);
        at += elements[i].length;
    }
    *value = (struct value){data, (size_t)(at - data)};
    return true;
}

// The message that holds the parameter's field; NULL where one on the way is absent.
static const ProtobufCMessage *holder(const struct plan_parameter *parameter, const ProtobufCMessage *message)
{
    for (unsigned i = 0; message && i + 1 < parameter->field.depth; i++)
        message = *(ProtobufCMessage *const *)((const char *)message + parameter->field.path[i]->offset);
    return message;
}

bool plan_bind(const struct plan_parameter *parameter, const ProtobufCMessage *message, struct arena *arena,
               const char **data, int *length, struct status *status)
{
    struct value value = {NULL, 0};
    const ProtobufCFieldDescriptor *field = parameter->field.path[parameter->field.depth - 1];
    message = holder(parameter, message);
    const char *base = (const char *)message;
    bool unset = !message || ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
                              *(const uint32_t *)(base + field->quantifier_offset) != field->id);
    bool good = true;
    if (!unset && parameter->array)
        good = bind_array(parameter, *(const size_t *)(base + field->quantifier_offset),
                          *(char *const *)(base + field->offset), arena, &value, status);
    else if (!unset)
        good = bind_one(parameter, base + field->offset, arena, &value, status);
    *data = value.data;
    *length = (int)value.length;
    return good;
}

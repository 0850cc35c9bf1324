// SPDX-License-Identifier: Apache-2.0
// Binds message fields as PostgreSQL's binary parameters.
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "pg/plan.h"
#include "pg/wire.h"

// A value's bytes: its own, or those of the message.
struct value {
    const void *data;    // NULL for NULL
    size_t length;
};

#define SCRATCH 16
#define ARRAY_HEAD 20

struct binder {
    const struct pg_parameter *parameter;
    struct arena *arena;
    struct status *status;
};

static bool invalid(const struct binder *binder, const char *what)
{
    return status_violate(binder->status, binder->arena, binder->parameter->path, "%s", what);
}

static bool full(const struct binder *binder)
{
    return status_set(binder->status, REASON(MESSAGE_TOO_LARGE), "the call's memory is used up at %s",
                      binder->parameter->path);
}

static bool bind_bool(const void *member, uint8_t *scratch, struct value *value)
{
    scratch[0] = *(const protobuf_c_boolean *)member != 0;
    *value = (struct value){scratch, 1};
    return true;
}

static bool read_integer(const ProtobufCFieldDescriptor *field, const void *member, int64_t *number)
{
    if (field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_ENUM) {
        *number = *(const int32_t *)member;
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_UINT32) {
        *number = *(const uint32_t *)member;
        return true;
    }
    *number = *(const int64_t *)member;
    return field->type != PROTOBUF_C_TYPE_UINT64 || *number >= 0;
}

static bool bind_integer(const struct binder *binder, const void *member, uint8_t *scratch, struct value *value)
{
    const struct pg_parameter *parameter = binder->parameter;
    int64_t number = 0;
    if (!read_integer(parameter->field, member, &number) || number < parameter->least || number > parameter->greatest)
        return invalid(binder, "is out of range");
    if (number == 0 && parameter->field->type == PROTOBUF_C_TYPE_ENUM)
        return true;
    if (parameter->type->kind == PG_KIND_INT2) {
        wire_put16(scratch, (uint16_t)number);
        *value = (struct value){scratch, 2};
    } else if (parameter->type->kind == PG_KIND_INT4) {
        wire_put32(scratch, (uint32_t)number);
        *value = (struct value){scratch, 4};
    } else {
        wire_put64(scratch, (uint64_t)number);
        *value = (struct value){scratch, 8};
    }
    return true;
}

static bool bind_uuid(const struct binder *binder, const char *text, uint8_t *scratch, struct value *value)
{
    if (text[0] == '\0')
        return true;
    struct uuid id;
    if (!uuid_parse(text, &id))
        return invalid(binder, "is not a UUID");
    memcpy(scratch, id.bytes, sizeof(id.bytes));
    *value = (struct value){scratch, sizeof(id.bytes)};
    return true;
}

static bool bind_text(const struct binder *binder, const void *member, uint8_t *scratch, struct value *value)
{
    const char *text = *(const char *const *)member;
    if (text == NULL)
        text = "";
    if (binder->parameter->type->kind == PG_KIND_UUID)
        return bind_uuid(binder, text, scratch, value);
    size_t length = strlen(text);
    if (!text_valid((const uint8_t *)text, length))
        return invalid(binder, "is not valid UTF-8");
    *value = (struct value){text, length};
    return true;
}

// A message travels as its packed bytes.
static bool bind_message(const struct binder *binder, const ProtobufCMessage *message, struct value *value)
{
    if (message == NULL)
        return true;
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_bytes(binder->arena, length);
    if (packed == NULL)
        return full(binder);
    protobuf_c_message_pack(message, packed);
    *value = (struct value){packed, length};
    return true;
}

static bool bind_bytea(const struct binder *binder, const void *member, uint8_t *scratch, struct value *value)
{
    if (binder->parameter->field->type == PROTOBUF_C_TYPE_MESSAGE)
        return bind_message(binder, *(const ProtobufCMessage *const *)member, value);
    const ProtobufCBinaryData *bytes = member;
    *value = (struct value){bytes->len > 0 ? bytes->data : scratch, bytes->len};
    return true;
}

static bool bind_timestamp(const struct binder *binder, const void *member, uint8_t *scratch, struct value *value)
{
    const Google__Protobuf__Timestamp *time = *(const Google__Protobuf__Timestamp *const *)member;
    if (time == NULL)
        return true;
    if (time->seconds < CLOCK_FIRST / CLOCK_SECOND || time->seconds > CLOCK_LAST / CLOCK_SECOND || time->nanos < 0 ||
        time->nanos > 999999999)
        return invalid(binder, "is no time between the years 1 and 9999");
    wire_put64(scratch, (uint64_t)(time->seconds * CLOCK_SECOND + time->nanos / 1000 - PG_EPOCH));
    *value = (struct value){scratch, 8};
    return true;
}

// One value; *value stays NULL for NULL.
static bool bind_value(const struct binder *binder, const void *member, uint8_t *scratch, struct value *value)
{
    switch (binder->parameter->type->kind) {
    case PG_KIND_BOOL:
        return bind_bool(member, scratch, value);
    case PG_KIND_BYTEA:
        return bind_bytea(binder, member, scratch, value);
    case PG_KIND_INT2:
    case PG_KIND_INT4:
    case PG_KIND_INT8:
        return bind_integer(binder, member, scratch, value);
    case PG_KIND_TEXT:
    case PG_KIND_UUID:
        return bind_text(binder, member, scratch, value);
    case PG_KIND_TIMESTAMPTZ:
        return bind_timestamp(binder, member, scratch, value);
    }
    return false;
}

// Bytes that the elements take at most.
static size_t array_bound(const struct pg_parameter *parameter, const uint8_t *members, size_t count)
{
    size_t bound = ARRAY_HEAD + count * (4 + SCRATCH);
    for (size_t i = 0; i < count; i++) {
        const void *member = members + i * parameter->member_size;
        if (parameter->type->kind == PG_KIND_TEXT && *(const char *const *)member != NULL)
            bound += strlen(*(const char *const *)member);
        else if (parameter->type->kind == PG_KIND_BYTEA)
            bound += ((const ProtobufCBinaryData *)member)->len;
    }
    return bound;
}

static void put_array_head(const struct pg_parameter *parameter, size_t count, uint8_t *at)
{
    wire_put32(at, count > 0);    // dimensions
    wire_put32(at + 4, 1);        // may hold NULLs
    wire_put32(at + 8, parameter->type->element);
    wire_put32(at + 12, (uint32_t)count);
    wire_put32(at + 16, 1);    // first index
}

// `absent` (may be NULL) says which elements are NULL.
static bool bind_elements(const struct binder *binder, const uint8_t *members, const bool *absent, size_t count,
                          struct value *value)
{
    size_t bound = array_bound(binder->parameter, members, count);
    uint8_t *data = bound > INT_MAX ? NULL : arena_bytes(binder->arena, bound);
    if (data == NULL)
        return full(binder);
    put_array_head(binder->parameter, count, data);
    uint8_t *at = data + (count > 0 ? ARRAY_HEAD : 12);
    for (size_t i = 0; i < count; i++) {
        uint8_t scratch[SCRATCH];
        struct value element = {NULL, 0};
        if (!(absent && absent[i]) &&
            !bind_value(binder, members + i * binder->parameter->member_size, scratch, &element))
            return false;
        wire_put32(at, element.data == NULL ? UINT32_MAX : (uint32_t)element.length);
        at += 4;
        if (element.data != NULL && element.length > 0)
            memcpy(at, element.data, element.length);
        at += element.length;
    }
    *value = (struct value){data, (size_t)(at - data)};
    return true;
}

// The message that holds the parameter's field; NULL where one on the way is absent.
static const uint8_t *find_message(const struct pg_parameter *parameter, const ProtobufCMessage *source)
{
    const uint8_t *message = (const uint8_t *)source;
    for (size_t i = 0; message != NULL && i < parameter->step_count; i++) {
        const struct pg_step *step = &parameter->steps[i];
        if (step->member != 0 && *(const uint32_t *)(message + step->quantifier_offset) != step->member)
            return NULL;
        message = *(const uint8_t *const *)(message + step->offset);
    }
    return message;
}

// The parameter's field in a source's message; NULL where it is absent.
static const uint8_t *find_member(const struct pg_parameter *parameter, const ProtobufCMessage *source)
{
    const ProtobufCFieldDescriptor *field = parameter->field;
    const uint8_t *message = find_message(parameter, source);
    if (message == NULL || ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                            *(const uint32_t *)(message + field->quantifier_offset) != field->id))
        return NULL;
    return message + field->offset;
}

// One element for each message of the source.
static bool bind_many(const struct binder *binder, const struct pg_source *source, struct value *value)
{
    const struct pg_parameter *parameter = binder->parameter;
    size_t size = parameter->member_size;
    uint8_t *members = arena_array(binder->arena, source->count, size);
    bool *absent = arena_array(binder->arena, source->count, sizeof(*absent));
    if (members == NULL || absent == NULL)
        return full(binder);
    for (size_t i = 0; i < source->count; i++) {
        const uint8_t *member = find_member(parameter, source->messages[i]);
        absent[i] = member == NULL;
        if (member != NULL)
            memcpy(members + i * size, member, size);
    }
    return bind_elements(binder, members, absent, source->count, value);
}

static bool bind_parameter(const struct binder *binder, const struct pg_source *sources, uint8_t *scratch,
                           struct value *value)
{
    const ProtobufCFieldDescriptor *field = binder->parameter->field;
    const struct pg_source *source = &sources[binder->parameter->source];
    if (binder->parameter->many)
        return bind_many(binder, source, value);
    const uint8_t *member = find_member(binder->parameter, source->messages[0]);
    if (member == NULL)
        return true;
    if (binder->parameter->type->element == 0)
        return bind_value(binder, member, scratch, value);
    size_t count = *(const size_t *)(member - field->offset + field->quantifier_offset);
    return bind_elements(binder, *(const uint8_t *const *)member, NULL, count, value);
}

bool pg_bind(const struct pg_plan *plan, const struct pg_source *sources, struct arena *arena, struct pg_values *values,
             struct status *status)
{
    size_t count = plan->parameter_count;
    const size_t each = sizeof(char *) + SCRATCH + sizeof(int);
    uint8_t *memory = arena_array(arena, count, each);
    if (memory == NULL)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call's memory is used up");
    values->data = (const char **)memory;
    uint8_t *scratches = memory + count * sizeof(char *);
    values->lengths = (int *)(scratches + count * SCRATCH);
    for (size_t i = 0; i < count; i++) {
        struct binder binder = {&plan->parameters[i], arena, status};
        struct value value = {NULL, 0};
        if (!bind_parameter(&binder, sources, scratches + i * SCRATCH, &value))
            return false;
        if (value.length > INT_MAX)
            return full(&binder);
        values->data[i] = value.data;
        values->lengths[i] = (int)value.length;
    }
    return true;
}

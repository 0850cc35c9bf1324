// SPDX-License-Identifier: Apache-2.0
#include "rpc/message.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/uuid.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "rpc/codes.h"
#include "rpc/wire.h"

#define PATH_SIZE 128
#define ITEMS_DEFAULT 100

struct reader {
    const struct rpc_contract *contract;
    struct arena *arena;
    struct status *status;
};

static void violate(const struct reader *reader, const char *path, const char *what)
{
    status_violate(reader->status, reader->arena, path, "%s", what);
}

static bool is_lower_uuid(const char *text, struct uuid *id)
{
    char canonical[UUID_TEXT_SIZE];
    if (!uuid_parse(text, id))
        return false;
    uuid_format(id, canonical);
    return strcmp(text, canonical) == 0;
}

static bool is_uuid7(const char *text)
{
    struct uuid id;
    clock_time time = 0;
    return is_lower_uuid(text, &id) && uuid_time(&id, &time) && (id.bytes[8] & 0xc0) == 0x80;
}

static bool is_identifier(const char *text)
{
    if (*text < 'a' || *text > 'z')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static bool is_base64url(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(text);
}

#define FORMAT(name) ANLAN__RPC__V1__FORMAT__FORMAT_##name

// What is wrong with a text's form; NULL if nothing is.
static const char *form_fault(Anlan__Rpc__V1__Format format, const char *text)
{
    struct uuid id;
    switch (format) {
    case FORMAT(UUID):
        return is_lower_uuid(text, &id) ? NULL : "must be a UUID of 36 lower-case characters";
    case FORMAT(UUID7):
        return is_uuid7(text) ? NULL : "must be a UUID of version 7, of 36 lower-case characters";
    case FORMAT(DIVISION_CODE):
        return rpc_code_division(text) ? NULL : "must be a division code of 2, 4, 6, 9 or 12 digits";
    case FORMAT(IDENTIFIER):
        return is_identifier(text) ? NULL : "must be lower-case letters, digits and underscores";
    case FORMAT(BASE64URL):
        return is_base64url(text) ? NULL : "must be base64url without padding";
    case FORMAT(CREDIT_CODE):
        return rpc_code_credit(text) ? NULL : "must be a unified social credit code with its check character";
    case FORMAT(INDUSTRY_CODE):
        return rpc_code_industry(text) ? NULL : "must be a letter A to T and 2 to 4 digits";
    case FORMAT(UNSPECIFIED):
    case _ANLAN__RPC__V1__FORMAT_IS_INT_SIZE:
        return NULL;
    }
    return NULL;
}

static void check_text(const struct reader *reader, const struct rpc_rule *rule, const char *text, const char *path)
{
    size_t characters = text_characters(text);
    char what[80];
    if (characters == 0) {
        if (rule->required)
            violate(reader, path, "is required");
        return;
    }
    const char *fault = form_fault(rule->format, text);
    if (fault) {
        violate(reader, path, fault);
    } else if (!rule->secret && !text_plain(text)) {
        violate(reader, path, "must have no control characters but tabs and ends of lines");
    } else if (characters < rule->min_chars) {
        snprintf(what, sizeof(what), "must have at least %u characters", rule->min_chars);
        violate(reader, path, what);
    } else if (characters > rule->max_chars) {
        snprintf(what, sizeof(what), "must have at most %u characters", rule->max_chars);
        violate(reader, path, what);
    }
}

static void check_number(const struct reader *reader, const struct rpc_rule *rule, int64_t value, const char *path)
{
    char what[80];
    if (value == 0 && rule->required) {
        violate(reader, path, "is required");
    } else if ((rule->min != 0 || rule->max != 0) && value != 0 && (value < rule->min || value > rule->max)) {
        snprintf(what, sizeof(what), "must be from %lld to %lld", (long long)rule->min, (long long)rule->max);
        violate(reader, path, what);
    }
}

static void check_enum(const struct reader *reader, const struct rpc_rule *rule, const ProtobufCFieldDescriptor *field,
                       int value, const char *path)
{
    if (!protobuf_c_enum_descriptor_get_value(field->descriptor, value))
        violate(reader, path, "is not a value of its enum");
    else if (value == 0 && rule && rule->required)
        violate(reader, path, "is required");
}

static void check_timestamp(const struct reader *reader, int64_t seconds, int32_t nanos, const char *path)
{
    if (seconds < CLOCK_FIRST / CLOCK_SECOND || seconds > CLOCK_LAST / CLOCK_SECOND || nanos < 0 || nanos > 999999999)
        violate(reader, path, "must be a time from year 1 to 9999");
}

static void check_message(const struct reader *reader, const ProtobufCMessage *message, const char *prefix);

static void check_submessage(const struct reader *reader, const struct rpc_rule *rule, const ProtobufCMessage *message,
                             const char *path)
{
    if (!message) {
        if (rule && rule->required)
            violate(reader, path, "is required");
    } else if (message->descriptor == &google__protobuf__timestamp__descriptor) {
        const Google__Protobuf__Timestamp *time = (const void *)message;
        check_timestamp(reader, time->seconds, time->nanos, path);
    } else {
        check_message(reader, message, path);
    }
}

// Checks one value of a field.
static void check_value(const struct reader *reader, const struct rpc_rule *rule, const ProtobufCFieldDescriptor *field,
                        const void *value, const char *path)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        if (rule)
            check_text(reader, rule, *(char *const *)value ? *(char *const *)value : "", path);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        check_submessage(reader, rule, *(ProtobufCMessage *const *)value, path);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        check_enum(reader, rule, field, *(const int *)value, path);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        if (rule)
            check_number(reader, rule, *(const int32_t *)value, path);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        if (rule)
            check_number(reader, rule, *(const uint32_t *)value, path);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        if (rule)
            check_number(reader, rule, *(const int64_t *)value, path);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        if (rule && rule->required && ((const ProtobufCBinaryData *)value)->len == 0)
            violate(reader, path, "is required");
        break;
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
}

static void check_repeated(const struct reader *reader, const struct rpc_rule *rule,
                           const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message, const char *path)
{
    size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
    const char *items = *(char *const *)((const char *)message + field->offset);
    if (count == 0 && rule && rule->required)
        violate(reader, path, "is required");
    for (size_t i = 0; i < count; i++) {
        char item_path[PATH_SIZE];
        snprintf(item_path, sizeof(item_path), "%.100s[%zu]", path, i);
        check_value(reader, rule, field, items + i * rpc_member_size(field), item_path);
    }
}

// A oneof whose members are required needs one of them; told once, at its first member.
static void check_oneof_set(const struct reader *reader, const ProtobufCMessage *message, unsigned index,
                            const char *path)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[index];
    uint32_t set = *(const uint32_t *)((const char *)message + field->quantifier_offset);
    bool first = index == 0 || !(field[-1].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
                 field[-1].quantifier_offset != field->quantifier_offset;
    if (set == 0 && first)
        violate(reader, path, "or another field of its group is required");
}

static void check_one(const struct reader *reader, const ProtobufCMessage *message, unsigned index, const char *path)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[index];
    const struct rpc_rule *rule = rpc_contract_rule(reader->contract, message->descriptor, index);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        check_repeated(reader, rule, field, message, path);
        return;
    }
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (rule && rule->required)
            check_oneof_set(reader, message, index, path);
        if (*(const uint32_t *)((const char *)message + field->quantifier_offset) != field->id)
            return;
    }
    check_value(reader, rule, field, (const char *)message + field->offset, path);
}

static void check_message(const struct reader *reader, const ProtobufCMessage *message, const char *prefix)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof(path), "%.60s%s%.60s", prefix, *prefix ? "." : "", message->descriptor->fields[i].name);
        check_one(reader, message, i, path);
    }
}

// Later calls see no unknown field: its memory would only be carried along.
static void drop_unknown(ProtobufCMessage *message)
{
    message->n_unknown_fields = 0;
    message->unknown_fields = NULL;
}

ProtobufCMessage *rpc_message_read(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *descriptor,
                                   struct bytes body, struct arena *arena, struct status *status)
{
    if (!rpc_wire_check_request(contract, descriptor, body, ITEMS_DEFAULT, status))
        return NULL;
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &arena->protobuf, body.length, body.data);
    if (!message) {
        if (arena->exhausted)
            status_set(status, REASON(MESSAGE_TOO_LARGE), "%s needs more memory than a call may have",
                       descriptor->name);
        else
            status_set(status, REASON(MALFORMED_MESSAGE), "%s cannot be read", descriptor->name);
        return NULL;
    }
    drop_unknown(message);
    const struct reader reader = {.contract = contract, .arena = arena, .status = status};
    check_message(&reader, message, "");
    return status_ok(status) ? message : NULL;
}

bool rpc_message_write(const ProtobufCMessage *message, struct arena *arena, struct bytes *body, struct status *status)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_bytes(arena, length);
    if (!packed)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "%s is too large", message->descriptor->name);
    protobuf_c_message_pack(message, packed);
    *body = (struct bytes){packed, length};
    return true;
}

size_t rpc_member_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    }
    return 4;
}

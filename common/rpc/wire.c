// SPDX-License-Identifier: Apache-2.0
#include "rpc/wire.h"

#include <string.h>

#include "base/text.h"

// No message of the contract nests so deep.
#define DEPTH_MOST 8
#define FIELDS_MOST 64
// Of two or three bytes protobuf-c makes a hundred: fields that nobody reads are few in a request, also in one of a
// newer client.
#define UNREAD_MOST 512

struct scan {
    const struct rpc_contract *contract;
    size_t most_items;
    bool strict;       // it comes from a caller
    size_t *unread;    // fields that are unknown, or given again
    struct status *status;
};

static bool malformed(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor, const char *what)
{
    return status_set(scan->status, REASON(MALFORMED_MESSAGE), "%s: %s", descriptor->name, what);
}

static bool take_varint(struct bytes *rest, uint64_t *value)
{
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 70 && rest->length > 0; shift += 7) {
        uint8_t byte = *rest->data;
        rest->data++;
        rest->length--;
        if (shift < 64)
            result |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = result;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct bytes *rest, uint64_t length, struct bytes *taken)
{
    if (length > rest->length)
        return false;
    *taken = (struct bytes){rest->data, (size_t)length};
    rest->data += length;
    rest->length -= (size_t)length;
    return true;
}

enum wire_type { VARINT = 0, FIXED64 = 1, DELIMITED = 2, FIXED32 = 5 };

static bool take_value(struct bytes *rest, unsigned type, struct bytes *value)
{
    uint64_t number = 0;
    switch (type) {
    case VARINT:
        return take_varint(rest, &number);
    case FIXED64:
        return take_bytes(rest, 8, value);
    case DELIMITED:
        return take_varint(rest, &number) && take_bytes(rest, number, value);
    case FIXED32:
        return take_bytes(rest, 4, value);
    default:    // groups, and what does not exist
        return false;
    }
}

static enum wire_type type_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return DELIMITED;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return FIXED32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return FIXED64;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return VARINT;
    }
    return VARINT;
}

static bool is_packed(const ProtobufCFieldDescriptor *field, unsigned type)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED && type == DELIMITED && type_of(field) != DELIMITED;
}

// Elements of a packed field.
static bool count_packed(const ProtobufCFieldDescriptor *field, struct bytes value, size_t *count)
{
    enum wire_type type = type_of(field);
    for (struct bytes element; value.length > 0; (*count)++)
        if (!take_value(&value, type, &element))
            return false;
    return true;
}

static size_t items_allowed(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor, unsigned index)
{
    const struct rpc_rule *rule = scan->contract ? rpc_contract_rule(scan->contract, descriptor, index) : NULL;
    return rule ? rule->max_items : scan->most_items;
}

static bool check_message(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor, struct bytes body,
                          unsigned depth);

// One more field that nobody will read.
static bool pass_over(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor)
{
    return ++*scan->unread <= UNREAD_MOST || !scan->strict ||
           status_set(scan->status, REASON(MESSAGE_TOO_LARGE), "%s holds more than %d fields that nobody reads",
                      descriptor->name, UNREAD_MOST);
}

// A field that stands once. protobuf-c merges messages that are given again: their lists would grow beyond their rules.
static bool check_single(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor, unsigned index,
                         size_t count)
{
    const ProtobufCFieldDescriptor *field = &descriptor->fields[index];
    if (field->label == PROTOBUF_C_LABEL_REPEATED || count <= 1)
        return true;
    if (scan->strict && field->type == PROTOBUF_C_TYPE_MESSAGE)
        return malformed(scan, descriptor, "a message that may stand once stands twice");
    return pass_over(scan, descriptor);
}

static bool check_field(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor, unsigned index,
                        unsigned type, struct bytes value, size_t *count, unsigned depth)
{
    const ProtobufCFieldDescriptor *field = &descriptor->fields[index];
    if (is_packed(field, type)) {
        if (!count_packed(field, value, count))
            return malformed(scan, descriptor, "a packed field is cut off");
    } else if (type != (unsigned)type_of(field)) {
        return malformed(scan, descriptor, "a field has another type than the contract says");
    } else {
        (*count)++;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED && *count > items_allowed(scan, descriptor, index))
        return status_set(scan->status, REASON(MESSAGE_TOO_LARGE), "%s.%s holds more than %zu elements",
                          descriptor->name, field->name, items_allowed(scan, descriptor, index));
    if (field->type == PROTOBUF_C_TYPE_STRING && !text_valid(value.data, value.length))
        return status_set(scan->status, REASON(MALFORMED_MESSAGE), "%s.%s is not UTF-8 without NUL", descriptor->name,
                          field->name);
    return check_single(scan, descriptor, index, *count) &&
           (field->type != PROTOBUF_C_TYPE_MESSAGE || check_message(scan, field->descriptor, value, depth + 1));
}

static bool check_message(const struct scan *scan, const ProtobufCMessageDescriptor *descriptor, struct bytes body,
                          unsigned depth)
{
    size_t counts[FIELDS_MOST] = {0};
    if (depth > DEPTH_MOST || descriptor->n_fields > FIELDS_MOST)
        return malformed(scan, descriptor, "it nests too deep");
    while (body.length > 0) {
        uint64_t tag = 0;
        struct bytes value = {0};
        if (!take_varint(&body, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX >> 3 ||
            !take_value(&body, (unsigned)(tag & 7), &value))
            return malformed(scan, descriptor, "it is cut off or not protobuf");
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
        if (!field && !pass_over(scan, descriptor))
            return false;
        if (!field)
            continue;
        unsigned index = (unsigned)(field - descriptor->fields);
        if (!check_field(scan, descriptor, index, (unsigned)(tag & 7), value, &counts[index], depth))
            return false;
    }
    return true;
}

bool rpc_wire_check(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *descriptor,
                    struct bytes body, size_t most_items, struct status *status)
{
    const struct scan scan = {.contract = contract, .most_items = most_items, .unread = &(size_t){0}, .status = status};
    return check_message(&scan, descriptor, body, 0);
}

bool rpc_wire_check_request(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *descriptor,
                            struct bytes body, size_t most_items, struct status *status)
{
    const struct scan scan = {
        .contract = contract, .most_items = most_items, .strict = true, .unread = &(size_t){0}, .status = status};
    return check_message(&scan, descriptor, body, 0);
}

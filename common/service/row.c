// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "service/engine.h"

static bool skip_varint(struct bytes bytes, size_t *at, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < bytes.length && shift < 64; shift += 7) {
        uint8_t byte = bytes.data[(*at)++];
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

// Passes over a field's value by its wire type; false at the end of the bytes.
static bool skip_value(struct bytes bytes, size_t *at, uint64_t key)
{
    uint64_t value = 0;
    switch (key & 7) {
    case 0:
        return skip_varint(bytes, at, &value);
    case 1:
        *at += 8;
        break;
    case 2:
        if (!skip_varint(bytes, at, &value) || value > bytes.length - *at)
            return false;
        *at += (size_t)value;
        break;
    case 5:
        *at += 4;
        break;
    default:
        return false;
    }
    return *at <= bytes.length;
}

// Where the field begins, or the end where it is absent.
static size_t find_field(struct bytes bytes, uint32_t number)
{
    size_t at = 0;
    while (at < bytes.length) {
        size_t start = at;
        uint64_t key = 0;
        if (!skip_varint(bytes, &at, &key) || key >> 3 == number)
            return start;
        if (!skip_value(bytes, &at, key))
            break;
    }
    return bytes.length;
}

Anlan__Service__Row service_row_split(const struct service_record *record, struct bytes packed)
{
    Anlan__Service__Row row = ANLAN__SERVICE__ROW__INIT;
    size_t rest = packed.length;
    if (record->detail_field) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(record->message, record->detail_field);
        CHECK(field == &record->message->fields[record->message->n_fields - 1]);    // packed behind all that we know
        rest = find_field(packed, field->id);
    }
    row.summary = (ProtobufCBinaryData){.data = (uint8_t *)packed.data, .len = rest};
    row.detail = (ProtobufCBinaryData){.data = (uint8_t *)packed.data + rest, .len = packed.length - rest};
    return row;
}

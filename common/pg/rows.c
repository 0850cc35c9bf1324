// SPDX-License-Identifier: Apache-2.0
// From PostgreSQL's binary rows to the wire bytes of messages, without a message in between.
#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "pg/connection.h"
#include "pg/plan.h"

#define PG_EPOCH (INT64_C(946684800) * CLOCK_SECOND)
#define VARINT_MOST 10

// Writes into a buffer of the arena that is sized beforehand by a bound.
struct writer {
    const PGresult *result;
    int row;
    uint8_t *at;
    bool failed;
};

static void put_varint(struct writer *writer, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *writer->at++ = (uint8_t)(value | 0x80);
    *writer->at++ = (uint8_t)value;
}

enum { WIRE_VARINT = 0, WIRE_DELIMITED = 2 };

static void put_tag(struct writer *writer, const ProtobufCFieldDescriptor *field, unsigned type)
{
    put_varint(writer, (uint64_t)field->id << 3 | type);
}

static void put_delimited(struct writer *writer, const void *data, size_t length)
{
    put_varint(writer, length);
    if (length > 0)
        memcpy(writer->at, data, length);
    writer->at += length;
}

static int64_t read_integer(const char *data, size_t length)
{
    uint64_t eight = 0;
    uint32_t four = 0;
    uint16_t two = 0;
    switch (length) {
    case 8:
        memcpy(&eight, data, 8);
        return (int64_t)be64toh(eight);
    case 4:
        memcpy(&four, data, 4);
        return (int32_t)ntohl(four);
    case 2:
        memcpy(&two, data, 2);
        return (int16_t)ntohs(two);
    default:
        return *(const int8_t *)data;
    }
}

// Shifts what was written behind `start` to make room for its length in front.
static void close_message(struct writer *writer, uint8_t *start)
{
    size_t length = (size_t)(writer->at - start);
    uint8_t header[VARINT_MOST];
    struct writer size = {.at = header};
    put_varint(&size, length);
    size_t width = (size_t)(size.at - header);
    memmove(start + width, start, length);
    memcpy(start, header, width);
    writer->at += width;
}

static void put_timestamp(struct writer *writer, int64_t micros)
{
    if (micros == INT64_MAX || micros == INT64_MIN) {
        writer->failed = true;    // infinity has no place in the contract
        return;
    }
    micros += PG_EPOCH;
    int64_t seconds = micros / CLOCK_SECOND - (micros % CLOCK_SECOND < 0);
    int64_t nanos = (micros - seconds * CLOCK_SECOND) * 1000;
    uint8_t *start = writer->at;
    if (seconds != 0) {
        put_varint(writer, 1 << 3 | WIRE_VARINT);
        put_varint(writer, (uint64_t)seconds);
    }
    if (nanos != 0) {
        put_varint(writer, 2 << 3 | WIRE_VARINT);
        put_varint(writer, (uint64_t)nanos);
    }
    close_message(writer, start);
}

// One value behind its tag; `keep_zero` for elements of arrays, and members of a oneof.
static void put_value(struct writer *writer, const struct plan_column *column, const ProtobufCFieldDescriptor *field,
                      const char *data, size_t length, bool keep_zero)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id;
    switch (column->type) {
    case PLAN_TEXT:
    case PLAN_VARCHAR:
    case PLAN_BYTEA:
        if (length == 0 && !keep_zero)
            return;
        put_tag(writer, field, WIRE_DELIMITED);
        put_delimited(writer, data, length);
        return;
    case PLAN_UUID:
        if (length != sizeof(id.bytes)) {
            writer->failed = true;
            return;
        }
        memcpy(id.bytes, data, sizeof(id.bytes));
        uuid_format(&id, text);
        put_tag(writer, field, WIRE_DELIMITED);
        put_delimited(writer, text, UUID_TEXT_SIZE - 1);
        return;
    case PLAN_TIMESTAMPTZ:
        put_tag(writer, field, WIRE_DELIMITED);
        put_timestamp(writer, read_integer(data, length));
        return;
    case PLAN_BOOL:
    case PLAN_INT2:
    case PLAN_INT4:
    case PLAN_INT8: {
        int64_t number = read_integer(data, length);
        if (number == 0 && !keep_zero)
            return;
        put_tag(writer, field, WIRE_VARINT);
        put_varint(writer, (uint64_t)number);
        return;
    }
    }
}

static bool is_packed(const struct plan_column *column)
{
    return column->type == PLAN_BOOL || column->type == PLAN_INT2 || column->type == PLAN_INT4 ||
           column->type == PLAN_INT8;
}

static int32_t take_int32(const char **at, const char *end)
{
    if (end - *at < 4)
        return -1;
    int32_t number = (int32_t)read_integer(*at, 4);
    *at += 4;
    return number;
}

static void put_elements(struct writer *writer, const struct plan_column *column, const ProtobufCFieldDescriptor *field,
                         const char *at, const char *end, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        int32_t size = take_int32(&at, end);
        if (size < 0 || size > end - at) {
            writer->failed = true;    // a NULL element, or a cut array
            return;
        }
        if (is_packed(column))
            put_varint(writer, (uint64_t)read_integer(at, (size_t)size));
        else
            put_value(writer, column, field, at, (size_t)size, true);
        at += size;
    }
}

static void put_array(struct writer *writer, const struct plan_column *column, const ProtobufCFieldDescriptor *field,
                      const char *data, size_t length)
{
    const char *at = data;
    const char *end = data + length;
    int32_t dimensions = take_int32(&at, end);
    if (dimensions == 0)
        return;
    at += 8;
    int32_t count = take_int32(&at, end);
    at += 4;
    if (dimensions != 1 || count < 0 || at > end) {
        writer->failed = true;
        return;
    }
    if (!is_packed(column)) {
        put_elements(writer, column, field, at, end, count);
        return;
    }
    put_tag(writer, field, WIRE_DELIMITED);
    uint8_t *start = writer->at;
    put_elements(writer, column, field, at, end, count);
    close_message(writer, start);
}

static void put_column(struct writer *writer, const struct plan_node *node)
{
    const struct plan_column *column = node->column;
    if (PQgetisnull(writer->result, writer->row, column->number))
        return;
    const char *data = PQgetvalue(writer->result, writer->row, column->number);
    size_t length = (size_t)PQgetlength(writer->result, writer->row, column->number);
    if (column->array)
        put_array(writer, column, node->field, data, length);
    else
        put_value(writer, column, node->field, data, length, (node->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0);
}

// True if any column below is not NULL: a message all of whose columns are is absent.
static bool is_present(const struct writer *writer, const struct plan_node *node)
{
    if (node->column)
        return !PQgetisnull(writer->result, writer->row, node->column->number);
    for (size_t i = 0; i < node->child_count; i++)
        if (is_present(writer, &node->children[i]))
            return true;
    return false;
}

static void put_children(struct writer *writer, const struct plan_node *node)
{
    for (size_t i = 0; i < node->child_count; i++) {
        const struct plan_node *child = &node->children[i];
        if (child->column) {
            put_column(writer, child);
        } else if (is_present(writer, child)) {
            put_tag(writer, child->field, WIRE_DELIMITED);
            uint8_t *start = writer->at;
            put_children(writer, child);
            close_message(writer, start);
        }
    }
}

// More than the message can have: every value as it is, its tag and lengths, and UUIDs as text.
static size_t bound(const PGresult *result, int row, const struct plan_node *node)
{
    size_t size = 4 * VARINT_MOST;
    if (node->column) {
        size_t length = (size_t)PQgetlength(result, row, node->column->number);
        return size + length * (node->column->array || node->column->type == PLAN_UUID ? 6 : 1);
    }
    for (size_t i = 0; i < node->child_count; i++)
        size += bound(result, row, &node->children[i]);
    return size;
}

bool pg_rows_message(const struct pg_rows *rows, size_t row, size_t target, struct arena *arena, struct bytes *message,
                     struct status *status)
{
    CHECK(row < rows->count && target < PG_MESSAGES);
    const struct plan_node *root = &rows->statement->plan->roots[target];
    uint8_t *data = arena_alloc(arena, bound(rows->result, (int)row, root));
    if (!data)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the row is too large");
    struct writer writer = {.result = rows->result, .row = (int)row, .at = data};
    put_children(&writer, root);
    if (writer.failed)
        return status_set(status, REASON(DATA_CORRUPT), "%s.sql: a row that the contract cannot say",
                          rows->statement->sql->name);
    *message = (struct bytes){data, (size_t)(writer.at - data)};
    return true;
}

ProtobufCMessage *pg_rows_unpack(const struct pg_rows *rows, size_t row, size_t target, struct arena *arena,
                                 struct status *status)
{
    struct bytes packed = {0};
    if (!pg_rows_message(rows, row, target, arena, &packed, status))
        return NULL;
    ProtobufCMessage *message = protobuf_c_message_unpack(rows->statement->targets[target].descriptor, &arena->protobuf,
                                                          packed.length, packed.data);
    if (!message)
        status_set(status, REASON(MESSAGE_TOO_LARGE), "the row is too large");
    return message;
}

void pg_rows_clear(struct pg_rows *rows)
{
    PQclear(rows->result);
    *rows = (struct pg_rows){0};
}

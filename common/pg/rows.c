// SPDX-License-Identifier: Apache-2.0
// Packs rows as protobuf messages. The bytes are written from the end to the
// start, so that each length is known when it is its turn: one pass, no sizing.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/uuid.h"
#include "pg/connection.h"
#include "pg/plan.h"
#include "pg/wire.h"

struct packer {
    const PGresult *result;
    int row;
    uint8_t *floor;    // start of the memory
    uint8_t *at;       // start of what is written
    const struct pg_node *bad;
};

// A value as the server sent it.
struct cell {
    const uint8_t *data;
    size_t length;
};

static uint8_t *take(struct packer *packer, size_t length)
{
    CHECK((size_t)(packer->at - packer->floor) >= length);
    packer->at -= length;
    return packer->at;
}

static void put_bytes(struct packer *packer, const void *data, size_t length)
{
    if (length > 0)
        memcpy(take(packer, length), data, length);
}

static void put_tag(struct packer *packer, const struct pg_node *node)
{
    uint8_t *at = take(packer, node->tag_length);
    for (uint8_t i = 0; i < node->tag_length; i++)
        at[i] = node->tag[i];
}

static void put_varint(struct packer *packer, uint64_t value)
{
    if (value < 0x80) {    // nearly all lengths and many numbers
        *take(packer, 1) = (uint8_t)value;
        return;
    }
    uint8_t bytes[10];
    size_t length = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[length++] = (uint8_t)(value | 0x80);
    bytes[length++] = (uint8_t)value;
    put_bytes(packer, bytes, length);
}

// The length of all that was written before `end`, which comes in front of it.
static void put_length(struct packer *packer, const uint8_t *end)
{
    put_varint(packer, (uint64_t)(end - packer->at));
}

static bool read_integer(const struct pg_node *node, struct cell cell, int64_t *value)
{
    if (node->type->kind == PG_KIND_INT2 && cell.length == 2)
        *value = (int16_t)wire_get16(cell.data);
    else if (node->type->kind == PG_KIND_INT4 && cell.length == 4)
        *value = (int32_t)wire_get32(cell.data);
    else if (node->type->kind == PG_KIND_INT8 && cell.length == 8)
        *value = (int64_t)wire_get64(cell.data);
    else
        return false;
    return *value >= node->least && *value <= node->greatest;
}

static bool pack_integer(struct packer *packer, const struct pg_node *node, struct cell cell, bool zero)
{
    int64_t value = 0;
    if (cell.data != NULL && !read_integer(node, cell, &value))
        return false;
    if (value != 0 || zero)
        put_varint(packer, (uint64_t)value);
    return true;
}

static bool pack_bool(struct packer *packer, struct cell cell, bool zero)
{
    if (cell.data != NULL && cell.length != 1)
        return false;
    bool value = cell.data != NULL && cell.data[0] != 0;
    if (value || zero)
        put_varint(packer, value);
    return true;
}

static bool pack_text(struct packer *packer, struct cell cell, bool zero)
{
    if (cell.length > 0 || zero) {
        put_bytes(packer, cell.data, cell.length);
        put_varint(packer, cell.length);
    }
    return true;
}

static bool pack_uuid(struct packer *packer, struct cell cell, bool zero)
{
    if (cell.data == NULL)
        return pack_text(packer, cell, zero);
    struct uuid id;
    if (cell.length != sizeof(id.bytes))
        return false;
    memcpy(id.bytes, cell.data, sizeof(id.bytes));
    char text[UUID_TEXT_SIZE];
    uuid_format(&id, text);
    put_bytes(packer, text, UUID_TEXT_SIZE - 1);
    put_varint(packer, UUID_TEXT_SIZE - 1);
    return true;
}

// A message of its own: there even when all its fields are zero.
static bool pack_timestamp(struct packer *packer, struct cell cell)
{
    const uint8_t *end = packer->at;
    if (cell.data != NULL) {
        if (cell.length != 8)
            return false;
        int64_t time = (int64_t)wire_get64(cell.data);
        if (time < CLOCK_FIRST - PG_EPOCH || time > CLOCK_LAST - PG_EPOCH)    // infinities too
            return false;
        time += PG_EPOCH;
        int64_t part = time % CLOCK_SECOND;
        if (part < 0)
            part += CLOCK_SECOND;
        if (part != 0) {
            put_varint(packer, (uint64_t)part * 1000);
            put_varint(packer, 2 << 3);
        }
        if (time != part) {
            put_varint(packer, (uint64_t)((time - part) / CLOCK_SECOND));
            put_varint(packer, 1 << 3);
        }
    }
    put_length(packer, end);
    return true;
}

// One value without its tag; nothing for a zero unless `zero` wants it.
static bool pack_value(struct packer *packer, const struct pg_node *node, struct cell cell, bool zero)
{
    switch (node->type->kind) {
    case PG_KIND_BOOL:
        return pack_bool(packer, cell, zero);
    case PG_KIND_INT2:
    case PG_KIND_INT4:
    case PG_KIND_INT8:
        return pack_integer(packer, node, cell, zero);
    case PG_KIND_TEXT:
    case PG_KIND_BYTEA:
        return pack_text(packer, cell, zero);
    case PG_KIND_UUID:
        return pack_uuid(packer, cell, zero);
    case PG_KIND_TIMESTAMPTZ:
        return pack_timestamp(packer, cell);
    }
    return false;
}

// Takes the next element off an array's bytes; a NULL has no data.
static bool next_element(struct cell *array, struct cell *element)
{
    if (array->length < 4)
        return false;
    uint32_t length = wire_get32(array->data);
    array->data += 4;
    array->length -= 4;
    *element = (struct cell){NULL, 0};
    if (length == UINT32_MAX)
        return true;
    if (length > array->length)
        return false;
    *element = (struct cell){array->data, length};
    array->data += length;
    array->length -= length;
    return true;
}

// Reads the head of a one-dimensional array and leaves its elements.
static bool read_array(const struct pg_node *node, struct cell *array, size_t *count)
{
    if (array->length < 12 || wire_get32(array->data + 8) != node->type->element)
        return false;
    uint32_t dimensions = wire_get32(array->data);
    *count = 0;
    size_t head = dimensions == 0 ? 12 : 20;
    if (dimensions > 1 || array->length < head)
        return false;
    if (dimensions == 1)
        *count = wire_get32(array->data + 12);
    array->data += head;
    array->length -= head;
    return *count <= array->length / 4;
}

// Elements are found from the front only, so they are packed forwards, each at the
// end of the memory, and the whole is then moved up to where it belongs.
static bool pack_array(struct packer *packer, const struct pg_node *node, struct cell cell)
{
    size_t count = 0;
    if (!read_array(node, &cell, &count))
        return false;
    bool packed = (node->field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
    uint8_t *end = packer->at;
    uint8_t *filled = packer->floor;
    for (size_t i = 0; i < count; i++) {
        struct cell element;
        if (!next_element(&cell, &element))
            return false;
        struct packer one = {packer->result, packer->row, filled, end, NULL};
        if (!pack_value(&one, node, element, true))
            return false;
        if (!packed)
            put_tag(&one, node);
        memmove(filled, one.at, (size_t)(end - one.at));
        filled += end - one.at;
    }
    size_t length = (size_t)(filled - packer->floor);
    memmove(take(packer, length), packer->floor, length);
    if (packed && count > 0) {
        put_length(packer, end);
        put_tag(packer, node);
    }
    return cell.length == 0;
}

static bool pack_column(struct packer *packer, const struct pg_node *node, bool *present)
{
    *present = !PQgetisnull(packer->result, packer->row, node->column);
    if (!*present)
        return true;
    struct cell cell = {(const uint8_t *)PQgetvalue(packer->result, packer->row, node->column),
                        (size_t)PQgetlength(packer->result, packer->row, node->column)};
    if (node->type->element != 0)
        return pack_array(packer, node, cell);
    const uint8_t *end = packer->at;
    if (!pack_value(packer, node, cell, node->presence))
        return false;
    if (packer->at != end)
        put_tag(packer, node);
    return true;
}

// Packs the children of a message, the last first; *present if any was not NULL.
static bool pack_message(struct packer *packer, const struct pg_node *node, bool *present)
{
    uint32_t seen = 0;
    *present = false;
    for (size_t i = node->child_count; i-- > 0;) {
        const struct pg_node *child = &node->children[i];
        const uint8_t *end = packer->at;
        bool there = false;
        bool fits = child->type != NULL ? pack_column(packer, child, &there) : pack_message(packer, child, &there);
        if (!fits || (there && (seen & child->oneof) != 0)) {
            if (packer->bad == NULL)
                packer->bad = child;
            return false;
        }
        if (!there)
            continue;
        if (child->type == NULL) {
            put_length(packer, end);
            put_tag(packer, child);
        }
        seen |= child->oneof;
        *present = true;
    }
    return true;
}

static const struct pg_target *find_target(const struct pg_rows *rows, size_t row, size_t target)
{
    CHECK(row < rows->count && target < rows->statement->plan->target_count);
    return &rows->statement->plan->targets[target];
}

static size_t row_bound(const struct pg_rows *rows, size_t row, const struct pg_target *target)
{
    size_t bound = target->bound;
    for (size_t i = 0; i < target->text_count; i++)
        bound += (size_t)PQgetlength(rows->result, (int)row, target->texts[i]);
    for (size_t i = 0; i < target->array_count; i++)
        bound += 3 * (size_t)PQgetlength(rows->result, (int)row, target->arrays[i]);
    return bound;
}

static bool out_of_memory(const struct pg_rows *rows, struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call's memory is used up by rows of %s",
                      rows->statement->sql->name);
}

// Packs into the end of `memory`; false where a value does not fit its field.
static bool pack_row(const struct pg_rows *rows, size_t row, const struct pg_target *target, uint8_t *memory,
                     size_t bound, struct packer *packer)
{
    *packer = (struct packer){rows->result, (int)row, memory, memory + bound, NULL};
    bool present = false;
    return pack_message(packer, &target->root, &present);
}

static bool raw_message(const struct pg_rows *rows, size_t row, const struct pg_target *target, struct arena *arena,
                        struct bytes *message, struct status *status)
{
    size_t length = 0;
    if (target->raw_count == 1) {
        *message = (struct bytes){(const uint8_t *)PQgetvalue(rows->result, (int)row, target->raw[0]),
                                  (size_t)PQgetlength(rows->result, (int)row, target->raw[0])};
        return true;
    }
    for (size_t i = 0; i < target->raw_count; i++)
        length += (size_t)PQgetlength(rows->result, (int)row, target->raw[i]);
    uint8_t *memory = arena_bytes(arena, length);
    if (memory == NULL)
        return out_of_memory(rows, status);
    *message = (struct bytes){memory, length};
    for (size_t i = 0; i < target->raw_count; i++) {
        size_t part = (size_t)PQgetlength(rows->result, (int)row, target->raw[i]);
        memcpy(memory, PQgetvalue(rows->result, (int)row, target->raw[i]), part);
        memory += part;
    }
    return true;
}

bool pg_rows_message(const struct pg_rows *rows, size_t row, size_t target, struct arena *arena, struct bytes *message,
                     struct status *status)
{
    const struct pg_target *into = find_target(rows, row, target);
    if (into->raw_count > 0)
        return raw_message(rows, row, into, arena, message, status);
    size_t bound = row_bound(rows, row, into);
    uint8_t *memory = arena_bytes(arena, bound);
    if (memory == NULL)
        return out_of_memory(rows, status);
    struct packer packer;
    if (!pack_row(rows, row, into, memory, bound, &packer))
        return status_set(status, REASON(INTERNAL), "statement %s: a value does not fit the field %s",
                          rows->statement->sql->name, packer.bad->field->name);
    *message = (struct bytes){packer.at, (size_t)(memory + bound - packer.at)};
    return true;
}

ProtobufCMessage *pg_rows_unpack(const struct pg_rows *rows, size_t row, size_t target, struct arena *arena,
                                 struct status *status)
{
    struct bytes bytes = {0};
    if (!pg_rows_message(rows, row, target, arena, &bytes, status))
        return NULL;
    ProtobufCMessage *message = protobuf_c_message_unpack(rows->statement->targets[target].descriptor, &arena->protobuf,
                                                          bytes.length, bytes.data);
    if (message == NULL && arena->exhausted)
        out_of_memory(rows, status);
    else if (message == NULL)
        status_set(status, REASON(DATA_CORRUPT), "statement %s: a row is no %s", rows->statement->sql->name,
                   rows->statement->targets[target].descriptor->name);
    return message;
}

void pg_rows_clear(struct pg_rows *rows)
{
    PQclear(rows->result);
    *rows = (struct pg_rows){NULL, NULL, 0, 0};
}

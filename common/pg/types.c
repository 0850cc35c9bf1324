// SPDX-License-Identifier: Apache-2.0
#include "pg/types.h"

#include <string.h>

#include "base/check.h"

// OIDs are fixed by PostgreSQL's catalogue (src/include/catalog/pg_type.dat).
static const struct pg_type types[] = {
    {16, 0, PG_KIND_BOOL, "bool"},
    {17, 0, PG_KIND_BYTEA, "bytea"},
    {20, 0, PG_KIND_INT8, "int8"},
    {21, 0, PG_KIND_INT2, "int2"},
    {23, 0, PG_KIND_INT4, "int4"},
    {25, 0, PG_KIND_TEXT, "text"},
    {1043, 0, PG_KIND_TEXT, "varchar"},
    {1184, 0, PG_KIND_TIMESTAMPTZ, "timestamptz"},
    {2950, 0, PG_KIND_UUID, "uuid"},
    {1000, 16, PG_KIND_BOOL, "bool[]"},
    {1001, 17, PG_KIND_BYTEA, "bytea[]"},
    {1005, 21, PG_KIND_INT2, "int2[]"},
    {1007, 23, PG_KIND_INT4, "int4[]"},
    {1009, 25, PG_KIND_TEXT, "text[]"},
    {1015, 1043, PG_KIND_TEXT, "varchar[]"},
    {1016, 20, PG_KIND_INT8, "int8[]"},
    {1185, 1184, PG_KIND_TIMESTAMPTZ, "timestamptz[]"},
    {2951, 2950, PG_KIND_UUID, "uuid[]"},
};

// What a field's value is, whatever its width.
enum family {
    FAMILY_NONE,
    FAMILY_BOOLEAN,
    FAMILY_INTEGER,
    FAMILY_TEXT,
    FAMILY_BYTES,
    FAMILY_TIME,
};

struct member {
    enum family family;
    size_t size;
    int64_t least;
    int64_t greatest;
};

// By ProtobufCType; types that are not listed fit nothing.
static const struct member members[] = {
    [PROTOBUF_C_TYPE_INT32] = {FAMILY_INTEGER, sizeof(int32_t), INT32_MIN, INT32_MAX},
    [PROTOBUF_C_TYPE_UINT32] = {FAMILY_INTEGER, sizeof(uint32_t), 0, UINT32_MAX},
    [PROTOBUF_C_TYPE_INT64] = {FAMILY_INTEGER, sizeof(int64_t), INT64_MIN, INT64_MAX},
    [PROTOBUF_C_TYPE_UINT64] = {FAMILY_INTEGER, sizeof(uint64_t), 0, INT64_MAX},
    [PROTOBUF_C_TYPE_ENUM] = {FAMILY_INTEGER, sizeof(int32_t), INT32_MIN, INT32_MAX},
    [PROTOBUF_C_TYPE_BOOL] = {FAMILY_BOOLEAN, sizeof(protobuf_c_boolean), 0, 1},
    [PROTOBUF_C_TYPE_STRING] = {FAMILY_TEXT, sizeof(char *), 0, 0},
    [PROTOBUF_C_TYPE_BYTES] = {FAMILY_BYTES, sizeof(ProtobufCBinaryData), 0, 0},
    [PROTOBUF_C_TYPE_MESSAGE] = {FAMILY_TIME, sizeof(ProtobufCMessage *), 0, 0},
};

static const enum family kind_families[] = {
    [PG_KIND_BOOL] = FAMILY_BOOLEAN, [PG_KIND_BYTEA] = FAMILY_BYTES,      [PG_KIND_INT2] = FAMILY_INTEGER,
    [PG_KIND_INT4] = FAMILY_INTEGER, [PG_KIND_INT8] = FAMILY_INTEGER,     [PG_KIND_TEXT] = FAMILY_TEXT,
    [PG_KIND_UUID] = FAMILY_TEXT,    [PG_KIND_TIMESTAMPTZ] = FAMILY_TIME,
};

const struct pg_type *pg_type_find(uint32_t oid)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i].oid == oid)
            return &types[i];
    return NULL;
}

bool pg_type_is_timestamp(const ProtobufCFieldDescriptor *field)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return false;
    const ProtobufCMessageDescriptor *message = field->descriptor;
    return strcmp(message->name, "google.protobuf.Timestamp") == 0;
}

bool pg_type_fits(const struct pg_type *type, const ProtobufCFieldDescriptor *field)
{
    if ((size_t)field->type >= COUNT_OF(members))
        return false;
    if ((field->label == PROTOBUF_C_LABEL_REPEATED) != (type->element != 0))
        return false;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && !pg_type_is_timestamp(field))
        return type->kind == PG_KIND_BYTEA && type->element == 0;    // a message as its packed bytes
    return members[field->type].family == kind_families[type->kind];
}

bool pg_type_fits_element(const struct pg_type *type, const ProtobufCFieldDescriptor *field)
{
    struct pg_type element = *type;
    element.element = 0;
    return type->element != 0 && (field->type != PROTOBUF_C_TYPE_MESSAGE || pg_type_is_timestamp(field)) &&
           pg_type_fits(&element, field);
}

size_t pg_type_member_size(const ProtobufCFieldDescriptor *field)
{
    return members[field->type].size;
}

void pg_type_kind_range(enum pg_kind kind, int64_t *least, int64_t *greatest)
{
    *least = kind == PG_KIND_INT2 ? INT16_MIN : kind == PG_KIND_INT4 ? INT32_MIN : INT64_MIN;
    *greatest = kind == PG_KIND_INT2 ? INT16_MAX : kind == PG_KIND_INT4 ? INT32_MAX : INT64_MAX;
}

void pg_type_field_range(const ProtobufCFieldDescriptor *field, int64_t *least, int64_t *greatest)
{
    *least = members[field->type].least;
    *greatest = members[field->type].greatest;
}

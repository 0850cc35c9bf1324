// SPDX-License-Identifier: Apache-2.0
// Which PostgreSQL types fit which protobuf fields. Internal to common/pg.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

// PostgreSQL types by their binary form.
enum pg_kind {
    PG_KIND_BOOL,
    PG_KIND_BYTEA,
    PG_KIND_INT2,
    PG_KIND_INT4,
    PG_KIND_INT8,
    PG_KIND_TEXT,
    PG_KIND_UUID,
    PG_KIND_TIMESTAMPTZ,
};

struct pg_type {
    uint32_t oid;
    uint32_t element;    // OID of an array's elements; 0 for no array
    enum pg_kind kind;
    const char *name;
};

// PostgreSQL's epoch, 2000-01-01, in microseconds since 1970.
#define PG_EPOCH (INT64_C(946684800) * CLOCK_SECOND)

// The type of an OID; NULL for one that no field fits.
const struct pg_type *pg_type_find(uint32_t oid);

// True if values of the field can be bound as, or read from, the type.
bool pg_type_fits(const struct pg_type *type, const ProtobufCFieldDescriptor *field);

// True if values of the field, which is not repeated, can be elements of the array type.
bool pg_type_fits_element(const struct pg_type *type, const ProtobufCFieldDescriptor *field);

// True for google.protobuf.Timestamp, which is a value here and no message.
bool pg_type_is_timestamp(const ProtobufCFieldDescriptor *field);

// Bytes of one value of the field in the message's C structure.
size_t pg_type_member_size(const ProtobufCFieldDescriptor *field);

// Least and greatest integer that a column of the kind holds.
void pg_type_kind_range(enum pg_kind kind, int64_t *least, int64_t *greatest);

// Least and greatest integer that a field holds and an int8 can.
void pg_type_field_range(const ProtobufCFieldDescriptor *field, int64_t *least, int64_t *greatest);

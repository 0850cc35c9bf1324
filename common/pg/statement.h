// SPDX-License-Identifier: Apache-2.0
// Statements: named SQL with named parameters, bound to protobuf messages by name
// and descriptor. At start each one is prepared, described and held against its
// messages; what does not fit stops the process before it serves.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

// One .sql file, generated at build time (common/gen/embed_sql.py): named
// parameters (:request.id) have become $1, $2, …
struct pg_sql {
    const char *name;    // of the file: "unit_get"
    const char *text;
    const char *const *parameters;    // names in the order of their numbers
    size_t parameter_count;
};

// A message that parameters are read from or columns are written to. Its fields
// are named prefix.field (prefix.field.field inside messages), or plainly by
// field where the prefix is "".
struct pg_message {
    const char *prefix;
    const ProtobufCMessageDescriptor *descriptor;
};

#define PG_MESSAGES 4

// One statement with its messages.
//
// Parameters: a field's value by its type. string ↔ text, varchar, uuid ('' binds
// as NULL where the parameter is a uuid); int32, uint32, int64, enum ↔ int2, int4,
// int8 (range-checked); bool; bytes ↔ bytea; google.protobuf.Timestamp ↔
// timestamptz; repeated fields ↔ one-dimensional arrays of those. An implicit zero
// binds as zero; an enum's 0, an unset oneof member and an absent message as NULL.
// Columns: the same the other way round; NULL leaves the field out. A column's
// alias is the field's name, quoted: AS "place.county_id". A bytea AS "*" is the
// packed message itself, or, where several stand so, its parts in their order; no
// other column belongs to the message then.
struct pg_statement {
    const struct pg_sql *sql;
    struct pg_message sources[PG_MESSAGES];    // ended by a NULL descriptor, or full
    unsigned many;                             // a bit for each source that has a message for each of several calls:
                                               // its parameters are arrays of one element each
    struct pg_message targets[PG_MESSAGES];    // as sources; the first is the row itself
    struct pg_plan *plan;                      // made by the first pg_open
};

// All statements of a process. Plain data: the process owns it; plans live until
// pg_catalogue_fini.
struct pg_catalogue {
    struct pg_statement **statements;
    size_t count;
};

// Frees the plans.
void pg_catalogue_fini(struct pg_catalogue *catalogue);

// SPDX-License-Identifier: Apache-2.0
// What is known of a statement once the server has described it: which field each
// parameter reads and each column writes, and how. Only for common/pg.
#pragma once

#include <libpq-fe.h>
#include <stdint.h>

#include "base/arena.h"
#include "pg/statement.h"

#define PLAN_DEPTH 4

// Types that are bound; their OIDs are fixed in PostgreSQL's catalog.
enum plan_type {
    PLAN_BOOL = 16,
    PLAN_BYTEA = 17,
    PLAN_INT8 = 20,
    PLAN_INT2 = 21,
    PLAN_INT4 = 23,
    PLAN_TEXT = 25,
    PLAN_VARCHAR = 1043,
    PLAN_TIMESTAMPTZ = 1184,
    PLAN_UUID = 2950,
};

// A field below a message: the fields on the way, the last one being it.
struct plan_field {
    unsigned message;    // number of the source or target
    unsigned depth;
    const ProtobufCFieldDescriptor *path[PLAN_DEPTH];
};

struct plan_parameter {
    struct plan_field field;
    enum plan_type type;    // of the value, or of the array's elements
    bool array;
};

struct plan_column {
    struct plan_field field;
    enum plan_type type;
    bool array;
    int number;    // of the column
};

// A field of a target's message, in the order of field numbers: a column, or a message of such.
struct plan_node {
    const ProtobufCFieldDescriptor *field;
    const struct plan_column *column;    // NULL: a message
    struct plan_node *children;
    size_t child_count;
};

#define PLAN_NAME_SIZE 16

struct pg_plan {
    char name[PLAN_NAME_SIZE];    // of the prepared statement
    Oid *parameter_types;
    int *formats;    // all binary
    struct plan_parameter *parameters;
    size_t parameter_count;
    struct plan_column *columns;
    size_t column_count;
    Oid *column_types;
    size_t described_columns;
    struct plan_node roots[PG_MESSAGES];
};

// Makes the statement's plan from the description of it as `prepared`. False with INTERNAL, naming
// statement and parameter or column.
bool plan_make(struct pg_statement *statement, const char *prepared, const PGresult *description,
               struct status *status);

// True if the description is what the plan was made from.
bool plan_fits(const struct pg_statement *statement, const PGresult *description);

// Frees a plan; accepts NULL.
void plan_free(struct pg_plan *plan);

// bind.c: value of a parameter in binary. NULL value: SQL NULL. False with
// FIELD_INVALID or MESSAGE_TOO_LARGE.
bool plan_bind(const struct plan_parameter *parameter, const ProtobufCMessage *message, struct arena *arena,
               const char **value, int *length, struct status *status);

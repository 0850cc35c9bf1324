// SPDX-License-Identifier: Apache-2.0
// A statement compiled against its messages: where each parameter's value is and
// how it is bound; how a row's columns become a message's bytes. Made once, then
// read by all threads. Internal to common/pg.
#pragma once

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/status.h"
#include "pg/connection.h"
#include "pg/statement.h"
#include "pg/types.h"

// One message on the way from a source to a parameter's field.
struct pg_step {
    unsigned offset;               // of the pointer to the next message
    unsigned quantifier_offset;    // of the oneof's case
    uint32_t member;               // that the case must name; 0: not in a oneof
};

struct pg_parameter {
    const char *path;    // below the source, for violations
    size_t source;
    bool many;    // an element for each of the source's messages
    size_t step_count;
    const struct pg_step *steps;
    const ProtobufCFieldDescriptor *field;
    const struct pg_type *type;
    size_t member_size;
    int64_t least;    // integers that the parameter takes
    int64_t greatest;
};

// A message (with children) or a value (with a column) of a target.
struct pg_node {
    const ProtobufCFieldDescriptor *field;    // NULL for the target itself
    uint8_t tag[5];                           // key of the wire format
    uint8_t tag_length;
    bool presence;                 // a member of a oneof: zero is written too
    uint32_t oneof;                // a bit for the oneof within its message; 0: none
    const struct pg_type *type;    // NULL for a message
    int column;
    int64_t least;    // integers that the field takes
    int64_t greatest;
    size_t child_count;
    struct pg_node *children;    // in the order of field numbers
};

struct pg_target {
    struct pg_node root;
    size_t bound;    // most bytes of a packed row, without the variable ones below
    size_t text_count;
    int *texts;    // columns whose packed bytes are bounded by their length
    size_t array_count;
    int *arrays;    // … by three times their length
    size_t raw_count;
    int *raw;    // columns that are parts of the packed message; there are no others then
};

struct pg_plan {
    struct arena memory;
    size_t number;    // of the first statement of the catalogue with the same SQL
    size_t parameter_count;
    struct pg_parameter *parameters;
    uint32_t *parameter_types;
    int *formats;    // all binary; as many as parameters
    size_t column_count;
    uint32_t *column_types;
    const char **column_names;
    size_t target_count;
    struct pg_target targets[PG_MESSAGES];
};

// Compiles the statement against what the server described. False with INTERNAL
// (statement and parameter or column in the message).
bool pg_plan_compile(const struct pg_statement *statement, const PGresult *described, size_t number,
                     struct pg_plan **plan, struct status *status);

// True if the server still describes the statement as when the plan was made.
bool pg_plan_agrees(const struct pg_plan *plan, const PGresult *described);

// Frees; accepts NULL.
void pg_plan_free(struct pg_plan *plan);

// Compiles the targets; part of pg_plan_compile.
bool pg_plan_columns(struct pg_plan *plan, const struct pg_statement *statement, struct status *status);

// The message among `messages` that `name` belongs to, by its prefix, and the path
// below it; -1 if none.
int pg_plan_message(const struct pg_message *messages, const char *name, const char **path);

// The field of `message` that the path's first part names, and the rest behind its
// dot, NULL at the end; NULL if there is none.
const ProtobufCFieldDescriptor *pg_plan_field(const ProtobufCMessageDescriptor *message, const char *path,
                                              const char **rest);

// Values for the parameters of one execution, for PQsendQueryPrepared.
struct pg_values {
    const char **data;    // NULL for NULL
    int *lengths;
};

// Binds all parameters. Errors as pg_execute. Memory from `arena`; texts stay in
// the messages.
bool pg_bind(const struct pg_plan *plan, const struct pg_source *sources, struct arena *arena, struct pg_values *values,
             struct status *status);

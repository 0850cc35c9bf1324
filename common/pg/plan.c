// SPDX-License-Identifier: Apache-2.0
#include "pg/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "google/protobuf/timestamp.pb-c.h"

#define NAME_MOST 63

// Arrays by the OID of their own type.
static const struct {
    Oid array;
    enum plan_type element;
} arrays[] = {
    {1000, PLAN_BOOL}, {1001, PLAN_BYTEA},   {1016, PLAN_INT8},        {1005, PLAN_INT2}, {1007, PLAN_INT4},
    {1009, PLAN_TEXT}, {1015, PLAN_VARCHAR}, {1185, PLAN_TIMESTAMPTZ}, {2951, PLAN_UUID},
};

static bool type_of(Oid oid, enum plan_type *type, bool *array)
{
    for (size_t i = 0; i < COUNT_OF(arrays); i++) {
        if (arrays[i].array != oid && arrays[i].element != oid)
            continue;
        *type = arrays[i].element;
        *array = arrays[i].array == oid;
        return true;
    }
    return false;
}

// Which SQL types a field may be bound to.
static bool types_fit(const ProtobufCFieldDescriptor *field, enum plan_type type)
{
    bool integer = type == PLAN_INT2 || type == PLAN_INT4 || type == PLAN_INT8;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return type == PLAN_TEXT || type == PLAN_VARCHAR || type == PLAN_UUID;
    case PROTOBUF_C_TYPE_BYTES:
        return type == PLAN_BYTEA;
    case PROTOBUF_C_TYPE_BOOL:
        return type == PLAN_BOOL;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_ENUM:
        return integer;
    case PROTOBUF_C_TYPE_MESSAGE:
        return type == PLAN_TIMESTAMPTZ && field->descriptor == &google__protobuf__timestamp__descriptor;
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return false;
    }
    return false;
}

// Finds "field.field" in a message.
static bool find_path(const ProtobufCMessageDescriptor *descriptor, const char *name, struct plan_field *field)
{
    field->depth = 0;
    while (descriptor && field->depth < PLAN_DEPTH) {
        char part[NAME_MOST + 1];
        size_t length = strcspn(name, ".");
        if (length == 0 || length > NAME_MOST)
            return false;
        memcpy(part, name, length);
        part[length] = '\0';
        const ProtobufCFieldDescriptor *found = protobuf_c_message_descriptor_get_field_by_name(descriptor, part);
        if (!found)
            return false;
        field->path[field->depth++] = found;
        if (name[length] == '\0')
            return true;
        if (found->type != PROTOBUF_C_TYPE_MESSAGE || found->label == PROTOBUF_C_LABEL_REPEATED)
            return false;
        descriptor = found->descriptor;
        name += length + 1;
    }
    return false;
}

// Finds a name among messages: "prefix.field" first, then plain in the one without a prefix.
static bool find_field(const struct pg_message *messages, const char *name, struct plan_field *field)
{
    for (unsigned i = 0; i < PG_MESSAGES && messages[i].descriptor; i++) {
        size_t length = strlen(messages[i].prefix);
        field->message = i;
        if (length == 0 && find_path(messages[i].descriptor, name, field))
            return true;
        if (length > 0 && strncmp(name, messages[i].prefix, length) == 0 && name[length] == '.' &&
            find_path(messages[i].descriptor, name + length + 1, field))
            return true;
    }
    return false;
}

static const ProtobufCFieldDescriptor *last_of(const struct plan_field *field)
{
    return field->path[field->depth - 1];
}

static bool misfit(const struct pg_statement *statement, const char *what, const char *name, struct status *status)
{
    return status_set(status, REASON(INTERNAL), "%s.sql: %s %s", statement->sql->name, what, name);
}

static bool check_type(const struct pg_statement *statement, const struct plan_field *field, Oid oid, const char *name,
                       enum plan_type *type, bool *array, struct status *status)
{
    if (!type_of(oid, type, array) || !types_fit(last_of(field), *type) ||
        *array != (last_of(field)->label == PROTOBUF_C_LABEL_REPEATED))
        return misfit(statement, "the field's type does not fit", name, status);
    return true;
}

static bool make_parameters(struct pg_statement *statement, const PGresult *description, struct status *status)
{
    struct pg_plan *plan = statement->plan;
    size_t count = statement->sql->parameter_count;
    if (count != (size_t)PQnparams(description))
        return misfit(statement, "another number of parameters than names", "", status);
    plan->parameters = calloc(count + 1, sizeof(*plan->parameters));
    plan->parameter_types = calloc(count + 1, sizeof(Oid));
    plan->formats = calloc(count + 1, sizeof(int));
    CHECK(plan->parameters && plan->parameter_types && plan->formats);
    plan->parameter_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *name = statement->sql->parameters[i];
        struct plan_parameter *parameter = &plan->parameters[i];
        plan->parameter_types[i] = PQparamtype(description, (int)i);
        plan->formats[i] = 1;
        if (!find_field(statement->sources, name, &parameter->field))
            return misfit(statement, "no field for the parameter", name, status);
        if (!check_type(statement, &parameter->field, plan->parameter_types[i], name, &parameter->type,
                        &parameter->array, status))
            return false;
    }
    return true;
}

static bool make_columns(struct pg_statement *statement, const PGresult *description, struct status *status)
{
    struct pg_plan *plan = statement->plan;
    size_t count = (size_t)PQnfields(description);
    plan->described_columns = count;
    plan->column_types = calloc(count + 1, sizeof(Oid));
    plan->columns = calloc(count + 1, sizeof(*plan->columns));
    CHECK(plan->column_types && plan->columns);
    for (size_t i = 0; i < count; i++) {
        const char *name = PQfname(description, (int)i);
        struct plan_column *column = &plan->columns[plan->column_count];
        plan->column_types[i] = PQftype(description, (int)i);
        // Without a target nothing of the rows is read.
        if (!statement->targets[0].descriptor)
            continue;
        column->number = (int)i;
        if (strlen(name) >= NAME_MOST)
            return misfit(statement, "a name that PostgreSQL may have cut:", name, status);
        if (!find_field(statement->targets, name, &column->field))
            return misfit(statement, "no field for the column", name, status);
        if (!check_type(statement, &column->field, plan->column_types[i], name, &column->type, &column->array, status))
            return false;
        plan->column_count++;
    }
    return true;
}

static struct plan_node *child_of(struct plan_node *node, const ProtobufCFieldDescriptor *field)
{
    size_t at = 0;
    while (at < node->child_count && node->children[at].field->id < field->id)
        at++;
    if (at < node->child_count && node->children[at].field == field)
        return &node->children[at];
    struct plan_node *grown = realloc(node->children, (node->child_count + 1) * sizeof(*grown));
    CHECK(grown);
    memmove(&grown[at + 1], &grown[at], (node->child_count - at) * sizeof(*grown));
    grown[at] = (struct plan_node){.field = field};
    node->children = grown;
    node->child_count++;
    return &node->children[at];
}

static bool make_trees(struct pg_statement *statement, struct status *status)
{
    struct pg_plan *plan = statement->plan;
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct plan_column *column = &plan->columns[i];
        struct plan_node *node = &plan->roots[column->field.message];
        for (unsigned depth = 0; depth < column->field.depth; depth++)
            node = child_of(node, column->field.path[depth]);
        if (node->column)
            return misfit(statement, "two columns for the field", node->field->name, status);
        node->column = column;
    }
    return true;
}

bool plan_make(struct pg_statement *statement, const char *prepared, const PGresult *description, struct status *status)
{
    statement->plan = calloc(1, sizeof(*statement->plan));
    CHECK(statement->plan && strlen(prepared) < PLAN_NAME_SIZE);
    memcpy(statement->plan->name, prepared, strlen(prepared) + 1);
    bool good = make_parameters(statement, description, status) && make_columns(statement, description, status) &&
                make_trees(statement, status);
    if (!good) {
        plan_free(statement->plan);
        statement->plan = NULL;
    }
    return good;
}

bool plan_fits(const struct pg_statement *statement, const PGresult *description)
{
    const struct pg_plan *plan = statement->plan;
    if (plan->parameter_count != (size_t)PQnparams(description) ||
        plan->described_columns != (size_t)PQnfields(description))
        return false;
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (plan->parameter_types[i] != PQparamtype(description, (int)i))
            return false;
    for (size_t i = 0; i < plan->described_columns; i++)
        if (plan->column_types[i] != PQftype(description, (int)i))
            return false;
    return true;
}

static void free_nodes(struct plan_node *node)
{
    for (size_t i = 0; i < node->child_count; i++)
        free_nodes(&node->children[i]);
    free(node->children);
}

void plan_free(struct pg_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < PG_MESSAGES; i++)
        free_nodes(&plan->roots[i]);
    free(plan->parameters);
    free(plan->parameter_types);
    free(plan->formats);
    free(plan->columns);
    free(plan->column_types);
    free(plan);
}

void pg_catalogue_fini(struct pg_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        plan_free(catalogue->statements[i]->plan);
        catalogue->statements[i]->plan = NULL;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Compiles a statement's columns into a tree for each target.
#include <string.h>

#include "base/check.h"
#include "pg/plan.h"

// Most bytes of one packed value that is neither text nor an array (a uuid has 36,
// a timestamp at most 17), and of a message's key and length.
#define VALUE_BOUND 48
#define MESSAGE_BOUND 10

static bool refuse(const struct pg_plan *plan, const struct pg_statement *statement, int column, const char *what,
                   struct status *status)
{
    return status_set(status, REASON(INTERNAL), "statement %s: column \"%s\" (OID %u) %s", statement->sql->name,
                      plan->column_names[column], plan->column_types[column], what);
}

static uint8_t make_tag(const ProtobufCFieldDescriptor *field, uint8_t tag[5])
{
    bool length_delimited =
        field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES ||
        field->type == PROTOBUF_C_TYPE_MESSAGE ||
        (field->label == PROTOBUF_C_LABEL_REPEATED && (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0);
    uint32_t key = field->id << 3 | (length_delimited ? 2 : 0);
    uint8_t length = 0;
    for (; key >= 0x80; key >>= 7)
        tag[length++] = (uint8_t)(key | 0x80);
    tag[length++] = (uint8_t)key;
    return length;
}

// A bit for the oneof that the field is a member of, by its first member's place.
static uint32_t oneof_bit(const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &message->fields[i];
        if ((other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && other->quantifier_offset == field->quantifier_offset)
            return i < 32 ? UINT32_C(1) << i : 0;
    }
    return 0;
}

// The child for `field`, made in its place by number; NULL when memory is out.
static struct pg_node *find_child(struct pg_plan *plan, struct pg_node *parent,
                                  const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field)
{
    size_t place = 0;
    while (place < parent->child_count && parent->children[place].field->id < field->id)
        place++;
    if (place < parent->child_count && parent->children[place].field == field)
        return &parent->children[place];
    if (parent->children == NULL)
        parent->children = arena_array(&plan->memory, message->n_fields, sizeof(*parent->children));
    if (parent->children == NULL)
        return NULL;
    struct pg_node *child = &parent->children[place];
    memmove(child + 1, child, (parent->child_count - place) * sizeof(*child));
    parent->child_count++;
    *child = (struct pg_node){.field = field, .column = -1};
    child->tag_length = make_tag(field, child->tag);
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        child->presence = true;
        child->oneof = oneof_bit(message, field);
    }
    return child;
}

static bool place_value(struct pg_plan *plan, const struct pg_statement *statement, struct pg_target *target,
                        struct pg_node *node, int column, struct status *status)
{
    const struct pg_type *type = pg_type_find(plan->column_types[column]);
    if (node->column >= 0)
        return refuse(plan, statement, column, "stands twice", status);
    if (node->child_count > 0 || type == NULL || !pg_type_fits(type, node->field))
        return refuse(plan, statement, column, "does not fit its field", status);
    node->type = type;
    node->column = column;
    node->presence = node->presence || node->field->type == PROTOBUF_C_TYPE_MESSAGE;    // there even when empty
    pg_type_field_range(node->field, &node->least, &node->greatest);
    target->bound += VALUE_BOUND;
    if (type->element != 0)
        target->arrays[target->array_count++] = column;
    else if (type->kind == PG_KIND_TEXT || type->kind == PG_KIND_BYTEA)
        target->texts[target->text_count++] = column;
    return true;
}

// A part of the packed message itself.
static bool place_raw(const struct pg_plan *plan, const struct pg_statement *statement, struct pg_target *target,
                      int column, struct status *status)
{
    const struct pg_type *type = pg_type_find(plan->column_types[column]);
    if (type == NULL || type->kind != PG_KIND_BYTEA || type->element != 0)
        return refuse(plan, statement, column, "is no bytea", status);
    target->raw[target->raw_count++] = column;
    return true;
}

static bool compile_column(struct pg_plan *plan, const struct pg_statement *statement, int column,
                           struct status *status)
{
    const char *path = NULL;
    int number = pg_plan_message(statement->targets, plan->column_names[column], &path);
    if (number < 0)
        return refuse(plan, statement, column, "belongs to no message", status);
    struct pg_target *target = &plan->targets[number];
    const ProtobufCMessageDescriptor *message = statement->targets[number].descriptor;
    struct pg_node *node = &target->root;
    bool raw = strcmp(path, "*") == 0;
    if (raw ? node->child_count > 0 : target->raw_count > 0)
        return refuse(plan, statement, column, "stands beside the packed message", status);
    if (raw)
        return place_raw(plan, statement, target, column, status);
    while (path != NULL) {
        const char *rest = NULL;
        const ProtobufCFieldDescriptor *field = pg_plan_field(message, path, &rest);
        if (field == NULL)
            return refuse(plan, statement, column, "has no field", status);
        if (rest != NULL && (field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED ||
                             pg_type_is_timestamp(field)))
            return refuse(plan, statement, column, "leads through no message", status);
        node = find_child(plan, node, message, field);
        if (node == NULL)
            return refuse(plan, statement, column, "found no memory", status);
        if (rest != NULL && node->column >= 0)
            return refuse(plan, statement, column, "does not fit its field", status);
        target->bound += MESSAGE_BOUND;
        message = field->descriptor;
        path = rest;
    }
    return place_value(plan, statement, target, node, column, status);
}

static bool prepare_target(struct pg_plan *plan, struct pg_target *target)
{
    target->root.column = -1;
    target->texts = arena_array(&plan->memory, plan->column_count, sizeof(*target->texts));
    target->arrays = arena_array(&plan->memory, plan->column_count, sizeof(*target->arrays));
    target->raw = arena_array(&plan->memory, plan->column_count, sizeof(*target->raw));
    return target->texts != NULL && target->arrays != NULL && target->raw != NULL;
}

bool pg_plan_columns(struct pg_plan *plan, const struct pg_statement *statement, struct status *status)
{
    for (size_t i = 0; i < PG_MESSAGES && statement->targets[i].descriptor != NULL; i++) {
        if (!prepare_target(plan, &plan->targets[i]))
            return status_set(status, REASON(INTERNAL), "statement %s: out of memory", statement->sql->name);
        plan->target_count++;
    }
    // A statement without targets (settings, locks) answers rows that nobody reads.
    for (size_t i = 0; plan->target_count > 0 && i < plan->column_count; i++)
        if (!compile_column(plan, statement, (int)i, status))
            return false;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "pg/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define PLAN_MEMORY (1024 * 1024)
#define PATH_STEPS 16

static bool out_of_memory(const struct pg_statement *statement, struct status *status)
{
    return status_set(status, REASON(INTERNAL), "statement %s: out of memory", statement->sql->name);
}

int pg_plan_message(const struct pg_message *messages, const char *name, const char **path)
{
    int plain = -1;
    for (int i = 0; i < PG_MESSAGES && messages[i].descriptor != NULL; i++) {
        const char *prefix = messages[i].prefix;
        size_t length = strlen(prefix);
        if (length == 0) {
            plain = i;
        } else if (strncmp(name, prefix, length) == 0 && name[length] == '.') {
            *path = name + length + 1;
            return i;
        }
    }
    if (plain >= 0)
        *path = name;
    return plain;
}

const ProtobufCFieldDescriptor *pg_plan_field(const ProtobufCMessageDescriptor *message, const char *path,
                                              const char **rest)
{
    size_t length = strcspn(path, ".");
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        if (strlen(field->name) == length && strncmp(field->name, path, length) == 0) {
            *rest = path[length] == '.' ? path + length + 1 : NULL;
            return field;
        }
    }
    return NULL;
}

static bool is_message(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED &&
           !pg_type_is_timestamp(field);
}

// Walks `path` down to its field; NULL if it ends nowhere.
static const ProtobufCFieldDescriptor *find_path(const ProtobufCMessageDescriptor *message, const char *path,
                                                 struct pg_step steps[PATH_STEPS], size_t *step_count)
{
    for (size_t i = 0;; i++) {
        const char *rest = NULL;
        const ProtobufCFieldDescriptor *field = pg_plan_field(message, path, &rest);
        if (field == NULL || rest == NULL) {
            *step_count = i;
            return field;
        }
        if (!is_message(field) || i == PATH_STEPS)
            return NULL;
        steps[i] = (struct pg_step){
            .offset = field->offset,
            .quantifier_offset = field->quantifier_offset,
            .member = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ? field->id : 0,
        };
        message = field->descriptor;
        path = rest;
    }
}

static bool compile_parameter(struct pg_plan *plan, const struct pg_statement *statement, size_t number,
                              struct status *status)
{
    const char *name = statement->sql->parameters[number];
    const char *path = NULL;
    int source = pg_plan_message(statement->sources, name, &path);
    struct pg_step steps[PATH_STEPS];
    size_t step_count = 0;
    const ProtobufCFieldDescriptor *field =
        source < 0 ? NULL : find_path(statement->sources[source].descriptor, path, steps, &step_count);
    if (field == NULL)
        return status_set(status, REASON(INTERNAL), "statement %s: parameter :%s is no field of its messages",
                          statement->sql->name, name);
    const struct pg_type *type = pg_type_find(plan->parameter_types[number]);
    bool many = (statement->many >> source & 1) != 0;
    if (type == NULL || !(many ? pg_type_fits_element(type, field) : pg_type_fits(type, field)))
        return status_set(status, REASON(INTERNAL), "statement %s: parameter :%s does not fit its type %s (OID %u)",
                          statement->sql->name, name, type == NULL ? "" : type->name, plan->parameter_types[number]);
    struct pg_step *kept = arena_array(&plan->memory, step_count, sizeof(*kept));
    if (kept == NULL)
        return out_of_memory(statement, status);
    if (step_count > 0)
        memcpy(kept, steps, step_count * sizeof(*kept));
    struct pg_parameter *parameter = &plan->parameters[number];
    *parameter = (struct pg_parameter){.path = path,
                                       .source = (size_t)source,
                                       .many = many,
                                       .step_count = step_count,
                                       .steps = kept,
                                       .field = field,
                                       .type = type,
                                       .member_size = pg_type_member_size(field)};
    pg_type_kind_range(type->kind, &parameter->least, &parameter->greatest);
    return true;
}

static bool compile_parameters(struct pg_plan *plan, const struct pg_statement *statement, const PGresult *described,
                               struct status *status)
{
    size_t count = (size_t)PQnparams(described);
    if (count != statement->sql->parameter_count)
        return status_set(status, REASON(INTERNAL), "statement %s: the server sees %zu parameters, not %zu",
                          statement->sql->name, count, statement->sql->parameter_count);
    plan->parameter_count = count;
    plan->parameters = arena_array(&plan->memory, count, sizeof(*plan->parameters));
    plan->parameter_types = arena_array(&plan->memory, count, sizeof(*plan->parameter_types));
    plan->formats = arena_array(&plan->memory, count, sizeof(*plan->formats));
    if (plan->parameters == NULL || plan->parameter_types == NULL || plan->formats == NULL)
        return out_of_memory(statement, status);
    for (size_t i = 0; i < count; i++) {
        plan->formats[i] = 1;
        plan->parameter_types[i] = PQparamtype(described, (int)i);
        if (!compile_parameter(plan, statement, i, status))
            return false;
    }
    return true;
}

static bool keep_columns(struct pg_plan *plan, const struct pg_statement *statement, const PGresult *described,
                         struct status *status)
{
    plan->column_count = (size_t)PQnfields(described);
    plan->column_types = arena_array(&plan->memory, plan->column_count, sizeof(*plan->column_types));
    plan->column_names = arena_array(&plan->memory, plan->column_count, sizeof(*plan->column_names));
    if (plan->column_types == NULL || plan->column_names == NULL)
        return out_of_memory(statement, status);
    for (size_t i = 0; i < plan->column_count; i++) {
        const char *name = PQfname(described, (int)i);
        plan->column_types[i] = PQftype(described, (int)i);
        plan->column_names[i] = arena_text(&plan->memory, name, strlen(name));
        if (plan->column_names[i] == NULL)
            return out_of_memory(statement, status);
    }
    return true;
}

bool pg_plan_compile(const struct pg_statement *statement, const PGresult *described, size_t number,
                     struct pg_plan **plan, struct status *status)
{
    struct pg_plan *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return out_of_memory(statement, status);
    arena_init(&made->memory, PLAN_MEMORY);
    made->number = number;
    if (!compile_parameters(made, statement, described, status) || !keep_columns(made, statement, described, status) ||
        !pg_plan_columns(made, statement, status)) {
        pg_plan_free(made);
        return false;
    }
    *plan = made;
    return true;
}

bool pg_plan_agrees(const struct pg_plan *plan, const PGresult *described)
{
    if ((size_t)PQnparams(described) != plan->parameter_count || (size_t)PQnfields(described) != plan->column_count)
        return false;
    for (size_t i = 0; i < plan->parameter_count; i++)
        if (PQparamtype(described, (int)i) != plan->parameter_types[i])
            return false;
    for (size_t i = 0; i < plan->column_count; i++)
        if (PQftype(described, (int)i) != plan->column_types[i] ||
            strcmp(PQfname(described, (int)i), plan->column_names[i]) != 0)
            return false;
    return true;
}

void pg_plan_free(struct pg_plan *plan)
{
    if (plan == NULL)
        return;
    arena_fini(&plan->memory);
    free(plan);
}

void pg_catalogue_fini(struct pg_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        pg_plan_free(catalogue->statements[i]->plan);
        catalogue->statements[i]->plan = NULL;
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "task_record.h"

#include <string.h>

#include "base/check.h"
#include "service/values.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

static void *member(const ProtobufCMessage *record, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(record->descriptor, name);
    CHECK(field);    // of the head
    return (char *)record + field->offset;
}

int task_record_enum(const ProtobufCMessage *record, const char *field)
{
    return *(const int *)member(record, field);
}

void task_record_set_enum(ProtobufCMessage *record, const char *field, int value)
{
    *(int *)member(record, field) = value;
}

void task_record_set_text(ProtobufCMessage *record, const char *field, char *value)
{
    *(char **)member(record, field) = value;
}

void task_record_set_version(ProtobufCMessage *record, int64_t version)
{
    *(int64_t *)member(record, "version") = version;
}

static void set_message(ProtobufCMessage *record, const char *field, void *value)
{
    *(void **)member(record, field) = value;
}

void task_record_begin(const struct service_rule_input *input, ProtobufCMessage *made)
{
    task_record_set_text(made, "tenant_id", service_uuid(&input->tenant_id, input->arena));
    task_record_set_text(made, "id", service_uuid(&input->new_id, input->arena));
    task_record_set_text(made, "unit_id", service_uuid(&input->unit->id, input->arena));
    set_message(made, "place", service_place(&input->unit->place, input->arena));
    set_message(made, "occurred_at", service_timestamp(input->occurred_at, input->arena));
    set_message(made, "entered_at", service_timestamp(input->now, input->arena));
}

bool task_record_acts_at(const struct service_rule_input *input, const struct uuid *unit_id)
{
    struct directory *directory = input->access->directory;
    directory_lock(directory);
    const struct directory_unit *own = directory_find(directory, &input->caller->unit_id);
    bool office = own && uuid_compare(&own->parent_id, unit_id) == 0 &&
                  (own->kind == KIND(DEPARTMENT) || own->kind == KIND(OFFICE) || own->kind == KIND(REGULATOR));
    directory_unlock(directory);
    return office || service_acts_for(input, unit_id);
}

// How many steps up the tree it is from a unit to one that is no tier: a park, a department; -1: it does not lie there.
static int steps_up(struct directory *directory, struct uuid at, const struct uuid *above)
{
    int found = -1;
    directory_lock(directory);
    for (int step = 0; found < 0 && step < DIRECTORY_STEPS_MOST; step++) {
        const struct directory_unit *unit = directory_find(directory, &at);
        if (uuid_compare(&at, above) == 0)
            found = step;
        if (!unit)
            break;
        at = unit->parent_id;
    }
    directory_unlock(directory);
    return found;
}

int task_record_above(const struct service_rule_input *input, const char *above_id, const char *unit_id,
                      const struct directory_place *place)
{
    struct uuid above;
    struct uuid unit;
    if (!uuid_parse(above_id, &above) || !uuid_parse(unit_id, &unit))
        return -1;
    for (int level = DIRECTORY_LEVELS - 1; level >= 0; level--)
        if (uuid_compare(&above, &place->levels[level]) == 0)
            return level;
    int steps = steps_up(input->access->directory, unit, &above);
    return steps < 0 ? -1 : DIRECTORY_LEVELS + DIRECTORY_STEPS_MOST - steps;
}

static bool is_in(const struct directory_place *place, const struct uuid *id)
{
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (uuid_compare(&place->levels[i], id) == 0)
            return true;
    return false;
}

bool task_record_units_above(const struct service_rule_input *input, const char *unit_id,
                             const struct directory_place *place, char ***ids, size_t *count)
{
    struct directory *directory = input->access->directory;
    struct uuid at;
    *ids = arena_array(input->arena, DIRECTORY_STEPS_MOST, sizeof(char *));
    *count = 0;
    if (!*ids || !uuid_parse(unit_id, &at))
        return *ids != NULL;
    directory_lock(directory);
    for (int step = 0; step < DIRECTORY_STEPS_MOST; step++) {
        const struct directory_unit *unit = directory_find(directory, &at);
        if (step > 0 && !uuid_is_nil(&at) && !is_in(place, &at))
            (*ids)[(*count)++] = service_uuid(&at, input->arena);
        if (!unit)
            break;
        at = unit->parent_id;
    }
    directory_unlock(directory);
    return !input->arena->exhausted;
}

Anlan__Tasks__V1__Signature *task_record_sign(const struct service_rule_input *input)
{
    Anlan__Tasks__V1__Signature *signature = arena_alloc(input->arena, sizeof(*signature));
    if (!signature)
        return NULL;
    anlan__tasks__v1__signature__init(signature);
    signature->person_id = service_uuid(&input->caller->subject_id, input->arena);
    signature->person = (char *)input->caller->subject_name;
    signature->unit_id = service_uuid(&input->caller->unit_id, input->arena);
    signature->occurred_at = service_timestamp(input->occurred_at, input->arena);
    signature->entered_at = service_timestamp(input->now, input->arena);
    return signature;
}

void *task_record_grown(struct arena *arena, const void *from, size_t count, size_t more)
{
    void **grown = arena_array(arena, count + more, sizeof(void *));
    if (grown && count > 0)
        memcpy(grown, from, count * sizeof(void *));
    return grown;
}

bool task_record_has(char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

char **task_record_joined(struct arena *arena, char **list, size_t *count, char *const *more, size_t more_count)
{
    char **joined = task_record_grown(arena, list, *count, more_count);
    for (size_t i = 0; joined && i < more_count; i++)
        if (!task_record_has(joined, *count, more[i]))
            joined[(*count)++] = more[i];
    return joined;
}

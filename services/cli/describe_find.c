// SPDX-License-Identifier: Apache-2.0
// A descriptor set as a list of elements. The set came from a service: names may be missing, nesting any.
#include <string.h>

#include "describe.h"

// Numbers of fields in descriptor.proto, as source info's paths use them.
enum { FILE_MESSAGE = 4, FILE_ENUM = 5, FILE_SERVICE = 6, MESSAGE_NESTED = 3, MESSAGE_ENUM = 4, SERVICE_METHOD = 2 };

struct collector {
    struct arena *arena;
    struct element *first;
    struct element **end;
    bool full;
};

// Adds a child of `parent` (or of its file alone) and answers it; NULL where memory is out or it lies too deep.
static const struct element *add(struct collector *collector, const struct element *parent, enum element_kind kind,
                                 int32_t field, size_t index, const char *name, const void *descriptor)
{
    struct element *element =
        parent->depth + 2 <= ELEMENT_PATH_MOST ? arena_alloc(collector->arena, sizeof(*element)) : NULL;
    const char *joint = !*parent->name ? "" : kind == ELEMENT_METHOD ? "/" : ".";
    const char *full = element ? arena_printf(collector->arena, "%s%s%s", parent->name, joint, name ? name : "") : NULL;
    if (!full) {
        collector->full = true;
        return NULL;
    }
    *element = *parent;
    element->next = NULL;
    element->kind = kind;
    element->name = full;
    element->path[element->depth++] = field;
    element->path[element->depth++] = (int32_t)index;
    element->descriptor = descriptor;
    *collector->end = element;
    collector->end = &element->next;
    return element;
}

static void add_message(struct collector *collector, const struct element *parent, int32_t field, size_t index,
                        const Google__Protobuf__DescriptorProto *message)
{
    const struct element *element = add(collector, parent, ELEMENT_MESSAGE, field, index, message->name, message);
    for (size_t i = 0; element && i < message->n_nested_type; i++)
        add_message(collector, element, MESSAGE_NESTED, i, message->nested_type[i]);
    for (size_t i = 0; element && i < message->n_enum_type; i++)
        add(collector, element, ELEMENT_ENUM, MESSAGE_ENUM, i, message->enum_type[i]->name, message->enum_type[i]);
}

static void add_file(struct collector *collector, const Google__Protobuf__FileDescriptorProto *file)
{
    const struct element root = {.name = file->package ? file->package : "", .file = file};
    for (size_t i = 0; i < file->n_service; i++) {
        const Google__Protobuf__ServiceDescriptorProto *service = file->service[i];
        const struct element *element = add(collector, &root, ELEMENT_SERVICE, FILE_SERVICE, i, service->name, service);
        for (size_t m = 0; element && m < service->n_method; m++)
            add(collector, element, ELEMENT_METHOD, SERVICE_METHOD, m, service->method[m]->name, service->method[m]);
    }
    for (size_t i = 0; i < file->n_message_type; i++)
        add_message(collector, &root, FILE_MESSAGE, i, file->message_type[i]);
    for (size_t i = 0; i < file->n_enum_type; i++)
        add(collector, &root, ELEMENT_ENUM, FILE_ENUM, i, file->enum_type[i]->name, file->enum_type[i]);
}

struct element *describe_collect(const Google__Protobuf__FileDescriptorSet *set, struct arena *arena)
{
    struct collector collector = {.arena = arena, .end = &collector.first};
    for (size_t i = 0; i < set->n_file; i++)
        add_file(&collector, set->file[i]);
    return collector.full ? NULL : collector.first;
}

static bool ends_with(const char *name, const char *text)
{
    size_t length = strlen(name);
    size_t wanted = strlen(text);
    if (wanted == 0 || wanted > length || strcmp(name + length - wanted, text) != 0)
        return false;
    char before = wanted == length ? '.' : name[length - wanted - 1];
    return before == '.' || before == '/';
}

// "hazards/GetHazard" for "anlan.hazards.v1.HazardsService/GetHazard".
static bool is_short_method(const char *name, const char *text)
{
    const char *slash = strchr(text, '/');
    const char *method = strchr(name, '/');
    size_t length = slash ? (size_t)(slash - text) : 0;
    return slash && method && strcmp(slash, method) == 0 && strncmp(name, "anlan.", 6) == 0 &&
           strncmp(name + 6, text, length) == 0 && name[6 + length] == '.';
}

const struct element *describe_find(const struct element *from, const char *text)
{
    for (; from; from = from->next)
        if (ends_with(from->name, text) || is_short_method(from->name, text))
            return from;
    return NULL;
}

const struct element *describe_named(const struct element *all, enum element_kind kind, const char *name)
{
    for (; all; all = all->next)
        if (all->kind == kind && strcmp(all->name, name) == 0)
            return all;
    return NULL;
}

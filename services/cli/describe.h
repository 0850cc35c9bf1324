// SPDX-License-Identifier: Apache-2.0
// What a descriptor set describes, as a list of named elements, and how they are shown.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "google/protobuf/descriptor.pb-c.h"

enum element_kind { ELEMENT_SERVICE, ELEMENT_METHOD, ELEMENT_MESSAGE, ELEMENT_ENUM };

// Numbers of a path in source info: pairs of field and index.
#define ELEMENT_PATH_MOST 20

// One element of a descriptor set.
struct element {
    struct element *next;
    enum element_kind kind;
    const char *name;    // full: "anlan.rpc.v1.HealthService/Check"
    const Google__Protobuf__FileDescriptorProto *file;
    int32_t path[ELEMENT_PATH_MOST];
    size_t depth;
    const void *descriptor;    // as kind says
};

// All elements of a set that came from outside, in its order; memory from `arena`, NULL where that is full.
struct element *describe_collect(const Google__Protobuf__FileDescriptorSet *set, struct arena *arena);

// The next element from `from` on that `text` names: in full, by its last parts ("Hazard", "v1.Hazard",
// "HazardsService/GetHazard"), or a method by its package's and its own ("hazards/GetHazard"). NULL if there is none.
const struct element *describe_find(const struct element *from, const char *text);

// The element of a kind by its full name; NULL if there is none.
const struct element *describe_named(const struct element *all, enum element_kind kind, const char *name);

// Shows an element on stdout; a method with its request and its answer.
void describe_print(const struct cli *cli, const struct element *all, const struct element *element);

// Shows a service on one line: its name and the first sentence of its comment.
void describe_print_line(const struct element *service);

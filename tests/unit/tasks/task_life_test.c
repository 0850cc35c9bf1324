// SPDX-License-Identifier: Apache-2.0
// The lives of the records of tasks: the table, the drawing in the README and the last task_life_allows of the
// migrations say the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "task_life.h"
#include "tasks_migrations.h"

#define MOVES_MOST 200

struct move {
    char kind[32];
    int from;
    int action;
    int to;
};

struct moves {
    struct move list[MOVES_MOST];
    size_t count;
};

static bool same(const struct move *left, const struct move *right)
{
    return strcmp(left->kind, right->kind) == 0 && left->from == right->from && left->action == right->action &&
           left->to == right->to;
}

static bool holds(const struct moves *moves, const struct move *move)
{
    for (size_t i = 0; i < moves->count; i++)
        if (same(&moves->list[i], move))
            return true;
    return false;
}

static void add(struct moves *moves, struct move move)
{
    if (holds(moves, &move))
        fail_msg("%s %d %d %d stands twice", move.kind, move.from, move.action, move.to);
    assert_true(moves->count < MOVES_MOST);
    moves->list[moves->count++] = move;
}

static struct moves table(void)
{
    struct moves moves = {.count = 0};
#define ROW(kind, from, action, to)                                                                                    \
    add(&moves, (struct move){#kind, (int)STATE(from), (int)ACTION(action), (int)STATE(to)});
    TASK_LIVES(ROW)
#undef ROW
    return moves;
}

static int value_of(const ProtobufCEnumDescriptor *descriptor, const char *prefix, const char *name)
{
    char full[64];
    snprintf(full, sizeof(full), "%s_%s", prefix, strcmp(name, "[*]") == 0 ? "UNSPECIFIED" : name);
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, full);
    if (!value)
        fail_msg("%s is no value", full);
    return value->value;
}

static struct moves drawing(void)
{
    struct moves moves = {.count = 0};
    char path[512];
    char line[256];
    char kind[32] = "";
    snprintf(path, sizeof(path), "%s/services/tasks/README.md", getenv("ANLAN_SOURCE"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char from[32];
        char to[32];
        char action[32];
        if (sscanf(line, " state %31s {", kind) == 1)
            continue;
        if (sscanf(line, " %31s --> %31[^:]: %31s", from, to, action) != 3)
            continue;
        struct move move = {.from = value_of(&anlan__tasks__v1__state__descriptor, "STATE", from),
                            .action = value_of(&anlan__tasks__v1__action__descriptor, "ACTION", action),
                            .to = value_of(&anlan__tasks__v1__state__descriptor, "STATE", to)};
        memcpy(move.kind, kind, sizeof(kind));
        add(&moves, move);
    }
    fclose(file);
    return moves;
}

// The rows of the function as the last migration that has it defines it.
static struct moves constraint(void)
{
    struct moves moves = {.count = 0};
    const char *text = NULL;
    for (size_t i = 0; i < tasks_migration_count; i++) {
        const char *found = strstr(tasks_migrations[i].text, "FUNCTION task_life_allows");
        text = found ? found : text;
    }
    assert_non_null(text);
    const char *end = strstr(text, "END $$");
    for (text = strstr(text, " IN ("); text && text < end; text = strchr(text + 1, '(')) {
        struct move move;
        memset(&move, 0, sizeof(move));
        if (sscanf(text, "('%31[a-z_]', %d, %d, %d)", move.kind, &move.from, &move.action, &move.to) == 4)
            add(&moves, move);
    }
    return moves;
}

static void compare(const struct moves *left, const struct moves *right, const char *what)
{
    for (size_t i = 0; i < left->count; i++)
        if (!holds(right, &left->list[i]))
            fail_msg("%s: %s %d %d %d is missing", what, left->list[i].kind, left->list[i].from, left->list[i].action,
                     left->list[i].to);
    assert_int_equal(left->count, right->count);
}

static void the_drawing_is_the_table(void **state)
{
    (void)state;
    struct moves left = table();
    struct moves right = drawing();
    assert_true(left.count > 0);
    compare(&left, &right, "drawing");
}

static void the_constraint_is_the_table(void **state)
{
    (void)state;
    struct moves left = table();
    struct moves right = constraint();
    compare(&left, &right, "constraint");
}

static void nothing_else_is_allowed(void **state)
{
    (void)state;
    struct moves moves = table();
    const ProtobufCEnumDescriptor *states = &anlan__tasks__v1__state__descriptor;
    const ProtobufCEnumDescriptor *actions = &anlan__tasks__v1__action__descriptor;
    for (size_t k = 0; k < moves.count; k++)
        for (unsigned f = 0; f < states->n_values; f++)
            for (unsigned a = 0; a < actions->n_values; a++)
                for (unsigned t = 0; t < states->n_values; t++) {
                    struct move move = {.from = states->values[f].value,
                                        .action = actions->values[a].value,
                                        .to = states->values[t].value};
                    memcpy(move.kind, moves.list[k].kind, sizeof(move.kind));
                    assert_int_equal(task_life_allows(move.kind, (task_state)move.from, (task_action)move.action,
                                                      (task_state)move.to),
                                     holds(&moves, &move));
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drawing_is_the_table),
        cmocka_unit_test(the_constraint_is_the_table),
        cmocka_unit_test(nothing_else_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

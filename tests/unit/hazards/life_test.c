// SPDX-License-Identifier: Apache-2.0
// The life of a hazard: its table, its drawing in the README and the table's constraint say the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "hazard_life.h"
#include "hazards_migrations.h"

#define MOVES_MOST 200

struct move {
    int from;
    int action;
    int to;
};

struct moves {
    struct move list[MOVES_MOST];
    size_t count;
};

static void add(struct moves *moves, int from, int action, int to)
{
    for (size_t i = 0; i < moves->count; i++)
        if (moves->list[i].from == from && moves->list[i].action == action && moves->list[i].to == to)
            fail_msg("%d %d %d stands twice", from, action, to);
    assert_true(moves->count < MOVES_MOST);
    moves->list[moves->count++] = (struct move){from, action, to};
}

static bool holds(const struct moves *moves, const struct move *move)
{
    for (size_t i = 0; i < moves->count; i++)
        if (memcmp(&moves->list[i], move, sizeof(*move)) == 0)
            return true;
    return false;
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

static struct moves table(void)
{
    struct moves moves = {.count = 0};
    const ProtobufCEnumDescriptor *states = &anlan__hazards__v1__state__descriptor;
    const ProtobufCEnumDescriptor *actions = &anlan__hazards__v1__action__descriptor;
    for (unsigned f = 0; f < states->n_values; f++)
        for (unsigned a = 0; a < actions->n_values; a++)
            for (unsigned t = 0; t < states->n_values; t++)
                if (hazard_life_allows((hazard_state)states->values[f].value, (hazard_action)actions->values[a].value,
                                       (hazard_state)states->values[t].value))
                    add(&moves, states->values[f].value, actions->values[a].value, states->values[t].value);
    return moves;
}

// "    FROM --> TO: ACTION" of the README.
static struct moves drawing(void)
{
    struct moves moves = {.count = 0};
    char path[512];
    char line[512];
    snprintf(path, sizeof(path), "%s/services/hazards/README.md", getenv("ANLAN_SOURCE"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) && strcmp(line, "## Listed supervision\n") != 0) {
        char from[32];
        char to[32];
        char action[32];
        if (sscanf(line, " %31s --> %31[A-Z_]: %31[A-Z_]", from, to, action) == 3)
            add(&moves, value_of(&anlan__hazards__v1__state__descriptor, "STATE", from),
                value_of(&anlan__hazards__v1__action__descriptor, "ACTION", action),
                value_of(&anlan__hazards__v1__state__descriptor, "STATE", to));
    }
    fclose(file);
    return moves;
}

// "(from, action, to)" of the function that the constraint asks, in the migration that made it last.
static struct moves constraint(void)
{
    struct moves moves = {.count = 0};
    const char *at = NULL;
    for (size_t i = 0; i < hazards_migration_count; i++) {
        const char *found = strstr(hazards_migrations[i].text, "FUNCTION hazard_life_allows(");
        at = found ? found : at;
    }
    assert_non_null(at);
    at = strstr(at, "IN (");
    assert_non_null(at);
    at += strlen("IN (");
    for (int used = 0;; at += used) {
        struct move move;
        at += strspn(at, " ,\n");
        if (sscanf(at, "(%d, %d, %d)%n", &move.from, &move.action, &move.to, &used) != 3)
            break;
        add(&moves, move.from, move.action, move.to);
    }
    return moves;
}

static void equal(const struct moves *left, const struct moves *right, const char *what)
{
    for (size_t i = 0; i < left->count; i++)
        if (!holds(right, &left->list[i]))
            fail_msg("%s: (%d, %d, %d) is missing", what, left->list[i].from, left->list[i].action, left->list[i].to);
}

static void table_drawing_and_constraint_are_the_same(void **state)
{
    (void)state;
    struct moves in_table = table();
    struct moves drawn = drawing();
    struct moves constrained = constraint();
    assert_true(in_table.count > 40);
    equal(&in_table, &drawn, "the drawing");
    equal(&drawn, &in_table, "the table, which is drawn otherwise");
    equal(&in_table, &constrained, "the constraint");
    equal(&constrained, &in_table, "the table, which the constraint exceeds");
}

// Every state can be reached, every action happens somewhere, and only what is voided or handed over stays so for ever.
static void nothing_is_left_out(void **state)
{
    (void)state;
    struct moves moves = table();
    const ProtobufCEnumDescriptor *states = &anlan__hazards__v1__state__descriptor;
    const ProtobufCEnumDescriptor *actions = &anlan__hazards__v1__action__descriptor;
    for (unsigned s = 1; s < states->n_values; s++) {
        bool reached = false;
        bool left = false;
        for (size_t i = 0; i < moves.count; i++) {
            reached = reached || moves.list[i].to == states->values[s].value;
            left = left || (moves.list[i].from == states->values[s].value && moves.list[i].to != moves.list[i].from);
        }
        if (!reached || left == (states->values[s].value == (int)STATE(VOIDED) ||
                                 states->values[s].value == (int)STATE(HANDED_OVER)))
            fail_msg("%s: reached %d, left %d", states->values[s].name, reached, left);
    }
    for (unsigned a = 1; a < actions->n_values; a++) {
        bool used = false;
        for (size_t i = 0; i < moves.count; i++)
            used = used || moves.list[i].action == actions->values[a].value;
        if (!used)
            fail_msg("%s happens nowhere", actions->values[a].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_drawing_and_constraint_are_the_same),
        cmocka_unit_test(nothing_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

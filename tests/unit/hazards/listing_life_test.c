// SPDX-License-Identifier: Apache-2.0
// The life of a listing: its table, its drawing in the README and the table's constraint say the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "hazards_migrations.h"
#include "listing_life.h"

#define STAGES 8
#define ACTIONS 9

// moves[from][action]: where it leads; 0: nowhere.
struct life {
    int leads[STAGES][ACTIONS];
    int moves;
};

static void add(struct life *life, int from, int action, int to)
{
    assert_true(from < STAGES && action > 0 && action < ACTIONS && to > 0 && to < STAGES);
    if (life->leads[from][action])
        fail_msg("%d %d stands twice", from, action);
    life->leads[from][action] = to;
    life->moves++;
}

static struct life table(void)
{
    struct life life = {.moves = 0};
    for (int from = 0; from < STAGES; from++)
        for (int action = 1; action < ACTIONS; action++)
            if (listing_life_leads((listing_stage)from, (listing_action)action))
                add(&life, from, action, (int)listing_life_leads((listing_stage)from, (listing_action)action));
    return life;
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

// "    FROM --> TO: ACTION" of the README's second drawing.
static struct life drawing(void)
{
    struct life life = {.moves = 0};
    const ProtobufCEnumDescriptor *stages = &anlan__hazards__v1__listing_stage__descriptor;
    char path[512];
    char line[512];
    bool behind = false;
    snprintf(path, sizeof(path), "%s/services/hazards/README.md", getenv("ANLAN_SOURCE"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char from[32];
        char to[32];
        char action[32];
        behind = behind || strcmp(line, "## Listed supervision\n") == 0;
        if (behind && sscanf(line, " %31s --> %31[A-Z_]: %31[A-Z_]", from, to, action) == 3)
            add(&life, value_of(stages, "LISTING_STAGE", from),
                value_of(&anlan__hazards__v1__listing_action__descriptor, "LISTING_ACTION", action),
                value_of(stages, "LISTING_STAGE", to));
    }
    fclose(file);
    return life;
}

// "(from, action, to)" of the function that the constraint asks.
static struct life constraint(void)
{
    struct life life = {.moves = 0};
    const char *at = NULL;
    for (size_t i = 0; i < hazards_migration_count; i++) {
        const char *found = strstr(hazards_migrations[i].text, "FUNCTION listing_life_allows(");
        at = found ? strstr(found, "IN (") : at;
    }
    assert_non_null(at);
    at += strlen("IN (");
    for (int used = 0;; at += used) {
        int from = 0;
        int action = 0;
        int to = 0;
        at += strspn(at, " ,\n");
        if (sscanf(at, "(%d, %d, %d)%n", &from, &action, &to, &used) != 3)
            break;
        add(&life, from, action, to);
    }
    return life;
}

static void table_drawing_and_constraint_are_the_same(void **state)
{
    (void)state;
    struct life in_table = table();
    struct life drawn = drawing();
    struct life constrained = constraint();
    assert_int_equal(in_table.moves, 11);
    assert_memory_equal(&in_table, &drawn, sizeof(in_table));
    assert_memory_equal(&in_table, &constrained, sizeof(in_table));
}

// Every state is reached, and only what is delisted stays so.
static void nothing_is_left_out(void **state)
{
    (void)state;
    struct life life = table();
    for (int stage = 1; stage < STAGES; stage++) {
        bool reached = false;
        bool left = false;
        for (int from = 0; from < STAGES; from++)
            for (int action = 1; action < ACTIONS; action++) {
                reached = reached || life.leads[from][action] == stage;
                left = left || (from == stage && life.leads[from][action]);
            }
        assert_true(reached);
        assert_int_equal(left, stage != (int)STAGE(DELISTED));
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

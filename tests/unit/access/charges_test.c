// SPDX-License-Identifier: Apache-2.0
// Who has charge of a unit: random trees and charges in the directory, held against a plain reading of the list.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "access/directory.h"
#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "base/arena.h"
#include "base/check.h"
#include "service/values.h"

#define UNITS 40
#define LINES 200
#define SECTORS 4
#define DAYS 20

static const char *const sectors[SECTORS] = {"", "fireworks", "road_traffic", "coal_mines"};

// A tree and a list as the test knows them.
struct world {
    struct directory *directory;
    struct arena arena;
    struct uuid units[UNITS];
    int parents[UNITS];
    struct line {
        struct uuid id;
        int unit;
        int sector;
        int overseer;
        int from;
        int until;    // DAYS + 1 for no end
    } lines[LINES];
    int line_count;
};

static unsigned seed;

static int pick(int count)
{
    seed = seed * 1103515245u + 12345u;
    return (int)(seed >> 16) % count;
}

static void apply(struct world *world, const ProtobufCMessage *record)
{
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    uint8_t packed[1024];
    entry.position = directory_position(world->directory) + 1;
    entry.record_type = (char *)record->descriptor->name;
    entry.after = (ProtobufCBinaryData){.data = packed, .len = protobuf_c_message_pack(record, packed)};
    assert_true(directory_apply(world->directory, &entry));
}

static void add_unit(struct world *world, int number)
{
    Anlan__Organisations__V1__Unit unit = ANLAN__ORGANISATIONS__V1__UNIT__INIT;
    world->units[number] = uuid_make(clock_now());
    world->parents[number] = number == 0 ? -1 : pick(number);
    unit.id = service_uuid(&world->units[number], &world->arena);
    unit.kind = ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_PLACE;
    if (number > 0)
        unit.parent_id = service_uuid(&world->units[world->parents[number]], &world->arena);
    apply(world, &unit.base);
}

static clock_time day(int number)
{
    return (clock_time)number * CLOCK_DAY;
}

static void tell(struct world *world, const struct line *line)
{
    Anlan__Organisations__V1__Responsibility record = ANLAN__ORGANISATIONS__V1__RESPONSIBILITY__INIT;
    record.id = service_uuid(&line->id, &world->arena);
    record.unit_id = service_uuid(&world->units[line->unit], &world->arena);
    record.sector = (char *)sectors[line->sector];
    record.overseer_unit_id = service_uuid(&world->units[line->overseer], &world->arena);
    record.leader_person_id = record.id;    // a leader of its own for each line
    record.leader_name = (char *)"张三";
    record.leader_position = (char *)"副县长";
    record.starts_at = service_timestamp(day(line->from), &world->arena);
    if (line->until <= DAYS)
        record.ends_at = service_timestamp(day(line->until), &world->arena);
    apply(world, &record.base);
}

static bool overlaps(const struct world *world, const struct line *line)
{
    for (int i = 0; i < world->line_count; i++) {
        const struct line *other = &world->lines[i];
        if (other->unit == line->unit && other->sector == line->sector && other->from < line->until &&
            line->from < other->until)
            return true;
    }
    return false;
}

// A line that overlaps no other, as the rule would have it; or the end of one brought nearer.
static void change_list(struct world *world)
{
    if (world->line_count > 0 && pick(4) == 0) {
        struct line *line = &world->lines[pick(world->line_count)];
        line->until = line->from + pick(line->until - line->from + 1);
        tell(world, line);
        return;
    }
    struct line line = {.id = uuid_make(clock_now()),
                        .unit = pick(UNITS),
                        .sector = pick(SECTORS),
                        .overseer = pick(UNITS),
                        .from = pick(DAYS)};
    line.until = line.from + 1 + pick(DAYS + 1 - line.from);
    if (overlaps(world, &line) || world->line_count == LINES)
        return;
    world->lines[world->line_count++] = line;
    tell(world, &line);
}

static const struct line *line_at(const struct world *world, int unit, int sector, int when)
{
    for (int i = 0; i < world->line_count; i++) {
        const struct line *line = &world->lines[i];
        if (line->unit == unit && line->sector == sector && line->from <= when && when < line->until)
            return line;
    }
    return NULL;
}

static void same(const struct world *world, const struct uuid *found, const struct uuid *charge,
                 const struct line *expected)
{
    static const struct uuid nil;
    assert_memory_equal(found, expected ? &world->units[expected->overseer] : &nil, sizeof(nil));
    assert_memory_equal(charge, expected ? &expected->id : &nil, sizeof(nil));
}

static void hold(struct world *world, int unit, int sector, int when)
{
    const struct line *all = NULL;
    const struct line *special = NULL;
    const struct line *leader = NULL;
    for (int at = unit; at >= 0; at = world->parents[at]) {
        const struct line *here_all = line_at(world, at, 0, when);
        const struct line *here = sector > 0 ? line_at(world, at, sector, when) : NULL;
        all = all ? all : here_all;
        special = special ? special : here;
        leader = leader ? leader : here ? here : here_all;
    }
    struct directory_overseers found;
    assert_true(directory_overseers(world->directory, &world->units[unit], sectors[sector], day(when), &found));
    same(world, &found.all_id, &found.all_charge_id, all);
    same(world, &found.sector_id, &found.sector_charge_id, special);
    assert_int_equal(uuid_is_nil(&found.leader_id), leader == NULL);
    if (leader) {
        assert_memory_equal(&found.leader_id, &leader->id, sizeof(leader->id));
        assert_memory_equal(&found.leader_charge_id, &leader->id, sizeof(leader->id));
        assert_string_equal(found.leader_name, "张三");
        assert_string_equal(found.leader_position, "副县长");
    }
}

static void the_nearest_charge_up_the_tree_wins(void **state)
{
    (void)state;
    int found = 0;
    for (seed = 1; seed < 60; seed += 7) {
        unsigned start = seed;
        struct world *world = calloc(1, sizeof(*world));
        struct uuid instance = uuid_make(clock_now());
        CHECK(world);
        arena_init(&world->arena, 1 << 24);
        world->directory = directory_new(&instance);
        for (int i = 0; i < UNITS; i++)
            add_unit(world, i);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 30; i++)
                change_list(world);
            for (int i = 0; i < 200; i++)
                hold(world, pick(UNITS), pick(SECTORS), pick(DAYS + 1));
        }
        found += world->line_count;
        struct directory_overseers nobody;
        assert_false(directory_overseers(world->directory, &instance, "", 0, &nobody));
        directory_free(world->directory);
        arena_fini(&world->arena);
        free(world);
        seed = start;
    }
    assert_true(found > 500);    // the lists were not empty
}

static void a_record_that_cannot_be_read_stops_the_mirror(void **state)
{
    (void)state;
    struct uuid instance = uuid_make(clock_now());
    struct directory *directory = directory_new(&instance);
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.position = 1;
    entry.record_type = (char *)"anlan.organisations.v1.Responsibility";
    assert_false(directory_apply(directory, &entry));
    assert_int_equal(directory_position(directory), 0);
    directory_free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_charge_up_the_tree_wins),
        cmocka_unit_test(a_record_that_cannot_be_read_stops_the_mirror),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

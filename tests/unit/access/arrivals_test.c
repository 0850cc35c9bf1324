// SPDX-License-Identifier: Apache-2.0
// Who gains a unit reads what it had before, whoever it was merged into and however often it moved; and changes none of
// it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "access/decide.h"
#include "base/check.h"
#include "service/values.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

// Two cities of two counties; townships of the first.
enum { REGION, CITY_1, CITY_2, A, B, C, D, T1, T2, PLANT, REGULATOR, UNITS };

static struct uuid instance;
static struct uuid ids[UNITS];
static struct directory *directory;
static struct arena arena;

static struct directory_place place_of(int city, int county, int township)
{
    struct directory_place place = {{ids[REGION]}};
    if (city)
        place.levels[DIRECTORY_CITY] = ids[city];
    if (county)
        place.levels[DIRECTORY_COUNTY] = ids[county];
    if (township)
        place.levels[DIRECTORY_TOWNSHIP] = ids[township];
    return place;
}

struct record {
    int unit;
    Anlan__Organisations__V1__UnitKind kind;
    struct directory_place place;
    const struct directory_place *formers;    // where it stood
    size_t former_count;
    int merged;    // what was merged into it; 0: nothing
    bool retired;
    const char *sector;
};

static void put(struct record record)
{
    Anlan__Organisations__V1__Unit unit = ANLAN__ORGANISATIONS__V1__UNIT__INIT;
    Anlan__Organisations__V1__Moves moves = ANLAN__ORGANISATIONS__V1__MOVES__INIT;
    Anlan__Organisations__V1__Move move[4];
    Anlan__Organisations__V1__Move *all[4];
    Anlan__Organisations__V1__Merger merger = ANLAN__ORGANISATIONS__V1__MERGER__INIT;
    Anlan__Organisations__V1__Merger *mergers[] = {&merger};
    Google__Protobuf__Timestamp past = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    uint8_t packed[4096];
    for (size_t i = 0; i < record.former_count; i++) {
        anlan__organisations__v1__move__init(&move[i]);
        move[i].place = service_place(&record.formers[i], &arena);
        all[i] = &move[i];
    }
    moves.n_moves = record.former_count;
    moves.moves = all;
    merger.unit_id = record.merged ? service_uuid(&ids[record.merged], &arena) : (char *)"";
    moves.n_mergers = record.merged != 0;
    moves.mergers = mergers;
    unit.id = service_uuid(&ids[record.unit], &arena);
    unit.kind = record.kind;
    unit.place = service_place(&record.place, &arena);
    unit.is_tenant = record.kind <= KIND(COUNTY);
    unit.moves = record.former_count || record.merged ? &moves : NULL;
    unit.retired_at = record.retired ? &past : NULL;
    unit.sectors = (char **)&record.sector;
    unit.n_sectors = record.sector != NULL;
    entry.position = directory_position(directory) + 1;
    entry.record_type = (char *)"anlan.organisations.v1.Unit";
    entry.after = (ProtobufCBinaryData){.data = packed, .len = anlan__organisations__v1__unit__pack(&unit, packed)};
    assert_true(directory_apply(directory, &entry));
}

#define COUNTY_OF(city, county)                                                                                        \
    {                                                                                                                  \
        (county), KIND(COUNTY), place_of(city, county, 0)                                                              \
    }

static int up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 24);
    instance = uuid_make(clock_now());
    directory = directory_new(&instance);
    for (int i = 0; i < UNITS; i++)
        ids[i] = uuid_make(clock_now());
    put((struct record){REGION, KIND(REGION), place_of(0, 0, 0)});
    put((struct record){CITY_1, KIND(CITY), place_of(CITY_1, 0, 0)});
    put((struct record){CITY_2, KIND(CITY), place_of(CITY_2, 0, 0)});
    put((struct record)COUNTY_OF(CITY_1, A));
    put((struct record)COUNTY_OF(CITY_1, B));
    put((struct record)COUNTY_OF(CITY_2, C));
    put((struct record)COUNTY_OF(CITY_2, D));
    put((struct record){T1, KIND(TOWNSHIP), place_of(CITY_1, A, T1)});
    put((struct record){T2, KIND(TOWNSHIP), place_of(CITY_1, A, T2)});
    put((struct record){PLANT, KIND(ENTERPRISE), place_of(CITY_1, A, T1)});
    put((struct record){REGULATOR, KIND(REGULATOR), place_of(CITY_1, B, 0), .sector = "fireworks"});
    return 0;
}

static int down(void **state)
{
    (void)state;
    directory_free(directory);
    arena_fini(&arena);
    return 0;
}

static struct access_decision decide_within(int unit, enum access_use use, const struct uuid *within)
{
    struct status status = {0};
    struct access_decision decision = {0};
    struct access_caller caller = {.has_post = true, .unit_id = ids[unit], .role = "county_officer"};
    static const char *const reads[] = {"hazards.read", NULL};
    static const struct access_role roles[] = {{"county_officer", reads}};
    const struct access_policy policy = {directory, roles, COUNT_OF(roles)};
    const struct access_question question = {
        .caller = &caller, .permission = "hazards.read", .use = use, .within = within, .now = clock_now()};
    assert_true(access_decide(&policy, &question, &arena, &decision, &status));
    return decision;
}

static struct access_decision decide(int unit, enum access_use use)
{
    return decide_within(unit, use, NULL);
}

// The territory itself, and so many units that came to it, the last of which is `came`.
static void gains(int territory, size_t count, enum access_scope_kind kind, int came)
{
    assert_int_equal(decide(territory, ACCESS_CHANGE).count, 1);
    struct access_decision decision = decide(territory, ACCESS_READ);
    assert_int_equal(decision.count, 1 + count);
    if (count == 0)
        return;
    assert_int_equal(decision.pairs[count].kind, kind);
    assert_memory_equal(&decision.pairs[count].unit_id, &ids[came], sizeof(struct uuid));
}

static void a_township_that_moved_is_gained_where_it_was_not(void **state)
{
    (void)state;
    struct directory_place formers[] = {place_of(CITY_1, A, T1), place_of(CITY_1, B, T1), place_of(CITY_1, A, T1)};
    gains(B, 0, ACCESS_TOWNSHIP, T1);
    put((struct record){T1, KIND(TOWNSHIP), place_of(CITY_1, B, T1), formers, 1});
    gains(B, 1, ACCESS_TOWNSHIP, T1);
    gains(A, 0, ACCESS_TOWNSHIP, T1);
    assert_int_equal(decide(CITY_1, ACCESS_READ).count, 1);    // the city had it, and has it
    // A regulator of the county that gained it reads it in its sector.
    struct access_decision decision = decide(REGULATOR, ACCESS_READ);
    assert_int_equal(decision.count, 3);
    assert_int_equal(decision.pairs[1].kind, ACCESS_TOWNSHIP);
    assert_string_equal(decision.pairs[1].sector, "fireworks");
    // On to another city.
    put((struct record){T1, KIND(TOWNSHIP), place_of(CITY_2, C, T1), formers, 2});
    gains(B, 0, ACCESS_TOWNSHIP, T1);
    gains(C, 1, ACCESS_TOWNSHIP, T1);    // once, though it came with records of two counties
    gains(CITY_2, 1, ACCESS_TOWNSHIP, T1);
    // And back: what it left behind elsewhere is read here.
    put((struct record){T1, KIND(TOWNSHIP), place_of(CITY_1, A, T1), formers, 2});
    gains(A, 1, ACCESS_TOWNSHIP, T1);
    gains(CITY_1, 0, ACCESS_TOWNSHIP, T1);
}

static void what_is_no_tier_comes_by_itself(void **state)
{
    (void)state;
    struct directory_place former = place_of(CITY_1, A, T1);
    put((struct record){PLANT, KIND(ENTERPRISE), place_of(CITY_2, D, 0), &former, 1});
    gains(D, 1, ACCESS_UNIT, PLANT);
}

static void a_page_within_a_tier_above_has_what_came(void **state)
{
    (void)state;
    struct directory_place former = place_of(CITY_1, A, T1);
    put((struct record){PLANT, KIND(ENTERPRISE), place_of(CITY_2, D, 0), &former, 1});
    struct access_decision decision = decide_within(D, ACCESS_READ, &ids[CITY_2]);
    struct access_decision bound = {0};
    assert_int_equal(decision.count, 2);
    assert_true(access_reduce(directory, &decision, &arena, &bound));
    assert_int_equal(bound.count, 2);    // the county does not have what the plant had before
}

static void a_merged_county_comes_as_a_whole(void **state)
{
    (void)state;
    struct directory_place former = place_of(CITY_1, A, T2);
    put((struct record){D, KIND(COUNTY), place_of(CITY_2, D, 0), .merged = A});
    put((struct record){A, KIND(COUNTY), place_of(CITY_1, A, 0), .retired = true});
    put((struct record){T2, KIND(TOWNSHIP), place_of(CITY_2, D, T2), &former, 1});
    struct access_decision decision = decide(D, ACCESS_READ);
    size_t counties = 0;
    for (size_t i = 0; i < decision.count; i++) {
        assert_false(uuid_compare(&decision.pairs[i].unit_id, &ids[T2]) == 0);    // it came with the county
        counties += decision.pairs[i].kind == ACCESS_COUNTY;
    }
    assert_int_equal(counties, 2);
    // What was merged goes along when the one that remained is merged on.
    put((struct record){C, KIND(COUNTY), place_of(CITY_2, C, 0), .merged = D});
    put((struct record){D, KIND(COUNTY), place_of(CITY_2, D, 0), .merged = A, .retired = true});
    decision = decide(C, ACCESS_READ);
    counties = 0;
    for (size_t i = 0; i < decision.count; i++)
        counties += decision.pairs[i].kind == ACCESS_COUNTY;
    assert_int_equal(counties, 3);    // itself, D, and A
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_township_that_moved_is_gained_where_it_was_not),
        cmocka_unit_test(what_is_no_tier_comes_by_itself),
        cmocka_unit_test(a_page_within_a_tier_above_has_what_came),
        cmocka_unit_test(a_merged_county_comes_as_a_whole),
    };
    return cmocka_run_group_tests(tests, up, down);
}

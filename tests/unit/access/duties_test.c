// SPDX-License-Identifier: Apache-2.0
// The book of duties: who is on duty at a desk at a time, from records as the log has them.
#include <stdlib.h>
#include <string.h>

#include "anlan/organisations/v1/duty.pb-c.h"
#include "base/check.h"
#include "service/values.h"
#include "support/instance.h"
#include "support/world.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__DUTY_CHANGE_KIND__DUTY_CHANGE_KIND_##name
#define HOUR (3600 * CLOCK_SECOND)

static struct world world;
static struct uuid unit;
static struct uuid leader;
static struct uuid officer;

static int up(void **state)
{
    (void)state;
    world_init(&world);
    directory_keep_duties(world.directory);
    unit = world_unit(&world, NULL, WORLD_KIND(COUNTY), NULL);
    leader = uuid_make(clock_now());
    officer = uuid_make(clock_now());
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_fini(&world);
    return 0;
}

static void apply(const ProtobufCMessage *record)
{
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    uint8_t packed[1024];
    entry.position = directory_position(world.directory) + 1;
    entry.record_type = (char *)record->descriptor->name;
    entry.after = (ProtobufCBinaryData){.data = packed, .len = protobuf_c_message_pack(record, packed)};
    assert_true(directory_apply(world.directory, &entry));
}

static void desk(const char *telephone, bool closed)
{
    Anlan__Organisations__V1__DutyDesk record = ANLAN__ORGANISATIONS__V1__DUTY_DESK__INIT;
    record.unit_id = service_uuid(&unit, &world.arena);
    record.telephone = (char *)telephone;
    record.closed = closed;
    apply(&record.base);
}

static void shift(const struct uuid *id, int from, int until, int entered, bool cancelled)
{
    Anlan__Organisations__V1__DutyShift record = ANLAN__ORGANISATIONS__V1__DUTY_SHIFT__INIT;
    Anlan__Organisations__V1__DutyChange change = ANLAN__ORGANISATIONS__V1__DUTY_CHANGE__INIT;
    Anlan__Organisations__V1__DutyPeople leaders = ANLAN__ORGANISATIONS__V1__DUTY_PEOPLE__INIT;
    Anlan__Organisations__V1__DutyPeople officers = ANLAN__ORGANISATIONS__V1__DUTY_PEOPLE__INIT;
    char *ids[] = {service_uuid(&leader, &world.arena), service_uuid(&officer, &world.arena)};
    leaders.n_person_ids = officers.n_person_ids = 1;
    leaders.person_ids = &ids[0];
    officers.person_ids = &ids[1];
    change.at = service_timestamp(entered * HOUR, &world.arena);
    record.id = service_uuid(id, &world.arena);
    record.unit_id = service_uuid(&unit, &world.arena);
    record.starts_at = service_timestamp(from * HOUR, &world.arena);
    record.ends_at = service_timestamp(until * HOUR, &world.arena);
    record.leaders = &leaders;
    record.officers = &officers;
    record.change = &change;
    record.cancelled = cancelled;
    apply(&record.base);
}

// How many are on duty; -1: there is no desk.
static int on_duty(int hour)
{
    struct directory_duty duty;
    return directory_duty(world.directory, &unit, hour * HOUR, &duty) ? (int)duty.count : -1;
}

static void a_desk_answers_for_its_shifts(void **state)
{
    (void)state;
    struct directory_duty duty;
    struct uuid first = uuid_make(clock_now());
    struct uuid second = uuid_make(clock_now());
    shift(&first, 8, 20, 0, false);
    assert_int_equal(on_duty(9), -1);    // no desk yet
    desk("0476-5550001", false);
    assert_int_equal(on_duty(7), 0);
    assert_int_equal(on_duty(8), 2);
    assert_int_equal(on_duty(19), 2);
    assert_int_equal(on_duty(20), 0);    // the end is not included
    shift(&second, 20, 32, 0, false);
    assert_true(directory_duty(world.directory, &unit, 24 * HOUR, &duty));
    assert_string_equal(duty.telephone, "0476-5550001");
    assert_int_equal(duty.leader_count, 1);
    assert_int_equal(uuid_compare(&duty.people[0], &leader), 0);
    assert_int_equal(uuid_compare(&duty.people[1], &officer), 0);
    shift(&second, 20, 32, 1, true);    // off the roster
    assert_int_equal(on_duty(24), 0);
    desk("0476-5550001", true);
    assert_int_equal(on_duty(9), -1);
    desk("0476-5550002", false);
    assert_int_equal(on_duty(9), 2);
    // What is entered a week later has the book forget what is over.
    shift(&second, 200, 212, 180, false);
    assert_int_equal(on_duty(9), 0);
    assert_int_equal(on_duty(201), 2);
    // Entered afterwards: nobody is to be told of it.
    struct uuid late = uuid_make(clock_now());
    shift(&late, 8, 20, 181, false);
    assert_int_equal(on_duty(9), 0);
    world_retire(&world, &unit);
    assert_int_equal(on_duty(201), -1);
}

static void who_keeps_no_rosters_passes_over_them(void **state)
{
    (void)state;
    struct directory_duty duty;
    world_fini(&world);
    world_init(&world);
    unit = world_unit(&world, NULL, WORLD_KIND(COUNTY), NULL);
    struct uuid id = uuid_make(clock_now());
    desk("0476-5550001", false);
    shift(&id, 8, 20, 0, false);
    assert_false(directory_duty(world.directory, &unit, 9 * HOUR, &duty));
}

static void what_cannot_be_read_stops_the_mirror(void **state)
{
    (void)state;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    uint8_t packed[] = {0xff, 0xff};
    directory_keep_duties(world.directory);
    entry.position = directory_position(world.directory) + 1;
    entry.after = (ProtobufCBinaryData){.data = packed, .len = sizeof(packed)};
    entry.record_type = (char *)anlan__organisations__v1__duty_shift__descriptor.name;
    assert_false(directory_apply(world.directory, &entry));
    entry.record_type = (char *)anlan__organisations__v1__duty_desk__descriptor.name;
    assert_false(directory_apply(world.directory, &entry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_desk_answers_for_its_shifts),
        cmocka_unit_test(who_keeps_no_rosters_passes_over_them),
        cmocka_unit_test(what_cannot_be_read_stops_the_mirror),
    };
    return cmocka_run_group_tests_name("duties", tests, up, down);
}

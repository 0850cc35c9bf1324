// SPDX-License-Identifier: Apache-2.0
// Which instance owns a unit's records, and what an instance that has signed in may do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "access/decide.h"
#include "access/peer.h"
#include "base/check.h"
#include "service/values.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name
#define STATE(name) ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_##name
#define WHERE(name) ANLAN__ORGANISATIONS__V1__INSTANCE_KIND__INSTANCE_KIND_##name

// A region, two cities, counties of the first, a township and a plant in it; a county of the second.
enum { REGION, CITY_1, CITY_2, A, B, TOWNSHIP, PLANT, C, UNITS };

static struct uuid instance;
static struct uuid ids[UNITS];
static struct uuid others[4];
static struct directory *directory;
static struct arena arena;

static void apply(const ProtobufCMessage *record)
{
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    uint8_t packed[4096];
    entry.position = directory_position(directory) + 1;
    entry.record_type = (char *)record->descriptor->name;
    entry.after = (ProtobufCBinaryData){.data = packed, .len = protobuf_c_message_pack(record, packed)};
    assert_true(directory_apply(directory, &entry));
}

static void put_unit(int unit, int parent, Anlan__Organisations__V1__UnitKind kind, const int levels[DIRECTORY_LEVELS])
{
    Anlan__Organisations__V1__Unit made = ANLAN__ORGANISATIONS__V1__UNIT__INIT;
    struct directory_place place = {{{{0}}}};
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (levels[i] >= 0)
            place.levels[i] = ids[levels[i]];
    made.id = service_uuid(&ids[unit], &arena);
    made.parent_id = parent >= 0 ? service_uuid(&ids[parent], &arena) : (char *)"";
    made.kind = kind;
    made.place = service_place(&place, &arena);
    made.is_tenant = kind <= KIND(COUNTY);
    apply(&made.base);
}

static void put_instance(int which, Anlan__Organisations__V1__InstanceKind kind, int unit,
                         Anlan__Organisations__V1__InstanceState state)
{
    Anlan__Organisations__V1__Instance made = ANLAN__ORGANISATIONS__V1__INSTANCE__INIT;
    made.id = service_uuid(&others[which], &arena);
    made.version = 1;
    made.kind = kind;
    made.unit_id = service_uuid(&ids[unit], &arena);
    made.display_name = (char *)"另一系统";
    made.state = state;
    apply(&made.base);
}

static int up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    instance = uuid_make(1);
    for (size_t i = 0; i < UNITS; i++)
        ids[i] = uuid_make(1);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        others[i] = uuid_make(1);
    directory = directory_new(&instance);
    put_unit(REGION, -1, KIND(REGION), (const int[]){REGION, -1, -1, -1});
    put_unit(CITY_1, REGION, KIND(CITY), (const int[]){REGION, CITY_1, -1, -1});
    put_unit(CITY_2, REGION, KIND(CITY), (const int[]){REGION, CITY_2, -1, -1});
    put_unit(A, CITY_1, KIND(COUNTY), (const int[]){REGION, CITY_1, A, -1});
    put_unit(B, CITY_1, KIND(COUNTY), (const int[]){REGION, CITY_1, B, -1});
    put_unit(TOWNSHIP, A, KIND(TOWNSHIP), (const int[]){REGION, CITY_1, A, TOWNSHIP});
    put_unit(PLANT, TOWNSHIP, KIND(ENTERPRISE), (const int[]){REGION, CITY_1, A, TOWNSHIP});
    put_unit(C, CITY_2, KIND(COUNTY), (const int[]){REGION, CITY_2, C, -1});
    directory_caught_up(directory, 0);
    return 0;
}

static int down(void **state)
{
    (void)state;
    directory_free(directory);
    arena_fini(&arena);
    return 0;
}

// Whose a unit's records are: a number of `others`, or -1 for ours.
static int owner_of(const struct uuid *unit_id)
{
    int found = -1;
    directory_lock(directory);
    const struct directory_peer *owner = directory_owner(directory, unit_id);
    for (size_t i = 0; owner && i < COUNT_OF(others); i++)
        if (uuid_compare(&others[i], &owner->id) == 0)
            found = (int)i;
    directory_unlock(directory);
    return found;
}

static void alone_all_is_ours(void **state)
{
    (void)state;
    for (int i = 0; i < UNITS; i++)
        assert_int_equal(owner_of(&ids[i]), -1);
}

static void below_a_border_all_is_the_instances(void **state)
{
    (void)state;
    put_instance(0, WHERE(BELOW), A, STATE(ENROLLED));
    assert_int_equal(owner_of(&ids[A]), 0);
    assert_int_equal(owner_of(&ids[TOWNSHIP]), 0);
    assert_int_equal(owner_of(&ids[PLANT]), 0);
    assert_int_equal(owner_of(&ids[B]), -1);
    assert_int_equal(owner_of(&ids[CITY_1]), -1);
    assert_int_equal(owner_of(&ids[REGION]), -1);
    // What nobody knows, and the instance itself, are nobody else's.
    struct uuid unknown = uuid_make(1);
    assert_int_equal(owner_of(&unknown), -1);
    assert_int_equal(owner_of(&instance), -1);
    // The nearest border counts.
    put_instance(1, WHERE(BELOW), CITY_1, STATE(ENROLLED));
    assert_int_equal(owner_of(&ids[A]), 0);
    assert_int_equal(owner_of(&ids[B]), 1);
    assert_int_equal(owner_of(&ids[C]), -1);
}

static void elsewhere_all_is_that_of_the_one_above(void **state)
{
    (void)state;
    put_instance(2, WHERE(ABOVE), CITY_1, STATE(ENROLLED));
    put_instance(0, WHERE(BELOW), A, STATE(ENROLLED));
    assert_int_equal(owner_of(&ids[CITY_1]), -1);
    assert_int_equal(owner_of(&ids[B]), -1);
    assert_int_equal(owner_of(&ids[PLANT]), 0);
    assert_int_equal(owner_of(&ids[REGION]), 2);
    assert_int_equal(owner_of(&ids[CITY_2]), 2);
    assert_int_equal(owner_of(&ids[C]), 2);
}

// Nobody writes what somebody else began, whatever became of him; unless another has taken his place.
static void an_end_gives_nothing_back(void **state)
{
    (void)state;
    put_instance(0, WHERE(BELOW), A, STATE(SUSPENDED));
    assert_int_equal(owner_of(&ids[A]), 0);
    put_instance(0, WHERE(BELOW), A, STATE(ENDED));
    assert_int_equal(owner_of(&ids[A]), 0);
    put_instance(1, WHERE(BELOW), A, STATE(ENROLLED));
    assert_int_equal(owner_of(&ids[A]), 1);
    assert_int_equal(directory_peer_changes(directory), 3);
}

static const char *const above[] = {"feed.pull", NULL};
static const char *const below[] = {"units.read", NULL};
static const struct access_role roles[] = {{ACCESS_INSTANCE_ABOVE, above}, {ACCESS_INSTANCE_BELOW, below}};

static bool may(int which, const char *permission, int unit)
{
    const struct access_policy policy = {directory, roles, COUNT_OF(roles)};
    struct access_caller caller = {.subject_id = others[which], .is_client = true};
    const struct access_question question = {.caller = &caller, .permission = permission, .use = ACCESS_READ, .now = 1};
    struct access_decision decision;
    struct status status = {0};
    directory_lock(directory);
    const struct access_record record = {.place = directory_find(directory, &ids[unit])->place};
    directory_unlock(directory);
    return access_decide(&policy, &question, &arena, &decision, &status) && access_covers(&decision, &record);
}

static void an_instance_acts_within_its_border_while_it_is_enrolled(void **state)
{
    (void)state;
    assert_false(may(0, "units.read", A));
    put_instance(0, WHERE(BELOW), A, STATE(ENROLLED));
    put_instance(2, WHERE(ABOVE), CITY_1, STATE(ENROLLED));
    assert_true(may(0, "units.read", A));
    assert_true(may(0, "units.read", TOWNSHIP));
    assert_false(may(0, "units.read", B));
    assert_false(may(0, "units.read", CITY_1));
    assert_false(may(0, "feed.pull", A));
    assert_true(may(2, "feed.pull", CITY_1));
    assert_true(may(2, "feed.pull", B));
    assert_false(may(2, "feed.pull", CITY_2));
    assert_false(may(2, "units.read", CITY_1));
    put_instance(0, WHERE(BELOW), A, STATE(SUSPENDED));
    assert_false(may(0, "units.read", A));
}

static void its_token_fits_its_own_certificate(void **state)
{
    (void)state;
    struct status status = {0};
    struct access_caller caller = {.subject_id = others[0], .is_client = true};
    struct crypto_peer own = {CRYPTO_PEER_UNIT, others[0]};
    struct crypto_peer other = {CRYPTO_PEER_UNIT, others[1]};
    assert_true(access_peer_fits(directory, &own, &caller, &status));
    assert_false(access_peer_fits(directory, &other, &caller, &status));
    caller.is_client = false;    // a person of that id would not do
    assert_false(access_peer_fits(directory, &own, &caller, &status));
}

// Whatever certificate it is whose key signed its bearer in, no other carries it, though it names the same client; the
// instance itself hands all on.
static void a_bound_token_comes_by_its_certificate_alone(void **state)
{
    (void)state;
    struct status status = {0};
    struct access_caller caller = {.subject_id = others[0], .is_client = true, .bound = true, .certificate = {1}};
    struct crypto_peer with = {CRYPTO_PEER_CLIENT, others[1], {1}};
    struct crypto_peer without = {CRYPTO_PEER_CLIENT, others[0], {2}};
    struct crypto_peer ours = {CRYPTO_PEER_UNIT, instance, {3}};
    assert_true(access_peer_fits(directory, &with, &caller, &status));
    assert_false(access_peer_fits(directory, &without, &caller, &status));
    assert_int_equal(status.reason, REASON(TOKEN_INVALID));
    assert_true(access_peer_fits(directory, &ours, &caller, &status));
    assert_true(access_peer_fits(directory, &(const struct crypto_peer){0}, &caller, &status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(alone_all_is_ours, up, down),
        cmocka_unit_test_setup_teardown(below_a_border_all_is_the_instances, up, down),
        cmocka_unit_test_setup_teardown(elsewhere_all_is_that_of_the_one_above, up, down),
        cmocka_unit_test_setup_teardown(an_end_gives_nothing_back, up, down),
        cmocka_unit_test_setup_teardown(an_instance_acts_within_its_border_while_it_is_enrolled, up, down),
        cmocka_unit_test_setup_teardown(its_token_fits_its_own_certificate, up, down),
        cmocka_unit_test_setup_teardown(a_bound_token_comes_by_its_certificate_alone, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

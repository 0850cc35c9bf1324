// SPDX-License-Identifier: Apache-2.0
// Tokens, the directory in memory, and what is decided by it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/decide.h"
#include "access/peer.h"
#include "base/check.h"
#include "service/values.h"

enum { REGION, CITY, COUNTY, TOWNSHIP, SIBLING, REGULATOR, ENTERPRISE, UNITS };

static char folder[] = "/tmp/anlan-access-XXXXXX";
static struct uuid instance;
static struct uuid ids[UNITS];
static const struct uuid some_id = {{1, 2, 3}};
static struct directory *directory;
static struct crypto_key *key;
static struct crypto_key *service_key;
static struct access_verifier *verifier;
static struct arena arena;

static bool add_unit(int place, int parent, Anlan__Organisations__V1__UnitKind kind, struct directory_place at,
                     char *sector)
{
    Anlan__Organisations__V1__Unit unit = ANLAN__ORGANISATIONS__V1__UNIT__INIT;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    uint8_t packed[1024];
    unit.id = service_uuid(&ids[place], &arena);
    unit.version = 1;
    unit.parent_id = parent < 0 ? (char *)"" : service_uuid(&ids[parent], &arena);
    unit.kind = kind;
    unit.is_tenant = kind >= ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_REGION &&
                     kind <= ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY;
    unit.place = service_place(&at, &arena);
    unit.n_sectors = sector != NULL;
    unit.sectors = &sector;
    entry.position = directory_position(directory) + 1;
    entry.record_type = (char *)"anlan.organisations.v1.Unit";
    entry.after = (ProtobufCBinaryData){.data = packed, .len = anlan__organisations__v1__unit__pack(&unit, packed)};
    return directory_apply(directory, &entry);
}

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

static int up(void **state)
{
    (void)state;
    char path[128];
    struct status status = {0};
    struct access_keys *keys = NULL;
    CHECK(mkdtemp(folder));
    static const char *const names[] = {"token-1", "service-1"};
    for (int i = 0; i < 2; i++) {
        char public_path[128];
        snprintf(path, sizeof(path), "%s/%s.key", folder, names[i]);
        snprintf(public_path, sizeof(public_path), "%s/%s.pub", folder, names[i]);
        CHECK(crypto_key_create(path, public_path));
        CHECK(!crypto_key_create(path, public_path));    // never over an old one
        CHECK(crypto_key_read(path, true, 1, i ? &service_key : &key));
    }
    CHECK(access_keys_open(&keys, folder, &status));
    arena_init(&arena, 1 << 26);
    instance = uuid_make(clock_now());
    verifier = access_verifier_new(keys, &instance, 8);
    directory = directory_new(&instance);
    for (int i = 0; i < UNITS; i++)
        ids[i] = uuid_make(clock_now());
    struct directory_place region = {{ids[REGION]}};
    struct directory_place city = {{ids[REGION], ids[CITY]}};
    struct directory_place county = {{ids[REGION], ids[CITY], ids[COUNTY]}};
    struct directory_place township = {{ids[REGION], ids[CITY], ids[COUNTY], ids[TOWNSHIP]}};
    struct directory_place sibling = {{ids[REGION], ids[CITY], ids[SIBLING]}};
    CHECK(add_unit(REGION, -1, KIND(REGION), region, NULL) && add_unit(CITY, REGION, KIND(CITY), city, NULL) &&
          add_unit(COUNTY, CITY, KIND(COUNTY), county, NULL) &&
          add_unit(TOWNSHIP, COUNTY, KIND(TOWNSHIP), township, NULL) &&
          add_unit(SIBLING, CITY, KIND(COUNTY), sibling, NULL) &&
          add_unit(REGULATOR, COUNTY, KIND(REGULATOR), county, (char *)"fireworks") &&
          add_unit(ENTERPRISE, TOWNSHIP, KIND(ENTERPRISE), township, NULL));
    return 0;
}

static int down(void **state)
{
    (void)state;
    char command[128];
    access_verifier_free(verifier);
    directory_free(directory);
    crypto_key_free(key);
    crypto_key_free(service_key);
    arena_fini(&arena);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

struct ticket {
    const struct crypto_key *key;
    Anlan__Rpc__V1__KeyPurpose purpose;
    const struct uuid *instance;
    const char *role;
    clock_time issued;
    clock_time expires;
};

static struct bytes token(const struct ticket *ticket)
{
    struct bytes signed_token = {0};
    struct uuid id = uuid_make(clock_now());
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    post.unit_id = service_uuid(&ids[COUNTY], &arena);
    post.role = (char *)ticket->role;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = service_uuid(ticket->instance, &arena);
    claims.token_id = service_uuid(&id, &arena);
    claims.subject_id = claims.token_id;
    claims.subject_name = (char *)"王建国";
    claims.post = &post;
    claims.issued_at = service_timestamp(ticket->issued, &arena);
    claims.expires_at = service_timestamp(ticket->expires, &arena);
    CHECK(access_token_sign(ticket->key, ticket->purpose, &claims, &arena, &signed_token));
    return signed_token;
}

#define TOKEN ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_TOKEN
#define SERVICE ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_SERVICE

static status_reason verdict(struct bytes signed_token, clock_time now)
{
    struct status status = {0};
    struct access_caller caller;
    access_verify(verifier, signed_token, now, &caller, &status);
    return status.reason;
}

static void a_token_is_good_within_its_time_and_instance(void **state)
{
    (void)state;
    clock_time now = clock_now();
    clock_time hour = 3600 * CLOCK_SECOND;
    struct uuid other = uuid_make(now);
    struct bytes good = token(&(struct ticket){key, TOKEN, &instance, "county_officer", now, now + hour});
    for (int i = 0; i < 2; i++) {    // the second time it is remembered
        assert_int_equal(verdict(good, now), REASON(UNSPECIFIED));
        assert_int_equal(verdict(good, now + hour - 1), REASON(UNSPECIFIED));
        assert_int_equal(verdict(good, now + hour), REASON(TOKEN_EXPIRED));
        assert_int_equal(verdict(good, now - 29 * CLOCK_SECOND), REASON(UNSPECIFIED));
        assert_int_equal(verdict(good, now - 31 * CLOCK_SECOND), REASON(TOKEN_EXPIRED));
    }
    struct bytes elsewhere = token(&(struct ticket){key, TOKEN, &other, "county_officer", now, now + hour});
    assert_int_equal(verdict(elsewhere, now), REASON(TOKEN_INVALID));
    struct bytes too_long = token(&(struct ticket){key, TOKEN, &instance, "county_officer", now, now + 13 * hour});
    assert_int_equal(verdict(too_long, now), REASON(TOKEN_INVALID));
}

// A token with so many grants, with or without a post.
static struct bytes token_of(Anlan__Rpc__V1__SubjectKind kind, size_t grants, bool with_post)
{
    struct bytes signed_token = {0};
    char *grant_ids[ACCESS_GRANTS_MOST + 1];
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    post.unit_id = post.post_id = claims.token_id = claims.subject_id = service_uuid(&some_id, &arena);
    for (size_t i = 0; i < grants; i++)
        grant_ids[i] = claims.token_id;
    claims.instance_id = service_uuid(&instance, &arena);
    claims.subject_kind = kind;
    claims.grant_ids = grant_ids;
    claims.n_grant_ids = grants;
    claims.post = with_post ? &post : NULL;
    claims.issued_at = service_timestamp(clock_now(), &arena);
    claims.expires_at = service_timestamp(clock_now() + CLOCK_DAY / 4, &arena);
    CHECK(access_token_sign(key, TOKEN, &claims, &arena, &signed_token));
    return signed_token;
}

static struct bytes client_token(size_t grants, bool with_post)
{
    return token_of(ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_CLIENT, grants, with_post);
}

static void a_token_names_a_post_or_grants(void **state)
{
    (void)state;
    struct status status = {0};
    struct access_caller caller;
    assert_int_equal(verdict(token_of(ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_PERSON, 0, false), clock_now()),
                     REASON(TOKEN_INVALID));
    // Another instance needs neither; any other client that has neither is refused by the decision.
    assert_true(access_verify(verifier, client_token(0, false), clock_now(), &caller, &status));
    assert_true(caller.is_client && !caller.has_post && caller.grant_count == 0);
    assert_int_equal(verdict(client_token(ACCESS_GRANTS_MOST + 1, false), clock_now()), REASON(TOKEN_INVALID));
    assert_true(access_verify(verifier, client_token(ACCESS_GRANTS_MOST, false), clock_now(), &caller, &status));
    assert_true(caller.is_client && !caller.has_post && uuid_is_nil(&caller.post_id));
    assert_int_equal(caller.grant_count, ACCESS_GRANTS_MOST);
    assert_memory_equal(&caller.grants[ACCESS_GRANTS_MOST - 1], &some_id, sizeof(struct uuid));
    assert_true(access_verify(verifier, client_token(0, true), clock_now(), &caller, &status));
    assert_true(caller.has_post && caller.grant_count == 0);
    assert_memory_equal(&caller.post_id, &some_id, sizeof(struct uuid));
}

static void keys_sign_only_what_they_are_for(void **state)
{
    (void)state;
    clock_time now = clock_now();
    clock_time later = now + 60 * CLOCK_SECOND;
    assert_int_equal(verdict(token(&(struct ticket){service_key, SERVICE, &instance, "service", now, later}), now),
                     REASON(UNSPECIFIED));
    assert_int_equal(
        verdict(token(&(struct ticket){service_key, SERVICE, &instance, "administrator", now, later}), now),
        REASON(TOKEN_INVALID));
    assert_int_equal(verdict(token(&(struct ticket){key, TOKEN, &instance, "service", now, later}), now),
                     REASON(TOKEN_INVALID));
    // A service's key under the name of the other.
    assert_int_equal(verdict(token(&(struct ticket){service_key, TOKEN, &instance, "administrator", now, later}), now),
                     REASON(TOKEN_INVALID));
}

static void altered_tokens_are_refused(void **state)
{
    (void)state;
    clock_time now = clock_now();
    unsigned seed = 4711;
    struct bytes good = token(&(struct ticket){key, TOKEN, &instance, "county_officer", now, now + CLOCK_DAY / 4});
    for (size_t at = 0; at < good.length; at++) {
        uint8_t altered[1024];
        memcpy(altered, good.data, good.length);
        altered[at] ^= (uint8_t)(1 << at % 8);
        assert_int_equal(verdict((struct bytes){altered, good.length}, now), REASON(TOKEN_INVALID));
        if (at > 0)
            assert_int_equal(verdict((struct bytes){good.data, at}, now), REASON(TOKEN_INVALID));
    }
    for (int i = 0; i < 20000; i++) {
        uint8_t noise[64];
        size_t length = 1 + rand_r(&seed) % sizeof(noise);
        for (size_t at = 0; at < length; at++)
            noise[at] = (uint8_t)rand_r(&seed);
        assert_int_equal(verdict((struct bytes){noise, length}, now), REASON(TOKEN_INVALID));
    }
    assert_int_equal(verdict((struct bytes){0}, now), REASON(TOKEN_MISSING));
}

static bool decides(int unit, const char *role, const char *permission, int within, struct access_decision *decision,
                    status_reason *reason)
{
    struct status status = {0};
    struct access_caller caller = {.has_post = true, .unit_id = unit < 0 ? instance : ids[unit]};
    snprintf(caller.role, sizeof(caller.role), "%s", role);
    static const char *const administrator[] = {"units.read", NULL};
    static const char *const works[] = {"hazards.read", "hazards.create", NULL};
    static const struct access_role roles[] = {{"administrator", administrator}, {"region_officer", works},
                                               {"city_officer", works},          {"county_officer", works},
                                               {"township_clerk", works},        {"enterprise_officer", works}};
    const struct access_policy policy = {directory, roles, COUNT_OF(roles)};
    const struct access_question question = {.caller = &caller,
                                             .permission = permission,
                                             .use = ACCESS_READ,
                                             .within = within < 0 ? NULL : &ids[within],
                                             .now = clock_now()};
    bool good = access_decide(&policy, &question, &arena, decision, &status);
    *reason = status.reason;
    return good;
}

static void a_post_reaches_its_own_territory(void **state)
{
    (void)state;
    struct access_decision decision;
    status_reason reason;
    assert_true(decides(COUNTY, "county_officer", "hazards.read", -1, &decision, &reason));
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.pairs[0].kind, ACCESS_COUNTY);
    assert_null(decision.pairs[0].sector);
    assert_true(decides(-1, "administrator", "units.read", -1, &decision, &reason));
    assert_int_equal(decision.pairs[0].kind, ACCESS_INSTANCE);
    assert_true(decides(REGULATOR, "county_officer", "hazards.read", -1, &decision, &reason));
    assert_int_equal(decision.count, 2);    // its sector in the county, and itself
    assert_string_equal(decision.pairs[0].sector, "fireworks");
    assert_int_equal(decision.pairs[1].kind, ACCESS_PARTY);
    assert_true(decides(ENTERPRISE, "enterprise_officer", "hazards.read", -1, &decision, &reason));
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.pairs[0].kind, ACCESS_PARTY);
}

// A peer's certificate, and a token of a post at a unit.
static bool fits(enum crypto_peer_kind kind, const struct uuid *peer_id, const struct uuid *subject_id,
                 const struct uuid *unit_id)
{
    struct status status = {0};
    struct crypto_peer peer = {.kind = kind};
    struct access_caller caller = {.subject_id = *subject_id, .unit_id = *unit_id};
    if (kind != CRYPTO_PEER_NONE)
        peer.id = *peer_id;
    bool fit = access_peer_fits(directory, &peer, &caller, &status);
    assert_int_equal(status.reason, fit ? REASON(UNSPECIFIED) : REASON(TOKEN_INVALID));
    return fit;
}

static void a_token_comes_by_a_connection_that_fits_it(void **state)
{
    (void)state;
    struct uuid subject = uuid_make(clock_now());
    struct uuid other = uuid_make(clock_now());
    assert_true(fits(CRYPTO_PEER_NONE, NULL, &subject, &ids[COUNTY]));
    assert_true(fits(CRYPTO_PEER_CLIENT, &subject, &subject, &ids[COUNTY]));
    assert_false(fits(CRYPTO_PEER_CLIENT, &other, &subject, &ids[COUNTY]));
    assert_false(fits(CRYPTO_PEER_CLIENT, &ids[COUNTY], &subject, &ids[COUNTY]));
    // Every unit carries its own and what is below, and nothing else.
    static const int up[] = {[REGION] = -1,    [CITY] = REGION,      [COUNTY] = CITY,        [TOWNSHIP] = COUNTY,
                             [SIBLING] = CITY, [REGULATOR] = COUNTY, [ENTERPRISE] = TOWNSHIP};
    for (int top = 0; top < UNITS; top++)
        for (int unit = 0; unit < UNITS; unit++) {
            bool below = false;
            for (int at = unit; at >= 0; at = up[at])
                below = below || at == top;
            if (fits(CRYPTO_PEER_UNIT, &ids[top], &subject, &ids[unit]) != below)
                fail_msg("unit %d by a connection of %d", unit, top);
        }
    // The instance is above all; a post at it is below no unit.
    assert_true(fits(CRYPTO_PEER_UNIT, &instance, &subject, &ids[TOWNSHIP]));
    assert_true(fits(CRYPTO_PEER_UNIT, &instance, &subject, &instance));
    assert_false(fits(CRYPTO_PEER_UNIT, &ids[REGION], &subject, &instance));
    assert_false(fits(CRYPTO_PEER_UNIT, &other, &subject, &ids[COUNTY]));
}

static void within_narrows_and_never_widens(void **state)
{
    (void)state;
    struct access_decision decision;
    status_reason reason;
    assert_true(decides(REGION, "region_officer", "hazards.read", TOWNSHIP, &decision, &reason));
    assert_int_equal(decision.pairs[0].kind, ACCESS_TOWNSHIP);
    assert_true(decides(TOWNSHIP, "township_clerk", "hazards.read", REGION, &decision, &reason));
    assert_int_equal(decision.pairs[0].kind, ACCESS_TOWNSHIP);    // still only its own
    assert_memory_equal(&decision.pairs[0].unit_id, &ids[TOWNSHIP], sizeof(struct uuid));
    assert_false(decides(COUNTY, "county_officer", "hazards.read", SIBLING, &decision, &reason));
    assert_int_equal(reason, REASON(UNIT_NOT_FOUND));
    assert_false(decides(ENTERPRISE, "enterprise_officer", "hazards.read", TOWNSHIP, &decision, &reason));
    assert_true(decides(REGULATOR, "county_officer", "hazards.read", TOWNSHIP, &decision, &reason));
    assert_int_equal(decision.count, 1);
    assert_string_equal(decision.pairs[0].sector, "fireworks");
    // Whoever has everything asks an enterprise's page as a county does: what stands there, not what it is party to.
    assert_true(decides(-1, "administrator", "units.read", ENTERPRISE, &decision, &reason));
    assert_int_equal(decision.count, 1);
    assert_int_equal(decision.pairs[0].kind, ACCESS_UNIT);
}

static void a_role_without_the_permission_is_refused(void **state)
{
    (void)state;
    struct access_decision decision;
    status_reason reason;
    assert_false(decides(TOWNSHIP, "township_clerk", "hazards.assign", -1, &decision, &reason));
    assert_int_equal(reason, REASON(PERMISSION_MISSING));
    assert_false(decides(COUNTY, "nobody", "hazards.read", -1, &decision, &reason));
    assert_false(decides(COUNTY, "county_officer", "feed.pull", -1, &decision, &reason));
}

static void a_check_agrees_with_the_list(void **state)
{
    (void)state;
    struct access_decision decision;
    status_reason reason;
    struct access_record record = {.place = {{ids[REGION], ids[CITY], ids[COUNTY], ids[TOWNSHIP]}},
                                   .sector = "fireworks",
                                   .parties = &ids[ENTERPRISE],
                                   .party_count = 1};
    static const struct {
        int unit;
        const char *role;
        bool covers;
        bool covers_roads;
    } cases[] = {{REGION, "region_officer", true, true},        {CITY, "city_officer", true, true},
                 {COUNTY, "county_officer", true, true},        {TOWNSHIP, "township_clerk", true, true},
                 {SIBLING, "county_officer", false, false},     {REGULATOR, "county_officer", true, false},
                 {ENTERPRISE, "enterprise_officer", true, true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(decides(cases[i].unit, cases[i].role, "hazards.read", -1, &decision, &reason));
        record.sector = "fireworks";
        assert_int_equal(access_covers(&decision, &record), cases[i].covers);
        record.sector = "road_traffic";
        assert_int_equal(access_covers(&decision, &record), cases[i].covers_roads);
    }
}

static void the_mirror_takes_entries_only_in_order(void **state)
{
    (void)state;
    int64_t position = directory_position(directory);
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.record_type = (char *)"anlan.organisations.v1.Unit";
    entry.position = position;
    assert_false(directory_apply(directory, &entry));
    entry.position = position + 2;
    assert_false(directory_apply(directory, &entry));
    entry.position = position + 1;
    entry.after = (ProtobufCBinaryData){.data = (uint8_t *)"\x0a\x01x", .len = 3};    // a unit whose id is no id
    assert_false(directory_apply(directory, &entry));
    assert_int_equal(directory_position(directory), position);
    struct status status = {0};
    struct access_freshness freshness = {.now = 100, .position = position};
    assert_false(access_fresh(directory, &freshness, &status));    // never caught up
    directory_caught_up(directory, 95);
    assert_true(access_fresh(directory, &freshness, &status));
    freshness.position++;
    assert_false(access_fresh(directory, &freshness, &status));
    assert_int_equal(status.code, CODE(UNAVAILABLE));
}

// 2 s for grants and access from outside, 10 min for a person's own post in his own tenant, to the microsecond.
static void how_old_the_mirror_may_be_depends_on_the_risk(void **state)
{
    (void)state;
    static const struct {
        bool outside;
        int64_t bound;
    } risks[] = {{true, 2 * CLOCK_SECOND}, {false, 10 * 60 * CLOCK_SECOND}};
    int64_t since = 7 * CLOCK_SECOND;
    directory_caught_up(directory, since);
    for (size_t i = 0; i < COUNT_OF(risks); i++) {
        struct status status = {0};
        struct access_freshness freshness = {.outside = risks[i].outside, .position = directory_position(directory)};
        freshness.now = since + risks[i].bound;
        assert_true(access_fresh(directory, &freshness, &status));
        freshness.now++;
        assert_false(access_fresh(directory, &freshness, &status));
        assert_int_equal(status.reason, REASON(DIRECTORY_BEHIND));
        assert_true(status.retry_after_ms > 0);
    }
}

static atomic_bool writing = true;

static void *read_on(void *argument)
{
    (void)argument;
    while (atomic_load(&writing)) {
        directory_lock(directory);
        const struct directory_unit *unit = directory_find(directory, &ids[TOWNSHIP]);
        CHECK(unit && uuid_compare(&unit->place.levels[DIRECTORY_COUNTY], &ids[COUNTY]) == 0);
        directory_unlock(directory);
    }
    return NULL;
}

static void readers_never_see_half_a_unit(void **state)
{
    (void)state;
    pthread_t readers[3];
    struct directory_place at = {{ids[REGION], ids[CITY], ids[COUNTY], ids[TOWNSHIP]}};
    for (int i = 0; i < 3; i++)
        pthread_create(&readers[i], NULL, read_on, NULL);
    for (int i = 0; i < 2000; i++)
        assert_true(add_unit(TOWNSHIP, COUNTY, KIND(TOWNSHIP), at, NULL));
    atomic_store(&writing, false);
    for (int i = 0; i < 3; i++)
        pthread_join(readers[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_good_within_its_time_and_instance),
        cmocka_unit_test(a_token_names_a_post_or_grants),
        cmocka_unit_test(keys_sign_only_what_they_are_for),
        cmocka_unit_test(altered_tokens_are_refused),
        cmocka_unit_test(a_post_reaches_its_own_territory),
        cmocka_unit_test(a_token_comes_by_a_connection_that_fits_it),
        cmocka_unit_test(within_narrows_and_never_widens),
        cmocka_unit_test(a_role_without_the_permission_is_refused),
        cmocka_unit_test(a_check_agrees_with_the_list),
        cmocka_unit_test(the_mirror_takes_entries_only_in_order),
        cmocka_unit_test(how_old_the_mirror_may_be_depends_on_the_risk),
        cmocka_unit_test(readers_never_see_half_a_unit),
    };
    return cmocka_run_group_tests(tests, up, down);
}

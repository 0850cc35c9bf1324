// SPDX-License-Identifier: Apache-2.0
// Tokens that are refused before their end, and keys that change: each by itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "access/keys.h"
#include "access/revocations.h"
#include "access/token.h"
#include "anlan/organisations/v1/accounts.pb-c.h"
#include "anlan/organisations/v1/clients.pb-c.h"
#include "base/check.h"
#include "service/values.h"

#define NOW (INT64_C(1790000000) * CLOCK_SECOND)

static struct arena arena;
static struct access_revocations *set;

static int up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 24);
    set = access_revocations_new();
    return 0;
}

static int down(void **state)
{
    (void)state;
    access_revocations_free(set);
    arena_fini(&arena);
    return 0;
}

static bool apply(const ProtobufCMessage *record, clock_time now)
{
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    size_t length = protobuf_c_message_get_packed_size(record);
    uint8_t *packed = arena_alloc(&arena, length);
    protobuf_c_message_pack(record, packed);
    entry.record_type = (char *)record->descriptor->name;
    entry.after = (ProtobufCBinaryData){.data = packed, .len = length};
    return access_revocations_apply(set, &entry, now);
}

static Anlan__Organisations__V1__TokenRevocation revocation(clock_time before)
{
    Anlan__Organisations__V1__TokenRevocation record = ANLAN__ORGANISATIONS__V1__TOKEN_REVOCATION__INIT;
    record.issued_before = service_timestamp(before, &arena);
    return record;
}

static struct access_caller caller(clock_time issued_at)
{
    return (struct access_caller){
        .subject_id = uuid_make(NOW), .session_id = uuid_make(NOW), .token_id = uuid_make(NOW), .issued_at = issued_at};
}

static void each_kind_refuses_what_it_names_and_no_more(void **state)
{
    (void)state;
    struct access_caller one = caller(NOW - 10);
    struct access_caller other = caller(NOW - 10);
    Anlan__Organisations__V1__TokenRevocation record = revocation(NOW);
    record.session_id = service_uuid(&one.session_id, &arena);
    assert_false(access_revoked(set, &one));
    assert_true(apply(&record.base, NOW));
    assert_true(access_revoked(set, &one));
    assert_false(access_revoked(set, &other));
    // The same person in another session, and what he is given later.
    struct access_caller elsewhere = caller(NOW - 10);
    elsewhere.subject_id = one.subject_id;
    assert_false(access_revoked(set, &elsewhere));
    record = revocation(NOW);
    record.subject_id = service_uuid(&one.subject_id, &arena);
    assert_true(apply(&record.base, NOW));
    assert_true(access_revoked(set, &elsewhere));
    elsewhere.issued_at = NOW;
    assert_false(access_revoked(set, &elsewhere));
    record = revocation(NOW);
    record.token_id = service_uuid(&other.token_id, &arena);
    assert_true(apply(&record.base, NOW));
    assert_true(access_revoked(set, &other));
    // A token of no session is none of a session that was revoked by mistake: an empty id names nothing.
    struct access_caller without = caller(NOW - 10);
    without.session_id = (struct uuid){{0}};
    assert_false(access_revoked(set, &without));
}

static void accounts_and_clients_say_from_when_tokens_are_good(void **state)
{
    (void)state;
    struct access_caller person = caller(NOW - 10);
    struct access_caller client = caller(NOW - 10);
    Anlan__Organisations__V1__Account account = ANLAN__ORGANISATIONS__V1__ACCOUNT__INIT;
    Anlan__Organisations__V1__Client record = ANLAN__ORGANISATIONS__V1__CLIENT__INIT;
    account.person_id = service_uuid(&person.subject_id, &arena);
    record.id = service_uuid(&client.subject_id, &arena);
    assert_true(apply(&account.base, NOW) && apply(&record.base, NOW));
    assert_false(access_revoked(set, &person) || access_revoked(set, &client));
    account.tokens_from = record.tokens_from = service_timestamp(NOW, &arena);
    assert_true(apply(&account.base, NOW) && apply(&record.base, NOW));
    assert_true(access_revoked(set, &person) && access_revoked(set, &client));
    // An earlier one that comes later takes nothing back.
    account.tokens_from = service_timestamp(NOW - CLOCK_SECOND, &arena);
    assert_true(apply(&account.base, NOW));
    assert_true(access_revoked(set, &person));
}

// The log of years is replayed at each start: what has expired by itself is not kept, nor for longer than that.
static void nothing_is_kept_past_its_use(void **state)
{
    (void)state;
    size_t before = access_revocations_count(set);
    struct access_caller one = caller(NOW);
    Anlan__Organisations__V1__TokenRevocation record = revocation(NOW - ACCESS_TOKEN_LIFETIME);
    record.subject_id = service_uuid(&one.subject_id, &arena);
    assert_true(apply(&record.base, NOW));
    assert_int_equal(access_revocations_count(set), before);
    record = revocation(NOW);
    record.subject_id = service_uuid(&one.subject_id, &arena);
    assert_true(apply(&record.base, NOW) && apply(&record.base, NOW));
    assert_int_equal(access_revocations_count(set), before + 1);
    struct access_caller late = caller(NOW);
    clock_time later = NOW + 2 * ACCESS_TOKEN_LIFETIME;
    record = revocation(later);
    record.subject_id = service_uuid(&late.subject_id, &arena);
    assert_true(apply(&record.base, later));
    assert_int_equal(access_revocations_count(set), 1);
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.record_type = (char *)"anlan.organisations.v1.TokenRevocation";
    entry.after = (ProtobufCBinaryData){.data = (uint8_t *)"\xff\xff", .len = 2};
    assert_false(access_revocations_apply(set, &entry, NOW));
    entry.record_type = (char *)"anlan.organisations.v1.Unit";
    assert_true(access_revocations_apply(set, &entry, NOW));
    Anlan__Organisations__V1__TokenRevocation record = revocation(NOW);
    record.subject_id = (char *)"nobody";
    assert_false(apply(&record.base, NOW));
}

static char folder[] = "/tmp/anlan-keys-XXXXXX";

static const char *path_of(const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

static void make_key(const char *name, const char *times)
{
    char pem[1024] = "";
    const char *plain = path_of("plain");
    assert_true(crypto_key_create(path_of(arena_printf(&arena, "%s.key", name)), plain));
    FILE *file = fopen(plain, "r");
    assert_true(file && fread(pem, 1, sizeof(pem) - 1, file) > 0);
    fclose(file);
    unlink(plain);
    file = fopen(path_of(arena_printf(&arena, "%s.pub", name)), "w");
    assert_non_null(file);
    fprintf(file, "%s%s", times, pem);
    fclose(file);
}

static uint32_t signed_by(struct access_keys *keys, clock_time now, uint8_t *signature)
{
    Anlan__Rpc__V1__KeyName name = ANLAN__RPC__V1__KEY_NAME__INIT;
    const struct bytes part = {(const uint8_t *)"claims", 6};
    return access_keys_sign(keys, ACCESS_PURPOSE(TOKEN), now, &part, 1, &name, signature) ? name.period : 0;
}

static bool good(struct access_keys *keys, uint32_t period, const uint8_t *signature)
{
    Anlan__Rpc__V1__KeyName name = ANLAN__RPC__V1__KEY_NAME__INIT;
    const struct bytes part = {(const uint8_t *)"claims", 6};
    clock_time from = 0;
    clock_time until = 0;
    name.algorithm = ANLAN__RPC__V1__SIGNATURE_ALGORITHM__SIGNATURE_ALGORITHM_ED25519;
    name.period = period;
    name.purpose = ACCESS_PURPOSE(TOKEN);
    return access_keys_verify(keys, &name, &part, 1, (struct bytes){signature, CRYPTO_SIGNATURE_SIZE}, &from, &until);
}

static void the_newest_key_that_is_good_signs(void **state)
{
    (void)state;
    struct status status = {0};
    struct access_keys *keys = NULL;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    clock_time noon = 0;
    assert_true(clock_parse("2026-11-26T12:00:00Z", &noon));
    assert_non_null(mkdtemp(folder));
    assert_false(access_keys_open(&keys, folder, &status));
    make_key("token-1", "Valid-Until: 2026-11-26T12:01:00Z\n");
    assert_true(access_keys_open(&keys, folder, &status));
    assert_int_equal(signed_by(keys, noon, signature), 1);
    assert_int_equal(signed_by(keys, noon + 60 * CLOCK_SECOND, signature), 0);
    // One that comes while it runs: by the clock, or because somebody names it.
    make_key("token-2", "Valid-From: 2026-11-26T12:00:00Z\n");
    assert_int_equal(signed_by(keys, noon, signature), 1);
    assert_true(access_keys_refresh(keys, &status));
    assert_int_equal(signed_by(keys, noon - 1, signature), 1);
    assert_int_equal(signed_by(keys, noon, signature), 2);
    assert_true(good(keys, 2, signature));
    assert_false(good(keys, 1, signature));
    assert_false(good(keys, 3, signature));
    make_key("token-3", "");
    sleep(1);    // strangers who name unknown keys have the directory read once in a second
    struct access_keys *elsewhere = NULL;
    assert_true(access_keys_open(&elsewhere, folder, &status));
    assert_int_equal(signed_by(elsewhere, noon, signature), 3);
    assert_true(good(keys, 3, signature));
    // A file that is no key leaves the keys that were.
    FILE *file = fopen(path_of("token-4.pub"), "w");
    assert_non_null(file);
    fclose(file);
    assert_false(access_keys_refresh(keys, &status));
    assert_int_equal(status.reason, REASON(INTERNAL));
    assert_true(good(keys, 3, signature));
    access_keys_close(keys);
    access_keys_close(elsewhere);
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_refuses_what_it_names_and_no_more),
        cmocka_unit_test(accounts_and_clients_say_from_when_tokens_are_good),
        cmocka_unit_test(nothing_is_kept_past_its_use),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(the_newest_key_that_is_good_signs),
    };
    return cmocka_run_group_tests(tests, up, down);
}

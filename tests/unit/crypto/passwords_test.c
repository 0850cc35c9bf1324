// SPDX-License-Identifier: Apache-2.0
// scrypt and one-time passwords against the vectors of their RFCs; secrets at rest.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "crypto/passwords.h"
#include "crypto/seal.h"

static struct bytes text(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

// RFC 7914, 12; the first 32 of 64 bytes.
static void scrypt_answers_as_rfc_7914_says(void **state)
{
    (void)state;
    static const struct {
        const char *password;
        const char *salt;
        struct crypto_scrypt parameters;
        const char *hash;
    } vectors[] = {
        {"", "", {4, 1, 1}, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"},
        {"password", "NaCl", {10, 8, 16}, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"},
        {"pleaseletmein",
         "SodiumChloride",
         {14, 8, 1},
         "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"},
    };
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        uint8_t hash[CRYPTO_PASSWORD_HASH_SIZE];
        char hex[2 * sizeof(hash) + 1];
        assert_true(crypto_scrypt(text(vectors[i].password), text(vectors[i].salt), &vectors[i].parameters, hash));
        for (size_t b = 0; b < sizeof(hash); b++)
            snprintf(hex + 2 * b, 3, "%02x", hash[b]);
        assert_string_equal(hex, vectors[i].hash);
    }
}

static void scrypt_is_bounded(void **state)
{
    (void)state;
    uint8_t hash[CRYPTO_PASSWORD_HASH_SIZE];
    static const struct crypto_scrypt good[] = {{15, 8, 1}, {4, 1, 1}, {18, 8, 1}, {20, 1, 1}};
    static const struct crypto_scrypt bad[] = {{3, 8, 1}, {21, 1, 1}, {15, 0, 1}, {15, 8, 0}, {19, 8, 1}, {15, 33, 1}};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(crypto_scrypt_good(&good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(crypto_scrypt_good(&bad[i]));
        assert_false(crypto_scrypt(text("password"), text("salt"), &bad[i], hash));
    }
}

// RFC 4226, appendix D, and RFC 6238, appendix B (SHA-1).
static void one_time_passwords_answer_as_their_rfcs_say(void **state)
{
    (void)state;
    static const uint32_t counted[] = {755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489};
    static const struct {
        uint64_t seconds;
        uint32_t password;
    } timed[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
                 {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
    struct bytes secret = text("12345678901234567890");
    for (size_t i = 0; i < COUNT_OF(counted); i++)
        assert_int_equal(crypto_hotp(secret, i, 6), counted[i]);
    for (size_t i = 0; i < COUNT_OF(timed); i++)
        assert_int_equal(crypto_hotp(secret, timed[i].seconds / CRYPTO_TOTP_SECONDS, 8), timed[i].password);
}

static void a_step_beside_the_present_one_is_accepted(void **state)
{
    (void)state;
    struct bytes secret = text("12345678901234567890");
    const int64_t now = 1111111109;
    const int64_t present = now / CRYPTO_TOTP_SECONDS;
    for (int64_t at = present - 3; at <= present + 3; at++) {
        int64_t step = 0;
        bool near = at >= present - 1 && at <= present + 1;
        assert_int_equal(crypto_totp(secret, now, crypto_hotp(secret, (uint64_t)at, 6), &step), near);
        assert_int_equal(step, near ? at : 0);
    }
}

static void what_is_sealed_opens_for_its_owner_alone(void **state)
{
    (void)state;
    char folder[] = "/tmp/anlan-seal-XXXXXX";
    char path[64];
    struct crypto_seal_key *keys[2] = {NULL};
    uint8_t sealed[20 + CRYPTO_SEAL_EXTRA];
    uint8_t opened[20];
    struct stat seen;
    assert_non_null(mkdtemp(folder));
    for (uint32_t period = 1; period <= 2; period++) {
        snprintf(path, sizeof(path), "%s/seal-%u.key", folder, period);
        assert_true(crypto_seal_key_create(path));
        assert_false(crypto_seal_key_create(path));
        assert_int_equal(stat(path, &seen), 0);
        assert_int_equal(seen.st_mode & 0777, 0600);
        assert_true(crypto_seal_key_read(path, period, &keys[period - 1]));
        unlink(path);
    }
    rmdir(folder);
    assert_int_equal(crypto_seal_key_period(keys[1]), 2);
    crypto_seal(keys[0], text("owner"), text("12345678901234567890"), sealed);
    assert_true(crypto_unseal(keys[0], text("owner"), (struct bytes){sealed, sizeof(sealed)}, opened));
    assert_memory_equal(opened, "12345678901234567890", 20);
    assert_false(crypto_unseal(keys[0], text("other"), (struct bytes){sealed, sizeof(sealed)}, opened));
    assert_false(crypto_unseal(keys[1], text("owner"), (struct bytes){sealed, sizeof(sealed)}, opened));
    for (size_t i = 0; i < sizeof(sealed); i++) {
        sealed[i] ^= 1;
        assert_false(crypto_unseal(keys[0], text("owner"), (struct bytes){sealed, sizeof(sealed)}, opened));
        sealed[i] ^= 1;
    }
    assert_false(crypto_unseal(keys[0], text("owner"), (struct bytes){sealed, CRYPTO_SEAL_EXTRA - 1}, opened));
    crypto_seal_key_free(keys[0]);
    crypto_seal_key_free(keys[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(scrypt_answers_as_rfc_7914_says),
        cmocka_unit_test(scrypt_is_bounded),
        cmocka_unit_test(one_time_passwords_answer_as_their_rfcs_say),
        cmocka_unit_test(a_step_beside_the_present_one_is_accepted),
        cmocka_unit_test(what_is_sealed_opens_for_its_owner_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

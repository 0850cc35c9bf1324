// SPDX-License-Identifier: Apache-2.0
// Whom certificates are bound to, and what contexts are made of.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "crypto/pki.h"
#include "crypto/tls.h"
#include "rpc/address.h"
#include "support/tls.h"

static void a_peer_is_read_as_it_is_written(void **state)
{
    (void)state;
    static const enum crypto_peer_kind kinds[] = {CRYPTO_PEER_UNIT, CRYPTO_PEER_CLIENT};
    char text[CRYPTO_PEER_TEXT_SIZE];
    struct crypto_peer read = {0};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct crypto_peer peer = tls_peer(kinds[i]);
        crypto_peer_format(&peer, text);
        assert_true(crypto_peer_parse(text, &read));
        assert_true(crypto_peer_same(&peer, &read));
    }
    crypto_peer_format(&(struct crypto_peer){0}, text);
    assert_string_equal(text, "");
    static const char *const others[] = {
        "",
        "urn:anlan:unit:",
        "urn:anlan:unit:00000000-0000-0000-0000-000000000000",
        "urn:anlan:post:0197c3a0-0000-7000-8000-000000000001",
        "urn:anlan:unit:0197c3a0-0000-7000-8000-00000000000",
        "urn:anlan:unit:0197c3a0-0000-7000-8000-000000000001x",
        " urn:anlan:unit:0197c3a0-0000-7000-8000-000000000001",
        "https://anlan/unit/0197c3a0-0000-7000-8000-000000000001",
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(crypto_peer_parse(others[i], &read));
    struct crypto_peer nobody = {0};
    assert_false(crypto_peer_same(&nobody, &nobody));
    struct crypto_peer unit = tls_peer(CRYPTO_PEER_UNIT);
    struct crypto_peer client = {.kind = CRYPTO_PEER_CLIENT, .id = unit.id};
    assert_false(crypto_peer_same(&unit, &client));
}

static void hosts_of_addresses(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"tls+tcp://10.1.2.3:7000", "10.1.2.3"},
        {"tls+tcp://hazards.linxi.example:1", "hazards.linxi.example"},
        {"tls+tcp://[fd00::1]:65535", "fd00::1"},
    };
    static const char *const bad[] = {"tls+tcp://a",         "tls+tcp://a:",    "tls+tcp://a:0",  "tls+tcp://a:65536",
                                      "tls+tcp://fd00::1:1", "tls+tcp://u@a:1", "tls+tcp://[]:1", "tls+tcp://a/b:1",
                                      "tcp://a:1",           "ipc:///a:1",      "tls+tcp://a:-1", "tls+tcp://a: 1"};
    char host[256];
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(rpc_address_host(good[i][0], host, sizeof(host)));
        assert_string_equal(host, good[i][1]);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (rpc_address_host(bad[i], host, sizeof(host)))
            fail_msg("%s", bad[i]);
    assert_false(rpc_address_host("tls+tcp://10.1.2.3:7000", host, 8));
}

// The earliest end counts: of the certificate, or of the list.
static void a_context_knows_its_end(void **state)
{
    (void)state;
    struct tls_desk desk;
    struct status status = {0};
    struct crypto_tls_context *context = NULL;
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "short", "a.example", (struct crypto_peer){0}, (struct tls_days){-1, 3});
    tls_issue(&desk, "ca", "long", "a.example", (struct crypto_peer){0}, (struct tls_days){-1, 300});
    struct crypto_tls_files files = tls_files(&desk, "short");
    assert_true(crypto_tls_context_open(&context, &files, &status));
    assert_true(crypto_tls_context_ends(context) < clock_now() + 4 * CLOCK_DAY);
    crypto_tls_context_release(context);
    files = tls_files(&desk, "long");
    assert_true(crypto_tls_context_open(&context, &files, &status));
    clock_time ends = crypto_tls_context_ends(context);
    assert_true(ends > clock_now() + 29 * CLOCK_DAY && ends < clock_now() + 31 * CLOCK_DAY);
    crypto_tls_context_release(context);
    tls_desk_close(&desk);
}

static void what_is_not_good_does_not_serve(void **state)
{
    (void)state;
    struct tls_desk desk;
    struct status status = {0};
    struct crypto_tls_context *context = NULL;
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "server", "a.example", (struct crypto_peer){0}, (struct tls_days){-1, 3});
    tls_issue(&desk, "ca", "expired", "a.example", (struct crypto_peer){0}, (struct tls_days){-9, -1});
    tls_issue(&desk, "ca", "early", "a.example", (struct crypto_peer){0}, (struct tls_days){1, 9});
    static const char *const rows[][5] = {
        // certificate, key, revocation list, for what, what is said
        {"expired", "expired", "ca", "serves", "has expired"},
        {"early", "early", "ca", "serves", "not valid yet"},
        {"server", "early", "ca", "serves", "private key"},
        {"nobody", "server", "ca", "serves", "not a certificate"},
        {"server", "server", "nobody", "serves", "not a revocation list"},
        {"expired", "expired", "ca", "dials", NULL},
        {"server", "server", "ca", "serves", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct crypto_tls_files files = tls_files(&desk, rows[i][0]);
        files.key = tls_path(&desk, rows[i][1], "key");
        files.crl = tls_path(&desk, rows[i][2], "crl");
        files.serves = strcmp(rows[i][3], "serves") == 0;
        context = NULL;
        assert_int_equal(crypto_tls_context_open(&context, &files, &status), rows[i][4] == NULL);
        if (rows[i][4] && !strstr(status.message, rows[i][4]))
            fail_msg("row %zu: %s", i, status.message);
        crypto_tls_context_release(context);
    }
    tls_desk_close(&desk);
}

// A list that cannot be read is not taken for an empty one: who is on it would come back.
static void a_broken_list_is_not_replaced(void **state)
{
    (void)state;
    struct tls_desk desk;
    struct status status = {0};
    tls_desk_open(&desk);
    struct crypto_authority authority = {0};
    FILE *file = fopen(tls_path(&desk, "ca", "crl"), "w");
    assert_non_null(file);
    fputs("-----BEGIN X509 CRL-----\n", file);
    fclose(file);
    authority = (struct crypto_authority){tls_path(&desk, "ca", "crt"), tls_path(&desk, "ca", "key")};
    assert_false(crypto_pki_revoke(&authority, tls_path(&desk, "ca", "crl"), NULL, clock_now() + CLOCK_DAY, &status));
    assert_non_null(strstr(status.message, "not a revocation list"));
    // Nor does an authority revoke what another has issued.
    tls_issue(&desk, "other", "stranger", NULL, tls_peer(CRYPTO_PEER_UNIT), (struct tls_days){-1, 3});
    authority = (struct crypto_authority){tls_path(&desk, "ca", "crt"), tls_path(&desk, "ca", "key")};
    assert_false(crypto_pki_revoke(&authority, tls_path(&desk, "new", "crl"), tls_path(&desk, "stranger", "crt"),
                                   clock_now() + CLOCK_DAY, &status));
    assert_non_null(strstr(status.message, "not issued by this authority"));
    tls_desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_is_read_as_it_is_written), cmocka_unit_test(hosts_of_addresses),
        cmocka_unit_test(a_context_knows_its_end),         cmocka_unit_test(what_is_not_good_does_not_serve),
        cmocka_unit_test(a_broken_list_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

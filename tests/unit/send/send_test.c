// SPDX-License-Identifier: Apache-2.0
// What may be called, and what mails and signatures are made of.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "send/address.h"
#include "send/mail.h"

static bool is_open(const char *allowed, const char *text)
{
    struct send_networks networks;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    assert_true(send_networks_read(allowed, &networks));
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return send_address_open(&networks, (const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return send_address_open(&networks, (const struct sockaddr *)&v6);
}

static void only_public_addresses_are_open(void **state)
{
    (void)state;
    static const char *const open[] = {"8.8.8.8",         "1.1.1.1",         "172.15.255.255", "172.32.0.0",
                                       "100.63.255.255",  "223.255.255.255", "169.253.0.1",    "2400:3200::1",
                                       "2606:4700::1111", "::ffff:8.8.8.8"};
    static const char *const closed[] = {
        "127.0.0.1",       "127.255.0.1",     "10.0.0.1",        "172.16.0.1",    "172.31.255.255",
        "192.168.1.1",     "169.254.169.254", "100.100.100.200", "0.0.0.0",       "224.0.0.1",
        "255.255.255.255", "192.0.2.1",       "198.18.0.1",      "::1",           "::",
        "fe80::1",         "fd00:ec2::254",   "fc00::1",         "ff02::1",       "::ffff:127.0.0.1",
        "::ffff:10.1.2.3", "::127.0.0.1",     "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
        "2001:0:1::1"};
    for (size_t i = 0; i < COUNT_OF(open); i++)
        if (!is_open("", open[i]))
            fail_msg("%s is closed", open[i]);
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if (is_open("", closed[i]))
            fail_msg("%s is open", closed[i]);
}

static void what_is_named_is_open_and_nothing_beside_it(void **state)
{
    (void)state;
    assert_true(is_open("10.1.0.0/16,fd00:1::/64", "10.1.255.255"));
    assert_false(is_open("10.1.0.0/16,fd00:1::/64", "10.2.0.0"));
    assert_true(is_open("10.1.0.0/16,fd00:1::/64", "fd00:1::ffff"));
    assert_false(is_open("10.1.0.0/16,fd00:1::/64", "fd00:1:0:1::"));
    assert_true(is_open("192.168.1.7", "192.168.1.7"));
    assert_false(is_open("192.168.1.7", "192.168.1.6"));
    assert_true(is_open("10.1.0.0/16", "::ffff:10.1.2.3"));
    assert_true(is_open("10.128.0.0/9", "10.200.0.1"));
    assert_false(is_open("10.128.0.0/9", "10.127.0.1"));
}

static void what_is_no_network_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {",",  "10.0.0.0/33", "10.0.0.1/8",  "10.0.0/8",
                                      "x",  "10.0.0.0/8,", "fd00::/129",  "10.0.0.0/",
                                      "/8", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/8x"};
    struct send_networks networks;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (send_networks_read(bad[i], &networks))
            fail_msg("%s is a network", bad[i]);
}

static struct bytes compose(struct arena *arena, const char *subject, const char *to)
{
    struct bytes composed = {0};
    const struct send_mail mail = {.from = "anlan@example.org",
                                   .from_name = "安澜",
                                   .to = to,
                                   .subject = subject,
                                   .text = ".\r\n.\r\nBcc: x@example.org",
                                   .message_id = "1@example.org",
                                   .date = 0};
    if (!send_mail_compose(&mail, arena, &composed))
        return (struct bytes){0};
    return composed;
}

static void a_subject_is_cut_between_characters_and_adds_no_header(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct bytes mail =
        compose(&arena, "a\r\nBcc: x@example.org\r\n\r\n隐患隐患隐患隐患隐患隐患隐患隐患", "duty@example.org");
    const char *text = (const char *)mail.data;
    assert_non_null(text);
    assert_null(strstr(text, "Bcc"));
    assert_non_null(strstr(text, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
    size_t bodies = 0;
    for (const char *line = text; *line; line = strstr(line, "\r\n") + 2) {
        size_t length = (size_t)(strstr(line, "\r\n") - line);
        assert_true(length <= 76);
        bodies += length == 0;
    }
    assert_int_equal(bodies, 1);    // headers end once
    // Each word holds whole characters: its bytes are UTF-8 by themselves.
    for (const char *word = strstr(text, "?B?"); word; word = strstr(word + 1, "?B?")) {
        uint8_t bytes[64];
        char url[64];
        size_t length = strcspn(word + 3, "=?");
        size_t count = 0;
        for (size_t i = 0; i < length; i++)
            url[i] = (char)(word[3 + i] == '+' ? '-' : word[3 + i] == '/' ? '_' : word[3 + i]);
        url[length] = '\0';
        assert_true(text_base64url_parse(url, bytes, sizeof(bytes), &count));
        assert_true(text_valid(bytes, count));
    }
    arena_fini(&arena);
}

static void an_address_that_ends_its_line_makes_no_mail(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "a b@example.org",
                                      "a@example.org\r\nBcc: x@y.cn",
                                      "<a@example.org>",
                                      "a@example.org,b@example.org",
                                      "王@example.org"};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (compose(&arena, "", bad[i]).data)
            fail_msg("'%s' is an address", bad[i]);
    assert_non_null(compose(&arena, "", "a@example.org").data);
    arena_fini(&arena);
}

// RFC 4231, 4.3 and 4.4; RFC 4648, 10.
static void macs_and_base64_are_those_of_the_standards(void **state)
{
    (void)state;
    static const uint8_t wanted[2][4] = {{0x5b, 0xdc, 0xc1, 0x46}, {0x77, 0x3e, 0xa9, 0x1e}};
    static const char *const texts[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    uint8_t key[20];
    uint8_t data[50];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char text[32];
    const struct bytes jefe[] = {{(const uint8_t *)"what do ya want ", 16}, {(const uint8_t *)"for nothing?", 12}};
    crypto_hmac_sha256((struct bytes){(const uint8_t *)"Jefe", 4}, jefe, 2, digest);
    assert_memory_equal(digest, wanted[0], 4);
    memset(key, 0xaa, sizeof(key));
    memset(data, 0xdd, sizeof(data));
    crypto_hmac_sha256((struct bytes){key, sizeof(key)}, &(struct bytes){data, sizeof(data)}, 1, digest);
    assert_memory_equal(digest, wanted[1], 4);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        text_base64((const uint8_t *)texts[i][0], strlen(texts[i][0]), text);
        assert_string_equal(text, texts[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_public_addresses_are_open),
        cmocka_unit_test(what_is_named_is_open_and_nothing_beside_it),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(a_subject_is_cut_between_characters_and_adds_no_header),
        cmocka_unit_test(an_address_that_ends_its_line_makes_no_mail),
        cmocka_unit_test(macs_and_base64_are_those_of_the_standards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

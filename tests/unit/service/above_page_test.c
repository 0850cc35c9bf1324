// SPDX-License-Identifier: Apache-2.0
// A page of a stream of the instance above: what is lost, altered or another stream's is not applied, and moves
// nothing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "service/above.h"

static struct service service;
static struct above above;
static uint8_t digest[CRYPTO_DIGEST_SIZE];
static Anlan__Rpc__V1__PullStreamResponse page;
static ProtobufCBinaryData items[2];
static uint8_t marker[] = {0x08, 0x01};    // StreamItem {kind: SNAPSHOT}

static int set_up(void **state)
{
    (void)state;
    memset(&above, 0, sizeof(above));
    above.source.service = &service;
    snprintf(above.cursor, sizeof(above.cursor), "one");
    snprintf(above.stored, sizeof(above.stored), "one");
    for (size_t i = 0; i < COUNT_OF(items); i++)
        items[i] = (ProtobufCBinaryData){.data = marker, .len = sizeof(marker)};
    memset(digest, 0, sizeof(digest));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        const struct bytes parts[] = {{digest, sizeof(digest)}, {marker, sizeof(marker)}};
        crypto_sha256(parts, 2, digest);
    }
    anlan__rpc__v1__pull_stream_response__init(&page);
    page.continues = (char *)"one";
    page.cursor = (char *)"two";
    page.items = items;
    page.n_items = COUNT_OF(items);
    page.digest = (ProtobufCBinaryData){.data = digest, .len = sizeof(digest)};
    page.algorithm = ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256;
    page.caught_up = true;
    return 0;
}

static void refused(const char *why)
{
    static const uint8_t nothing[CRYPTO_DIGEST_SIZE];
    struct status status = {0};
    above.caught_up = true;
    assert_false(above_page_apply(&above, &page, &status));
    assert_int_equal(status.reason, REASON(DATA_CORRUPT));
    assert_non_null(strstr(status.message, why));
    assert_string_equal(above.cursor, "one");
    assert_string_equal(above.stored, "one");
    assert_memory_equal(above.digest, nothing, sizeof(nothing));
    assert_false(above.caught_up);
}

static void a_page_that_continues_another_is_refused(void **state)
{
    (void)state;
    page.continues = (char *)"zero";
    refused("continues another");
}

static void a_page_that_lost_an_item_is_refused(void **state)
{
    (void)state;
    page.n_items = 1;
    refused("lost or altered");
}

static void a_page_whose_item_was_altered_is_refused(void **state)
{
    (void)state;
    uint8_t other[] = {0x08, 0x06};
    items[1] = (ProtobufCBinaryData){.data = other, .len = sizeof(other)};
    refused("lost or altered");
}

static void a_page_of_another_algorithm_is_refused(void **state)
{
    (void)state;
    page.algorithm = ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_UNSPECIFIED;
    refused("lost or altered");
}

static void a_page_without_a_cursor_is_refused(void **state)
{
    (void)state;
    page.cursor = (char *)"";
    refused("no cursor");
}

// A record that does not say whose it is.
static void an_item_without_a_record_is_refused(void **state)
{
    (void)state;
    uint8_t record[] = {0x08, 0x02};    // {kind: RECORD}
    items[1] = (ProtobufCBinaryData){.data = record, .len = sizeof(record)};
    memset(digest, 0, sizeof(digest));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        const struct bytes parts[] = {{digest, sizeof(digest)}, {items[i].data, items[i].len}};
        crypto_sha256(parts, 2, digest);
    }
    refused("whose record");
}

// Nothing new: nothing is asked of the database, which is not there.
static void an_empty_page_moves_nothing(void **state)
{
    struct status status = {0};
    (void)state;
    page.n_items = 0;
    page.cursor = (char *)"one";
    memset(digest, 0, sizeof(digest));
    assert_true(above_page_apply(&above, &page, &status));
    assert_string_equal(above.cursor, "one");
    assert_true(above.caught_up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_page_that_continues_another_is_refused, set_up),
        cmocka_unit_test_setup(a_page_that_lost_an_item_is_refused, set_up),
        cmocka_unit_test_setup(a_page_whose_item_was_altered_is_refused, set_up),
        cmocka_unit_test_setup(a_page_of_another_algorithm_is_refused, set_up),
        cmocka_unit_test_setup(a_page_without_a_cursor_is_refused, set_up),
        cmocka_unit_test_setup(an_item_without_a_record_is_refused, set_up),
        cmocka_unit_test_setup(an_empty_page_moves_nothing, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

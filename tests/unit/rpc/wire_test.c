// SPDX-License-Identifier: Apache-2.0
// What callers may send of fields that nobody reads, and of messages that stand twice: bytes that are cheap to send
// must not be dear to read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan_hazards_v1.policy.h"
#include "base/limits.h"
#include "rpc/message.h"
#include "rpc/wire.h"

#define BODY_MOST (1024 * 1024)

struct body {
    uint8_t data[BODY_MOST];
    size_t length;
};

static struct body body;

static void put(const void *data, size_t length)
{
    assert_true(length <= sizeof(body.data) - body.length);
    memcpy(body.data + body.length, data, length);
    body.length += length;
}

// Field 1000, which no message has, as a number.
static void put_unknown(size_t count)
{
    static const uint8_t unknown[] = {0xc0, 0x3e, 0};
    for (size_t i = 0; i < count; i++)
        put(unknown, sizeof(unknown));
}

static status_reason reason_of_request(void)
{
    struct status status = {0};
    rpc_wire_check_request(&anlan_hazards_v1_contract, &anlan__hazards__v1__get_hazard_request__descriptor,
                           (struct bytes){body.data, body.length}, 1, &status);
    return status.reason;
}

static void a_newer_client_is_understood(void **state)
{
    (void)state;
    body.length = 0;
    put_unknown(512);
    assert_int_equal(reason_of_request(), REASON(UNSPECIFIED));
}

static void fields_that_nobody_reads_are_few(void **state)
{
    (void)state;
    struct status status = {0};
    body.length = 0;
    put_unknown(513);
    assert_int_equal(reason_of_request(), REASON(MESSAGE_TOO_LARGE));
    // A service that is newer than its client says more: what it answers is held against nothing but the client's
    // memory.
    assert_true(rpc_wire_check(NULL, &anlan__hazards__v1__get_hazard_response__descriptor,
                               (struct bytes){body.data, body.length}, 1, &status));
}

static void nor_is_a_field_given_again_and_again(void **state)
{
    (void)state;
    static const uint8_t empty_text[] = {0x0a, 0};
    body.length = 0;
    for (int i = 0; i < 513; i++)
        put(empty_text, sizeof(empty_text));
    assert_int_equal(reason_of_request(), REASON(UNSPECIFIED));
    put(empty_text, sizeof(empty_text));
    assert_int_equal(reason_of_request(), REASON(MESSAGE_TOO_LARGE));
}

// Before, 600 kB took all of the 16 MiB that a call may have.
static void a_large_request_is_not_larger_in_memory(void **state)
{
    (void)state;
    struct arena arena;
    struct status status = {0};
    body.length = 0;
    put_unknown(BODY_MOST / 3);
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    assert_null(rpc_message_read(&anlan_hazards_v1_contract, &anlan__hazards__v1__get_hazard_request__descriptor,
                                 (struct bytes){body.data, body.length}, &arena, &status));
    assert_int_equal(status.reason, REASON(MESSAGE_TOO_LARGE));
    assert_in_range(arena.total, 0, 64 * 1024);
    arena_fini(&arena);
}

// What was done at once may have 20 pieces of evidence; messages that are merged would add theirs up.
static void a_message_that_stands_once_does_not_stand_twice(void **state)
{
    (void)state;
    struct arena arena;
    struct status status = {0};
    char *evidence[20];
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    Anlan__Hazards__V1__Fix fix = ANLAN__HAZARDS__V1__FIX__INIT;
    for (size_t i = 0; i < 20; i++)
        evidence[i] = (char *)"照片";
    fix.n_evidence = 20;
    fix.evidence = evidence;
    request.fix = &fix;
    body.length = protobuf_c_message_pack(&request.base, body.data);
    body.length += protobuf_c_message_pack(&request.base, body.data + body.length);
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    assert_null(rpc_message_read(&anlan_hazards_v1_contract, request.base.descriptor,
                                 (struct bytes){body.data, body.length}, &arena, &status));
    assert_int_equal(status.reason, REASON(MALFORMED_MESSAGE));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newer_client_is_understood),
        cmocka_unit_test(fields_that_nobody_reads_are_few),
        cmocka_unit_test(nor_is_a_field_given_again_and_again),
        cmocka_unit_test(a_large_request_is_not_larger_in_memory),
        cmocka_unit_test(a_message_that_stands_once_does_not_stand_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

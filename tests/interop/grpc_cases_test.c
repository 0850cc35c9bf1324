// SPDX-License-Identifier: Apache-2.0
// gRPC's published interop cases against our protocol, by name: real server, real client, ipc. The client's side sees
// the whole result; the service is a table of methods as health is.
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

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/client.h"
#include "rpc/local.h"
#include "support/interop.pb-c.h"

#define SERVICE "grpc.testing.TestService/"
#define INITIAL "x-grpc-test-echo-initial"
#define TRAILING "x-grpc-test-echo-trailing-bin"
#define SPECIAL "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"

static char address[64];
static atomic_size_t begun_seen;
static atomic_size_t cancelled_seen;

static void echo_metadata(struct rpc_call *call)
{
    static const char *const keys[] = {INITIAL, TRAILING};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const Anlan__Rpc__V1__Metadata *item = rpc_metadata_find(call->metadata, keys[i]);
        if (item)
            CHECK(rpc_call_add_metadata(call, item->key, (struct bytes){item->value.data, item->value.len}));
    }
}

static bool refuses(struct rpc_call *call, const Grpc__Testing__EchoStatus *wanted)
{
    if (!wanted || wanted->code == 0)
        return false;
    struct status status = {.code = (status_code)wanted->code, .reason = REASON(INTERNAL)};
    snprintf(status.message, sizeof(status.message), "%s", wanted->message);
    rpc_call_finish(call, &status, (struct bytes){0}, 0);
    return true;
}

static Grpc__Testing__Payload *zeros(struct rpc_call *call, size_t size)
{
    Grpc__Testing__Payload *payload = arena_alloc(&call->arena, sizeof(*payload));
    grpc__testing__payload__init(payload);
    payload->body = (ProtobufCBinaryData){.data = arena_alloc(&call->arena, size), .len = size};
    CHECK(payload->body.data);
    return payload;
}

static void empty_call(void *user, struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)user, (void)request;
    Grpc__Testing__Empty reply = GRPC__TESTING__EMPTY__INIT;
    rpc_local_answer(call, &reply.base);
}

static void unary_call(void *user, struct rpc_call *call, const ProtobufCMessage *message)
{
    (void)user;
    const Grpc__Testing__SimpleRequest *request = (const void *)message;
    Grpc__Testing__SimpleResponse reply = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
    echo_metadata(call);
    if (refuses(call, request->response_status))
        return;
    if (request->payload)
        CHECK(request->payload->body.len == 271828);
    reply.payload = zeros(call, (size_t)request->response_size);
    rpc_local_answer(call, &reply.base);
}

static void *answer_late(void *argument)
{
    struct rpc_call *call = argument;
    Grpc__Testing__StreamingOutputCallResponse reply = GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;
    int64_t until = clock_monotonic() + *(const int64_t *)call->user;
    while (clock_monotonic() < until && !rpc_call_cancelled(call))
        usleep(1000);
    atomic_fetch_add(&cancelled_seen, rpc_call_cancelled(call));
    reply.payload = zeros(call, 1);
    rpc_local_answer(call, &reply.base);
    return NULL;
}

static void full_duplex_call(void *user, struct rpc_call *call, const ProtobufCMessage *message)
{
    (void)user;
    const Grpc__Testing__StreamingOutputCallRequest *request = (const void *)message;
    pthread_t thread;
    int64_t *interval = arena_alloc(&call->arena, sizeof(*interval));
    *interval = request->n_response_parameters ? request->response_parameters[0]->interval_us : 0;
    echo_metadata(call);
    if (refuses(call, request->response_status))
        return;
    call->user = interval;
    atomic_fetch_add(&begun_seen, 1);
    CHECK(pthread_create(&thread, NULL, answer_late, call) == 0);
    pthread_detach(thread);
}

static const struct rpc_policy policies[] = {
    {.method = SERVICE "EmptyCall", .request = &grpc__testing__empty__descriptor},
    {.method = SERVICE "FullDuplexCall", .request = &grpc__testing__streaming_output_call_request__descriptor},
    {.method = SERVICE "UnaryCall", .request = &grpc__testing__simple_request__descriptor},
    {.method = SERVICE "UnimplementedCall", .request = &grpc__testing__empty__descriptor},
};
static const struct rpc_contract contract = {
    .package = "grpc.testing", .policies = policies, .policy_count = COUNT_OF(policies)};
static const struct rpc_local_method methods[] = {
    {SERVICE "EmptyCall", empty_call},
    {SERVICE "UnaryCall", unary_call},
    {SERVICE "FullDuplexCall", full_duplex_call},
};
static struct rpc_local service = {
    .what = "the test service", .contract = &contract, .methods = methods, .method_count = COUNT_OF(methods)};

static int up(void **state)
{
    char directory[] = "/tmp/anlan-interop-XXXXXX";
    struct rpc_server *server = NULL;
    struct status status = {0};
    assert_non_null(mkdtemp(directory));
    snprintf(address, sizeof(address), "ipc://%s/s", directory);
    struct rpc_server_options options = {.address = address,
                                         .contexts = 8,
                                         .message_limit = LIMIT_MESSAGE_BYTES,
                                         .call_limit = LIMIT_CALLS_PER_MESSAGE,
                                         .arena_limit = LIMIT_CALL_ARENA_BYTES,
                                         .send_timeout_ms = 1000,
                                         .dispatch = rpc_local_dispatch,
                                         .user = &service};
    assert_true(rpc_server_start(&server, &options, &status));
    *state = server;
    return 0;
}

static int down(void **state)
{
    char command[128];
    assert_true(rpc_server_stop(*state, 5000));
    snprintf(command, sizeof(command), "rm -rf $(dirname %s)", address + strlen("ipc://"));
    return system(command);
}

// A call and all that came back.
struct answer {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool ended;
    struct status status;
    struct arena arena;
    ProtobufCMessage *reply;
    struct rpc_metadata metadata;
    const ProtobufCMessageDescriptor *descriptor;
};

static void on_done(void *user, const struct rpc_result *result)
{
    struct answer *answer = user;
    answer->status = result->status;
    answer->status.violations = NULL;
    answer->metadata =
        rpc_metadata_copy(result->metadata, arena_alloc(&answer->arena, rpc_metadata_copy_size(result->metadata)));
    if (status_ok(&result->status))
        answer->reply = protobuf_c_message_unpack(answer->descriptor, &answer->arena.protobuf, result->body.length,
                                                  result->body.data);
    pthread_mutex_lock(&answer->mutex);
    answer->ended = true;
    pthread_cond_signal(&answer->cond);
    pthread_mutex_unlock(&answer->mutex);
}

static struct answer *answer_new(const ProtobufCMessageDescriptor *descriptor)
{
    struct answer *answer = calloc(1, sizeof(*answer));
    pthread_mutex_init(&answer->mutex, NULL);
    pthread_cond_init(&answer->cond, NULL);
    arena_init(&answer->arena, LIMIT_CALL_ARENA_BYTES);
    answer->descriptor = descriptor;
    return answer;
}

static void answer_free(struct answer *answer)
{
    arena_fini(&answer->arena);
    free(answer);
}

static void await(struct answer *answer)
{
    pthread_mutex_lock(&answer->mutex);
    while (!answer->ended)
        pthread_cond_wait(&answer->cond, &answer->mutex);
    pthread_mutex_unlock(&answer->mutex);
}

static struct rpc_client *dial(void)
{
    struct rpc_client *client = NULL;
    struct status status = {0};
    struct rpc_client_options options;
    rpc_client_options_init(&options, address);
    assert_true(rpc_client_open(&client, &options, &status));
    return client;
}

static struct answer *begin(struct rpc_client *client, const char *method, const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *reply, struct rpc_metadata metadata, int timeout_ms)
{
    struct answer *answer = answer_new(reply);
    size_t length = protobuf_c_message_get_packed_size(request);
    uint8_t *packed = arena_alloc(&answer->arena, length);
    protobuf_c_message_pack(request, packed);
    rpc_client_send(client, &(struct rpc_client_call){.method = method,
                                                      .body = {packed, length},
                                                      .timeout_ms = timeout_ms,
                                                      .metadata = metadata,
                                                      .done = on_done,
                                                      .user = answer});
    return answer;
}

static struct answer *call_with(const char *method, const ProtobufCMessage *request,
                                const ProtobufCMessageDescriptor *reply, struct rpc_metadata metadata, int timeout_ms)
{
    struct rpc_client *client = dial();
    struct answer *answer = begin(client, method, request, reply, metadata, timeout_ms);
    await(answer);
    rpc_client_close(client);
    return answer;
}

static struct answer *call(const char *method, const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply)
{
    return call_with(method, request, reply, (struct rpc_metadata){0}, 10000);
}

static void empty_unary(void **state)
{
    (void)state;
    Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;
    struct answer *answer = call(SERVICE "EmptyCall", &request.base, &grpc__testing__empty__descriptor);
    assert_true(status_ok(&answer->status));
    assert_int_equal(protobuf_c_message_get_packed_size(answer->reply), 0);
    answer_free(answer);
}

static uint8_t large_body[271828];
static Grpc__Testing__Payload large_payload = {
    .base = PROTOBUF_C_MESSAGE_INIT(&grpc__testing__payload__descriptor),
    .body = {.data = large_body, .len = sizeof(large_body)},
};

static void assert_large(const struct answer *answer)
{
    const Grpc__Testing__SimpleResponse *reply = (const void *)answer->reply;
    assert_true(status_ok(&answer->status));
    assert_int_equal(reply->payload->type, GRPC__TESTING__PAYLOAD_TYPE__COMPRESSABLE);
    assert_int_equal(reply->payload->body.len, 314159);
    for (size_t i = 0; i < 314159; i++)
        assert_int_equal(reply->payload->body.data[i], 0);
}

static void large_unary(void **state)
{
    (void)state;
    Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
    request.response_size = 314159;
    request.payload = &large_payload;
    struct answer *answer = call(SERVICE "UnaryCall", &request.base, &grpc__testing__simple_response__descriptor);
    assert_large(answer);
    answer_free(answer);
}

static uint8_t trailing_value[] = {0xab, 0xab, 0xab};
static Anlan__Rpc__V1__Metadata initial = {
    .base = PROTOBUF_C_MESSAGE_INIT(&anlan__rpc__v1__metadata__descriptor),
    .key = (char *)INITIAL,
    .value = {.data = (uint8_t *)"test_initial_metadata_value", .len = 27},
};
static Anlan__Rpc__V1__Metadata trailing = {
    .base = PROTOBUF_C_MESSAGE_INIT(&anlan__rpc__v1__metadata__descriptor),
    .key = (char *)TRAILING,
    .value = {.data = trailing_value, .len = sizeof(trailing_value)},
};

static void assert_echoed(const struct answer *answer)
{
    const Anlan__Rpc__V1__Metadata *first = rpc_metadata_find(answer->metadata, INITIAL);
    const Anlan__Rpc__V1__Metadata *second = rpc_metadata_find(answer->metadata, TRAILING);
    assert_int_equal(answer->metadata.count, 2);
    assert_non_null(first);
    assert_non_null(second);
    assert_int_equal(first->value.len, 27);
    assert_memory_equal(first->value.data, "test_initial_metadata_value", 27);
    assert_int_equal(second->value.len, 3);
    assert_memory_equal(second->value.data, trailing_value, 3);
}

static void custom_metadata(void **state)
{
    (void)state;
    Anlan__Rpc__V1__Metadata *both[] = {&initial, &trailing};
    struct rpc_metadata metadata = {.count = 2, .items = both};
    Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
    request.response_size = 314159;
    request.payload = &large_payload;
    struct answer *answer =
        call_with(SERVICE "UnaryCall", &request.base, &grpc__testing__simple_response__descriptor, metadata, 10000);
    assert_large(answer);
    assert_echoed(answer);
    answer_free(answer);
    Grpc__Testing__StreamingOutputCallRequest second = GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
    answer = call_with(SERVICE "FullDuplexCall", &second.base,
                       &grpc__testing__streaming_output_call_response__descriptor, metadata, 10000);
    assert_true(status_ok(&answer->status));
    assert_echoed(answer);
    answer_free(answer);
}

// Metadata comes back with a refusal too, as gRPC's trailers do.
static void custom_metadata_comes_with_an_error(void **state)
{
    (void)state;
    Anlan__Rpc__V1__Metadata *both[] = {&initial, &trailing};
    Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
    Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
    status.code = CODE(ABORTED);
    request.response_status = &status;
    struct answer *answer = call_with(SERVICE "UnaryCall", &request.base, &grpc__testing__simple_response__descriptor,
                                      (struct rpc_metadata){.count = 2, .items = both}, 10000);
    assert_int_equal(answer->status.code, CODE(ABORTED));
    assert_echoed(answer);
    answer_free(answer);
}

static struct answer *call_with_item(const char *key, const void *value, size_t length, size_t count)
{
    Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;
    Anlan__Rpc__V1__Metadata item = initial;
    Anlan__Rpc__V1__Metadata *items[64];
    item.key = (char *)key;
    item.value = (ProtobufCBinaryData){.data = (uint8_t *)value, .len = length};
    for (size_t i = 0; i < count; i++)
        items[i] = &item;
    return call_with(SERVICE "EmptyCall", &request.base, &grpc__testing__empty__descriptor,
                     (struct rpc_metadata){.count = count, .items = items}, 10000);
}

static void metadata_has_rules_and_limits(void **state)
{
    (void)state;
    static const uint8_t large[LIMIT_METADATA_BYTES];
    static const struct {
        const char *key;
        const char *value;
        size_t length;
        size_t count;
        status_reason reason;
    } rows[] = {
        {"a", "", 0, 1, REASON(UNSPECIFIED)},
        {"a.b_c-9", "~ printable ~", 13, LIMIT_METADATA_ITEMS, REASON(UNSPECIFIED)},
        {"any-bin", "\0\xff\n", 3, 1, REASON(UNSPECIFIED)},
        {"any-bin", (const char *)large, LIMIT_METADATA_BYTES - 7, 1, REASON(UNSPECIFIED)},
        {"", "x", 1, 1, REASON(FIELD_INVALID)},
        {"Upper", "x", 1, 1, REASON(FIELD_INVALID)},
        {"with space", "x", 1, 1, REASON(FIELD_INVALID)},
        {"安", "x", 1, 1, REASON(FIELD_INVALID)},
        {"a012345678901234567890123456789012345678901234567890123456789012", "x", 1, 1, REASON(UNSPECIFIED)},
        {"a0123456789012345678901234567890123456789012345678901234567890123", "x", 1, 1, REASON(FIELD_INVALID)},
        {"text", "line\n", 5, 1, REASON(FIELD_INVALID)},
        {"-bin", "\xff", 1, 1, REASON(FIELD_INVALID)},
        {"a", "x", 1, LIMIT_METADATA_ITEMS + 1, REASON(MESSAGE_TOO_LARGE)},
        {"any-bin", (const char *)large, LIMIT_METADATA_BYTES - 6, 1, REASON(MESSAGE_TOO_LARGE)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answer *answer = call_with_item(rows[i].key, rows[i].value, rows[i].length, rows[i].count);
        if (answer->status.reason != rows[i].reason)
            fail_msg("row %zu: %s", i, answer->status.message);
        answer_free(answer);
    }
}

static void expect_status(const char *text)
{
    Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
    Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
    Grpc__Testing__StreamingOutputCallRequest second = GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
    status.code = CODE(UNKNOWN);
    status.message = (char *)text;
    request.response_status = second.response_status = &status;
    struct answer *answers[] = {
        call(SERVICE "UnaryCall", &request.base, &grpc__testing__simple_response__descriptor),
        call(SERVICE "FullDuplexCall", &second.base, &grpc__testing__streaming_output_call_response__descriptor),
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        assert_int_equal(answers[i]->status.code, CODE(UNKNOWN));
        assert_string_equal(answers[i]->status.message, text);
        answer_free(answers[i]);
    }
}

static void status_code_and_message(void **state)
{
    (void)state;
    expect_status("test status message");
}

static void special_status_message(void **state)
{
    (void)state;
    expect_status(SPECIAL);
}

static void unimplemented_method(void **state)
{
    (void)state;
    Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;
    struct answer *answer = call(SERVICE "UnimplementedCall", &request.base, &grpc__testing__empty__descriptor);
    assert_int_equal(answer->status.code, CODE(UNIMPLEMENTED));
    answer_free(answer);
}

static void unimplemented_service(void **state)
{
    (void)state;
    Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;
    struct answer *answer =
        call("grpc.testing.UnimplementedService/UnimplementedCall", &request.base, &grpc__testing__empty__descriptor);
    assert_int_equal(answer->status.code, CODE(UNIMPLEMENTED));
    answer_free(answer);
}

static struct answer *begin_sleep(struct rpc_client *client, int32_t interval_us, int timeout_ms)
{
    Grpc__Testing__ResponseParameters parameters = GRPC__TESTING__RESPONSE_PARAMETERS__INIT;
    Grpc__Testing__ResponseParameters *list[] = {&parameters};
    Grpc__Testing__StreamingOutputCallRequest request = GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
    parameters.interval_us = interval_us;
    request.response_parameters = list;
    request.n_response_parameters = 1;
    return begin(client, SERVICE "FullDuplexCall", &request.base,
                 &grpc__testing__streaming_output_call_response__descriptor, (struct rpc_metadata){0}, timeout_ms);
}

static void await_count(atomic_size_t *seen, size_t count)
{
    for (int i = 0; i < 3000 && atomic_load(seen) < count; i++)
        usleep(1000);
    assert_int_equal(atomic_load(seen), count);
}

static void timeout_on_sleeping_server(void **state)
{
    (void)state;
    struct rpc_client *client = dial();
    size_t before = atomic_load(&cancelled_seen);
    int64_t start = clock_monotonic();
    struct answer *warm = begin_sleep(client, 0, 10000);    // the published timeout of 1 ms leaves no time to connect
    await(warm);
    assert_true(status_ok(&warm->status));
    struct answer *answer = begin_sleep(client, 2000000, 1);
    await(answer);
    assert_int_equal(answer->status.code, CODE(DEADLINE_EXCEEDED));
    assert_true(clock_monotonic() - start < 2 * CLOCK_SECOND);
    rpc_client_close(client);
    await_count(&cancelled_seen, before + 1);
    answer_free(warm);
    answer_free(answer);
}

// There is no stream to cancel half-way: what is cancelled is a call that has begun. Its caller sees CANCELLED at once,
// the service when the connection ends.
static void cancel_after_begin(void **state)
{
    (void)state;
    struct rpc_client *client = dial();
    size_t before = atomic_load(&cancelled_seen);
    struct answer *warm = begin_sleep(client, 0, 10000);
    await(warm);
    int64_t start = clock_monotonic();
    size_t begun = atomic_load(&begun_seen);
    struct answer *answer = begin_sleep(client, 10000000, 20000);
    await_count(&begun_seen, begun + 1);
    rpc_client_cancel(client);
    await(answer);
    assert_int_equal(answer->status.code, CODE(CANCELLED));
    assert_true(clock_monotonic() - start < CLOCK_SECOND);
    rpc_client_close(client);
    await_count(&cancelled_seen, before + 1);
    answer_free(warm);
    answer_free(answer);
}

// The published case cancels a stream after its first response: here the exchange after the first one.
static void cancel_after_first_response(void **state)
{
    (void)state;
    struct rpc_client *client = dial();
    size_t before = atomic_load(&cancelled_seen);
    struct answer *first = begin_sleep(client, 1000, 10000);
    await(first);
    size_t begun = atomic_load(&begun_seen);
    struct answer *second = begin_sleep(client, 10000000, 20000);
    await_count(&begun_seen, begun + 1);
    rpc_client_cancel(client);
    await(second);
    assert_true(status_ok(&first->status));
    assert_int_equal(((Grpc__Testing__StreamingOutputCallResponse *)first->reply)->payload->body.len, 1);
    assert_int_equal(second->status.code, CODE(CANCELLED));
    rpc_client_close(client);
    await_count(&cancelled_seen, before + 1);
    answer_free(first);
    answer_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_unary),
        cmocka_unit_test(large_unary),
        cmocka_unit_test(custom_metadata),
        cmocka_unit_test(custom_metadata_comes_with_an_error),
        cmocka_unit_test(metadata_has_rules_and_limits),
        cmocka_unit_test(status_code_and_message),
        cmocka_unit_test(special_status_message),
        cmocka_unit_test(unimplemented_method),
        cmocka_unit_test(unimplemented_service),
        cmocka_unit_test(timeout_on_sleeping_server),
        cmocka_unit_test(cancel_after_begin),
        cmocka_unit_test(cancel_after_first_response),
    };
    return cmocka_run_group_tests(tests, up, down);
}

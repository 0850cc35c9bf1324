// SPDX-License-Identifier: Apache-2.0
// The contract as a service serves it, and as `anlan describe` and protoc read it.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anlan/rpc/v1/reflection.pb-c.h"
#include "anlan_hazards_v1.policy.h"
#include "anlan_organisations_v1.policy.h"
#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/limits.h"
#include "rpc/local.h"
#include "rpc/reflection.h"
#include "support/instance.h"

#define METHOD "anlan.rpc.v1.ReflectionService/GetDescriptorSet"

static int up(void **state)
{
    *state = instance_start(1);
    return 0;
}

static int down(void **state)
{
    instance_stop(*state);
    return 0;
}

static int describe(struct instance *instance, char *output, size_t size, const char *arguments)
{
    return instance_run(instance, output, size, "anlan --lang en describe --address ipc://%s/hazards-0 %s 2>&1",
                        instance->dir, arguments);
}

#define assert_holds(output, text)                                                                                     \
    do {                                                                                                               \
        if (!strstr((output), (text)))                                                                                 \
            fail_msg("'%s' is not in: %s", (text), (output));                                                          \
    } while (0)

static void anybody_reads_the_very_bytes_of_the_build(void **state)
{
    struct instance *instance = *state;
    static const char *const services[] = {"anlan.hazards.v1.HazardsService", "anlan.hazards.v1.ListingsService",
                                           "anlan.rpc.v1.FeedService", "anlan.rpc.v1.HealthService",
                                           "anlan.rpc.v1.ReflectionService"};
    struct status status = {0};
    Anlan__Rpc__V1__GetDescriptorSetRequest request = ANLAN__RPC__V1__GET_DESCRIPTOR_SET_REQUEST__INIT;
    const Anlan__Rpc__V1__GetDescriptorSetResponse *answer = (const void *)rpc_client_call(
        instance->ledger, METHOD, &request.base, &anlan__rpc__v1__get_descriptor_set_response__descriptor,
        (struct bytes){0}, 5000, NULL, &instance->arena, &status);
    assert_ok(status);
    assert_int_equal(answer->descriptor_set.len, rpc_descriptor_set_length);
    assert_memory_equal(answer->descriptor_set.data, rpc_descriptor_set, rpc_descriptor_set_length);
    assert_string_equal(answer->version, ANLAN_VERSION);
    assert_int_equal(answer->n_services, COUNT_OF(services));
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        bool found = false;
        for (size_t s = 0; s < answer->n_services; s++)
            found = found || strcmp(answer->services[s], services[i]) == 0;
        assert_true(found);
    }
    assert_string_equal(answer->services[0], services[0]);
}

struct many {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    size_t ended;
    size_t good;
    size_t refused;
};

static void on_done(void *user, const struct rpc_result *result)
{
    struct many *many = user;
    pthread_mutex_lock(&many->mutex);
    many->ended++;
    many->good += status_ok(&result->status);
    many->refused += result->status.reason == REASON(MESSAGE_TOO_LARGE);
    pthread_cond_signal(&many->cond);
    pthread_mutex_unlock(&many->mutex);
}

// Together the answers are seven times a message: those that fit are answered, the others refused, nobody is cut off.
static void a_message_full_of_questions_is_answered_as_far_as_it_fits(void **state)
{
    struct instance *instance = *state;
    struct many many = {.mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    for (size_t i = 0; i < 2 * LIMIT_CALLS_PER_MESSAGE; i++)
        rpc_client_send(instance->ledger, &(struct rpc_client_call){
                                              .method = METHOD, .timeout_ms = 20000, .done = on_done, .user = &many});
    pthread_mutex_lock(&many.mutex);
    while (many.ended < 2 * LIMIT_CALLS_PER_MESSAGE)
        pthread_cond_wait(&many.cond, &many.mutex);
    pthread_mutex_unlock(&many.mutex);
    assert_true(many.good > 0);
    assert_int_equal(many.good + many.refused, many.ended);
}

static void the_services_of_an_address_are_listed(void **state)
{
    struct instance *instance = *state;
    char output[8192];
    assert_int_equal(describe(instance, output, sizeof(output), ""), 0);
    assert_holds(output, "anlan.hazards.v1.HazardsService  ");
    assert_holds(output, "anlan.rpc.v1.FeedService  Follows logs\n");
    assert_null(strstr(output, "OrganisationsService"));
    assert_int_equal(instance_run(instance, output, sizeof(output),
                                  "ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 anlan "
                                  "describe",
                                  instance->dir, instance->dir),
                     0);
    assert_holds(output, "anlan.organisations.v1.OrganisationsService  ");
    assert_holds(output, "anlan.hazards.v1.HazardsService  ");
}

// What the service tells is what common code enforces: each method's kind and permission, as in the C tables.
static void every_method_is_described_with_its_policy(void **state)
{
    struct instance *instance = *state;
    static const char *const kinds[] = {"", "read", "list", "mutation", "local", "work"};
    static const struct rpc_contract *const contracts[] = {&anlan_organisations_v1_contract, &anlan_hazards_v1_contract,
                                                           &anlan_rpc_v1_contract};
    for (size_t c = 0; c < COUNT_OF(contracts); c++)
        for (size_t i = 0; i < contracts[c]->policy_count; i++) {
            const struct rpc_policy *policy = &contracts[c]->policies[i];
            char output[65536];
            char line[256];
            assert_int_equal(describe(instance, output, sizeof(output), policy->method), 0);
            snprintf(line, sizeof(line), "rpc %s(", policy->method);
            assert_holds(output, line);
            snprintf(line, sizeof(line), "\n  kind: %s\n", kinds[policy->kind]);
            assert_holds(output, line);
            snprintf(line, sizeof(line), "\n  permission: %s", *policy->permission ? policy->permission : "none");
            assert_holds(output, line);
            snprintf(line, sizeof(line), "message %s\n", policy->request->name);
            assert_holds(output, line);
            snprintf(line, sizeof(line), "message %s\n", policy->response->name);
            assert_holds(output, line);
        }
}

static void names_may_be_short_and_rules_are_words(void **state)
{
    struct instance *instance = *state;
    char output[65536];
    assert_int_equal(describe(instance, output, sizeof(output), "rpc/Pull"), 0);
    assert_holds(output, "rpc anlan.rpc.v1.FeedService/Pull(PullRequest) returns (PullResponse)");
    assert_holds(output, "  string tenant_id = 1  [required; UUID]\n");
    assert_holds(output, "  uint32 wait_ms = 3  [0 to 30000]\n");
    assert_holds(output, "  repeated LogEntry entries = 1\n");
    assert_holds(output, "      Where this page ends; pass it in the next call.\n");
    assert_int_equal(describe(instance, output, sizeof(output), "HealthService"), 0);
    assert_holds(output, "service anlan.rpc.v1.HealthService  (anlan/rpc/v1/health.proto)");
    assert_int_equal(describe(instance, output, sizeof(output), "v1.Place"), 0);
    assert_holds(output, "message anlan.rpc.v1.Place\n");
    assert_int_equal(describe(instance, output, sizeof(output), "Reason"), 0);
    assert_holds(output, "  REASON_TOKEN_MISSING = 21  [UNAUTHENTICATED] Sign in first.\n");
    assert_int_equal(instance_run(instance, output, sizeof(output),
                                  "anlan --lang zh describe --address ipc://%s/hazards-0 FeedService/Pull",
                                  instance->dir),
                     0);
    assert_holds(output, "类别： 列表");
    assert_holds(output, "[必填; UUID]");
    assert_int_equal(describe(instance, output, sizeof(output), "lace"), 1);
    assert_holds(output, "nothing of this name");
}

// protoc reads what was saved and encodes a request with it: the set is whole.
static void protoc_reads_the_set_that_was_saved(void **state)
{
    struct instance *instance = *state;
    char output[4096];
    char arguments[256];
    snprintf(arguments, sizeof(arguments), "--save %s/set", instance->dir);
    assert_int_equal(describe(instance, output, sizeof(output), arguments), 0);
    assert_int_equal(instance_run(instance, output, sizeof(output),
                                  "echo 'code: \"150424\"' | protoc --descriptor_set_in=%s/set "
                                  "--encode=anlan.organisations.v1.GetUnitRequest "
                                  "anlan/organisations/v1/organisations.proto | protoc --decode_raw",
                                  instance->dir),
                     0);
    assert_holds(output, "\"150424\"");
}

// A server that answers whatever it is given.
static void answer_bytes(void *user, struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)request;
    const struct bytes *set = user;
    Anlan__Rpc__V1__GetDescriptorSetResponse answer = ANLAN__RPC__V1__GET_DESCRIPTOR_SET_RESPONSE__INIT;
    answer.descriptor_set = (ProtobufCBinaryData){.data = (uint8_t *)set->data, .len = set->length};
    rpc_local_answer(call, &answer.base);
}

// file { message_type { nested_type { nested_type … } } }, and a file without a single name.
static size_t make_nested(uint8_t *set, size_t size, int levels)
{
    size_t at = size;
    for (int i = 0; i < levels; i++) {
        size_t length = size - at;
        if (length >= 128)
            set[--at] = (uint8_t)(length >> 7);
        set[--at] = (uint8_t)(length >= 128 ? (length & 0x7f) | 0x80 : length);
        set[--at] = i == levels - 1 ? 0x0a : i == levels - 2 ? 0x22 : 0x1a;
    }
    memmove(set, set + at, size - at);
    return size - at;
}

static void a_set_that_lies_ends_with_a_message(void **state)
{
    struct instance *instance = *state;
    static const struct rpc_local_method methods[] = {{METHOD, answer_bytes}};
    static uint8_t nested[8192];
    struct bytes sets[] = {
        {(const uint8_t *)"\xff\xff\xff", 3},
        {(const uint8_t *)"\x0a\x7f", 2},
        {nested, make_nested(nested, sizeof(nested), 2000)},
        {(const uint8_t *)"\x0a\x04\x22\x00\x32\x00", 6},
        {NULL, 0},
    };
    struct bytes set = {0};
    struct rpc_local local = {
        .what = "a liar", .contract = &anlan_rpc_v1_contract, .methods = methods, .method_count = 1, .user = &set};
    char address[128];
    char output[4096];
    struct rpc_server *server = NULL;
    struct status status = {0};
    snprintf(address, sizeof(address), "ipc://%s/liar", instance->dir);
    struct rpc_server_options options = {.address = address,
                                         .contexts = 2,
                                         .message_limit = LIMIT_MESSAGE_BYTES,
                                         .call_limit = 1,
                                         .arena_limit = LIMIT_MESSAGE_BYTES,
                                         .send_timeout_ms = 1000,
                                         .dispatch = rpc_local_dispatch,
                                         .user = &local};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        set = sets[i];
        assert_true(rpc_server_start(&server, &options, &status));
        int exit_status = instance_run(instance, output, sizeof(output),
                                       "anlan --lang en describe --address %s Hazard 2>&1", address);
        assert_int_equal(exit_status, 1);
        assert_true(rpc_server_stop(server, 5000));
        assert_holds(output, i == 3 ? "nothing of this name" : "cannot be read");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anybody_reads_the_very_bytes_of_the_build),
        cmocka_unit_test(a_message_full_of_questions_is_answered_as_far_as_it_fits),
        cmocka_unit_test(the_services_of_an_address_are_listed),
        cmocka_unit_test(every_method_is_described_with_its_policy),
        cmocka_unit_test(names_may_be_short_and_rules_are_words),
        cmocka_unit_test(protoc_reads_the_set_that_was_saved),
        cmocka_unit_test(a_set_that_lies_ends_with_a_message),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
#include "rpc/reflection.h"

#include <stdlib.h>

#include "anlan/rpc/v1/reflection.pb-c.h"
#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/limits.h"

#define SERVICES_MOST 32

// The same bytes for everybody, never copied: a stranger's question costs a look at the table.
static void get_descriptor_set(void *user, struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)request;
    const struct rpc_reflection *reflection = user;
    rpc_call_finish(call, &(struct status){0}, reflection->answer, 0);
}

static const struct rpc_local_method methods[] = {
    {"anlan.rpc.v1.ReflectionService/GetDescriptorSet", get_descriptor_set},
};

void rpc_reflection_init(struct rpc_reflection *reflection, const struct rpc_contract *contract, const char *what)
{
    const struct rpc_contract *contracts[] = {contract, &anlan_rpc_v1_contract};
    char *services[SERVICES_MOST];
    Anlan__Rpc__V1__GetDescriptorSetResponse answer = ANLAN__RPC__V1__GET_DESCRIPTOR_SET_RESPONSE__INIT;
    answer.descriptor_set =
        (ProtobufCBinaryData){.data = (uint8_t *)rpc_descriptor_set, .len = rpc_descriptor_set_length};
    answer.services = services;
    for (size_t c = 0; c < COUNT_OF(contracts); c++)
        for (const char *const *at = contracts[c]->services; *at; at++) {
            CHECK(answer.n_services < SERVICES_MOST);
            services[answer.n_services++] = (char *)*at;
        }
    answer.version = (char *)ANLAN_VERSION;
    size_t length = anlan__rpc__v1__get_descriptor_set_response__get_packed_size(&answer);
    uint8_t *packed = malloc(length);
    CHECK(packed && length < LIMIT_MESSAGE_BYTES / 2);
    anlan__rpc__v1__get_descriptor_set_response__pack(&answer, packed);
    reflection->answer = (struct bytes){packed, length};
    reflection->local = (struct rpc_local){.what = what,
                                           .contract = &anlan_rpc_v1_contract,
                                           .methods = methods,
                                           .method_count = COUNT_OF(methods),
                                           .user = reflection};
}

void rpc_reflection_fini(struct rpc_reflection *reflection)
{
    free((void *)reflection->answer.data);
    *reflection = (struct rpc_reflection){0};
}

// SPDX-License-Identifier: Apache-2.0
#include "rpc/health.h"

#include <stdlib.h>
#include <string.h>

#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/limits.h"
#include "rpc/local.h"

#define CONTEXTS 4
#define MESSAGE_LIMIT 65536
#define STOP_WITHIN_MS 2000

struct rpc_health {
    struct rpc_server *server;
    struct rpc_local local;
    const char *const *services;
    rpc_health_probe *probe;
    void *user;
};

static bool knows(const struct rpc_health *health, const char *service)
{
    for (const char *const *at = health->services; *at; at++)
        if (strcmp(*at, service) == 0)
            return true;
    return *service == '\0';
}

static void check(void *user, struct rpc_call *call, const ProtobufCMessage *message)
{
    const struct rpc_health *health = user;
    const Anlan__Rpc__V1__CheckRequest *request = (const void *)message;
    Anlan__Rpc__V1__CheckResponse answer = ANLAN__RPC__V1__CHECK_RESPONSE__INIT;
    health->probe(health->user, &answer, &call->arena);
    if (!knows(health, request->service))
        answer.status = ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_SERVICE_UNKNOWN;
    rpc_local_answer(call, &answer.base);
}

static const struct rpc_local_method methods[] = {{"anlan.rpc.v1.HealthService/Check", check}};

bool rpc_health_start(struct rpc_health **health, const char *address, const char *const *services,
                      rpc_health_probe *probe, void *user, struct status *status)
{
    struct rpc_health *made = calloc(1, sizeof(*made));
    CHECK(made);
    *made = (struct rpc_health){.services = services, .probe = probe, .user = user};
    made->local = (struct rpc_local){.what = "a health address",
                                     .contract = &anlan_rpc_v1_contract,
                                     .methods = methods,
                                     .method_count = COUNT_OF(methods),
                                     .user = made};
    struct rpc_server_options options = {
        .address = address,
        .contexts = CONTEXTS,
        .message_limit = MESSAGE_LIMIT,
        .call_limit = 16,
        .arena_limit = MESSAGE_LIMIT,
        .send_timeout_ms = LIMIT_SEND_TIMEOUT_MS,
        .dispatch = rpc_local_dispatch,
        .user = &made->local,
    };
    if (!rpc_server_start(&made->server, &options, status)) {
        free(made);
        return false;
    }
    *health = made;
    return true;
}

void rpc_health_dispatch(void *user, struct rpc_call *call)
{
    struct rpc_health *health = user;
    rpc_local_dispatch(&health->local, call);
}

void rpc_health_stop(struct rpc_health *health)
{
    if (health && rpc_server_stop(health->server, STOP_WITHIN_MS))
        free(health);
}

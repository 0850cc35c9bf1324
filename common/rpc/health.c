// SPDX-License-Identifier: Apache-2.0
#include "rpc/health.h"

#include <stdlib.h>
#include <string.h>

#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/limits.h"
#include "rpc/message.h"
#include "rpc/server.h"

#define CONTEXTS 4
#define MESSAGE_LIMIT 65536
#define STOP_WITHIN_MS 2000

struct rpc_health {
    struct rpc_server *server;
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

static void dispatch(void *user, struct rpc_call *call)
{
    const struct rpc_health *health = user;
    const struct rpc_policy *policy = rpc_contract_policy(&anlan_rpc_v1_contract, "anlan.rpc.v1.HealthService/Check");
    struct status status = {0};
    struct bytes body = {0};
    const Anlan__Rpc__V1__CheckRequest *request = NULL;
    if (strcmp(call->method, policy->method) != 0)
        status_set(&status, REASON(METHOD_UNKNOWN), "a health address has no method %.100s", call->method);
    else
        request =
            (const void *)rpc_message_read(&anlan_rpc_v1_contract, policy->request, call->body, &call->arena, &status);
    if (request) {
        Anlan__Rpc__V1__CheckResponse answer = ANLAN__RPC__V1__CHECK_RESPONSE__INIT;
        health->probe(health->user, &answer);
        if (!knows(health, request->service))
            answer.status = ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_SERVICE_UNKNOWN;
        rpc_message_write(&answer.base, &call->arena, &body, &status);
    }
    rpc_call_finish(call, &status, body, 0);
}

bool rpc_health_start(struct rpc_health **health, const char *address, const char *const *services,
                      rpc_health_probe *probe, void *user, struct status *status)
{
    struct rpc_health *made = calloc(1, sizeof(*made));
    CHECK(made);
    *made = (struct rpc_health){.services = services, .probe = probe, .user = user};
    struct rpc_server_options options = {
        .address = address,
        .contexts = CONTEXTS,
        .message_limit = MESSAGE_LIMIT,
        .call_limit = 16,
        .arena_limit = MESSAGE_LIMIT,
        .send_timeout_ms = LIMIT_SEND_TIMEOUT_MS,
        .dispatch = dispatch,
        .user = made,
    };
    if (!rpc_server_start(&made->server, &options, status)) {
        free(made);
        return false;
    }
    *health = made;
    return true;
}

void rpc_health_stop(struct rpc_health *health)
{
    if (health && rpc_server_stop(health->server, STOP_WITHIN_MS))
        free(health);
}

// SPDX-License-Identifier: Apache-2.0
#include "rpc/local.h"

#include <string.h>

#include "rpc/message.h"

static rpc_local_handler *find_handler(const struct rpc_local *local, const char *method)
{
    for (size_t i = 0; i < local->method_count; i++)
        if (strcmp(local->methods[i].method, method) == 0)
            return local->methods[i].handle;
    return NULL;
}

void rpc_local_dispatch(void *user, struct rpc_call *call)
{
    const struct rpc_local *local = user;
    struct status status = {0};
    rpc_local_handler *handle = find_handler(local, call->method);
    const struct rpc_policy *policy = rpc_contract_policy(local->contract, call->method);
    const ProtobufCMessage *request = NULL;
    if (!handle || !policy)
        status_set(&status, REASON(METHOD_UNKNOWN), "%s has no method %.100s", local->what, call->method);
    else
        request = rpc_message_read(local->contract, policy->request, call->body, &call->arena, &status);
    if (request)
        handle(local->user, call, request);
    else
        rpc_call_finish(call, &status, (struct bytes){0}, 0);
}

void rpc_local_answer(struct rpc_call *call, const ProtobufCMessage *reply)
{
    struct status status = {0};
    struct bytes body = {0};
    rpc_message_write(reply, &call->arena, &body, &status);
    rpc_call_finish(call, &status, body, 0);
}

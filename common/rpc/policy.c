// SPDX-License-Identifier: Apache-2.0
#include "rpc/policy.h"

#include <string.h>

const struct rpc_policy *rpc_contract_policy(const struct rpc_contract *contract, const char *method)
{
    for (size_t i = 0; i < contract->policy_count; i++)
        if (strcmp(contract->policies[i].method, method) == 0)
            return &contract->policies[i];
    return NULL;
}

const struct rpc_rule *rpc_contract_rule(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *message,
                                         unsigned field)
{
    for (size_t i = 0; i < contract->rule_count; i++)
        if (contract->rules[i].message == message && contract->rules[i].field == field)
            return &contract->rules[i];
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
#include "rpc/policy.h"

#include <stdlib.h>
#include <string.h>

static int by_method(const void *method, const void *policy)
{
    return strcmp(method, ((const struct rpc_policy *)policy)->method);
}

const struct rpc_policy *rpc_contract_policy(const struct rpc_contract *contract, const char *method)
{
    return bsearch(method, contract->policies, contract->policy_count, sizeof(*contract->policies), by_method);
}

// FNV-1a, as in gen/policy_tables.py.
static uint32_t hash(const char *name)
{
    uint32_t value = 0x811c9dc5;
    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * 0x01000193;
    return value;
}

const struct rpc_rule *rpc_contract_rule(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *message,
                                         unsigned field)
{
    if (contract->rule_slot_count == 0)
        return NULL;
    size_t mask = contract->rule_slot_count - 1;
    size_t at = hash(message->name) & mask;
    while (contract->rule_slots[at].message && contract->rule_slots[at].message != message)
        at = (at + 1) & mask;
    const struct rpc_rule_slot *slot = &contract->rule_slots[at];
    for (size_t i = 0; i < slot->count; i++)
        if (slot->rules[i].field == field)
            return &slot->rules[i];
    return NULL;
}

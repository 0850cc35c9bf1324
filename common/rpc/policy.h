// SPDX-License-Identifier: Apache-2.0
// The contract's options as C tables. They are generated at build time from the
// descriptor set of proto/ (common/gen/policy_tables.py).
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anlan/rpc/v1/policy.pb-c.h"

// One method's policy; see MethodPolicy in policy.proto.
struct rpc_policy {
    const char *method;    // "anlan.organisations.v1.OrganisationsService/GetUnit"
    const char *name;      // "GetUnit"
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *response;
    Anlan__Rpc__V1__MethodKind kind;
    const char *permission;      // "" for LOCAL, and where the next two say who may
    const char *tenant_field;    // "" for none; fields of the request by name
    const char *unit_field;
    const char *const *conflict_fields;
    size_t conflict_count;
    bool exclusive;
    bool slow;
    bool reads_arrivals;
    bool anonymous;
    bool own;
    const char *home_field;    // "" for none
    const char *home_permission;
    bool accounted;
    bool kept;
    bool inner;
};

// One field's rule; see FieldRule in policy.proto.
struct rpc_rule {
    const ProtobufCMessageDescriptor *message;
    unsigned field;    // index into message->fields
    bool required;
    uint32_t min_chars;
    uint32_t max_chars;    // already the default where the contract says 0
    Anlan__Rpc__V1__Format format;
    int64_t min;
    int64_t max;
    uint32_t max_items;
    bool unit;
    bool within_scope;
    bool secret;
};

// Where the rules of a message are.
struct rpc_rule_slot {
    const ProtobufCMessageDescriptor *message;    // NULL: none
    const struct rpc_rule *rules;
    size_t count;
};

// What the contract says of one package's services.
struct rpc_contract {
    const char *package;                  // "anlan.organisations.v1"
    const char *const *services;          // full names, ended by NULL
    const struct rpc_policy *policies;    // in the order of their methods
    size_t policy_count;
    const struct rpc_rule_slot *rule_slots;               // by the hash of the message's name, or behind
    size_t rule_slot_count;                               // a power of two; 0: there are no rules
    const ProtobufCMessageDescriptor *const *messages;    // all of the package
    size_t message_count;
};

// The policy of a method by its full name; NULL if the contract has none.
const struct rpc_policy *rpc_contract_policy(const struct rpc_contract *contract, const char *method);

// The rule of a field; NULL if it has none.
const struct rpc_rule *rpc_contract_rule(const struct rpc_contract *contract, const ProtobufCMessageDescriptor *message,
                                         unsigned field);

// SPDX-License-Identifier: Apache-2.0
// ReflectionService: the contract that this program was built from, served as bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "rpc/local.h"

// The descriptor set of proto/, embedded at build time (common/gen/policy_tables.py).
extern const uint8_t rpc_descriptor_set[];
extern const size_t rpc_descriptor_set_length;

// The answer, packed once, and the table that serves it.
struct rpc_reflection {
    struct bytes answer;
    struct rpc_local local;    // the user of rpc_local_dispatch
};

// Makes it for a process that serves `contract` besides what all services serve. `what` names the address, as in struct
// rpc_local. The reflection must not move afterwards.
void rpc_reflection_init(struct rpc_reflection *reflection, const struct rpc_contract *contract, const char *what);

// Frees it. Accepts a zeroed one.
void rpc_reflection_fini(struct rpc_reflection *reflection);

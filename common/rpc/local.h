// SPDX-License-Identifier: Apache-2.0
// Methods of kind LOCAL, answered from memory on nng's threads: a table of them is what a server serves.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "rpc/policy.h"
#include "rpc/server.h"

// Answers a call whose request has been read and checked; it owns the call until it finishes it. Must not block.
typedef void rpc_local_handler(void *user, struct rpc_call *call, const ProtobufCMessage *request);

// A method and what answers it.
struct rpc_local_method {
    const char *method;    // full name; the contract has it
    rpc_local_handler *handle;
};

// What an address serves.
struct rpc_local {
    const char *what;    // "a health address", for who asks it for another method
    const struct rpc_contract *contract;
    const struct rpc_local_method *methods;
    size_t method_count;
    void *user;    // of the handlers
};

// An rpc_dispatch; its user is the struct rpc_local. A method that the table does not have is METHOD_UNKNOWN.
void rpc_local_dispatch(void *local, struct rpc_call *call);

// Finishes a call with a message, or with MESSAGE_TOO_LARGE where the call's arena does not hold it.
void rpc_local_answer(struct rpc_call *call, const ProtobufCMessage *reply);

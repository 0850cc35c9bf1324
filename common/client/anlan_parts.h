// SPDX-License-Identifier: Apache-2.0
// What the parts of the client library share.
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "client/anlan.h"
#include "rpc/client.h"

#define ANLAN_TOKEN_MOST 8192

struct anlan {
    struct rpc_client *calls;
    struct rpc_tls *tls;    // NULL: none
    uint8_t token[ANLAN_TOKEN_MOST];
    size_t token_length;
    struct arena arena;    // of the last reply
    struct status status;
};

// Takes the handle's status as the answer of a function.
int anlan_answer(struct anlan *client);

// Calls with messages of ours; the reply lives in the handle's arena until the next call. NULL with the handle's
// status.
ProtobufCMessage *anlan_ask(struct anlan *client, const char *method, const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *reply, int timeout_ms);

// SPDX-License-Identifier: Apache-2.0
// How each reason of the contract is brought about against a real instance; reasons_test.c holds the rows against the
// contract.
#pragma once

#include "base/check.h"
#include "support/answers.h"
#include "support/instance.h"

// What an answer holds besides code, reason and message.
enum { VIOLATIONS = 1, RETRY = 2 };

// A reason, and how an answer with it is had.
struct reason_row {
    status_reason reason;
    status_code code;
    unsigned with;
    struct status (*bring_about)(void);
};

// Reasons of calls and processes; of records; of signing in.
extern const struct reason_row reasons_of_calls[];
extern const size_t reasons_of_calls_count;
extern const struct reason_row reasons_of_records[];
extern const size_t reasons_of_records_count;
extern const struct reason_row reasons_of_sign_in[];
extern const size_t reasons_of_sign_in_count;

// The instance, brought up before the first row.
extern struct instance *world;

// "ipc://…" of a socket in the instance's directory: "hazards-0".
char *address_of(const char *name);

// One call with a client of its own; violations live in the instance's arena.
struct status call_once(const char *address, struct rpc_client_call call);

// A packed message, in the instance's arena.
struct bytes pack(const ProtobufCMessage *message);

// An officer of 林西县.
struct person clerk(void);

// A good CreateHazardRequest; request_id NULL: a fresh one. The call with it, for timeout_ms (0: 10 s).
struct bytes create_request(enum place place, const char *request_id);
struct status create_with(struct person person, struct bytes body, int timeout_ms);

// A hazard that was created; it must succeed.
const Anlan__Hazards__V1__Hazard *created(enum place place, struct person person, const char *request_id);

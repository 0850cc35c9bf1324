// SPDX-License-Identifier: Apache-2.0
// The one error type: a standard RPC code and one of the contract's reasons
// (proto/anlan/rpc/v1/status.proto).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anlan/rpc/v1/status.pb-c.h"

// The contract's enums, by shorter names.
typedef Anlan__Rpc__V1__Code status_code;
typedef Anlan__Rpc__V1__Reason status_reason;
#define CODE(name) ANLAN__RPC__V1__CODE__CODE_##name
#define REASON(name) ANLAN__RPC__V1__REASON__REASON_##name

#define STATUS_VIOLATIONS 16

struct status_violation {
    char field[128];          // path from the request, in proto names
    char description[128];    // in English
};

// Zero-initialised it is OK. Violations live in the arena that they were made in.
struct status {
    status_code code;
    status_reason reason;
    uint32_t retry_after_ms;    // 0: not said
    char message[256];          // UTF-8, cut at a character
    size_t violation_count;
    struct status_violation *violations;    // STATUS_VIOLATIONS of them, or NULL
};

// What a reason means: one row for each value of the enum.
struct status_reason_text {
    status_reason reason;
    status_code code;
    const char *name;    // "FIELD_INVALID"
    const char *en;
    const char *zh;
};

// The row of `reason`; that of STATUS_UNKNOWN for a number that has none.
const struct status_reason_text *status_reason_text(status_reason reason);

// "INVALID_ARGUMENT" for a code; "UNKNOWN" for a number that has none.
const char *status_code_name(status_code code);

// Sets reason, the code that goes with it, and the message; forgets violations.
// Answers false, so that a check can end with it.
bool status_set(struct status *status, status_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Adds a violation and makes the status INVALID_ARGUMENT, FIELD_INVALID; past 16
// only the status is kept. Memory comes from `arena`. Answers false.
struct arena;
bool status_violate(struct status *status, struct arena *arena, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// True if the call ended well.
static inline bool status_ok(const struct status *status)
{
    return status->code == CODE(OK);
}

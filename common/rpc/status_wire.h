// SPDX-License-Identifier: Apache-2.0
// A status on the wire, both ways.
#pragma once

#include "base/arena.h"
#include "base/status.h"

// The message of a status; memory from `arena`, texts point into `status`. NULL for
// OK, and where the arena is full.
Anlan__Rpc__V1__Status *rpc_status_message(const struct status *status, struct arena *arena);

// Reads a message that was checked; violations are allocated in `arena` (NULL: left
// out). A code that does not go with its reason is kept as it is; one that is none of the 17 becomes UNKNOWN, as gRPC
// has it.
void rpc_status_read(const Anlan__Rpc__V1__Status *message, struct arena *arena, struct status *status);

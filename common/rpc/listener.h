// SPDX-License-Identifier: Apache-2.0
// A listener that stays. In nng 1.5.2 a peer that disconnects during the greeting
// ends an ipc listener for good (nng issue 1518): it still greets, but nobody gets
// through any more. The keeper greets its own listener every half second, as any
// peer would, and replaces one through which it does not get; connections that exist
// are not touched. Where nng frees no connections any more (its one thread for that may hang for good) it ends the
// process, which would run out of descriptors: whoever supervises it starts it again.
#pragma once

#include <nng/nng.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/status.h"

struct rpc_listener;

// Takes the socket's event NNG_PIPE_EV_ADD_POST. Listens on the socket at `address` (allowed, see address.h). An ipc
// address is held by a lock on <path>.lock: false with UNREACHABLE where another process has it, without touching that
// one's socket. `freed` counts the connections of which NNG_PIPE_EV_REM_POST has told; must outlive the listener.
bool rpc_listener_start(struct rpc_listener **listener, nng_socket socket, const char *address,
                        const atomic_size_t *freed, struct status *status);

// Stops the keeper; no peer is accepted any more. Before the socket is closed.
// Accepts NULL.
void rpc_listener_stop(struct rpc_listener *listener);

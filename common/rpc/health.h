// SPDX-License-Identifier: Apache-2.0
// The health method on a listener of its own, so that it answers under load.
#pragma once

#include <stdbool.h>

#include "anlan/rpc/v1/health.pb-c.h"
#include "base/arena.h"
#include "base/status.h"
#include "rpc/server.h"

struct rpc_health;

// Fills in the answer of Check; what it needs lives in the arena. Runs on an nng thread; must not block.
typedef void rpc_health_probe(void *user, Anlan__Rpc__V1__CheckResponse *answer, struct arena *arena);

// Listens at `address`. `services` are the full names that Check knows, ended by
// NULL (the list must live as long); others answer SERVICE_UNKNOWN. False as rpc_server_start.
bool rpc_health_start(struct rpc_health **health, const char *address, const char *const *services,
                      rpc_health_probe *probe, void *user, struct status *status);

// An rpc_dispatch with the health for its user: answers Check at an address for calls too.
void rpc_health_dispatch(void *health, struct rpc_call *call);

// Closes and frees, behind all that dispatches to it. Accepts NULL.
void rpc_health_stop(struct rpc_health *health);

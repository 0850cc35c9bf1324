// SPDX-License-Identifier: Apache-2.0
// What a service counts of its calls, lanes and mirror, and tells Prometheus. Names and labels of calls are those of
// the gRPC ecosystem (go-grpc-prometheus), so that its dashboards and alarms fit.
#pragma once

#include "metrics/listener.h"
#include "metrics/metrics.h"
#include "service/engine.h"

#define SERVICE_CODES 17

// A method and its counters; found once for each call, by service_measure_begin.
struct service_counted {
    const struct service_slot *slot;    // NULL where the call is none of the service's own methods
    char labels[192];                   // grpc_type, grpc_service, grpc_method
    _Atomic int64_t started;
    _Atomic int64_t handled[SERVICE_CODES];
    struct metrics_histogram seconds;
};

struct service_measures {
    struct service_counted *methods;    // slots, Pull, what every service answers, and last the unknown
    size_t count;
    struct metrics_histogram read_batches;
    struct metrics_histogram write_batches;
    _Atomic int64_t entries;
    struct metrics_listener *listener;    // NULL: nobody asks
};

// Makes the counters, before anything counts.
void service_measures_make(struct service *service);
// Listens at `address` unless it is "", once all that is told of runs. False with UNREACHABLE.
bool service_measures_listen(struct service *service, const char *address, struct status *status);
// Stops listening, before what is told of ends.
void service_measures_stop(struct service *service);
// Frees the counters, behind all that counts.
void service_measures_free(struct service *service);

// An rpc_begin: counts that a call has come, and finds its counters.
void service_measure_begin(void *user, struct rpc_call *call);
// Counts how a call ended.
void service_measure_end(const struct rpc_call *call, const struct status *status);
// The slot of a call; NULL where it is none of the service's own methods.
const struct service_slot *service_measured_slot(const struct rpc_call *call);

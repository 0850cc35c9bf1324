// SPDX-License-Identifier: Apache-2.0
// Trace context (W3C Recommendation "Trace Context", level 1): one id for all that happens on behalf of one request,
// through every service that takes part.
#pragma once

#include <stdbool.h>

// Bytes of a traceparent of version 00 with its NUL.
#define RPC_TRACEPARENT_SIZE sizeof("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

// Where in a trace we are.
struct rpc_trace {
    char trace_id[33];     // of the whole, 32 hexadecimal digits
    char parent_id[17];    // of the caller's part; "" where the trace begins here
    char span_id[17];      // of our own part, fresh
    bool sampled;          // the caller may have recorded its part
};

// Begins a trace.
void rpc_trace_begin(struct rpc_trace *trace);

// Continues the trace of a traceparent, with a span of our own. Versions after 00 are read as far as 00 goes. False
// where it is malformed, of version ff, or has an id of zeros: a new trace begins then.
bool rpc_trace_continue(struct rpc_trace *trace, const char *traceparent);

// The traceparent for calls that our part makes.
void rpc_trace_format(const struct rpc_trace *trace, char text[RPC_TRACEPARENT_SIZE]);

// True for a tracestate that may be passed on: at most 512 bytes with at most 32 members "key=value".
bool rpc_tracestate_good(const char *tracestate);

// SPDX-License-Identifier: Apache-2.0
// Calls that went wrong on our side, or took long, in the log: with the trace by which the other services' lines about
// the same request are found. What the caller did wrong is his to know, and is not logged.
#include <stdatomic.h>

#include "base/clock.h"
#include "log/log.h"
#include "service/engine.h"
#include "service/measure.h"

static bool is_ours(status_code code)
{
    return code == CODE(UNKNOWN) || code == CODE(INTERNAL) || code == CODE(UNAVAILABLE) || code == CODE(DATA_LOSS);
}

// When everything fails, every call does: the first lines of each second are enough, and the next one tells how many
// were left out.
bool service_may_log(struct service_observed *observed, int64_t most, int64_t *left_out)
{
    int64_t second = clock_monotonic() / CLOCK_SECOND;
    if (atomic_exchange(&observed->second, second) != second)
        atomic_store(&observed->lines, 0);
    if (atomic_fetch_add(&observed->lines, 1) >= most) {
        atomic_fetch_add(&observed->left_out, 1);
        return false;
    }
    *left_out = atomic_exchange(&observed->left_out, 0);
    return true;
}

static void observe(struct service *service, const struct rpc_call *call, const struct status *status, bool slow)
{
    int64_t left_out = 0;
    int64_t now = clock_monotonic();
    if (!service_may_log(&service->observed, LIMIT_CALL_LINES, &left_out))
        return;
    LOG(status->code == CODE(INTERNAL) || status->code == CODE(DATA_LOSS) ? LOG_ERROR : LOG_WARNING,
        slow ? "call.slow" : "call.failed", LOG_T("trace_id", call->trace.trace_id),
        LOG_T("span_id", call->trace.span_id),
        LOG_T("parent_id", *call->trace.parent_id ? call->trace.parent_id : NULL), LOG_T("method", call->method),
        LOG_T("code", status_code_name(status->code)),
        LOG_T("reason", status_ok(status) ? NULL : status_reason_text(status->reason)->name),
        LOG_T("message", status->message), LOG_N("ms", (now - call->started) / CLOCK_MILLISECOND),
        LOG_N("left_out", left_out));
}

void service_observe_call(void *user, const struct rpc_call *call, const struct status *status)
{
    service_measure_end(call, status);
    bool failed = is_ours(status->code);
    bool slow = clock_monotonic() - call->started >= LIMIT_SLOW_CALL_MS * CLOCK_MILLISECOND;
    if (failed || slow)
        observe(user, call, status, !failed);
}

void service_observe_feed(void *user, const struct rpc_call *call, const struct status *status)
{
    service_measure_end(call, status);
    if (is_ours(status->code))
        observe(user, call, status, false);
}

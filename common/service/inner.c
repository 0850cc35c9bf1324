// SPDX-License-Identifier: Apache-2.0
// A mutation that the service tells itself to make: as a job, without a caller's token and permission.
#include <stdio.h>

#include "base/clock.h"
#include "rpc/message.h"
#include "service/engine.h"
#include "service/values.h"

#define INNER_MS 10000

// The service itself, at the instance.
static void name_caller(const struct service *service, struct access_caller *caller)
{
    caller->subject_id = service_own_id(service);
    caller->unit_id = service->instance_id;
    caller->has_post = true;
    snprintf(caller->subject_name, sizeof(caller->subject_name), "%s", service->definition->name);
    snprintf(caller->role, sizeof(caller->role), "service");
}

struct service_job *service_inner_job(struct service *service, struct rpc_call *call, const char *method,
                                      struct bytes body, struct status *status)
{
    struct service_job *job = arena_alloc(&call->arena, sizeof(*job));
    const struct service_slot *slot = service_slot_find(service, method);
    if (!slot || slot->policy->kind != ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_MUTATION || slot->method->work) {
        status_set(status, REASON(METHOD_UNKNOWN), "%s is no mutation here", method);
        return NULL;
    }
    call->method = method;
    call->body = body;
    call->started = clock_monotonic();
    call->deadline = call->started + INNER_MS * CLOCK_MILLISECOND;
    if (!job || !(job->request = rpc_message_read(service->definition->contract, slot->policy->request, call->body,
                                                  &call->arena, status)))
        return NULL;
    job->call = call;
    job->slot = slot;
    job->inner = true;
    job->directory = service->directory;
    job->now = clock_now();
    anlan__service__context__init(&job->context);
    job->context.now = service_timestamp(job->now, &call->arena);
    name_caller(service, &job->caller);
    if (service_dispatch_prepare(service, job))
        return job;
    *status = job->status;
    return NULL;
}

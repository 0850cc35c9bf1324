// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "base/clock.h"
#include "log/log.h"
#include "service/engine.h"
#include "service/values.h"

// Steps of statement timeouts: neighbours with nearly equal time left share a setting.
static const int32_t timeout_steps[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000};

int32_t service_job_timeout(const struct service_job *job)
{
    int64_t left = (job->call->deadline - clock_monotonic()) / CLOCK_MILLISECOND;
    size_t i = 0;
    while (i + 1 < COUNT_OF(timeout_steps) && timeout_steps[i] < left)
        i++;
    return timeout_steps[i];
}

bool service_job_over(struct service_job *job)
{
    if (rpc_call_cancelled(job->call))
        status_set(&job->status, REASON(CANCELLED), "the client is gone");
    else if (clock_monotonic() >= job->call->deadline)
        status_set(&job->status, REASON(DEADLINE_EXCEEDED), "the deadline passed before the call was run");
    else
        return false;
    return true;
}

// The directory's position that the answer reflects: organisations tells it, so that who has seen a unit finds it known
// everywhere.
static int64_t position_of(const struct service *service, const struct service_job *job)
{
    if (!service->definition->keeps_directory)
        return 0;
    return job->position ? job->position : directory_position(service->directory);
}

// What nobody may overlook.
static void raise_alarm(const struct service_job *job)
{
    char subject[UUID_TEXT_SIZE];
    char post[UUID_TEXT_SIZE];
    uuid_format(&job->caller.subject_id, subject);
    uuid_format(&job->caller.post_id, post);
    LOG(LOG_WARNING, job->slot->method->alarm, LOG_T("subject", subject), LOG_T("name", job->caller.subject_name),
        LOG_T("post", post), LOG_T("record", service_text(job->changes[0].after, "id")),
        LOG_T("reason", service_text(job->request, "reason")), LOG_N("position", job->position),
        LOG_T("trace_id", job->call->trace.trace_id), LOG_T("span_id", job->call->trace.span_id));
}

void service_job_answer(struct service *service, struct service_job *job)
{
    if (job->call->user && service_wait_park(service, job))
        return;
    // Nothing that is masked elsewhere leaves before it stands in the access log.
    if (job->slot->policy->accounted && status_ok(&job->status) && !job->accounted) {
        if (!service_queue_add(&service->access_lane.queue, job))
            service_dispatch_overloaded(service, job);
        return;
    }
    service_access_note(service, job);
    if (job->stream)
        service_stream_end(service, job);
    if (job->writes && status_ok(&job->status) && job->slot->method->alarm)
        raise_alarm(job);
    rpc_call_finish(job->call, &job->status, job->reply, position_of(service, job));
}

void service_done_answer(struct service *service, struct service_done *done)
{
    for (size_t i = 0; i < done->count; i++)
        service_job_answer(service, done->jobs[i]);
    done->count = 0;
}

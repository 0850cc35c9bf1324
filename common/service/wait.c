// SPDX-License-Identifier: Apache-2.0
// Lists that wait (policy `slow`, and not answered from the directory): asked in a read lane; one that is empty waits
// in the feed lane until the log of the caller's tenant has grown, and is dispatched anew then: token, post, grants and
// scope are looked at each time.
#include "base/clock.h"
#include "service/engine.h"
#include "service/values.h"

// A list is not asked more often: what it needs of the call's memory is not given back.
#define REST (200 * CLOCK_MILLISECOND)
// To send the answer in.
#define MARGIN (100 * CLOCK_MILLISECOND)

struct service_wait {
    int64_t until;    // clock_monotonic
    int64_t rest_until;
    int64_t seen;    // the log's position before the list was asked
    bool asked;
    bool over;
};

static int64_t wait_of(const struct service_slot *slot, struct rpc_call *call)
{
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    const ProtobufCMessage *request =
        protobuf_c_message_unpack(slot->policy->request, &arena.protobuf, call->body.length, call->body.data);
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(slot->policy->request, "wait_ms");
    int64_t wait = request && field ? *(const uint32_t *)((const char *)request + field->offset) : 0;
    arena_fini(&arena);
    return (wait < LIMIT_FEED_WAIT_MAX_MS ? wait : LIMIT_FEED_WAIT_MAX_MS) * CLOCK_MILLISECOND;
}

bool service_waits(const struct service_slot *slot)
{
    return slot->policy->slow && !slot->method->answer &&
           slot->policy->kind == ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_LIST;
}

void service_wait_begin(struct service *service, const struct service_slot *slot, struct rpc_call *call)
{
    struct service_wait *wait = arena_alloc(&call->arena, sizeof(*wait));
    if (!wait) {
        struct status status = {0};
        status_set(&status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
        rpc_call_finish(call, &status, (struct bytes){0}, 0);
        return;
    }
    int64_t last = call->deadline - MARGIN;
    wait->until = clock_monotonic() + wait_of(slot, call);
    if (wait->until > last)
        wait->until = last;
    call->user = wait;
    call->more = false;    // it goes on alone
    call->index = 0;
    service_dispatch_call(service, call);
}

void service_wait_enqueue(struct service *service, struct service_job *job)
{
    directory_lock(service->directory);
    const struct directory_unit *unit = directory_find(service->directory, &job->caller.unit_id);
    if (unit)
        job->tenant_id = unit->tenant_id;
    directory_unlock(service->directory);
    job->context.tenant_id = service_uuid(&job->tenant_id, &job->call->arena);
    ((struct service_wait *)job->call->user)->asked = false;
    if (!job->context.tenant_id || !service_queue_add(&service->feed_lane.queue, job))
        service_dispatch_overloaded(service, job);
}

bool service_wait_park(struct service *service, struct service_job *job)
{
    struct service_wait *wait = job->call->user;
    if (!wait || !wait->asked || wait->over || !status_ok(&job->status) || job->reply.length > 0)
        return false;
    wait->rest_until = clock_monotonic() + REST;
    return service_queue_add(&service->feed_lane.queue, job);
}

bool service_wait_look(struct service *service, struct service_job *job, int64_t head)
{
    struct service_wait *wait = job->call->user;
    int64_t now = clock_monotonic();
    if (!wait->asked) {
        wait->seen = head;
        wait->asked = true;
        service_dispatch_enqueue(service, job);
        return true;
    }
    if (now >= wait->until || rpc_call_cancelled(job->call)) {
        wait->over = true;
        service_job_answer(service, job);
        return true;
    }
    if (head <= wait->seen || now < wait->rest_until)
        return false;
    service_dispatch_call(service, job->call);
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// Whose records a call means, and who may change them: a tenant's own people, those of the tenants above it, and whom
// these let by a grant. What a tenant above registers in a territory is seen there, and changed above.
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "service/engine.h"
#include "service/values.h"

static bool is_mutation(const struct service_job *job)
{
    return job->slot->policy->kind == ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_MUTATION;
}

// The caller keeps the record with the tenant of his own unit.
static bool keeps_at_home(const struct service_job *job)
{
    const char *name = job->slot->policy->home_field;
    const ProtobufCMessage *request = job->request;
    const ProtobufCFieldDescriptor *field =
        *name ? protobuf_c_message_descriptor_get_field_by_name(request->descriptor, name) : NULL;
    return field && *(const protobuf_c_boolean *)((const char *)request + field->offset);
}

// What the own post reaches with the method's permission, and what is read besides.
static bool decide_at_home(struct service *service, struct service_job *job, struct access_question question)
{
    struct arena *arena = &job->call->arena;
    struct access_decision own;
    struct access_decision read;
    bool without_grants = question.without_grants;
    question.without_grants = true;
    if (!access_decide(&service->access, &question, arena, &own, &job->status))
        return false;
    question.permission = job->slot->policy->home_permission;
    question.without_grants = without_grants;
    if (!access_decide(&service->access, &question, arena, &read, &job->status))
        return false;
    struct access_pair *pairs = arena_array(arena, own.count + read.count, sizeof(*pairs));
    if (!pairs)
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    if (own.count > 0)
        memcpy(pairs, own.pairs, own.count * sizeof(*pairs));
    if (read.count > 0)
        memcpy(pairs + own.count, read.pairs, read.count * sizeof(*pairs));
    job->decision = (struct access_decision){pairs, own.count + read.count};
    return true;
}

bool service_tenant_decide(struct service *service, struct service_job *job, const struct access_question *question)
{
    if (keeps_at_home(job))
        return decide_at_home(service, job, *question);
    return access_decide(&service->access, question, &job->call->arena, &job->decision, &job->status);
}

// The tenant of the caller's unit, where the record's unit lies within it.
static bool find_home(struct service *service, struct service_job *job)
{
    directory_lock(service->directory);
    const struct directory_unit *unit = directory_find(service->directory, &job->caller.unit_id);
    if (unit)
        job->tenant_id = unit->tenant_id;
    directory_unlock(service->directory);
    if (uuid_is_nil(&job->tenant_id))
        return status_set(&job->status, REASON(STATE_CONFLICT), "no tenant keeps records for your unit");
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (uuid_compare(&job->unit->place.levels[i], &job->tenant_id) == 0)
            return true;
    return status_violate(&job->status, &job->call->arena, job->slot->policy->home_field,
                          "is for units within your own tenant");
}

static bool is_tenant(struct service *service, const struct uuid *id)
{
    directory_lock(service->directory);
    const struct directory_unit *unit = directory_find(service->directory, id);
    bool yes = unit && unit->is_tenant;
    directory_unlock(service->directory);
    return yes;
}

// Single writer: a tenant that another instance owns is only read here, whoever asks. What that instance has written is
// entered by methods that say so, and by these nothing else is.
static bool is_ours(struct service *service, struct service_job *job)
{
    char name[DIRECTORY_NAME_SIZE] = "";
    bool of_others = job->slot->method->of_others;
    if (service->definition->keeps_directory || uuid_is_nil(&job->tenant_id))
        return true;
    directory_lock(service->directory);
    const struct directory_peer *owner = directory_owner(service->directory, &job->tenant_id);
    if (owner)
        snprintf(name, sizeof(name), "%s", owner->display_name);
    directory_unlock(service->directory);
    if (of_others)
        return owner || status_set(&job->status, REASON(STATE_CONFLICT), "no other instance keeps these records");
    return !owner || status_set(&job->status, REASON(OWNED_ELSEWHERE), "%.100s keeps these records", name);
}

bool service_tenant_find(struct service *service, struct service_job *job)
{
    const struct rpc_policy *policy = job->slot->policy;
    if (service->definition->keeps_directory)
        job->tenant_id = service->instance_id;
    else if (*policy->tenant_field)
        CHECK(uuid_parse(service_text(job->request, policy->tenant_field), &job->tenant_id));
    else if (job->unit && keeps_at_home(job) && !find_home(service, job))
        return false;
    else if (job->unit && !keeps_at_home(job))
        job->tenant_id = job->unit->tenant_id;
    if (is_mutation(job) && uuid_is_nil(&job->tenant_id))
        return status_set(&job->status, REASON(STATE_CONFLICT), "no tenant keeps records for this unit");
    // What is no tenant gets no log: the call finds nothing under the instance's, in as much time as elsewhere.
    if (is_mutation(job) && *policy->tenant_field && !is_tenant(service, &job->tenant_id))
        job->tenant_id = service->instance_id;
    if (is_mutation(job) && *policy->tenant_field)
        access_keep_below_out(&service->access, &job->caller, &job->tenant_id, &job->decision);
    if (is_mutation(job) && !is_ours(service, job))
        return false;
    job->context.tenant_id = service_uuid(&job->tenant_id, &job->call->arena);
    return job->context.tenant_id ||
           status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

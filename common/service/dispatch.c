// SPDX-License-Identifier: Apache-2.0
// The gate: from a call's bytes to a job in a lane. Who calls (token), what (the contract's rules), where and may he
// (the decision). Runs on nng's threads; blocks nowhere.
#include <stdio.h>
#include <string.h>

#include "access/peer.h"
#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "crypto/crypto.h"
#include "feed/entry.h"
#include "rpc/health.h"
#include "rpc/message.h"
#include "service/engine.h"
#include "service/measure.h"
#include "service/values.h"

#define KIND(name) ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_##name

// Callers' clocks may run ahead by this much.
// Queries of a message that go to one lane; the next as many go to another.
#define TOGETHER 16
#define CLOCK_SKEW (5 * 60 * CLOCK_SECOND)

static void refuse(struct rpc_call *call, const struct status *status)
{
    rpc_call_finish(call, status, (struct bytes){0}, 0);
}

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

// A copy of a unit that outlives the directory's lock; NULL if there is no such unit.
static const struct directory_unit *unit_copy(struct service *service, const char *text, struct arena *arena)
{
    struct uuid id;
    struct directory_unit *copy = arena_alloc(arena, sizeof(*copy));
    if (!copy || !uuid_parse(text, &id))
        return NULL;
    directory_lock(service->directory);
    const struct directory_unit *unit = directory_find(service->directory, &id);
    if (unit) {
        *copy = *unit;
        copy->sector_count = 0;
        copy->sectors = NULL;
    }
    directory_unlock(service->directory);
    return unit ? copy : NULL;
}

// A unit that the directory does not have is one that is nowhere and belongs to nobody. It is refused where one that
// the caller may not see would be: by the scope, by the rule, at the latest behind it.
static bool add_named_unit(struct service *service, struct service_job *job, const char *path, const char *text)
{
    static const struct directory_unit nowhere;
    struct arena *arena = &job->call->arena;
    const struct directory_unit *unit = unit_copy(service, text, arena);
    if (!unit)
        unit = &nowhere;
    if (job->unit_count == SERVICE_NAMED_UNITS)
        return status_violate(&job->status, arena, path, "is one unit too many");
    job->units[job->unit_count++] = (struct service_named_unit){.field = path, .unit = unit};
    return true;
}

// Units that a repeated field names.
static void add_named_units(struct service *service, struct service_job *job, const ProtobufCMessage *message,
                            const ProtobufCFieldDescriptor *field, const char *prefix)
{
    size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
    char *const *texts = *(char *const *const *)((const char *)message + field->offset);
    for (size_t i = 0; i < count && status_ok(&job->status); i++)
        add_named_unit(service, job, arena_printf(&job->call->arena, "%s%s[%zu]", prefix, field->name, i), texts[i]);
}

// Units that fields with the rule unit: true name, those of messages in it included.
static bool find_named_units(struct service *service, struct service_job *job, const ProtobufCMessage *message,
                             const char *prefix)
{
    const struct rpc_contract *contract = service->definition->contract;
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    struct arena *arena = &job->call->arena;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const struct rpc_rule *rule = rpc_contract_rule(contract, descriptor, i);
        const char *text = rule && rule->unit ? service_text(message, field->name) : "";
        if (rule && rule->unit && field->label == PROTOBUF_C_LABEL_REPEATED)
            add_named_units(service, job, message, field, prefix);
        const ProtobufCMessage *inner = service_message_field(message, field->name);
        if (*text)
            add_named_unit(service, job, arena_printf(arena, "%s%s", prefix, field->name), text);
        if (inner)
            find_named_units(service, job, inner, arena_printf(arena, "%s%s.", prefix, field->name));
    }
    return status_ok(&job->status);
}

// A mutation acts at the unit itself, not merely somewhere within it: the unit must be covered.
static bool unit_covered(const struct service_job *job, const struct directory_unit *unit)
{
    const char *sector_field = job->slot->method->record->sector_field;
    struct access_record record = {
        .place = unit->place,
        .sector = *sector_field ? service_text(job->request, sector_field) : NULL,
        .parties = &unit->id,
        .party_count = 1,
    };
    return access_covers(&job->decision, &record);
}

// So must those that fields with the rule within_scope name. (Such fields stand in the request itself.)
static bool named_units_covered(struct service *service, struct service_job *job)
{
    const ProtobufCMessageDescriptor *descriptor = job->request->descriptor;
    for (size_t i = 0; i < job->unit_count; i++) {
        const char *path = job->units[i].field;
        const char *name = path ? arena_printf(&job->call->arena, "%.*s", (int)strcspn(path, "["), path) : NULL;
        if (!name)
            return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs too much memory");
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
        const struct rpc_rule *rule =
            field ? rpc_contract_rule(service->definition->contract, descriptor, (unsigned)(field - descriptor->fields))
                  : NULL;
        bool known = !uuid_is_nil(&job->units[i].unit->id);
        if (rule && rule->within_scope && !(known && unit_covered(job, job->units[i].unit)))
            return status_set(&job->status, REASON(UNIT_NOT_FOUND), "%s: no such unit within your scope", path);
    }
    return true;
}

// What the directory says of the acting post counts, not what the token says. A post that it does not know is refused
// by the decision.
static bool take_post(struct service *service, struct service_job *job)
{
    struct access_caller *caller = &job->caller;
    if (!uuid_is_nil(&caller->post_id)) {
        directory_lock(service->directory);
        const struct directory_post *post = directory_post(service->directory, &caller->post_id);
        if (post) {
            caller->unit_id = post->unit_id;
            snprintf(caller->role, sizeof(caller->role), "%s", post->role);
        }
        directory_unlock(service->directory);
    }
    job->context.caller_id = service_uuid(&caller->subject_id, &job->call->arena);
    job->context.session_id = service_uuid(&caller->session_id, &job->call->arena);
    job->context.caller_role = caller->role;
    job->context.caller_unit_id = service_uuid(&caller->unit_id, &job->call->arena);
    return job->context.caller_unit_id || out_of_memory(&job->status);
}

// What the service tells itself to do reaches everything.
static bool decide_inner(struct service *service, struct service_job *job)
{
    const char *unit_field = job->slot->policy->unit_field;
    struct arena *arena = &job->call->arena;
    job->decision.pairs = arena_alloc(arena, sizeof(*job->decision.pairs));
    if (!job->decision.pairs)
        return out_of_memory(&job->status);
    job->decision.count = 1;
    job->decision.pairs[0].kind = ACCESS_INSTANCE;
    if (*unit_field && !(job->unit = unit_copy(service, service_text(job->request, unit_field), arena)))
        return status_set(&job->status, REASON(UNIT_NOT_FOUND), "%s is not a unit of the directory", unit_field);
    return true;
}

static bool decide(struct service *service, struct service_job *job)
{
    const struct rpc_policy *policy = job->slot->policy;
    if (job->inner)
        return decide_inner(service, job);
    struct arena *arena = &job->call->arena;
    // Nothing of others is in reach then: the scope is empty.
    if (policy->anonymous || policy->own)
        return true;
    const char *within = *policy->unit_field ? service_text(job->request, policy->unit_field) : "";
    const struct uuid *within_id = NULL;
    if (*within) {
        job->unit = unit_copy(service, within, arena);
        if (!job->unit)
            return status_set(&job->status, REASON(UNIT_NOT_FOUND), "no such unit within your scope");
        within_id = policy->kind == KIND(MUTATION) ? NULL : &job->unit->id;
    }
    enum access_use use = policy->kind == KIND(MUTATION) && !policy->reads_arrivals ? ACCESS_CHANGE : ACCESS_READ;
    const struct access_question question = {.caller = &job->caller,
                                             .permission = policy->permission,
                                             .within = within_id,
                                             .use = use,
                                             .now = job->now,
                                             .without_grants = job->stale};
    // By a grant it might do: that is known once the directory is.
    bool unsure = job->stale && job->caller.grant_count > 0;
    if (!service_tenant_decide(service, job, &question))
        return unsure ? service_fresh_behind(service, &job->status) : false;
    if (job->unit && policy->kind == KIND(MUTATION) && !unit_covered(job, job->unit))
        return unsure ? service_fresh_behind(service, &job->status)
                      : status_set(&job->status, REASON(UNIT_NOT_FOUND), "no such unit within your scope");
    return named_units_covered(service, job);
}

static uint64_t key_of(const struct service_job *job, const char *name, const void *value, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    const struct bytes parts[] = {{job->tenant_id.bytes, 16}, {(const uint8_t *)name, strlen(name)}, {value, length}};
    for (size_t p = 0; p < COUNT_OF(parts); p++)
        for (size_t i = 0; i < parts[p].length; i++)
            hash = (hash ^ parts[p].data[i]) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

// The request's bytes without what is secret: a hash of a password's bytes would be a means to guess it.
static struct bytes without_secrets(const struct service *service, struct service_job *job)
{
    const struct rpc_contract *contract = service->definition->contract;
    const ProtobufCMessageDescriptor *descriptor = job->request->descriptor;
    ProtobufCMessage *copy = NULL;
    struct bytes body = job->call->body;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const struct rpc_rule *rule = rpc_contract_rule(contract, descriptor, i);
        if (!rule || !rule->secret)
            continue;
        if (!copy && !(copy = arena_alloc(&job->call->arena, descriptor->sizeof_message)))
            return (struct bytes){0};
        if (copy->descriptor == NULL)
            memcpy(copy, job->request, descriptor->sizeof_message);
        memset((char *)copy + descriptor->fields[i].offset, 0, rpc_member_size(&descriptor->fields[i]));
    }
    if (copy && !rpc_message_write(copy, &job->call->arena, &body, &job->status))
        return (struct bytes){0};
    return body;
}

// request_id and conflict fields: no two calls of a transaction share one.
bool service_dispatch_mutation(struct service_job *job)
{
    const struct rpc_policy *policy = job->slot->policy;
    clock_time made = 0;
    const char *request_id = service_text(job->request, "request_id");
    CHECK(uuid_parse(request_id, &job->request_id) && uuid_time(&job->request_id, &made));
    // What follows from an old entry is old: the cursor of the log knows that it is done.
    if (!job->inner && made < job->now - LIMIT_RESULT_DAYS * CLOCK_DAY)
        return status_set(&job->status, REASON(REQUEST_ID_EXPIRED), "the request_id is more than %d days old",
                          (int)LIMIT_RESULT_DAYS);
    if (!job->inner && made > job->now + CLOCK_DAY)
        return status_violate(&job->status, &job->call->arena, "request_id", "was made in the future");
    const Google__Protobuf__Timestamp *said = service_time_field(job->request, "occurred_at");
    if (said && service_time(said) > job->now + CLOCK_SKEW)
        return status_violate(&job->status, &job->call->arena, "occurred_at", "must not be in the future");
    job->new_id = uuid_make(job->now);
    uint8_t both[32];
    memcpy(both, job->request_id.bytes, 16);
    memcpy(both + 16, job->caller.subject_id.bytes, 16);
    job->keys[job->key_count++] = key_of(job, "request_id", both, sizeof(both));
    for (size_t i = 0; i < policy->conflict_count && job->key_count < SERVICE_KEYS; i++) {
        const char *value = service_text(job->request, policy->conflict_fields[i]);
        if (*value)
            job->keys[job->key_count++] = key_of(job, policy->conflict_fields[i], value, strlen(value));
    }
    const struct bytes parts[] = {{(const uint8_t *)policy->method, strlen(policy->method)}, job->hashed};
    crypto_sha256(parts, 2, job->request_hash);
    return true;
}

// Who had charge of the unit when it happened.
static bool find_overseers(struct service *service, struct service_job *job)
{
    const char *sector_field = job->slot->method->record->sector_field;
    if (!job->unit || !*sector_field)
        return true;
    job->overseers = arena_alloc(&job->call->arena, sizeof(*job->overseers));
    if (!job->overseers)
        return out_of_memory(&job->status);
    const Google__Protobuf__Timestamp *said = service_time_field(job->request, "occurred_at");
    directory_overseers(service->directory, &job->unit->id, service_text(job->request, sector_field),
                        said ? service_time(said) : job->now, job->overseers);
    return true;
}

static struct service_lane *lane_of(struct service *service, const struct service_job *job)
{
    if (job->slot->policy->kind == KIND(MUTATION))
        return &service->write_lanes[job->tenant_id.bytes[15] % SERVICE_WRITE_LANES];
    if (job->slot->method->answer)
        return &service->answer_lane;
    return &service->read_lanes[(job->call->message + job->call->index / TOGETHER) % SERVICE_READ_LANES];
}

bool service_dispatch_prepare(struct service *service, struct service_job *job)
{
    if (!take_post(service, job) || !find_named_units(service, job, job->request, "") || !decide(service, job) ||
        !service_tenant_find(service, job))
        return false;
    if (!service_scope_fill(service, job))
        return out_of_memory(&job->status);
    // What one does as oneself needs no directory.
    bool own = job->slot->policy->anonymous || job->slot->policy->own;
    if (job->stale && !own && !service_fresh_is_home(service, &job->caller, &job->tenant_id, &job->decision))
        return service_fresh_behind(service, &job->status);
    if (job->slot->policy->kind == KIND(MUTATION)) {
        job->hashed = without_secrets(service, job);
        // Whose it is comes to light by the work, where the method is anonymous.
        return find_overseers(service, job) && (job->slot->policy->anonymous || service_dispatch_mutation(job));
    }
    return job->slot->policy->kind != KIND(LIST) || service_list_prepare(service, job);
}

// Who calls: the job of a call whose token is good. NULL: the call has been answered.
static struct service_job *job_new(struct service *service, const struct service_slot *slot, struct rpc_call *call)
{
    struct status status = {0};
    struct service_job *job = arena_alloc(&call->arena, sizeof(*job));
    if (!job) {
        out_of_memory(&status);
        refuse(call, &status);
        return NULL;
    }
    job->call = call;
    job->slot = slot;
    job->directory = service->directory;
    job->now = clock_now();
    anlan__service__context__init(&job->context);
    job->context.now = service_timestamp(job->now, &call->arena);
    if (slot->policy->anonymous)
        return job;
    if (access_verify(service->verifier, call->credential, job->now, &job->caller, &status))
        return job;
    refuse(call, &status);
    return NULL;
}

// For a fresher directory there is time.
static bool may_wait(struct service *service, const struct rpc_call *call)
{
    return service_park_until(call) > clock_monotonic() && !rpc_call_cancelled(call) &&
           !atomic_load(&service->stopping);
}

// What: the request is good. NULL: the call has been answered, or parked until the directory is fresh.
static struct service_job *admit(struct service *service, const struct service_slot *slot, struct rpc_call *call)
{
    struct status status = {0};
    struct service_job *job = job_new(service, slot, call);
    if (!job)
        return NULL;
    if (job->caller.directory_position > call->directory_position)
        call->directory_position = job->caller.directory_position;
    struct access_freshness freshness = {.now = clock_monotonic(), .position = call->directory_position};
    if (!access_fresh(service->directory, &freshness, &status)) {
        // Strangers name positions as they like, and each message that waits has one of few places.
        if (slot->policy->anonymous || !may_wait(service, call) || !service_park(service, call))
            refuse(call, &status);
        return NULL;
    }
    // Who signs in over a connection has no token yet that could fit it; the one that he gets must.
    if (!slot->policy->anonymous && !access_peer_fits(service->directory, &call->peer, &job->caller, &status)) {
        job->status = status;
        service_access_note(service, job);
        refuse(call, &status);
        return NULL;
    }
    freshness.outside = true;
    job->stale = !access_fresh(service->directory, &freshness, &status);
    status = (struct status){0};
    job->request =
        rpc_message_read(service->definition->contract, slot->policy->request, call->body, &call->arena, &status);
    if (!job->request) {
        refuse(call, &status);
        return NULL;
    }
    return job;
}

void service_dispatch_overloaded(struct service *service, struct service_job *job)
{
    if (atomic_load(&service->stopping))
        status_set(&job->status, REASON(STOPPING), "the service is stopping");
    else
        status_set(&job->status, REASON(OVERLOADED), "too many calls wait");
    job->status.retry_after_ms = 100;
    service_job_answer(service, job);
}

static void enqueue(struct service *service, struct service_lane *lane, struct service_job *job)
{
    if (!service_queue_add(&lane->queue, job))
        service_dispatch_overloaded(service, job);
}

void service_dispatch_enqueue(struct service *service, struct service_job *job)
{
    enqueue(service, lane_of(service, job), job);
}

void service_dispatch_end(void *user)
{
    struct service *service = user;
    for (size_t i = 0; i < SERVICE_READ_LANES; i++)
        service_queue_wake(&service->read_lanes[i].queue);
    for (size_t i = 0; i < SERVICE_WRITE_LANES; i++)
        service_queue_wake(&service->write_lanes[i].queue);
    service_queue_wake(&service->answer_lane.queue);
}

// A job that is ready for its lane. NULL: the call has been answered, or parked until the directory is fresh.
static struct service_job *begin(struct service *service, const struct service_slot *slot, struct rpc_call *call)
{
    struct service_job *job = admit(service, slot, call);
    if (!job || service_dispatch_prepare(service, job))
        return job;
    if (job->status.reason != REASON(DIRECTORY_BEHIND) || !may_wait(service, call) || !service_park(service, call))
        service_job_answer(service, job);
    return NULL;
}

void service_dispatch_call(void *user, struct rpc_call *call)
{
    struct service *service = user;
    const struct service_slot *slot = service_measured_slot(call);
    if (!slot || slot->policy->inner || (service_waits(slot) && !call->user)) {
        if (strcmp(call->method, "anlan.rpc.v1.HealthService/Check") == 0)
            rpc_health_dispatch(service->health, call);
        else
            rpc_local_dispatch(&service->reflection.local, call);
        return;
    }
    struct service_job *job = begin(service, slot, call);
    if (!job)
        return;
    if (call->user)
        service_wait_enqueue(service, job);
    else if (job->slot->method->work)
        service_pool_add(service, job);
    else if (!call->more && call->index == 0)
        service_dispatch_enqueue(service, job);
    else if (!service_queue_add_quietly(&lane_of(service, job)->queue,
                                        job))    // until the message's last call has come
        service_dispatch_overloaded(service, job);
}

// The directory itself is followed by Pull: of who comes with nothing but what the key's holder vouches for, no
// freshness is asked.
static bool is_vouched_for(const struct service *service, const struct service_job *job)
{
    const struct access_caller *caller = &job->caller;
    return !caller->is_client && caller->grant_count == 0 && uuid_is_nil(&caller->post_id) &&
           job->slot == &service->pull;
}

// The whole log of a tenant: the decision must cover the tenant's whole territory, in all sectors.
static bool decide_pull(struct service *service, struct service_job *job)
{
    const struct rpc_policy *policy = job->slot->policy;
    CHECK(uuid_parse(service_text(job->request, policy->tenant_field), &job->tenant_id));
    const struct access_question question = {.caller = &job->caller, .permission = policy->permission, .now = job->now};
    if (!access_decide(&service->access, &question, &job->call->arena, &job->decision, &job->status))
        return false;
    bool covered = false;
    for (size_t i = 0; i < job->decision.count; i++)
        covered = covered || job->decision.pairs[i].kind == ACCESS_INSTANCE;
    char text[UUID_TEXT_SIZE];
    uuid_format(&job->tenant_id, text);
    const struct directory_unit *tenant = unit_copy(service, text, &job->call->arena);
    if (!covered && tenant && tenant->is_tenant) {
        struct access_record record = {.place = tenant->place};
        covered = access_covers(&job->decision, &record);
    }
    if (!covered)
        return status_set(&job->status, REASON(RECORD_NOT_FOUND), "no such log within your scope");
    if (!is_vouched_for(service, job) &&
        !service_fresh_enough(service, &job->caller, &job->tenant_id, &job->decision, &job->status))
        return false;
    if (((const Anlan__Rpc__V1__PullRequest *)job->request)->access_log)
        job->tenant_id = feed_access_log_id(&job->tenant_id);
    job->context.tenant_id = service_uuid(&job->tenant_id, &job->call->arena);
    return job->context.tenant_id || out_of_memory(&job->status);
}

bool service_dispatch_pull_fresh(struct service *service, struct service_job *job)
{
    const struct access_caller *caller = &job->caller;
    const struct access_freshness freshness = {.now = clock_monotonic(),
                                               .outside = caller->is_client || caller->grant_count > 0,
                                               .position = caller->directory_position};
    return is_vouched_for(service, job) || access_fresh(service->directory, &freshness, &job->status);
}

bool service_dispatch_pull_again(struct service *service, struct service_job *job)
{
    return service_dispatch_pull_fresh(service, job) && decide_pull(service, job);
}

static void wait_at_most(struct service_job *job, uint32_t wait_ms)
{
    // A tenth of a second to send the answer in.
    int64_t last = job->call->deadline - 100 * CLOCK_MILLISECOND;
    job->answer_by = clock_monotonic() + (int64_t)wait_ms * CLOCK_MILLISECOND;
    if (job->answer_by > last)
        job->answer_by = last;
}

static bool prepare_pull(struct service *service, struct service_job *job)
{
    if (!service_dispatch_pull_fresh(service, job) || !take_post(service, job) || !decide_pull(service, job))
        return false;
    const Anlan__Rpc__V1__PullRequest *request = (const void *)job->request;
    job->context.row_limit = (int32_t)(request->page_size ? request->page_size : LIMIT_FEED_PAGE_ENTRIES);
    wait_at_most(job, request->wait_ms);
    return feed_cursor_read(request->cursor, &job->tenant_id, &job->from, &job->status);
}

static bool prepare_stream(struct service *service, struct service_job *job)
{
    if (!service_dispatch_pull_fresh(service, job) || !take_post(service, job))
        return false;
    wait_at_most(job, ((const Anlan__Rpc__V1__PullStreamRequest *)job->request)->wait_ms);
    return service_stream_prepare(service, job);
}

static const struct service_slot *feed_slot(const struct service *service, const char *method)
{
    if (strcmp(method, service->pull.policy->method) == 0)
        return &service->pull;
    return strcmp(method, service->pull_stream.policy->method) == 0 ? &service->pull_stream : NULL;
}

void service_dispatch_feed(void *user, struct rpc_call *call)
{
    struct service *service = user;
    const struct service_slot *listed = service_slot_find(service, call->method);
    if (listed && service_waits(listed)) {
        service_wait_begin(service, listed, call);
        return;
    }
    const struct service_slot *slot = feed_slot(service, call->method);
    if (!slot) {
        struct status status = {0};
        status_set(&status, REASON(METHOD_UNKNOWN), "a feed address has no method %.100s", call->method);
        refuse(call, &status);
        return;
    }
    bool streams = slot == &service->pull_stream;
    struct service_job *job = job_new(service, slot, call);
    if (!job)
        return;
    if (job->caller.directory_position < call->directory_position)
        job->caller.directory_position = call->directory_position;
    job->request =
        rpc_message_read(&anlan_rpc_v1_contract, job->slot->policy->request, call->body, &call->arena, &job->status);
    if (job->request && access_peer_fits(service->directory, &call->peer, &job->caller, &job->status) &&
        (streams ? prepare_stream(service, job) : prepare_pull(service, job)))
        enqueue(service, streams ? &service->stream_lane : &service->feed_lane, job);
    else
        service_job_answer(service, job);
}

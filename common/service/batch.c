// SPDX-License-Identifier: Apache-2.0
// Mutations that wait together share a transaction:
//   load    for each tenant its wall, its head (locked), earlier results of the request_ids; for each call what its
//   rule
//           needs, under the caller's scope; flushed once
//   decide  the rules, in C (decide.c)
//   apply   for each tenant its wall, the rows, its counters, one append to its log; one Sync
// The jobs are sorted by tenant, so that heads are locked in one order in every process.
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "service/engine.h"
#include "service/values.h"

#define PATIENCE (5 * CLOCK_SECOND)

// The calls of one tenant in a batch, and its head.
struct tenant_part {
    struct service_job **jobs;
    size_t count;
    Anlan__Feed__Head head;
    int64_t head_after;
    bool writes;
    size_t sent;    // statements of its apply
};

struct batch {
    struct service_lane *lane;
    struct tenant_part parts[LIMIT_BATCH_CALLS];
    size_t part_count;
    struct arena arena;
    int64_t deadline;
    bool synced;          // the Sync has been sent
    bool head_missing;    // a tenant has no log yet
    struct status *status;
};

static bool execute(struct batch *batch, const struct pg_statement *statement, const ProtobufCMessage *first,
                    const ProtobufCMessage *second)
{
    return pg_execute(batch->lane->connection, statement, (const ProtobufCMessage *const[]){first, second},
                      &batch->arena, batch->status);
}

static bool receive(struct batch *batch, struct pg_rows *rows)
{
    memset(rows, 0, sizeof(*rows));
    return pg_next(batch->lane->connection, batch->deadline, rows, batch->status);
}

static bool skip(struct batch *batch)
{
    struct pg_rows rows;
    bool received = receive(batch, &rows);
    pg_rows_clear(&rows);
    return received;
}

// Sorts by tenant, keeping the order within one: batches are small.
static void sort_jobs(struct service_job **jobs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct service_job *job = jobs[i];
        size_t at = i;
        for (; at > 0 && uuid_compare(&jobs[at - 1]->tenant_id, &job->tenant_id) > 0; at--)
            jobs[at] = jobs[at - 1];
        jobs[at] = job;
    }
}

static void make_parts(struct batch *batch, struct service_job **jobs, size_t count)
{
    sort_jobs(jobs, count);
    for (size_t i = 0; i < count; i++) {
        struct tenant_part *part = batch->part_count ? &batch->parts[batch->part_count - 1] : NULL;
        if (!part || uuid_compare(&part->jobs[0]->tenant_id, &jobs[i]->tenant_id) != 0) {
            part = &batch->parts[batch->part_count++];
            *part = (struct tenant_part){.jobs = &jobs[i]};
            anlan__feed__head__init(&part->head);
            part->head.tenant_id = jobs[i]->context.tenant_id;
        }
        part->count++;
    }
}

static const struct service_statements *common_of(const struct batch *batch)
{
    return &batch->lane->service->statements;
}

static bool send_wall_tenant(struct batch *batch, const struct tenant_part *part)
{
    return execute(batch, &common_of(batch)->wall_tenant, &part->jobs[0]->context.base, NULL);
}

static bool send_requests(struct batch *batch, const struct tenant_part *part)
{
    Anlan__Feed__Requests requests = ANLAN__FEED__REQUESTS__INIT;
    requests.tenant_id = part->head.tenant_id;
    requests.caller_id = arena_array(&batch->arena, part->count, sizeof(char *));
    requests.request_id = arena_array(&batch->arena, part->count, sizeof(char *));
    if (!requests.caller_id || !requests.request_id)
        return status_set(batch->status, REASON(MESSAGE_TOO_LARGE), "the batch needs too much memory");
    requests.n_caller_id = requests.n_request_id = part->count;
    for (size_t i = 0; i < part->count; i++) {
        requests.caller_id[i] = service_uuid(&part->jobs[i]->caller.subject_id, &batch->arena);
        requests.request_id[i] = service_uuid(&part->jobs[i]->request_id, &batch->arena);
    }
    return execute(batch, &common_of(batch)->results_find, &requests.base, NULL);
}

static bool loads_under_scope(const struct service_job *job)
{
    return job->slot->method->load && !job->slot->method->load_sees_tenant;
}

static bool needs_wall(const struct service_job *before, const struct service_job *job)
{
    return !before || strcmp(before->context.wall_scope, job->context.wall_scope) != 0;
}

// The part's loads: those that see the tenant first, then those under each caller's scope.
static bool send_loads(struct batch *batch, const struct tenant_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (job->slot->method->load && !loads_under_scope(job) &&
            !execute(batch, &job->slot->load, job->request, &job->context.base))
            return false;
    }
    const struct service_job *before = NULL;
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (!loads_under_scope(job))
            continue;
        if (needs_wall(before, job) && !execute(batch, &common_of(batch)->wall_scope, &job->context.base, NULL))
            return false;
        before = job;
        if (!execute(batch, &job->slot->load, job->request, &job->context.base))
            return false;
    }
    return true;
}

static bool send_load_phase(struct batch *batch)
{
    for (size_t i = 0; i < batch->part_count; i++) {
        struct tenant_part *part = &batch->parts[i];
        if (!send_wall_tenant(batch, part) || !execute(batch, &common_of(batch)->head_lock, &part->head.base, NULL) ||
            !send_requests(batch, part) || !send_loads(batch, part))
            return false;
    }
    return pg_flush(batch->lane->connection, batch->status);
}

static bool receive_head(struct batch *batch, struct tenant_part *part)
{
    struct pg_rows rows;
    if (!receive(batch, &rows))
        return false;
    Anlan__Feed__Head *head =
        rows.count ? (Anlan__Feed__Head *)pg_rows_unpack(&rows, 0, 0, &batch->arena, batch->status) : NULL;
    if (head)
        part->head.position = head->position;
    batch->head_missing = rows.count == 0;
    pg_rows_clear(&rows);
    return head != NULL;
}

static bool is_of(const struct service_job *job, const Anlan__Feed__StoredResult *result)
{
    struct uuid caller;
    struct uuid request;
    return uuid_parse(result->caller_id, &caller) && uuid_parse(result->request_id, &request) &&
           uuid_compare(&caller, &job->caller.subject_id) == 0 && uuid_compare(&request, &job->request_id) == 0;
}

static bool receive_results(struct batch *batch, const struct tenant_part *part)
{
    struct pg_rows rows;
    if (!receive(batch, &rows))
        return false;
    bool good = true;
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Feed__StoredResult *result =
            (Anlan__Feed__StoredResult *)pg_rows_unpack(&rows, row, 0, &batch->arena, batch->status);
        good = result != NULL;
        for (size_t i = 0; good && i < part->count; i++)
            if (is_of(part->jobs[i], result))
                service_decide_repeat(part->jobs[i], result);
    }
    pg_rows_clear(&rows);
    return good;
}

static bool receive_load(struct batch *batch, struct service_job *job)
{
    struct pg_rows rows;
    if (!receive(batch, &rows))
        return false;
    service_decide_loaded(job, &rows);    // what does not fit is the call's own fault
    pg_rows_clear(&rows);
    return true;
}

static bool receive_loads(struct batch *batch, const struct tenant_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->jobs[i]->slot->method->load && !loads_under_scope(part->jobs[i]) &&
            !receive_load(batch, part->jobs[i]))
            return false;
    const struct service_job *before = NULL;
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (!loads_under_scope(job))
            continue;
        if (needs_wall(before, job) && !skip(batch))
            return false;
        before = job;
        if (!receive_load(batch, job))
            return false;
    }
    return true;
}

static bool receive_load_phase(struct batch *batch)
{
    for (size_t i = 0; i < batch->part_count; i++) {
        struct tenant_part *part = &batch->parts[i];
        if (!skip(batch) || !receive_head(batch, part) || !receive_results(batch, part) || !receive_loads(batch, part))
            return false;
    }
    return true;
}

static void decide_part(struct service *service, struct tenant_part *part)
{
    int64_t position = part->head.position;
    for (size_t i = 0; i < part->count; i++)
        position = service_decide(service, part->jobs[i], position);
    part->head_after = position;
    part->writes = position > part->head.position;
}

static ProtobufCBinaryData binary(struct bytes bytes)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)bytes.data, .len = bytes.length};
}

// Changes of a part's jobs that are written: entries.
static size_t count_changes(const struct tenant_part *part)
{
    size_t count = 0;
    for (size_t i = 0; i < part->count; i++)
        count += part->jobs[i]->writes ? part->jobs[i]->change_count : 0;
    return count;
}

static void append_entry(Anlan__Feed__Append *append, const Anlan__Rpc__V1__LogEntry *entry)
{
    size_t n = append->n_position++;
    append->position[n] = entry->position;
    append->algorithm[append->n_algorithm++] = (int32_t)entry->algorithm;
    append->entry[append->n_entry++] = entry->entry;
    append->salt[append->n_salt++] = entry->salt;
    append->digest[append->n_digest++] = entry->digest;
}

static void append_result(Anlan__Feed__Append *append, struct service_job *job, struct arena *arena)
{
    size_t n = append->n_result_position++;
    append->result_position[n] = job->position;
    append->request_hash[append->n_request_hash++] =
        binary((struct bytes){job->request_hash, sizeof(job->request_hash)});
    append->place[append->n_place++] = binary(job->place);
    append->caller_id[append->n_caller_id++] = service_uuid(&job->caller.subject_id, arena);
    append->request_id[append->n_request_id++] = (char *)service_text(job->request, "request_id");
    append->method[append->n_method++] = (char *)job->slot->policy->method;
}

static bool send_append(struct batch *batch, const struct tenant_part *part)
{
    struct arena *arena = &batch->arena;
    size_t entries = count_changes(part);
    Anlan__Feed__Append append = ANLAN__FEED__APPEND__INIT;
    append.tenant_id = part->head.tenant_id;
    append.head_before = part->head.position;
    append.head_after = part->head_after;
    append.position = arena_array(arena, entries, sizeof(int64_t));
    append.algorithm = arena_array(arena, entries, sizeof(int32_t));
    append.entry = arena_array(arena, entries, sizeof(ProtobufCBinaryData));
    append.salt = arena_array(arena, entries, sizeof(ProtobufCBinaryData));
    append.digest = arena_array(arena, entries, sizeof(ProtobufCBinaryData));
    append.result_position = arena_array(arena, part->count, sizeof(int64_t));
    append.request_hash = arena_array(arena, part->count, sizeof(ProtobufCBinaryData));
    append.place = arena_array(arena, part->count, sizeof(ProtobufCBinaryData));
    append.caller_id = arena_array(arena, part->count, sizeof(char *));
    append.request_id = arena_array(arena, part->count, sizeof(char *));
    append.method = arena_array(arena, part->count, sizeof(char *));
    if (arena->exhausted)
        return status_set(batch->status, REASON(MESSAGE_TOO_LARGE), "the batch needs too much memory");
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (!job->writes)
            continue;
        for (size_t c = 0; c < job->change_count; c++)
            if (job->changes[c].after)
                append_entry(&append, &job->changes[c].entry);
        append_result(&append, job, arena);
    }
    return execute(batch, &common_of(batch)->append, &append.base, NULL);
}

// The rows of one job; *sent counts the statements.
static bool send_rows(struct batch *batch, struct service_job *job, size_t *sent)
{
    const struct service_keeper *keeper = service_keeper_of(batch->lane->service, job->slot->method->record);
    for (size_t i = 0; i < job->change_count; i++) {
        const struct service_change *change = &job->changes[i];
        if (!change->after)
            continue;
        if (!execute(batch, change->before ? &keeper->update : &keeper->insert, change->after, &job->context.base))
            return false;
        (*sent)++;
    }
    return true;
}

// What the part's changes do to the tenant's counters: one statement for each kind of record that is counted.
static bool send_counts(struct batch *batch, struct tenant_part *part)
{
    const struct service *service = batch->lane->service;
    for (size_t i = 0; i < service->definition->record_count; i++) {
        const struct service_keeper *keeper = &service->keepers[i];
        Anlan__Service__Counts counts = ANLAN__SERVICE__COUNTS__INIT;
        if (!keeper->record->count)
            continue;
        if (!service_counts_make(keeper->record, part->jobs, part->count, &batch->arena, &counts))
            return status_set(batch->status, REASON(MESSAGE_TOO_LARGE), "the batch needs too much memory");
        if (counts.n_delta == 0)
            continue;
        counts.tenant_id = part->head.tenant_id;
        if (!execute(batch, &keeper->counted, &counts.base, NULL))
            return false;
        part->sent++;
    }
    return true;
}

static bool send_apply_part(struct batch *batch, struct tenant_part *part)
{
    part->sent = 0;
    if (!part->writes)
        return true;
    if (!send_wall_tenant(batch, part))
        return false;
    for (size_t i = 0; i < part->count; i++)
        if (part->jobs[i]->writes && !send_rows(batch, part->jobs[i], &part->sent))
            return false;
    part->sent += 2;    // the wall, and the entries
    return send_counts(batch, part) && send_append(batch, part);
}

static bool receive_apply_part(struct batch *batch, const struct tenant_part *part)
{
    for (size_t i = 0; i < part->sent; i++)
        if (!skip(batch))
            return false;
    return true;
}

static bool run_phases(struct batch *batch, struct service_done *done)
{
    if (!send_load_phase(batch))
        return false;
    service_done_answer(batch->lane->service, done);
    if (!receive_load_phase(batch))
        return false;
    for (size_t i = 0; i < batch->part_count; i++)
        decide_part(batch->lane->service, &batch->parts[i]);
    for (size_t i = 0; i < batch->part_count; i++)
        if (!send_apply_part(batch, &batch->parts[i]))
            return false;
    batch->synced = true;
    if (!pg_sync(batch->lane->connection, batch->status))
        return false;
    for (size_t i = 0; i < batch->part_count; i++)
        if (!receive_apply_part(batch, &batch->parts[i]))
            return false;
    return pg_finish(batch->lane->connection, batch->deadline, batch->status);
}

// Leaves nothing of a failed transaction: a fault of ours between two statements must not let the Sync commit the
// first.
static void undo(struct batch *batch)
{
    struct pg_connection *connection = batch->lane->connection;
    struct status ignored = {0};
    if (!pg_usable(connection))
        return;
    if (!batch->synced) {
        bool raised = pg_execute(connection, &common_of(batch)->undo, NULL, &batch->arena, &ignored);
        if (!raised || !pg_sync(connection, &ignored)) {
            pg_close(connection);
            batch->lane->connection = NULL;
            return;
        }
    }
    pg_finish(connection, clock_monotonic() + PATIENCE, &ignored);
}

// Makes the heads of tenants that have none, in a transaction of their own: two processes that see a tenant's first
// record at the same time both find it.
static bool make_heads(struct batch *batch)
{
    struct pg_connection *connection = batch->lane->connection;
    struct arena *arena = &batch->arena;
    for (size_t i = 0; i < batch->part_count; i++) {
        const struct tenant_part *part = &batch->parts[i];
        if (!send_wall_tenant(batch, part) ||
            !pg_execute(connection, &common_of(batch)->head_make, (const ProtobufCMessage *const[]){&part->head.base},
                        arena, batch->status))
            return false;
    }
    if (!pg_sync(connection, batch->status))
        return false;
    for (size_t i = 0; i < 2 * batch->part_count; i++)
        if (!skip(batch))
            return false;
    return pg_finish(connection, batch->deadline, batch->status);
}

static void set_timeouts(struct batch *batch, struct service_job **jobs, size_t count)
{
    int64_t most = 0;
    for (size_t i = 0; i < count; i++) {
        jobs[i]->context.timeout_ms = service_job_timeout(jobs[i]);
        if (jobs[i]->context.timeout_ms > most)
            most = jobs[i]->context.timeout_ms;
    }
    batch->deadline = clock_monotonic() + most * CLOCK_MILLISECOND + PATIENCE;
}

bool service_batch_run(struct service_lane *lane, struct service_job **jobs, size_t count, struct service_done *done,
                       struct status *status)
{
    if (!service_lane_connect(lane, status))
        return false;
    struct batch batch = {.lane = lane, .status = status};
    arena_init(&batch.arena, LIMIT_BATCH_CALLS * LIMIT_CALL_ARENA_BYTES / 4);
    set_timeouts(&batch, jobs, count);
    make_parts(&batch, jobs, count);
    bool committed = run_phases(&batch, done);
    if (!committed)
        undo(&batch);
    if (!committed && batch.head_missing && make_heads(&batch)) {
        batch.head_missing = false;
        committed = run_phases(&batch, done);
        if (!committed)
            undo(&batch);
    }
    arena_fini(&batch.arena);
    return committed;
}

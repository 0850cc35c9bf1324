// SPDX-License-Identifier: Apache-2.0
// Mutations that wait together share a transaction:
//   load    all tenants' heads (locked in the order of their ids, in every process) and earlier results of the
//           request_ids, under a wall that shows these and no record; then, for each call, what its rule needs, under
//           its caller's scope; flushed once
//   decide  the rules, in C (decide.c)
//   apply   for each tenant its wall and the rows; then, under the first wall again, all their counters and one
//           append to all their logs; one Sync
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "service/engine.h"
#include "service/measure.h"
#include "service/runs.h"
#include "service/values.h"

#define PATIENCE (5 * CLOCK_SECOND)

// The calls of one tenant in a batch, and its head.
struct tenant_part {
    struct service_job **jobs;
    size_t count;
    char *tenant_id;
    int64_t head;
    int64_t head_after;
    bool writes;
    size_t sent;    // statements of its apply
};

struct batch {
    struct service_lane *lane;
    struct service_job **jobs;    // sorted by tenant
    size_t count;
    struct tenant_part parts[LIMIT_BATCH_CALLS];
    size_t part_count;
    struct service_job *loaders[LIMIT_BATCH_CALLS];    // whose rules need something, as runs stand
    struct service_run runs[LIMIT_BATCH_CALLS];
    size_t run_count;
    Anlan__Feed__Tenants tenants;
    Anlan__Service__Context context;
    struct arena arena;
    int64_t deadline;
    bool synced;                          // the Sync has been sent
    bool head_missing;                    // a tenant has no log yet
    const struct service_along *along;    // NULL: nothing
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

static bool out_of_memory(struct batch *batch)
{
    return status_set(batch->status, REASON(MESSAGE_TOO_LARGE), "the batch needs too much memory");
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

static bool make_parts(struct batch *batch, struct service_job **jobs, size_t count)
{
    sort_jobs(jobs, count);
    for (size_t i = 0; i < count; i++) {
        struct tenant_part *part = batch->part_count ? &batch->parts[batch->part_count - 1] : NULL;
        if (!part || uuid_compare(&part->jobs[0]->tenant_id, &jobs[i]->tenant_id) != 0) {
            part = &batch->parts[batch->part_count++];
            *part = (struct tenant_part){.jobs = &jobs[i], .tenant_id = jobs[i]->context.tenant_id};
        }
        part->count++;
    }
    anlan__feed__tenants__init(&batch->tenants);
    batch->tenants.tenant_id = arena_array(&batch->arena, batch->part_count, sizeof(char *));
    if (!batch->tenants.tenant_id)
        return out_of_memory(batch);
    batch->tenants.n_tenant_id = batch->part_count;
    for (size_t i = 0; i < batch->part_count; i++)
        batch->tenants.tenant_id[i] = batch->parts[i].tenant_id;
    return true;
}

static void make_runs(struct batch *batch, struct service_job **jobs, size_t count)
{
    size_t loaders = 0;
    for (size_t i = 0; i < count; i++)
        if (jobs[i]->slot->method->load)
            batch->loaders[loaders++] = jobs[i];
    batch->run_count = service_runs_make(batch->loaders, loaders, batch->runs);
}

static const struct service_statements *common_of(const struct batch *batch)
{
    return &batch->lane->service->statements;
}

static bool send_wall_tenant(struct batch *batch, const struct tenant_part *part)
{
    return execute(batch, &common_of(batch)->wall_tenant, &part->jobs[0]->context.base, NULL);
}

static bool send_wall_batch(struct batch *batch)
{
    return execute(batch, &common_of(batch)->wall_batch, &batch->tenants.base, &batch->context.base);
}

static bool send_requests(struct batch *batch, struct service_job *const *jobs, size_t count)
{
    Anlan__Feed__Requests requests = ANLAN__FEED__REQUESTS__INIT;
    requests.tenant_id = arena_array(&batch->arena, count, sizeof(char *));
    requests.caller_id = arena_array(&batch->arena, count, sizeof(char *));
    requests.request_id = arena_array(&batch->arena, count, sizeof(char *));
    if (!requests.tenant_id || !requests.caller_id || !requests.request_id)
        return out_of_memory(batch);
    requests.n_tenant_id = requests.n_caller_id = requests.n_request_id = count;
    for (size_t i = 0; i < count; i++) {
        requests.tenant_id[i] = jobs[i]->context.tenant_id;
        requests.caller_id[i] = service_uuid(&jobs[i]->caller.subject_id, &batch->arena);
        requests.request_id[i] = service_uuid(&jobs[i]->request_id, &batch->arena);
    }
    return execute(batch, &common_of(batch)->results_find, &requests.base, NULL);
}

static bool send_load_phase(struct batch *batch, struct service_job *const *jobs, size_t count)
{
    if (!send_wall_batch(batch) || !execute(batch, &common_of(batch)->head_lock, &batch->tenants.base, NULL) ||
        !send_requests(batch, jobs, count))
        return false;
    for (size_t i = 0; i < batch->run_count; i++)
        if (!service_run_send(batch->lane, &batch->runs[i], &batch->arena, batch->status))
            return false;
    return pg_flush(batch->lane->connection, batch->status);
}

// The heads come in the order of the parts.
static bool read_heads(struct batch *batch, const struct pg_rows *rows)
{
    batch->head_missing = rows->count < batch->part_count;
    if (batch->head_missing)
        return false;
    for (size_t i = 0; i < batch->part_count; i++) {
        const Anlan__Feed__Head *head = (const void *)pg_rows_unpack(rows, i, 0, &batch->arena, batch->status);
        if (!head)
            return false;
        if (strcmp(head->tenant_id, batch->parts[i].tenant_id) != 0)
            return status_set(batch->status, REASON(INTERNAL), "the heads came in another order than their tenants");
        batch->parts[i].head = head->position;
    }
    return true;
}

static bool receive_heads(struct batch *batch)
{
    struct pg_rows rows;
    bool good = receive(batch, &rows) && read_heads(batch, &rows);
    pg_rows_clear(&rows);
    return good;
}

static bool is_of(const struct service_job *job, const Anlan__Feed__StoredResult *result)
{
    struct uuid tenant;
    struct uuid caller;
    struct uuid request;
    return uuid_parse(result->tenant_id, &tenant) && uuid_parse(result->caller_id, &caller) &&
           uuid_parse(result->request_id, &request) && uuid_compare(&tenant, &job->tenant_id) == 0 &&
           uuid_compare(&caller, &job->caller.subject_id) == 0 && uuid_compare(&request, &job->request_id) == 0;
}

static bool receive_results(struct batch *batch, struct service_job *const *jobs, size_t count)
{
    struct pg_rows rows;
    bool good = receive(batch, &rows);
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Feed__StoredResult *result =
            (Anlan__Feed__StoredResult *)pg_rows_unpack(&rows, row, 0, &batch->arena, batch->status);
        good = result != NULL;
        for (size_t i = 0; good && i < count; i++)
            if (is_of(jobs[i], result))
                service_decide_repeat(jobs[i], result);
    }
    pg_rows_clear(&rows);
    return good;
}

static bool receive_load_phase(struct batch *batch, struct service_job *const *jobs, size_t count)
{
    if (!skip(batch) || !receive_heads(batch) || !receive_results(batch, jobs, count))
        return false;
    for (size_t i = 0; i < batch->run_count; i++)    // what does not fit its call is the call's own fault
        if (!service_run_receive(batch->lane, &batch->runs[i], batch->deadline, &batch->arena, service_decide_loaded,
                                 batch->status))
            return false;
    return true;
}

static void decide_part(struct service *service, struct tenant_part *part)
{
    int64_t position = part->head;
    for (size_t i = 0; i < part->count; i++)
        position = service_decide(service, part->jobs[i], position);
    part->head_after = position;
    part->writes = position > part->head;
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

static void append_entry(Anlan__Feed__Append *append, char *tenant_id, const Anlan__Rpc__V1__LogEntry *entry)
{
    size_t n = append->n_position++;
    append->entry_tenant_id[append->n_entry_tenant_id++] = tenant_id;
    append->position[n] = entry->position;
    append->algorithm[append->n_algorithm++] = (int32_t)entry->algorithm;
    append->entry[append->n_entry++] = entry->entry;
    append->salt[append->n_salt++] = entry->salt;
    append->digest[append->n_digest++] = entry->digest;
}

static void append_result(Anlan__Feed__Append *append, struct service_job *job, struct arena *arena)
{
    size_t n = append->n_result_position++;
    append->result_tenant_id[append->n_result_tenant_id++] = job->context.tenant_id;
    append->result_position[n] = job->position;
    append->request_hash[append->n_request_hash++] =
        binary((struct bytes){job->request_hash, sizeof(job->request_hash)});
    append->place[append->n_place++] = binary(job->place);
    append->caller_id[append->n_caller_id++] = service_uuid(&job->caller.subject_id, arena);
    append->request_id[append->n_request_id++] = (char *)service_text(job->request, "request_id");
    append->method[append->n_method++] = (char *)job->slot->policy->method;
}

// Room for what the batch appends.
static bool make_append(struct batch *batch, Anlan__Feed__Append *append)
{
    struct arena *arena = &batch->arena;
    size_t entries = 0;
    size_t results = 0;
    for (size_t i = 0; i < batch->part_count; i++) {
        entries += count_changes(&batch->parts[i]);
        results += batch->parts[i].count;
    }
    anlan__feed__append__init(append);
    append->tenant_id = arena_array(arena, batch->part_count, sizeof(char *));
    append->head_before = arena_array(arena, batch->part_count, sizeof(int64_t));
    append->head_after = arena_array(arena, batch->part_count, sizeof(int64_t));
    append->entry_tenant_id = arena_array(arena, entries, sizeof(char *));
    append->position = arena_array(arena, entries, sizeof(int64_t));
    append->algorithm = arena_array(arena, entries, sizeof(int32_t));
    append->entry = arena_array(arena, entries, sizeof(ProtobufCBinaryData));
    append->salt = arena_array(arena, entries, sizeof(ProtobufCBinaryData));
    append->digest = arena_array(arena, entries, sizeof(ProtobufCBinaryData));
    append->result_tenant_id = arena_array(arena, results, sizeof(char *));
    append->result_position = arena_array(arena, results, sizeof(int64_t));
    append->request_hash = arena_array(arena, results, sizeof(ProtobufCBinaryData));
    append->place = arena_array(arena, results, sizeof(ProtobufCBinaryData));
    append->caller_id = arena_array(arena, results, sizeof(char *));
    append->request_id = arena_array(arena, results, sizeof(char *));
    append->method = arena_array(arena, results, sizeof(char *));
    return !arena->exhausted || out_of_memory(batch);
}

static void append_part(struct batch *batch, const struct tenant_part *part, Anlan__Feed__Append *append)
{
    append->tenant_id[append->n_tenant_id++] = part->tenant_id;
    append->head_before[append->n_head_before++] = part->head;
    append->head_after[append->n_head_after++] = part->head_after;
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (!job->writes)
            continue;
        for (size_t c = 0; c < job->change_count; c++)
            if (job->changes[c].after)
                append_entry(append, part->tenant_id, &job->changes[c].entry);
        append_result(append, job, &batch->arena);
    }
}

// What the batch does to counters: one statement for each kind of record that is counted. *sent counts them.
static bool send_counts(struct batch *batch, size_t *sent)
{
    const struct service *service = batch->lane->service;
    for (size_t i = 0; i < service->definition->record_count; i++) {
        const struct service_keeper *keeper = &service->keepers[i];
        Anlan__Service__Counts counts = ANLAN__SERVICE__COUNTS__INIT;
        if (!keeper->record->count)
            continue;
        if (!service_counts_make(keeper->record, batch->jobs, batch->count, &batch->arena, &counts))
            return out_of_memory(batch);
        if (counts.n_deltas == 0)
            continue;
        if (!execute(batch, &keeper->counted, &counts.base, NULL))
            return false;
        (*sent)++;
    }
    return true;
}

// *sent counts the statements.
static bool send_append(struct batch *batch, size_t *sent)
{
    Anlan__Feed__Append append;
    if (!make_append(batch, &append))
        return false;
    for (size_t i = 0; i < batch->part_count; i++)
        if (batch->parts[i].writes)
            append_part(batch, &batch->parts[i], &append);
    if (append.n_tenant_id == 0)
        return true;
    *sent = 2;
    return send_wall_batch(batch) && send_counts(batch, sent) &&
           execute(batch, &common_of(batch)->append, &append.base, NULL);
}

// The rows of one job; *sent counts the statements.
static bool send_rows(struct batch *batch, struct service_job *job, size_t *sent)
{
    const struct service_record *record = job->slot->method->record;
    const struct service_keeper *keeper = service_keeper_of(batch->lane->service, record);
    for (size_t i = 0; i < job->change_count; i++) {
        const struct service_change *change = &job->changes[i];
        if (!change->after)
            continue;
        Anlan__Service__Row row = service_row_split(record, change->packed);
        const ProtobufCMessage *const sources[] = {change->after, &job->context.base, &row.base};
        if (!pg_execute(batch->lane->connection, change->before ? &keeper->update : &keeper->insert, sources,
                        &batch->arena, batch->status))
            return false;
        (*sent)++;
        if (!record->withhold || !service_message_field(change->after, record->withheld_field))
            continue;
        if (!pg_execute(batch->lane->connection, &keeper->withhold, sources, &batch->arena, batch->status))
            return false;
        (*sent)++;
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
    part->sent++;
    for (size_t i = 0; i < part->count; i++)
        if (part->jobs[i]->writes && !send_rows(batch, part->jobs[i], &part->sent))
            return false;
    return true;
}

// *sent counts the statements.
static bool send_apply_phase(struct batch *batch, size_t *sent)
{
    size_t appended = 0;
    *sent = 0;
    for (size_t i = 0; i < batch->part_count; i++) {
        if (!send_apply_part(batch, &batch->parts[i]))
            return false;
        *sent += batch->parts[i].sent;
    }
    if (!send_append(batch, &appended))
        return false;
    *sent += appended;
    const struct service_along *along = batch->along;
    if (along && !along->send(along->user, batch->lane->connection, &batch->arena, sent, batch->status))
        return false;
    FAULT_POINT("batch.applied");
    batch->synced = true;
    return pg_sync(batch->lane->connection, batch->status);
}

static bool load_and_decide(struct batch *batch, struct service_job *const *jobs, size_t count,
                            struct service_done *done)
{
    FAULT_POINT("batch.begun");
    if (!send_load_phase(batch, jobs, count))
        return false;
    if (done)
        service_done_answer(batch->lane->service, done);
    if (!receive_load_phase(batch, jobs, count))
        return false;
    FAULT_POINT("batch.loaded");
    for (size_t i = 0; i < batch->part_count; i++)
        decide_part(batch->lane->service, &batch->parts[i]);
    return true;
}

static bool run_phases(struct batch *batch, struct service_job *const *jobs, size_t count, struct service_done *done)
{
    size_t sent = 0;
    if ((count > 0 && !load_and_decide(batch, jobs, count, done)) || !send_apply_phase(batch, &sent))
        return false;
    FAULT_POINT("batch.synced");
    for (size_t i = 0; i < sent; i++)
        if (!skip(batch))
            return false;
    bool committed = pg_finish(batch->lane->connection, batch->deadline, batch->status);
    FAULT_POINT("batch.committed");
    return committed;
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
    for (size_t i = 0; i < batch->part_count; i++) {
        Anlan__Feed__Head head = ANLAN__FEED__HEAD__INIT;
        head.tenant_id = batch->parts[i].tenant_id;
        if (!send_wall_tenant(batch, &batch->parts[i]) ||
            !execute(batch, &common_of(batch)->head_make, &head.base, NULL))
            return false;
    }
    if (!pg_sync(connection, batch->status))
        return false;
    for (size_t i = 0; i < 2 * batch->part_count; i++)
        if (!skip(batch))
            return false;
    return pg_finish(connection, batch->deadline, batch->status);
}

// A lane that all share does not wait long for a lock that another session holds.
static int32_t lane_patience(const struct service_lane *lane, int32_t timeout_ms)
{
    return lane->apart || timeout_ms < LIMIT_LOCK_PATIENCE_MS ? timeout_ms : LIMIT_LOCK_PATIENCE_MS;
}

static void set_timeouts(struct batch *batch, struct service_job **jobs, size_t count)
{
    int32_t most = count ? 0 : LIMIT_CALL_TIMEOUT_DEFAULT_MS;
    for (size_t i = 0; i < count; i++) {
        jobs[i]->context.timeout_ms = service_job_timeout(jobs[i]);
        jobs[i]->context.lock_timeout_ms = lane_patience(batch->lane, jobs[i]->context.timeout_ms);
        if (jobs[i]->context.timeout_ms > most)
            most = jobs[i]->context.timeout_ms;
    }
    anlan__service__context__init(&batch->context);
    batch->context.timeout_ms = most;
    batch->context.lock_timeout_ms = lane_patience(batch->lane, most);
    batch->deadline = clock_monotonic() + most * CLOCK_MILLISECOND + PATIENCE;
}

static void note_committed(const struct service *service, struct service_job *const *jobs, size_t count)
{
    int64_t entries = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; jobs[i]->writes && c < jobs[i]->change_count; c++)
            entries += jobs[i]->changes[c].after != NULL;
    metrics_add(&service->measures->entries, entries);
    metrics_observe(&service->measures->write_batches, &metrics_sizes, (int64_t)count);
}

static bool run(struct service_lane *lane, struct service_job **jobs, size_t count, struct service_done *done,
                const struct service_along *along, struct status *status)
{
    if (!service_lane_connect(lane, status))
        return false;
    struct batch batch = {.lane = lane, .jobs = jobs, .count = count, .along = along, .status = status};
    arena_init(&batch.arena, LIMIT_BATCH_CALLS * LIMIT_CALL_ARENA_BYTES / 4);
    set_timeouts(&batch, jobs, count);
    bool made = make_parts(&batch, jobs, count);
    if (made)
        make_runs(&batch, jobs, count);
    bool committed = made && run_phases(&batch, jobs, count, done);
    if (!committed)
        undo(&batch);
    if (!committed && batch.head_missing && make_heads(&batch)) {
        batch.head_missing = false;
        committed = run_phases(&batch, jobs, count, done);
        if (!committed)
            undo(&batch);
    }
    arena_fini(&batch.arena);
    if (committed)
        note_committed(lane->service, jobs, count);
    return committed;
}

bool service_batch_run(struct service_lane *lane, struct service_job **jobs, size_t count, struct service_done *done,
                       struct status *status)
{
    return run(lane, jobs, count, done, NULL, status);
}

bool service_batch_run_along(struct service_lane *lane, struct service_job **jobs, size_t count,
                             const struct service_along *along, struct status *status)
{
    return run(lane, jobs, count, NULL, along, status);
}

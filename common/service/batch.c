// SPDX-License-Identifier: Apache-2.0
// Mutations that wait together share a transaction:
//   load    for each tenant its wall, its head (locked), earlier results of the request_ids; for each call what its
//   rule
//           needs, under the caller's scope; flushed once
//   decide  the rules, in C
//   apply   for each tenant its wall, the rows, one append to its log; one Sync
// The jobs are sorted by tenant, so that heads are locked in one order in every process.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "crypto/crypto.h"
#include "feed/entry.h"
#include "service/engine.h"
#include "service/reply.h"
#include "service/values.h"

#define PATIENCE (5 * CLOCK_SECOND)

// The calls of one tenant in a batch, and its head.
struct tenant_part {
    struct service_job **jobs;
    size_t count;
    Anlan__Feed__Head head;
    Anlan__Feed__Append append;
    bool writes;
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

// True if the decision covers the place at which a stored result may be read.
static bool place_covered(const struct service_job *job, ProtobufCBinaryData packed)
{
    struct arena *arena = &job->call->arena;
    const Anlan__Feed__StoredPlace *stored =
        anlan__feed__stored_place__unpack(&arena->protobuf, packed.len, packed.data);
    struct uuid parties[8];
    struct access_record record = {.parties = parties};
    if (!stored || stored->n_level != DIRECTORY_LEVELS || stored->n_party > COUNT_OF(parties))
        return false;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (stored->level[i].len == sizeof(struct uuid))
            memcpy(&record.place.levels[i], stored->level[i].data, sizeof(struct uuid));
    for (size_t i = 0; i < stored->n_party; i++)
        if (stored->party[i].len == sizeof(struct uuid))
            memcpy(&parties[record.party_count++], stored->party[i].data, sizeof(struct uuid));
    record.sector = stored->sector;
    return access_covers(&job->decision, &record);
}

// Answers a repeated request with the after-image of the entry that it made.
static void answer_repeat(struct service_job *job, const Anlan__Feed__StoredResult *result)
{
    struct arena *arena = &job->call->arena;
    if (strcmp(result->method, job->slot->policy->method) != 0 || result->request_hash.len != 32 ||
        memcmp(result->request_hash.data, job->request_hash, 32) != 0) {
        status_set(&job->status, REASON(REQUEST_ID_REUSED), "this request_id was used for another request");
        return;
    }
    if (!place_covered(job, result->place)) {
        status_set(&job->status, REASON(RECORD_NOT_FOUND), "no such record within your scope");
        return;
    }
    const Anlan__Rpc__V1__Entry *entry =
        anlan__rpc__v1__entry__unpack(&arena->protobuf, result->entry.len, result->entry.data);
    if (!entry) {
        status_set(&job->status, REASON(DATA_CORRUPT), "the entry of the first request cannot be read");
        return;
    }
    job->position = result->position;
    if (!service_reply_record(job->slot->record_field, (struct bytes){entry->after.data, entry->after.len}, arena,
                              &job->reply))
        status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the record is too large");
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
            if (is_of(part->jobs[i], result)) {
                part->jobs[i]->answered = true;
                answer_repeat(part->jobs[i], result);
            }
    }
    pg_rows_clear(&rows);
    return good;
}

static bool receive_load(struct batch *batch, struct service_job *job)
{
    struct pg_rows rows;
    if (!receive(batch, &rows))
        return false;
    if (rows.count > 0 && !job->answered)
        service_job_loaded(job, &rows);
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

static void make_after(struct service_job *job)
{
    const ProtobufCMessageDescriptor *descriptor = job->slot->method->record->message;
    job->after = arena_alloc(&job->call->arena, descriptor->sizeof_message);
    if (!job->after)
        return;
    if (job->before && !job->slot->method->creates)
        memcpy(job->after, job->before, descriptor->sizeof_message);
    else
        protobuf_c_message_init(descriptor, job->after);
}

static void run_rule(struct service_job *job)
{
    const struct service_method *method = job->slot->method;
    struct arena *arena = &job->call->arena;
    if (job->answered || !status_ok(&job->status))
        return;
    if (!job->before && !method->creates) {
        status_set(&job->status, REASON(RECORD_NOT_FOUND), "no such record within your scope");
        return;
    }
    make_after(job);
    const Google__Protobuf__Timestamp *said = service_time_field(job->request, "occurred_at");
    job->occurred_at = said ? service_time(said) : job->now;
    struct service_rule_input input = {
        .request = job->request,
        .caller = &job->caller,
        .whole_instance = job->context.scope_all,
        .tenant_id = job->tenant_id,
        .unit = job->unit,
        .new_id = job->new_id,
        .now = job->now,
        .occurred_at = job->occurred_at,
        .arena = arena,
        .units = job->units,
        .unit_count = job->unit_count,
        .facts = job->facts,
    };
    crypto_random(input.random, sizeof(input.random));
    job->writes = job->after && method->rule(&input, job->before, job->after, &job->status);
    if (arena->exhausted) {
        job->writes = false;
        status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    }
}

// The place at which the result may be read again: the record's before the change, or, where it is new, since.
static bool pack_place(struct service_job *job)
{
    const struct service_record *record = job->slot->method->record;
    const ProtobufCMessage *at = job->slot->method->creates ? job->after : job->before;
    struct directory_place place = service_place_field(at);
    ProtobufCBinaryData levels[DIRECTORY_LEVELS];
    ProtobufCBinaryData parties[8];
    struct uuid ids[8];
    Anlan__Feed__StoredPlace stored = ANLAN__FEED__STORED_PLACE__INIT;
    CHECK(record->party_count <= COUNT_OF(parties));
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        levels[i] = (ProtobufCBinaryData){.len = sizeof(struct uuid), .data = place.levels[i].bytes};
    for (size_t i = 0; i < record->party_count; i++)
        if (uuid_parse(service_text(at, record->party_fields[i]), &ids[stored.n_party])) {
            parties[stored.n_party] =
                (ProtobufCBinaryData){.len = sizeof(struct uuid), .data = ids[stored.n_party].bytes};
            stored.n_party++;
        }
    stored.n_level = DIRECTORY_LEVELS;
    stored.level = levels;
    stored.party = parties;
    if (*record->sector_field)
        stored.sector = (char *)service_text(at, record->sector_field);
    size_t length = anlan__feed__stored_place__get_packed_size(&stored);
    uint8_t *packed = arena_alloc(&job->call->arena, length);
    if (!packed)
        return false;
    anlan__feed__stored_place__pack(&stored, packed);
    job->place = (struct bytes){packed, length};
    return true;
}

static Anlan__Rpc__V1__Place *place_or_none(const ProtobufCMessage *record, struct arena *arena)
{
    if (!record)
        return NULL;
    struct directory_place place = service_place_field(record);
    return service_place(&place, arena);
}

// The entry of a mutation, and its reply: both hold the same after-image.
static bool make_entry(struct service_job *job, int64_t position)
{
    struct arena *arena = &job->call->arena;
    const ProtobufCMessage *shown = service_job_shown(job);
    size_t length = shown ? protobuf_c_message_get_packed_size(shown) : 0;
    uint8_t *after = shown ? arena_alloc(arena, length) : NULL;
    if (!after)
        return false;
    protobuf_c_message_pack(shown, after);
    Anlan__Rpc__V1__Actor actor = ANLAN__RPC__V1__ACTOR__INIT;
    actor.subject_id = service_uuid(&job->caller.subject_id, arena);
    actor.subject_name = job->caller.subject_name;
    actor.unit_id = service_uuid(&job->caller.unit_id, arena);
    actor.role = job->caller.role;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.tenant_id = job->context.tenant_id;
    entry.position = position;
    entry.method = (char *)job->slot->policy->method;
    entry.record_type = (char *)job->after->descriptor->name;
    entry.record_id = (char *)service_text(job->after, "id");
    entry.version = service_integer(job->after, "version");
    entry.actor = &actor;
    entry.request_id = (char *)service_text(job->request, "request_id");
    entry.occurred_at = service_timestamp(job->occurred_at, arena);
    entry.entered_at = job->context.now;
    entry.place_before = place_or_none(job->slot->method->creates ? NULL : job->before, arena);
    entry.place_after = place_or_none(job->after, arena);
    entry.after = (ProtobufCBinaryData){.data = after, .len = length};
    job->position = position;
    return !arena->exhausted && feed_entry_seal(&entry, arena, &job->entry) && pack_place(job) &&
           service_reply_record(job->slot->record_field, (struct bytes){after, length}, arena, &job->reply);
}

static void decide_part(struct tenant_part *part)
{
    int64_t position = part->head.position;
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        run_rule(job);
        if (job->writes && !make_entry(job, position + 1)) {
            job->writes = false;
            status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
        }
        if (job->writes)
            position++;
    }
    part->append.head_before = part->head.position;
    part->append.head_after = position;
    part->writes = position > part->head.position;
}

static ProtobufCBinaryData binary(struct bytes bytes)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)bytes.data, .len = bytes.length};
}

static bool make_append(struct batch *batch, const struct tenant_part *part, Anlan__Feed__Append *append)
{
    struct arena *arena = &batch->arena;
    size_t most = part->count;
    append->tenant_id = part->head.tenant_id;
    append->position = arena_array(arena, most, sizeof(int64_t));
    append->algorithm = arena_array(arena, most, sizeof(int32_t));
    append->entry = arena_array(arena, most, sizeof(ProtobufCBinaryData));
    append->salt = arena_array(arena, most, sizeof(ProtobufCBinaryData));
    append->digest = arena_array(arena, most, sizeof(ProtobufCBinaryData));
    append->request_hash = arena_array(arena, most, sizeof(ProtobufCBinaryData));
    append->place = arena_array(arena, most, sizeof(ProtobufCBinaryData));
    append->caller_id = arena_array(arena, most, sizeof(char *));
    append->request_id = arena_array(arena, most, sizeof(char *));
    append->method = arena_array(arena, most, sizeof(char *));
    if (arena->exhausted)
        return status_set(batch->status, REASON(MESSAGE_TOO_LARGE), "the batch needs too much memory");
    size_t n = 0;
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (!job->writes)
            continue;
        append->position[n] = job->entry.position;
        append->algorithm[n] = (int32_t)job->entry.algorithm;
        append->entry[n] = job->entry.entry;
        append->salt[n] = job->entry.salt;
        append->digest[n] = job->entry.digest;
        append->request_hash[n] = binary((struct bytes){job->request_hash, sizeof(job->request_hash)});
        append->place[n] = binary(job->place);
        append->caller_id[n] = service_uuid(&job->caller.subject_id, arena);
        append->request_id[n] = (char *)service_text(job->request, "request_id");
        append->method[n] = (char *)job->slot->policy->method;
        n++;
    }
    append->n_position = append->n_algorithm = append->n_entry = append->n_salt = append->n_digest = n;
    append->n_request_hash = append->n_place = append->n_caller_id = append->n_request_id = append->n_method = n;
    return true;
}

static bool send_apply_part(struct batch *batch, struct tenant_part *part)
{
    if (!part->writes)
        return true;
    if (!send_wall_tenant(batch, part))
        return false;
    for (size_t i = 0; i < part->count; i++) {
        struct service_job *job = part->jobs[i];
        if (!job->writes)
            continue;
        const struct service_keeper *keeper = service_keeper_of(batch->lane->service, job->slot->method->record);
        if (!execute(batch, job->slot->method->creates ? &keeper->insert : &keeper->update, job->after,
                     &job->context.base))
            return false;
    }
    int64_t before = part->append.head_before;
    int64_t after = part->append.head_after;
    anlan__feed__append__init(&part->append);
    part->append.head_before = before;
    part->append.head_after = after;
    return make_append(batch, part, &part->append) &&
           execute(batch, &common_of(batch)->append, &part->append.base, NULL);
}

static bool receive_apply_part(struct batch *batch, const struct tenant_part *part)
{
    if (!part->writes)
        return true;
    if (!skip(batch))
        return false;
    for (size_t i = 0; i < part->count; i++)
        if (part->jobs[i]->writes && !skip(batch))
            return false;
    return skip(batch);
}

static bool run_phases(struct batch *batch, struct service_done *done)
{
    if (!send_load_phase(batch))
        return false;
    service_done_answer(batch->lane->service, done);
    if (!receive_load_phase(batch))
        return false;
    for (size_t i = 0; i < batch->part_count; i++)
        decide_part(&batch->parts[i]);
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

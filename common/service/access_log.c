// SPDX-License-Identifier: Apache-2.0
// The access lane: enters in the access logs what was read unmasked or exported, and lets the answer go after the
// commit; and every few seconds, and at the end, what was counted meanwhile. Each log is one like a tenant's, with a
// head of its own.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "service/access_notes.h"
#include "service/values.h"

#define PATIENCE (5 * CLOCK_SECOND)
#define TIMEOUT_MS 5000
#define CHUNK 256    // notes of one transaction

struct access_lane {
    struct service_lane *lane;
    struct access_note *pending;    // taken, not yet entered
    int64_t flush_at;               // clock_monotonic
};

// Notes of one transaction, sorted by their logs.
struct append_work {
    struct service_lane *lane;
    struct access_note **notes;
    size_t count;
    struct arena arena;
    clock_time now;
    int64_t deadline;
    Anlan__Feed__Tenants logs;
    Anlan__Feed__Append append;
    struct status *status;
};

static int by_log(const void *left, const void *right)
{
    const struct access_note *const *a = left;
    const struct access_note *const *b = right;
    return uuid_compare(&(*a)->log_id, &(*b)->log_id);
}

static bool out_of_memory(struct append_work *work)
{
    return status_set(work->status, REASON(MESSAGE_TOO_LARGE), "the access log needs too much memory");
}

static bool make_room(struct append_work *work)
{
    struct arena *arena = &work->arena;
    Anlan__Feed__Append *append = &work->append;
    anlan__feed__tenants__init(&work->logs);
    anlan__feed__append__init(append);
    work->logs.tenant_id = append->tenant_id = arena_array(arena, work->count, sizeof(char *));
    append->head_before = arena_array(arena, work->count, sizeof(int64_t));
    append->head_after = arena_array(arena, work->count, sizeof(int64_t));
    append->entry_tenant_id = arena_array(arena, work->count, sizeof(char *));
    append->position = arena_array(arena, work->count, sizeof(int64_t));
    append->entry = arena_array(arena, work->count, sizeof(ProtobufCBinaryData));
    append->salt = arena_array(arena, work->count, sizeof(ProtobufCBinaryData));
    append->digest = arena_array(arena, work->count, sizeof(ProtobufCBinaryData));
    append->algorithm = arena_array(arena, work->count, sizeof(int32_t));
    for (size_t i = 0; !arena->exhausted && i < work->count; i++)
        if (i == 0 || uuid_compare(&work->notes[i - 1]->log_id, &work->notes[i]->log_id) != 0)
            append->tenant_id[append->n_tenant_id++] = service_uuid(&work->notes[i]->log_id, arena);
    work->logs.n_tenant_id = append->n_head_before = append->n_head_after = append->n_tenant_id;
    return !arena->exhausted || out_of_memory(work);
}

static bool execute(struct append_work *work, const struct pg_statement *statement, const ProtobufCMessage *first,
                    const ProtobufCMessage *second)
{
    return pg_execute(work->lane->connection, statement, (const ProtobufCMessage *const[]){first, second}, &work->arena,
                      work->status);
}

static bool skip(struct append_work *work)
{
    struct pg_rows rows = {0};
    bool good = pg_next(work->lane->connection, work->deadline, &rows, work->status);
    pg_rows_clear(&rows);
    return good;
}

// Makes heads where there are none, and locks them all, in the order of their ids.
static bool send_load(struct append_work *work)
{
    const struct service_statements *statements = &work->lane->service->statements;
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.timeout_ms = context.lock_timeout_ms = TIMEOUT_MS;
    if (!execute(work, &statements->wall_batch, &work->logs.base, &context.base))
        return false;
    for (size_t i = 0; i < work->logs.n_tenant_id; i++) {
        Anlan__Feed__Head head = ANLAN__FEED__HEAD__INIT;
        head.tenant_id = work->logs.tenant_id[i];
        if (!execute(work, &statements->head_make, &head.base, NULL))
            return false;
    }
    return execute(work, &statements->head_lock, &work->logs.base, NULL) &&
           pg_flush(work->lane->connection, work->status);
}

static bool receive_load(struct append_work *work)
{
    struct pg_rows rows = {0};
    bool good = true;
    for (size_t i = 0; good && i < 1 + work->logs.n_tenant_id; i++)
        good = skip(work);
    good = good && pg_next(work->lane->connection, work->deadline, &rows, work->status);
    if (good && rows.count != work->logs.n_tenant_id)
        good = status_set(work->status, REASON(INTERNAL), "a head of an access log is missing");
    for (size_t i = 0; good && i < rows.count; i++) {
        const Anlan__Feed__Head *head = (const void *)pg_rows_unpack(&rows, i, 0, &work->arena, work->status);
        good = head && strcmp(head->tenant_id, work->logs.tenant_id[i]) == 0;
        if (good)
            work->append.head_before[i] = work->append.head_after[i] = head->position;
        else if (head)
            status_set(work->status, REASON(INTERNAL), "the heads came in another order than their logs");
    }
    pg_rows_clear(&rows);
    return good;
}

static Anlan__Rpc__V1__AccessRecord record_of(const struct access_note *note, struct arena *arena)
{
    Anlan__Rpc__V1__AccessRecord record = ANLAN__RPC__V1__ACCESS_RECORD__INIT;
    record.id = service_uuid(&note->id, arena);
    record.version = 1;
    record.kind = note->key.kind;
    record.tenant_id = service_uuid(&note->key.tenant_id, arena);
    record.unit_id = service_uuid(&note->unit_id, arena);
    record.count = note->count;
    record.first_at = service_timestamp(note->first, arena);
    record.last_at = service_timestamp(note->last, arena);
    if (note->key.method)
        record.method = (char *)note->key.method;
    if (note->key.reason)
        record.reason = (char *)status_reason_text(note->key.reason)->name;
    if (note->record_type)
        record.record_type = (char *)note->record_type;
    if (note->record_id)
        record.record_id = (char *)note->record_id;
    if (note->purpose)
        record.purpose = (char *)note->purpose;
    record.record_ids = note->record_ids;
    record.n_record_ids = note->record_id_count;
    return record;
}

static bool fill_actor(const struct access_note *note, struct arena *arena, Anlan__Rpc__V1__Actor *actor)
{
    actor->subject_id = service_uuid(&note->key.subject_id, arena);
    actor->subject_name = (char *)note->name;
    actor->unit_id = service_uuid(&note->caller_unit_id, arena);
    actor->role = (char *)note->role;
    actor->post_id = service_uuid(&note->key.post_id, arena);
    return uuid_is_nil(&note->behalf.grant_id) || service_name_principals(&note->behalf, arena, actor);
}

static bool add_entry(struct append_work *work, const struct access_note *note, size_t log)
{
    struct arena *arena = &work->arena;
    Anlan__Feed__Append *append = &work->append;
    Anlan__Rpc__V1__Actor actor = ANLAN__RPC__V1__ACTOR__INIT;
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    Anlan__Rpc__V1__LogEntry sealed;
    Anlan__Rpc__V1__AccessRecord record = record_of(note, arena);
    size_t length = anlan__rpc__v1__access_record__get_packed_size(&record);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed || arena->exhausted || !fill_actor(note, arena, &actor))
        return out_of_memory(work);
    anlan__rpc__v1__access_record__pack(&record, packed);
    entry.tenant_id = append->tenant_id[log];
    entry.position = ++append->head_after[log];
    entry.method = record.method;
    entry.record_type = (char *)record.base.descriptor->name;
    entry.record_id = record.id;
    entry.version = record.version;
    entry.actor = &actor;
    entry.occurred_at = record.last_at;
    entry.entered_at = service_timestamp(work->now, arena);
    entry.place_after = uuid_is_nil(&note->unit_id) ? NULL : service_place(&note->place, arena);
    entry.after = (ProtobufCBinaryData){.data = packed, .len = length};
    if (arena->exhausted || !feed_entry_seal(&entry, arena, &sealed))
        return out_of_memory(work);
    size_t n = append->n_position++;
    append->entry_tenant_id[append->n_entry_tenant_id++] = entry.tenant_id;
    append->position[n] = entry.position;
    append->entry[append->n_entry++] = sealed.entry;
    append->salt[append->n_salt++] = sealed.salt;
    append->digest[append->n_digest++] = sealed.digest;
    append->algorithm[append->n_algorithm++] = (int32_t)sealed.algorithm;
    return true;
}

static bool add_entries(struct append_work *work)
{
    size_t log = 0;
    for (size_t i = 0; i < work->count; i++) {
        if (i > 0 && uuid_compare(&work->notes[i - 1]->log_id, &work->notes[i]->log_id) != 0)
            log++;
        if (!add_entry(work, work->notes[i], log))
            return false;
    }
    return true;
}

static bool commit(struct append_work *work)
{
    struct service_lane *lane = work->lane;
    return make_room(work) && send_load(work) && receive_load(work) && add_entries(work) &&
           execute(work, &lane->service->statements.append, &work->append.base, NULL) &&
           pg_sync(lane->connection, work->status) && skip(work) &&
           pg_finish(lane->connection, work->deadline, work->status);
}

// Enters the notes in their logs, in one transaction. False with a status: none of them, or it is not known.
static bool enter(struct service_lane *lane, struct access_note **notes, size_t count, struct status *status)
{
    struct append_work work = {.lane = lane, .notes = notes, .count = count, .status = status, .now = clock_now()};
    if (count == 0)
        return true;
    if (!service_lane_connect(lane, status))
        return false;
    for (size_t i = 0; i < count; i++)
        notes[i]->log_id = feed_access_log_id(&notes[i]->key.tenant_id);
    qsort(notes, count, sizeof(struct access_note *), by_log);
    work.deadline = clock_monotonic() + TIMEOUT_MS * CLOCK_MILLISECOND + PATIENCE;
    arena_init(&work.arena, LIMIT_CALL_ARENA_BYTES);
    bool good = commit(&work);
    arena_fini(&work.arena);
    if (!good) {
        // What was queued goes with the connection.
        pg_close(lane->connection);
        lane->connection = NULL;
    } else if (atomic_load(&lane->service->feed_lane.waiting)) {
        service_queue_hint(&lane->service->feed_lane.queue);
    }
    return good;
}

// Enters what up to CHUNK jobs read, and answers them; answers what still waits.
static struct service_job *answer_reads(struct service_lane *lane, struct service_job *waiting)
{
    struct service_job *jobs[CHUNK];
    struct access_note *notes[CHUNK];
    struct status status = {0};
    size_t count = 0;
    size_t noted = 0;
    for (; waiting && count < CHUNK && noted + ACCESS_NOTES_OF_READ <= CHUNK; waiting = waiting->next) {
        noted += service_access_note_read(lane->service, waiting, notes + noted);
        jobs[count++] = waiting;
    }
    bool entered = enter(lane, notes, noted, &status);
    for (size_t i = 0; i < count; i++) {
        struct service_job *job = jobs[i];
        job->next = NULL;
        job->accounted = entered;
        if (!entered && status_ok(&job->status))
            job->status = status;
        if (!status_ok(&job->status))
            job->reply = (struct bytes){0};
        service_job_answer(lane->service, job);
    }
    return waiting;
}

// Enters what was counted; what could not be entered is kept for the next time, and new counts wait where they are.
static void flush(struct access_lane *access)
{
    struct service_lane *lane = access->lane;
    struct status status = {0};
    if (!access->pending)
        access->pending = service_access_notes_take(lane->service->access_notes);
    while (access->pending) {
        struct access_note *notes[CHUNK];
        size_t count = 0;
        struct access_note *rest = access->pending;
        for (; rest && count < CHUNK; rest = rest->next)
            notes[count++] = rest;
        if (!enter(lane, notes, count, &status)) {
            LOG(LOG_WARNING, "access_log.failed", LOG_T("reason", status_reason_text(status.reason)->name),
                LOG_T("message", status.message));
            return;
        }
        access->pending = rest;
        for (size_t i = 0; i < count; i++)
            free(notes[i]);
    }
}

// What could not be entered at the end is lost, and said.
static void end(struct access_lane *access)
{
    int64_t lost = 0;
    flush(access);
    while (access->pending) {
        struct access_note *note = access->pending;
        access->pending = note->next;
        lost += note->count;
        free(note);
    }
    if (lost > 0)
        LOG(LOG_ERROR, "access_log.lost", LOG_N("calls", lost));
}

void *service_access_lane_run(void *argument)
{
    struct service_lane *lane = argument;
    struct access_lane access = {.lane = lane};
    access.flush_at = clock_monotonic() + LIMIT_ACCESS_FLUSH_MS * CLOCK_MILLISECOND;
    while (!service_queue_closed(&lane->queue) || service_queue_waiting(&lane->queue)) {
        struct service_job *waiting = service_queue_take(&lane->queue, access.flush_at);
        while (waiting)
            waiting = answer_reads(lane, waiting);
        if (clock_monotonic() < access.flush_at)
            continue;
        flush(&access);
        access.flush_at = clock_monotonic() + LIMIT_ACCESS_FLUSH_MS * CLOCK_MILLISECOND;
    }
    end(&access);
    return NULL;
}

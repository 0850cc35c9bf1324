// SPDX-License-Identifier: Apache-2.0
// Pulls: answered from the log at once where it has more, parked otherwise. This process's own commits wake the lane;
// those of others are found by looking every tenth of a second.
#include <string.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "service/engine.h"
#include "service/values.h"

#define PATIENCE (5 * CLOCK_SECOND)
#define LOOK_EVERY (100 * CLOCK_MILLISECOND)

// Sends wall, head and entries of one pull.
static bool send_pull(struct service_lane *lane, struct service_job *job, struct arena *arena, struct status *status)
{
    const struct service_statements *statements = &lane->service->statements;
    Anlan__Feed__Head head = ANLAN__FEED__HEAD__INIT;
    Anlan__Feed__Page page = ANLAN__FEED__PAGE__INIT;
    head.tenant_id = page.tenant_id = job->context.tenant_id;
    page.after = job->from;
    page.row_limit = job->context.row_limit;
    job->context.timeout_ms = job->context.lock_timeout_ms = service_job_timeout(job);
    return pg_execute(lane->connection, &statements->wall_tenant, (const ProtobufCMessage *const[]){&job->context.base},
                      arena, status) &&
           pg_execute(lane->connection, &statements->head_read, (const ProtobufCMessage *const[]){&head.base}, arena,
                      status) &&
           pg_execute(lane->connection, &statements->entries_after, (const ProtobufCMessage *const[]){&page.base},
                      arena, status);
}

static bool read_head(const struct pg_rows *rows, struct arena *arena, int64_t *position, struct status *status)
{
    if (rows->count == 0)
        return true;
    const Anlan__Feed__Head *head = (const void *)pg_rows_unpack(rows, 0, 0, arena, status);
    if (head)
        *position = head->position;
    return head != NULL;
}

// Fills the page up to its limit in bytes.
static bool read_entries(const struct pg_rows *rows, struct arena *arena, Anlan__Rpc__V1__PullResponse *response,
                         struct status *status)
{
    response->entries = arena_array(arena, rows->count, sizeof(*response->entries));
    if (!response->entries)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
    size_t bytes = 0;
    for (size_t i = 0; i < rows->count && (i == 0 || bytes < LIMIT_PAGE_BYTES); i++) {
        struct bytes packed = {0};
        if (!pg_rows_message(rows, i, 0, arena, &packed, status))
            return false;
        bytes += packed.length;
        Anlan__Rpc__V1__LogEntry *entry =
            anlan__rpc__v1__log_entry__unpack(&arena->protobuf, packed.length, packed.data);
        if (!entry)
            return status_set(status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
        response->entries[response->n_entries++] = entry;
    }
    return true;
}

static bool write_response(struct service_job *job, Anlan__Rpc__V1__PullResponse *response)
{
    struct arena *arena = &job->call->arena;
    int64_t last = response->n_entries ? response->entries[response->n_entries - 1]->position : job->from;
    if (response->head_position < last)
        response->head_position = last;
    response->cursor = feed_cursor_write(&job->tenant_id, last, arena);
    size_t length = response->cursor ? anlan__rpc__v1__pull_response__get_packed_size(response) : 0;
    uint8_t *packed = response->cursor ? arena_alloc(arena, length) : NULL;
    if (!packed)
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
    anlan__rpc__v1__pull_response__pack(response, packed);
    job->reply = (struct bytes){packed, length};
    return true;
}

// Runs one pull. True if it is to be answered now: it has entries, it failed, or its time is over.
static bool run_pull(struct service_lane *lane, struct service_job *job)
{
    struct status status = {0};
    Anlan__Rpc__V1__PullResponse response = ANLAN__RPC__V1__PULL_RESPONSE__INIT;
    struct arena scratch;
    arena_init(&scratch, LIMIT_CALL_ARENA_BYTES);
    struct pg_rows rows[3] = {{0}};
    bool synced = service_lane_connect(lane, &status) && send_pull(lane, job, &scratch, &status) &&
                  pg_sync(lane->connection, &status);
    bool good = synced;
    int64_t deadline = clock_monotonic() + job->context.timeout_ms * CLOCK_MILLISECOND + PATIENCE;
    for (size_t i = 0; good && i < 3; i++)
        good = pg_next(lane->connection, deadline, &rows[i], &status);
    struct status finished = {0};
    if (synced && pg_usable(lane->connection)) {
        pg_finish(lane->connection, deadline, &finished);
    } else {
        // What was queued without its Sync goes with the connection.
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    struct arena *arena = &job->call->arena;
    bool over = clock_monotonic() >= job->answer_by;
    good = good && read_head(&rows[1], &scratch, &response.head_position, &status);
    if (good && response.head_position < job->from)
        good = status_set(&status, REASON(CURSOR_PAST_END), "the log ends at position %lld",
                          (long long)response.head_position);
    bool ready = !good || rows[2].count > 0 || over;
    if (good && ready)
        good = read_entries(&rows[2], arena, &response, &status) && write_response(job, &response);
    for (size_t i = 0; i < 3; i++)
        pg_rows_clear(&rows[i]);
    arena_fini(&scratch);
    if (!good && status_ok(&job->status))
        job->status = status;
    return ready;
}

// The head of the last tenant that was asked about: lists that wait are many, and their tenants few.
struct known_head {
    struct uuid tenant_id;
    int64_t position;
    bool known;
};

static bool read_tenant_head(struct service_lane *lane, struct service_job *job, struct known_head *head)
{
    const struct service_statements *statements = &lane->service->statements;
    struct pg_rows rows[2] = {{0}};
    struct arena arena;
    if (head->known && uuid_compare(&head->tenant_id, &job->tenant_id) == 0)
        return true;
    if (!service_lane_connect(lane, &job->status))
        return false;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    Anlan__Feed__Head which = ANLAN__FEED__HEAD__INIT;
    which.tenant_id = job->context.tenant_id;
    job->context.timeout_ms = job->context.lock_timeout_ms = service_job_timeout(job);
    int64_t deadline = clock_monotonic() + job->context.timeout_ms * CLOCK_MILLISECOND + PATIENCE;
    bool good = pg_execute(lane->connection, &statements->wall_tenant,
                           (const ProtobufCMessage *const[]){&job->context.base}, &arena, &job->status) &&
                pg_execute(lane->connection, &statements->head_read, (const ProtobufCMessage *const[]){&which.base},
                           &arena, &job->status) &&
                pg_sync(lane->connection, &job->status);
    for (size_t i = 0; good && i < 2; i++)
        good = pg_next(lane->connection, deadline, &rows[i], &job->status);
    good = good && pg_finish(lane->connection, deadline, &job->status);
    *head = (struct known_head){.tenant_id = job->tenant_id};
    head->known = good && read_head(&rows[1], &arena, &head->position, &job->status);
    if (!good) {
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    for (size_t i = 0; i < 2; i++)
        pg_rows_clear(&rows[i]);
    arena_fini(&arena);
    return head->known;
}

// A list that waits. True if it has left the lane.
static bool run_wait(struct service_lane *lane, struct service_job *job, struct known_head *head)
{
    if (read_tenant_head(lane, job, head))
        return service_wait_look(lane->service, job, head->position);
    service_job_answer(lane->service, job);
    return true;
}

// Runs what waits; answers what is ready and keeps the rest.
static struct service_job *run_pulls(struct service_lane *lane, struct service_job *waiting)
{
    struct known_head head = {.known = false};
    struct service_job *kept = NULL;
    struct service_job **end = &kept;
    bool closed = service_queue_closed(&lane->queue);
    while (waiting) {
        struct service_job *job = waiting;
        waiting = job->next;
        job->next = NULL;
        if (closed) {
            status_set(&job->status, REASON(STOPPING), "the service is stopping");
            job->status.retry_after_ms = 100;
        }
        if (!closed && job->call->user) {
            if (!run_wait(lane, job, &head)) {
                *end = job;
                end = &job->next;
            }
            continue;
        }
        if (closed || rpc_call_cancelled(job->call) || run_pull(lane, job)) {
            if (!job->call->user && status_ok(&job->status) && !service_dispatch_pull_again(lane->service, job))
                job->reply = (struct bytes){0};
            service_job_answer(lane->service, job);
            continue;
        }
        *end = job;
        end = &job->next;
    }
    return kept;
}

void *service_feed_lane_run(void *argument)
{
    struct service_lane *lane = argument;
    struct service_job *waiting = NULL;
    while (waiting || !service_queue_closed(&lane->queue) || service_queue_waiting(&lane->queue)) {
        struct service_job *arrived = service_queue_take(&lane->queue, waiting ? clock_monotonic() + LOOK_EVERY : -1);
        struct service_job **end = &waiting;
        while (*end)
            end = &(*end)->next;
        *end = arrived;
        waiting = run_pulls(lane, waiting);
        atomic_store(&lane->waiting, waiting != NULL);
    }
    return NULL;
}

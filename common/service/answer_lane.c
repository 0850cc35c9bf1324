// SPDX-License-Identifier: Apache-2.0
// Answers that are made in C from the directory, as it is or as it was at a time: this lane has directories of its own,
// made from the log, so that nobody who decides waits for it. The one of the present goes on with the log; the one of
// the past is kept for the next question of that time or later.
#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "service/engine.h"
#include "service/values.h"

#define PRESENT INT64_MAX

// A directory as of a time.
struct replay {
    struct directory *directory;
    clock_time at;    // everything entered up to then is in it, once it has ended
};

struct answer_lane {
    struct service_lane *lane;
    struct replay present;
    struct replay past;
};

static bool send_page(struct service_lane *lane, struct service_job *job, const struct replay *replay,
                      struct status *status)
{
    const struct service_statements *statements = &lane->service->statements;
    struct arena *arena = &job->call->arena;
    Anlan__Feed__Page page = ANLAN__FEED__PAGE__INIT;
    page.tenant_id = job->context.tenant_id;
    page.after = directory_position(replay->directory);
    page.row_limit = LIMIT_FEED_PAGE_ENTRIES;
    job->context.timeout_ms = service_job_timeout(job);
    return pg_execute(lane->connection, &statements->wall_tenant, (const ProtobufCMessage *const[]){&job->context.base},
                      arena, status) &&
           pg_execute(lane->connection, &statements->entries_after, (const ProtobufCMessage *const[]){&page.base},
                      arena, status) &&
           pg_sync(lane->connection, status);
}

// Applies an entry; false at the first that was entered later, or with a status.
static bool replay_entry(struct replay *replay, const struct pg_rows *rows, size_t row, clock_time at,
                         struct status *status)
{
    struct arena arena;
    struct bytes packed = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    const Anlan__Rpc__V1__LogEntry *sealed = NULL;
    const Anlan__Rpc__V1__Entry *entry = NULL;
    if (pg_rows_message(rows, row, 0, &arena, &packed, status))
        sealed = anlan__rpc__v1__log_entry__unpack(&arena.protobuf, packed.length, packed.data);
    if (sealed)
        entry = feed_entry_open(sealed, &arena, status);
    bool goes_on = entry && (!entry->entered_at || service_time(entry->entered_at) <= at);
    if (goes_on && !directory_apply(replay->directory, entry))
        goes_on = status_set(status, REASON(DATA_CORRUPT), "entry %lld cannot be applied", (long long)entry->position);
    arena_fini(&arena);
    return goes_on;
}

// Goes on with a page of the log; *ended where it has come to its time or the log's end.
static bool replay_page(struct service_lane *lane, struct service_job *job, struct replay *replay, clock_time at,
                        bool *ended, struct status *status)
{
    struct pg_rows rows[2] = {{0}};
    int64_t deadline = clock_monotonic() + 60 * CLOCK_SECOND;
    bool good = service_lane_connect(lane, status) && send_page(lane, job, replay, status) &&
                pg_next(lane->connection, deadline, &rows[0], status) &&
                pg_next(lane->connection, deadline, &rows[1], status) && pg_finish(lane->connection, deadline, status);
    size_t row = 0;
    while (good && row < rows[1].count && replay_entry(replay, &rows[1], row, at, status))
        row++;
    *ended = row < rows[1].count || rows[1].count < LIMIT_FEED_PAGE_ENTRIES;
    good = good && status_ok(status);
    pg_rows_clear(&rows[0]);
    pg_rows_clear(&rows[1]);
    if (!good && lane->connection) {
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    return good;
}

static bool bring_forward(struct service_lane *lane, struct service_job *job, struct replay *replay, clock_time at)
{
    bool ended = false;
    if (!replay->directory || at < replay->at) {
        directory_free(replay->directory);
        *replay = (struct replay){.directory = directory_new(&lane->service->instance_id)};
    }
    // What is to come may be entered in this very moment: only the past is whole.
    replay->at = at == PRESENT ? 0 : at;
    while (!ended)
        if (service_job_over(job) || !replay_page(lane, job, replay, at, &ended, &job->status))
            return false;
    return true;
}

static bool pack(struct service_job *job, const ProtobufCMessage *reply)
{
    size_t length = protobuf_c_message_get_packed_size(reply);
    uint8_t *packed = arena_alloc(&job->call->arena, length);
    if (!packed || job->call->arena.exhausted)
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the answer is too large");
    protobuf_c_message_pack(reply, packed);
    job->reply = (struct bytes){packed, length};
    return true;
}

static bool find_scope(struct service *service, struct service_job *job, struct access_decision *scope)
{
    const struct access_question question = {.caller = &job->caller,
                                             .permission = job->slot->policy->permission,
                                             .use = ACCESS_READ,
                                             .now = job->now,
                                             .without_grants = job->stale};
    return access_decide(&service->access, &question, &job->call->arena, scope, &job->status);
}

static void answer(struct answer_lane *answers, struct service_job *job)
{
    const Google__Protobuf__Timestamp *said = service_time_field(job->request, "at");
    clock_time at = said ? service_time(said) : job->now;
    struct replay *replay = said ? &answers->past : &answers->present;
    const ProtobufCMessageDescriptor *descriptor = job->slot->policy->response;
    ProtobufCMessage *reply = arena_alloc(&job->call->arena, descriptor->sizeof_message);
    if (at > job->now) {
        status_violate(&job->status, &job->call->arena, "at", "must not be in the future");
        return;
    }
    struct access_decision scope;
    if (!reply || !find_scope(answers->lane->service, job, &scope) ||
        !bring_forward(answers->lane, job, replay, said ? at : PRESENT))
        return;
    protobuf_c_message_init(descriptor, reply);
    struct service_answer_input input = {
        .request = job->request, .directory = replay->directory, .at = at, .scope = &scope, .arena = &job->call->arena};
    if (job->slot->method->answer(&input, reply, &job->status))
        pack(job, reply);
}

void *service_answer_lane_run(void *argument)
{
    struct answer_lane answers = {.lane = argument};
    struct service_lane *lane = argument;
    while (!service_queue_closed(&lane->queue) || service_queue_waiting(&lane->queue)) {
        struct service_job *waiting = service_queue_take(&lane->queue, -1);
        while (waiting) {
            struct service_job *job = waiting;
            waiting = job->next;
            job->next = NULL;
            answer(&answers, job);
            service_job_answer(lane->service, job);
        }
    }
    directory_free(answers.present.directory);
    directory_free(answers.past.directory);
    return NULL;
}

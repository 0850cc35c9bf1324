// SPDX-License-Identifier: Apache-2.0
// A page of a stream of the instance above. Commands of its items travel in batches in the order of the items, the
// cursor with the last: a crash before that repeats the page, and a repeat of a request_id has no second effect.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "feed/entry.h"
#include "log/log.h"
#include "rpc/message.h"
#include "service/above.h"
#include "service/values.h"

// How often a command's own transaction may fail before it is stuck. A database that is away is waited for without end.
#define FAULTS_MOST 3
#define TIMEOUT_MS 5000
#define PATIENCE (5 * CLOCK_SECOND)

#define KIND(name) ANLAN__RPC__V1__STREAM_ITEM_KIND__STREAM_ITEM_KIND_##name

// What a page asks for.
struct work {
    struct above *above;
    struct arena arena;
    struct follow_command **commands;
    size_t count;
    size_t room;
    Anlan__Service__FollowStuck **unsaid;    // records of which the plan could not say what follows
    size_t unsaid_count;
    size_t unsaid_room;
    const Anlan__Rpc__V1__PullStreamResponse *page;
    uint8_t digest[CRYPTO_DIGEST_SIZE];    // behind it
};

// What one transaction holds: a run of the commands.
struct batch {
    struct work *work;
    size_t first;
    size_t behind;
    struct service_job *jobs[LIMIT_BATCH_CALLS];
    size_t count;
};

static void free_work(struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        follow_command_free(work->commands[i]);
    for (size_t i = 0; i < work->above->source.stream_count; i++)
        arena_fini(&work->above->source.streams[i]->arena);    // entries that could not be planned
    free(work->commands);
    free(work->unsaid);
    arena_fini(&work->arena);
}

// Holds a page against where the stream stands, and its items against the digest.
static bool check(struct work *work, struct status *status)
{
    const Anlan__Rpc__V1__PullStreamResponse *page = work->page;
    uint8_t *digest = work->digest;
    memcpy(digest, work->above->digest, CRYPTO_DIGEST_SIZE);
    if (strcmp(page->continues, work->above->cursor) != 0)
        return status_set(status, REASON(DATA_CORRUPT), "the page continues another one");
    for (size_t i = 0; i < page->n_items; i++) {
        const struct bytes parts[] = {{digest, CRYPTO_DIGEST_SIZE}, {page->items[i].data, page->items[i].len}};
        crypto_sha256(parts, 2, digest);
    }
    if (page->algorithm != ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256 ||
        page->digest.len != CRYPTO_DIGEST_SIZE || !crypto_equal(digest, page->digest.data, CRYPTO_DIGEST_SIZE))
        return status_set(status, REASON(DATA_CORRUPT), "items of the page were lost or altered");
    if (!*page->cursor || strlen(page->cursor) >= ABOVE_CURSOR_MOST)
        return status_set(status, REASON(DATA_CORRUPT), "the page has no cursor");
    return true;
}

static struct follow_stream *stream_of(struct above *above, const struct uuid *tenant_id)
{
    struct follow_source *source = &above->source;
    for (size_t i = 0; i < source->stream_count; i++)
        if (uuid_compare(&source->streams[i]->tenant_id, tenant_id) == 0)
            return source->streams[i];
    return source->stream_count < LIMIT_FOLLOW_TENANTS ? follow_stream_add(source, tenant_id) : NULL;
}

// A tenant whose records this instance writes itself: what it is shown of them it has written.
static bool is_ours(struct directory *directory, const struct uuid *tenant_id)
{
    directory_lock(directory);
    bool ours = directory_find(directory, tenant_id) && !directory_owner(directory, tenant_id);
    directory_unlock(directory);
    return ours;
}

static void *grown(void *list, size_t count, size_t *room, size_t more)
{
    if (count + more <= *room)
        return list;
    *room = 2 * (count + more);
    list = realloc(list, *room * sizeof(void *));
    CHECK(list);
    return list;
}

static bool keep_unsaid(struct work *work, struct follow_stream *stream, const Anlan__Rpc__V1__Entry *entry,
                        const struct follow_work *made, struct status *status)
{
    struct arena *arena = &work->arena;
    struct bytes packed;
    Anlan__Rpc__V1__LogEntry sealed;
    Anlan__Service__FollowStuck *stuck = arena_alloc(arena, sizeof(*stuck));
    anlan__rpc__v1__log_entry__init(&sealed);
    if (!stuck || !feed_entry_seal(entry, arena, &sealed))
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "a page needs too much memory");
    if (!rpc_message_write(&sealed.base, arena, &packed, status))
        return false;
    anlan__service__follow_stuck__init(stuck);
    stuck->source = (char *)work->above->follow.source;
    stuck->tenant_id = stream->tenant;
    stuck->position = entry->position;
    stuck->ordinal = -1;
    stuck->record_id = entry->record_id;
    stuck->request = (ProtobufCBinaryData){.data = (uint8_t *)packed.data, .len = packed.length};
    stuck->reason = (char *)status_reason_text(made->refused.reason)->name;
    stuck->message = arena_text(arena, made->refused.message, strlen(made->refused.message));
    stuck->rest = follow_rest(0);
    work->unsaid = grown(work->unsaid, work->unsaid_count, &work->unsaid_room, 1);
    work->unsaid[work->unsaid_count++] = stuck;
    return stuck->message || status_set(status, REASON(MESSAGE_TOO_LARGE), "a page needs too much memory");
}

// What follows from a record as it is since: its version stands for the position, so that it is applied once.
static bool plan_record(struct work *work, Anlan__Rpc__V1__Entry *entry, struct status *status)
{
    struct above *above = work->above;
    struct uuid tenant_id;
    struct follow_work made;
    if (!entry || !uuid_parse(entry->tenant_id, &tenant_id) || !*entry->record_id || entry->version < 1)
        return status_set(status, REASON(DATA_CORRUPT), "an item does not say whose record it is");
    if (is_ours(above->source.service->directory, &tenant_id))
        return true;
    struct follow_stream *stream = stream_of(above, &tenant_id);
    if (!stream)
        return status_set(status, REASON(TOO_MANY_RECORDS), "the stream shows records of more tenants than there are");
    entry->position = entry->version;
    follow_work_make(stream, entry, &made);
    bool good = status_ok(&made.refused) || keep_unsaid(work, stream, entry, &made, status);
    work->commands = grown(work->commands, work->count, &work->room, made.count);
    if (made.count > 0)
        memcpy(work->commands + work->count, made.commands, made.count * sizeof(*work->commands));
    work->count += made.count;
    return good;
}

// A snapshot's begin and end, and what is shown no more, ask for nothing: what was applied is this instance's own.
static bool plan_item(struct work *work, ProtobufCBinaryData packed, struct status *status)
{
    const Anlan__Rpc__V1__StreamItem *item =
        anlan__rpc__v1__stream_item__unpack(&work->arena.protobuf, packed.len, packed.data);
    if (!item)
        return status_set(status, REASON(DATA_CORRUPT), "an item cannot be read");
    switch (item->kind) {
    case KIND(RECORD):
    case KIND(CHANGE):
        return plan_record(work, item->entry, status);
    case KIND(SNAPSHOT):
    case KIND(SCOPE_CHANGED):
    case KIND(SETTLED):
    case KIND(WITHDRAWN):
    case KIND(UNSPECIFIED):
    case _ANLAN__RPC__V1__STREAM_ITEM_KIND_IS_INT_SIZE:
        break;
    }
    const ProtobufCEnumValue *kind =
        protobuf_c_enum_descriptor_get_value(&anlan__rpc__v1__stream_item_kind__descriptor, (int)item->kind);
    LOG(LOG_DEBUG, "above.item", LOG_T("source", work->above->follow.source), LOG_T("kind", kind ? kind->name : "?"),
        LOG_T("tenant", item->tenant_id), LOG_T("record", item->record_id));
    return true;
}

static bool send_keep(struct work *work, struct pg_connection *connection, struct arena *arena, size_t *sent,
                      struct status *status)
{
    struct above *above = work->above;
    Anlan__Service__FollowStream kept = ANLAN__SERVICE__FOLLOW_STREAM__INIT;
    kept.source = (char *)above->follow.source;
    kept.instance_id = service_uuid(&above->instance_id, arena);
    kept.cursor = work->page->cursor;
    kept.before = above->stored;
    kept.digest = (ProtobufCBinaryData){.data = work->digest, .len = CRYPTO_DIGEST_SIZE};
    kept.held = work->page->held;
    (*sent)++;
    return kept.instance_id && pg_execute(connection, &above->source.service->statements.follow_stream_keep,
                                          (const ProtobufCMessage *const[]){&kept.base}, arena, status);
}

// What goes along with a batch: what was refused of it, and, with the last one, the cursor.
static bool send_along(void *user, struct pg_connection *connection, struct arena *arena, size_t *sent,
                       struct status *status)
{
    const struct batch *batch = user;
    struct work *work = batch->work;
    struct follow_source *source = &work->above->source;
    bool last = batch->behind == work->count;
    if (!follow_store_send_wall(source, connection, arena, sent, status))
        return false;
    for (size_t i = batch->first; i < batch->behind; i++) {
        Anlan__Service__FollowStuck stuck;
        if (follow_command_good(work->commands[i]))
            continue;
        follow_command_stuck(work->commands[i], &stuck);
        stuck.rest = follow_rest(0);
        if (!follow_store_send_stick(source, connection, arena, &stuck, sent, status))
            return false;
    }
    for (size_t i = 0; last && i < work->unsaid_count; i++)
        if (!follow_store_send_stick(source, connection, arena, work->unsaid[i], sent, status))
            return false;
    return !last || send_keep(work, connection, arena, sent, status);
}

// The commands that go into one transaction.
static void fill(struct batch *batch)
{
    struct work *work = batch->work;
    for (; batch->behind < work->count; batch->behind++) {
        struct follow_command *command = work->commands[batch->behind];
        if (work->above->single && batch->behind > batch->first)
            return;
        if (command->stand != FOLLOW_WAITS || (!command->job && !follow_command_prepare(command)))
            continue;
        if (!follow_fits(batch->jobs, batch->count, command->job))
            return;
        batch->jobs[batch->count++] = command->job;
    }
}

static void tell(const struct batch *batch)
{
    for (size_t i = batch->first; i < batch->behind; i++) {
        Anlan__Service__FollowStuck stuck;
        struct follow_command *command = batch->work->commands[i];
        bool good = follow_command_good(command);
        if (!good) {
            follow_command_stuck(command, &stuck);
            follow_tell_stuck(&batch->work->above->source, &stuck);
        }
        command->stand = good ? FOLLOW_DONE : FOLLOW_REFUSED;
    }
    for (size_t i = 0; batch->behind == batch->work->count && i < batch->work->unsaid_count; i++)
        follow_tell_stuck(&batch->work->above->source, batch->work->unsaid[i]);
}

// A transaction that failed: the page's commands one by one, and, where it was one, in the end without it. True: go on
// with the same.
static bool may_go_on(struct batch *batch, const struct status *status)
{
    struct above *above = batch->work->above;
    bool alone = above->single && batch->count == 1;
    if (follow_passing(status))
        return false;
    above->single = true;
    if (++above->failures < FAULTS_MOST || !alone)
        return false;
    struct follow_command *command = batch->work->commands[batch->first];
    command->job = NULL;
    command->status = *status;
    command->status.violations = NULL;
    command->status.violation_count = 0;
    command->stand = FOLLOW_REFUSED;
    above->failures = 0;
    return true;
}

static bool apply(struct work *work, struct status *status)
{
    size_t first = 0;
    bool more = true;
    while (more) {
        struct batch batch = {.work = work, .first = first, .behind = first};
        const struct service_along along = {send_along, &batch};
        fill(&batch);
        if (service_batch_run_along(&work->above->source.lane, batch.jobs, batch.count, &along, status)) {
            tell(&batch);
            first = batch.behind;
            more = batch.behind < work->count;
        } else if (may_go_on(&batch, status)) {
            *status = (struct status){0};
        } else {
            return false;
        }
    }
    return true;
}

static void move(struct work *work)
{
    struct above *above = work->above;
    snprintf(above->cursor, sizeof(above->cursor), "%s", work->page->cursor);
    snprintf(above->stored, sizeof(above->stored), "%s", work->page->cursor);
    memcpy(above->digest, work->digest, sizeof(above->digest));
    above->single = false;
    above->failures = 0;
}

bool above_page_apply(struct above *above, const Anlan__Rpc__V1__PullStreamResponse *page, struct status *status)
{
    struct work work = {.above = above, .page = page};
    arena_init(&work.arena, 8 * LIMIT_CALL_ARENA_BYTES);
    bool good = check(&work, status);
    bool moves = good && strcmp(page->cursor, above->stored) != 0;
    for (size_t i = 0; good && i < page->n_items; i++)
        good = plan_item(&work, page->items[i], status);
    good = good && (!moves || apply(&work, status));
    if (good && moves)
        move(&work);
    above->caught_up = good && page->caught_up;
    free_work(&work);
    return good;
}

// One statement behind the wall of followers.
static bool ask(struct above *above, struct arena *arena, struct pg_rows *rows, struct status *status)
{
    struct service_lane *lane = &above->source.lane;
    struct pg_rows walls = {0};
    int64_t deadline = clock_monotonic() + TIMEOUT_MS * CLOCK_MILLISECOND + PATIENCE;
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    context.timeout_ms = TIMEOUT_MS;
    if (!service_lane_connect(lane, status))
        return false;
    const struct service_statements *statements = &lane->service->statements;
    bool good = pg_execute(lane->connection, &statements->wall_follow, (const ProtobufCMessage *const[]){&context.base},
                           arena, status) &&
                pg_execute(lane->connection, &statements->follow_stream_known, NULL, arena, status) &&
                pg_sync(lane->connection, status) && pg_next(lane->connection, deadline, &walls, status) &&
                pg_next(lane->connection, deadline, rows, status) && pg_finish(lane->connection, deadline, status);
    pg_rows_clear(&walls);
    if (!good) {
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    return good;
}

static void take_row(struct above *above, const Anlan__Service__FollowStream *row)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&above->instance_id, id);
    if (strcmp(row->source, above->follow.source) != 0 || strlen(row->cursor) >= ABOVE_CURSOR_MOST)
        return;
    snprintf(above->stored, sizeof(above->stored), "%s", row->cursor);
    if (strcmp(row->instance_id, id) != 0 || row->digest.len != CRYPTO_DIGEST_SIZE)
        return;    // another instance stands above now: its stream begins
    snprintf(above->cursor, sizeof(above->cursor), "%s", row->cursor);
    memcpy(above->digest, row->digest.data, CRYPTO_DIGEST_SIZE);
}

bool above_page_load(struct above *above, struct status *status)
{
    struct arena arena;
    struct pg_rows rows = {0};
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool good = ask(above, &arena, &rows, status);
    above->cursor[0] = above->stored[0] = '\0';
    memset(above->digest, 0, sizeof(above->digest));
    for (size_t row = 0; good && row < rows.count; row++) {
        const Anlan__Service__FollowStream *read = (const void *)pg_rows_unpack(&rows, row, 0, &arena, status);
        good = read != NULL;
        if (good)
            take_row(above, read);
    }
    pg_rows_clear(&rows);
    arena_fini(&arena);
    return good;
}

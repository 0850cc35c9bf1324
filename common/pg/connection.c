// SPDX-License-Identifier: Apache-2.0
#include "pg/connection.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "pg/plan.h"
#include "pg/prepare.h"
#include "pg/session.h"

#define OPEN_TIMEOUT (10 * CLOCK_SECOND)
// A plan is made once: planning anew for each call costs more than most calls, and
// compiling plans costs more still. It may be made while the tables are empty, so it
// must not take their size for granted: every statement is a read of indexes, and
// nothing else is offered to the planner.
#define SESSION_OPTIONS                                                                                                \
    "-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c enable_bitmapscan=off "                 \
    "-c enable_hashjoin=off -c enable_mergejoin=off"

// An execution, its preparation before it, or a Sync (no statement).
struct item {
    const struct pg_statement *statement;
    bool preparation;
};

// What was queued and not answered yet, oldest first, in a ring whose capacity is a
// power of two.
struct queue {
    struct item *items;
    size_t capacity;
    size_t head;
    size_t count;
};

// A statement is prepared on a connection where it is first used: most connections use few.
enum prepared {
    UNPREPARED,
    ASKED,    // to be prepared; an earlier error may have that skipped
    PREPARED,
};

struct pg_connection {
    PGconn *session;
    struct queue queue;
    unsigned char *prepared;    // enum prepared by the plan's number
    size_t unasked;             // newest items that the server was not asked to answer yet
    bool usable;
};

// Room for an execution and its preparation.
static bool queue_reserve(struct queue *queue)
{
    if (queue->count + 1 < queue->capacity)
        return true;
    size_t capacity = queue->capacity == 0 ? 64 : queue->capacity * 2;
    struct item *items = calloc(capacity, sizeof(*items));
    if (items == NULL)
        return false;
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->head + i) & (queue->capacity - 1)];
    free(queue->items);
    *queue = (struct queue){items, capacity, 0, queue->count};
    return true;
}

static void queue_push(struct queue *queue, struct item item)
{
    queue->items[(queue->head + queue->count++) & (queue->capacity - 1)] = item;
}

static struct item queue_first(const struct queue *queue)
{
    return queue->items[queue->head];
}

static void queue_pop(struct queue *queue)
{
    queue->head = (queue->head + 1) & (queue->capacity - 1);
    queue->count--;
}

static bool has_plans(const struct pg_catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (catalogue->statements[i]->plan == NULL)
            return false;
    return true;
}

// Holds all statements against the database where the process has not done so before.
static bool prepare(struct pg_connection *connection, struct pg_catalogue *catalogue, int64_t deadline,
                    struct status *status)
{
    connection->prepared = calloc(catalogue->count + 1, 1);
    if (connection->prepared == NULL)
        return status_set(status, REASON(INTERNAL), "out of memory");
    if (has_plans(catalogue))
        return true;
    memset(connection->prepared, PREPARED, catalogue->count);
    return pg_prepare(connection->session, catalogue, deadline, status);
}

bool pg_open(struct pg_connection **connection, const char *conninfo, const char *application_name,
             struct pg_catalogue *catalogue, struct status *status)
{
    int64_t deadline = clock_monotonic() + OPEN_TIMEOUT;
    struct pg_connection *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return status_set(status, REASON(INTERNAL), "out of memory");
    made->usable = true;
    if (!pg_session_open(conninfo, application_name, SESSION_OPTIONS, deadline, &made->session, status) ||
        PQenterPipelineMode(made->session) != 1 || (catalogue != NULL && !prepare(made, catalogue, deadline, status))) {
        pg_close(made);
        return false;
    }
    *connection = made;
    return true;
}

void pg_close(struct pg_connection *connection)
{
    if (connection == NULL)
        return;
    PQfinish(connection->session);
    free(connection->prepared);
    free(connection->queue.items);
    free(connection);
}

bool pg_usable(const struct pg_connection *connection)
{
    return connection->usable;
}

int pg_socket(const struct pg_connection *connection)
{
    return connection->usable ? PQsocket(connection->session) : -1;
}

static bool unusable(struct pg_connection *connection, struct status *status)
{
    connection->usable = false;
    return pg_session_failed(connection->session, PG_WAIT_LOST, status);
}

bool pg_execute(struct pg_connection *connection, const struct pg_statement *statement,
                const ProtobufCMessage *const *sources, struct arena *arena, struct status *status)
{
    struct pg_source alone[PG_MESSAGES];
    for (size_t i = 0; i < PG_MESSAGES && statement->sources[i].descriptor != NULL; i++)
        alone[i] = (struct pg_source){&sources[i], 1};
    return pg_execute_many(connection, statement, alone, arena, status);
}

// Sends one execution, and before the first on this connection the statement itself. Until the answer to that is known,
// it is executed by its text: an earlier error may have had the preparation skipped.
static bool send(struct pg_connection *connection, const struct pg_statement *statement, const struct pg_values *values)
{
    const struct pg_plan *plan = statement->plan;
    int count = (int)plan->parameter_count;
    unsigned char *prepared = &connection->prepared[plan->number];
    if (*prepared == ASKED)
        return PQsendQueryParams(connection->session, statement->sql->text, count, plan->parameter_types, values->data,
                                 values->lengths, plan->formats, 1);
    if (*prepared == UNPREPARED) {
        if (!pg_prepare_send(connection->session, statement))
            return false;
        queue_push(&connection->queue, (struct item){statement, true});
        connection->unasked++;
        *prepared = ASKED;
    }
    return PQsendQueryPrepared(connection->session, statement->sql->name, count, values->data, values->lengths,
                               plan->formats, 1);
}

bool pg_execute_many(struct pg_connection *connection, const struct pg_statement *statement,
                     const struct pg_source *sources, struct arena *arena, struct status *status)
{
    CHECK(statement->plan != NULL && connection->prepared != NULL);
    if (!connection->usable)
        return unusable(connection, status);
    struct pg_values values;
    if (!pg_bind(statement->plan, sources, arena, &values, status))
        return false;
    if (!queue_reserve(&connection->queue))
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "out of memory");
    if (!send(connection, statement, &values))
        return unusable(connection, status);
    queue_push(&connection->queue, (struct item){statement, false});
    connection->unasked++;
    return true;
}

bool pg_flush(struct pg_connection *connection, struct status *status)
{
    if (!connection->usable || !PQsendFlushRequest(connection->session) || PQflush(connection->session) < 0)
        return unusable(connection, status);
    connection->unasked = 0;
    return true;
}

bool pg_sync(struct pg_connection *connection, struct status *status)
{
    if (!connection->usable || !queue_reserve(&connection->queue) || !PQpipelineSync(connection->session))
        return unusable(connection, status);
    queue_push(&connection->queue, (struct item){NULL, false});
    connection->unasked = 0;
    return true;
}

// Has the server asked for the answer to the first item of the queue.
static bool ask(struct pg_connection *connection, struct status *status)
{
    if (!connection->usable)
        return unusable(connection, status);
    return connection->unasked < connection->queue.count || pg_flush(connection, status);
}

// Takes the answer to a preparation, if one comes next. False where the server refused the statement, or the connection
// is lost.
static bool take_preparation(struct pg_connection *connection, int64_t deadline, struct status *status)
{
    struct item first = queue_first(&connection->queue);
    if (!first.preparation)
        return true;
    if (!ask(connection, status))
        return false;
    queue_pop(&connection->queue);
    enum pg_prepared outcome = pg_prepare_take(connection->session, first.statement, deadline, status);
    connection->prepared[first.statement->plan->number] = outcome == PG_PREPARED ? PREPARED : UNPREPARED;
    connection->usable = outcome != PG_PREPARED_LOST;
    return outcome == PG_PREPARED || outcome == PG_PREPARED_NOT;
}

// Waits for the first queued item's result and takes the item off the queue.
static bool take_result(struct pg_connection *connection, int64_t deadline, PGresult **result, struct status *status)
{
    if (!ask(connection, status))
        return false;
    enum pg_wait wait = pg_session_wait(connection->session, deadline);
    if (wait != PG_WAIT_READY) {
        connection->usable = false;
        return pg_session_failed(connection->session, wait, status);
    }
    *result = PQgetResult(connection->session);
    if (*result == NULL)
        return unusable(connection, status);
    queue_pop(&connection->queue);
    return true;
}

// A statement's results end with a NULL; anything else means that the connection broke.
static void take_end(struct pg_connection *connection)
{
    PGresult *end = PQgetResult(connection->session);
    if (end == NULL)
        return;
    connection->usable = false;
    PQclear(end);
}

static bool refuse_result(struct pg_connection *connection, PGresult *result, const char *name, struct status *status)
{
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
        status_set(status, REASON(INTERNAL), "%s: aborted", name);
    } else {
        bool lost = false;
        pg_session_error(result, name, &lost, status);
        if (lost)
            connection->usable = false;
    }
    PQclear(result);
    return false;
}

static size_t count_affected(PGresult *result)
{
    const char *command = PQcmdStatus(result);
    return strncmp(command, "SELECT", 6) == 0 ? 0 : strtoul(PQcmdTuples(result), NULL, 10);
}

bool pg_next(struct pg_connection *connection, int64_t deadline, struct pg_rows *rows, struct status *status)
{
    if (!connection->usable)
        return unusable(connection, status);
    CHECK(connection->queue.count > 0 && queue_first(&connection->queue).statement != NULL);
    bool known = take_preparation(connection, deadline, status);
    if (!connection->usable)
        return false;
    const struct pg_statement *statement = queue_first(&connection->queue).statement;
    PGresult *result = NULL;
    struct status ignored = {0};
    if (!take_result(connection, deadline, &result, known ? status : &ignored))
        return false;
    take_end(connection);
    if (!known) {
        PQclear(result);    // skipped
        return false;
    }
    ExecStatusType outcome = PQresultStatus(result);
    if (outcome != PGRES_TUPLES_OK && outcome != PGRES_COMMAND_OK)
        return refuse_result(connection, result, statement->sql->name, status);
    if ((size_t)PQnfields(result) != statement->plan->column_count) {
        PQclear(result);
        return status_set(status, REASON(INTERNAL), "%s: other columns than described", statement->sql->name);
    }
    *rows = (struct pg_rows){
        .result = result,
        .statement = statement,
        .count = (size_t)PQntuples(result),
        .affected = count_affected(result),
    };
    return true;
}

// Takes the answers that the caller did not ask for; false if one is an error that
// nobody was told of yet.
static bool skip_answers(struct pg_connection *connection, int64_t deadline, struct status *status)
{
    bool fine = true;
    while (connection->queue.count > 0 && queue_first(&connection->queue).statement != NULL) {
        struct pg_rows rows = {0};
        struct status ignored = {0};
        fine = pg_next(connection, deadline, &rows, fine ? status : &ignored) && fine;
        pg_rows_clear(&rows);
        if (!connection->usable)
            return false;
    }
    return fine;
}

// A commit that failed (a deferred constraint, say) is answered by an error, and
// then by the Sync itself.
static void take_sync(struct pg_connection *connection, int64_t deadline)
{
    bool found = false;
    for (int tries = 0; connection->usable && !found; tries++) {
        connection->usable = tries < 3 && pg_session_wait(connection->session, deadline) == PG_WAIT_READY;
        PGresult *result = connection->usable ? PQgetResult(connection->session) : NULL;
        found = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
    }
}

bool pg_finish(struct pg_connection *connection, int64_t deadline, struct status *status)
{
    if (!connection->usable)
        return unusable(connection, status);
    bool fine = skip_answers(connection, deadline, status);
    if (!connection->usable)
        return false;
    CHECK(connection->queue.count > 0);
    PGresult *result = NULL;
    struct status ignored = {0};
    if (!take_result(connection, deadline, &result, fine ? status : &ignored))
        return false;
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        return fine;
    }
    refuse_result(connection, result, "commit", fine ? status : &ignored);
    take_sync(connection, deadline);
    return false;
}

bool pg_run(struct pg_connection *connection, const char *text, struct status *status)
{
    CHECK(connection->queue.count == 0);
    if (!connection->usable || !PQexitPipelineMode(connection->session))
        return unusable(connection, status);
    PGresult *result = pg_session_query(connection->session, "sql", text, PG_FOREVER, status);
    PQclear(result);
    if (!PQenterPipelineMode(connection->session) || PQstatus(connection->session) != CONNECTION_OK)
        connection->usable = false;
    return result != NULL;
}

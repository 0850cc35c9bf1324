// SPDX-License-Identifier: Apache-2.0
#include "pg/connection.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "pg/plan.h"

#define CONNECT_TIMEOUT "10"
// A plan is made once: planning anew for each call costs more than most calls, and compiling plans costs more still. It
// may be made while the tables are empty, so it must not take their size for granted: every statement is a read of
// indexes, and nothing else is offered to the planner.
#define SESSION_OPTIONS                                                                                                \
    "-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c enable_bitmapscan=off "                 \
    "-c enable_hashjoin=off -c enable_mergejoin=off"
// Statements between two Syncs; more is our mistake.
#define QUEUED_MOST 4096

struct pg_connection {
    PGconn *connection;
    bool usable;
    // Executions that have been sent and not been answered, in order.
    const struct pg_statement *queued[QUEUED_MOST];
    size_t first;
    size_t count;
    size_t syncs;
};

static bool lost(struct pg_connection *connection, struct status *status)
{
    char text[200];
    snprintf(text, sizeof(text), "%s", PQerrorMessage(connection->connection));
    text[strcspn(text, "\n")] = '\0';
    connection->usable = false;
    return status_set(status, REASON(DATABASE_UNAVAILABLE), "the connection was lost: %s", text);
}

static bool is_one_of(const char *state, const char *const *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(state, states[i], strlen(states[i])) == 0)
            return true;
    return false;
}

// What an SQL error means to a caller.
static bool sql_error(struct pg_connection *connection, const PGresult *result, const char *name, struct status *status)
{
    static const char *const timeouts[] = {"57014", "55P03"};
    static const char *const conflicts[] = {"40001", "40P01", "53300", "57P0", "08"};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    state = state ? state : "";
    text = text ? text : "";
    if (PQstatus(connection->connection) == CONNECTION_BAD || strncmp(state, "57P", 3) == 0)
        connection->usable = false;
    if (is_one_of(state, timeouts, COUNT_OF(timeouts)))
        return status_set(status, REASON(DEADLINE_EXCEEDED), "%s: %s", name, text);
    if (!connection->usable || is_one_of(state, conflicts, COUNT_OF(conflicts)))
        return status_set(status, REASON(DATABASE_UNAVAILABLE), "%s: %s %s", name, state, text);
    return status_set(status, REASON(INTERNAL), "%s: %s %s", name, state, text);
}

// Prepares and describes the statement that stands at `place` in the catalogue: its place names it on the server, since
// one file may serve two methods.
static bool describe(struct pg_connection *connection, struct pg_statement *statement, size_t place,
                     struct status *status)
{
    const char *name = statement->sql->name;
    char prepared[PLAN_NAME_SIZE];
    snprintf(prepared, sizeof(prepared), "s%zu", place);
    PGresult *result = PQprepare(connection->connection, prepared, statement->sql->text, 0, NULL);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK || sql_error(connection, result, name, status);
    PQclear(result);
    if (!good)
        return false;
    result = PQdescribePrepared(connection->connection, prepared);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        good = sql_error(connection, result, name, status);
    else if (!statement->plan)
        good = plan_make(statement, prepared, result, status);
    else if (!plan_fits(statement, result))
        good = status_set(status, REASON(INTERNAL), "%s.sql: the database has changed beneath its plan", name);
    PQclear(result);
    return good;
}

bool pg_open(struct pg_connection **connection, const char *conninfo, const char *application_name,
             struct pg_catalogue *catalogue, struct status *status)
{
    const char *const keywords[] = {
        "dbname", "fallback_application_name", "connect_timeout", "client_encoding", "options", NULL};
    const char *const values[] = {conninfo, application_name, CONNECT_TIMEOUT, "UTF8", SESSION_OPTIONS, NULL};
    struct pg_connection *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->connection = PQconnectdbParams(keywords, values, 1);
    made->usable = PQstatus(made->connection) == CONNECTION_OK;
    bool good = made->usable || lost(made, status);
    for (size_t i = 0; good && catalogue && i < catalogue->count; i++)
        good = describe(made, catalogue->statements[i], i, status);
    if (good && (PQsetnonblocking(made->connection, 1) != 0 || PQenterPipelineMode(made->connection) != 1))
        good = lost(made, status);
    if (!good) {
        pg_close(made);
        return false;
    }
    *connection = made;
    return true;
}

void pg_close(struct pg_connection *connection)
{
    if (!connection)
        return;
    PQfinish(connection->connection);
    free(connection);
}

bool pg_usable(const struct pg_connection *connection)
{
    return connection->usable;
}

int pg_socket(const struct pg_connection *connection)
{
    return connection->usable ? PQsocket(connection->connection) : -1;
}

bool pg_execute(struct pg_connection *connection, const struct pg_statement *statement,
                const ProtobufCMessage *const *sources, struct arena *arena, struct status *status)
{
    const struct pg_plan *plan = statement->plan;
    CHECK(plan && connection->count < QUEUED_MOST);
    if (!connection->usable)
        return lost(connection, status);
    const char **values = arena_array(arena, plan->parameter_count, sizeof(*values));
    int *lengths = arena_array(arena, plan->parameter_count, sizeof(*lengths));
    if (!values || !lengths)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    for (size_t i = 0; i < plan->parameter_count; i++) {
        const struct plan_parameter *parameter = &plan->parameters[i];
        if (!plan_bind(parameter, sources[parameter->field.message], arena, &values[i], &lengths[i], status))
            return false;
    }
    if (PQsendQueryPrepared(connection->connection, plan->name, (int)plan->parameter_count, values, lengths,
                            plan->formats, 1) != 1)
        return lost(connection, status);
    connection->queued[(connection->first + connection->count) % QUEUED_MOST] = statement;
    connection->count++;
    return true;
}

// Waits until the socket can do what is asked, or the deadline. False with a status.
static bool wait_for(struct pg_connection *connection, short events, int64_t deadline, struct status *status)
{
    struct pollfd socket = {.fd = PQsocket(connection->connection), .events = events};
    int64_t left = (deadline - clock_monotonic() + CLOCK_MILLISECOND - 1) / CLOCK_MILLISECOND;
    int ready = left > 0 ? poll(&socket, 1, left > INT32_MAX ? INT32_MAX : (int)left) : 0;
    if (ready > 0 || (ready < 0 && errno == EINTR))
        return true;
    connection->usable = false;
    return status_set(status, REASON(DATABASE_UNAVAILABLE), "the database did not answer in time");
}

// Sends all that is buffered; reads meanwhile, so that neither side waits for the other.
static bool push(struct pg_connection *connection, int64_t deadline, struct status *status)
{
    for (;;) {
        int left = PQflush(connection->connection);
        if (left == 0)
            return true;
        if (left < 0)
            return lost(connection, status);
        if (!wait_for(connection, POLLIN | POLLOUT, deadline, status))
            return false;
        if (PQconsumeInput(connection->connection) != 1)
            return lost(connection, status);
    }
}

#define PUSH_WITHIN (10 * CLOCK_SECOND)

bool pg_flush(struct pg_connection *connection, struct status *status)
{
    if (!connection->usable || PQsendFlushRequest(connection->connection) != 1)
        return lost(connection, status);
    return push(connection, clock_monotonic() + PUSH_WITHIN, status);
}

bool pg_sync(struct pg_connection *connection, struct status *status)
{
    if (!connection->usable || PQpipelineSync(connection->connection) != 1)
        return lost(connection, status);
    connection->syncs++;
    return push(connection, clock_monotonic() + PUSH_WITHIN, status);
}

// The next result, or NULL between two executions. False where the connection is lost or late.
static bool take_result(struct pg_connection *connection, int64_t deadline, PGresult **result, struct status *status)
{
    while (PQisBusy(connection->connection)) {
        if (!wait_for(connection, POLLIN, deadline, status))
            return false;
        if (PQconsumeInput(connection->connection) != 1)
            return lost(connection, status);
    }
    *result = PQgetResult(connection->connection);
    return true;
}

static const struct pg_statement *next_queued(struct pg_connection *connection)
{
    const struct pg_statement *statement = connection->queued[connection->first];
    connection->first = (connection->first + 1) % QUEUED_MOST;
    connection->count--;
    return statement;
}

static size_t affected_by(PGresult *result)
{
    const char *text = PQcmdTuples(result);
    return *text ? (size_t)strtoull(text, NULL, 10) : 0;
}

// Turns an execution's result into rows; takes it over.
static bool read_result(struct pg_connection *connection, const struct pg_statement *statement, PGresult *result,
                        struct pg_rows *rows, struct status *status)
{
    ExecStatusType kind = PQresultStatus(result);
    if (kind == PGRES_TUPLES_OK || kind == PGRES_COMMAND_OK) {
        *rows = (struct pg_rows){.result = result,
                                 .statement = statement,
                                 .count = (size_t)PQntuples(result),
                                 .affected = affected_by(result)};
        return true;
    }
    if (kind == PGRES_PIPELINE_ABORTED)
        status_set(status, REASON(INTERNAL), "%s: aborted by a statement before it", statement->sql->name);
    else
        sql_error(connection, result, statement->sql->name, status);
    PQclear(result);
    return false;
}

bool pg_next(struct pg_connection *connection, int64_t deadline, struct pg_rows *rows, struct status *status)
{
    CHECK(connection->count > 0 || !connection->usable);
    if (!connection->usable)
        return lost(connection, status);
    const struct pg_statement *statement = next_queued(connection);
    PGresult *result = NULL;
    PGresult *end = NULL;
    if (!take_result(connection, deadline, &result, status))
        return false;
    if (!result)
        return lost(connection, status);
    bool good = read_result(connection, statement, result, rows, status);
    // An execution's results end with NULL.
    if (connection->usable && !take_result(connection, deadline, &end, status)) {
        if (good)
            pg_rows_clear(rows);
        return false;
    }
    PQclear(end);
    return good;
}

// Drops the answers of executions that nobody asked for.
static bool drop_queued(struct pg_connection *connection, int64_t deadline, struct status *status)
{
    while (connection->count > 0 && connection->usable) {
        struct pg_rows rows = {0};
        struct status ignored = {0};
        pg_next(connection, deadline, &rows, &ignored);
        pg_rows_clear(&rows);
        if (!connection->usable)
            *status = ignored;
    }
    return connection->usable;
}

bool pg_finish(struct pg_connection *connection, int64_t deadline, struct status *status)
{
    PGresult *result = NULL;
    if (!connection->usable)
        return lost(connection, status);
    if (!drop_queued(connection, deadline, status))
        return false;
    CHECK(connection->syncs > 0);
    if (!take_result(connection, deadline, &result, status))
        return false;
    ExecStatusType kind = PQresultStatus(result);
    bool good = result && kind == PGRES_PIPELINE_SYNC;
    if (!good && result && kind == PGRES_FATAL_ERROR) {
        // What is checked at the commit itself fails here; the Sync's own answer follows.
        sql_error(connection, result, "commit", status);
        PQclear(result);
        if (connection->usable && take_result(connection, deadline, &result, status))
            PQclear(result);
        if (connection->usable && take_result(connection, deadline, &result, status))
            PQclear(result);
        connection->syncs--;
        return false;
    }
    PQclear(result);
    if (!good)
        return lost(connection, status);
    connection->syncs--;
    return true;
}

bool pg_run(struct pg_connection *connection, const char *text, struct status *status)
{
    PGresult *result = NULL;
    if (PQexitPipelineMode(connection->connection) != 1 || PQsetnonblocking(connection->connection, 0) != 0)
        return lost(connection, status);
    result = PQexec(connection->connection, text);
    ExecStatusType kind = PQresultStatus(result);
    bool good = kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK || kind == PGRES_EMPTY_QUERY;
    if (!good)
        sql_error(connection, result, "sql", status);
    PQclear(result);
    if (PQstatus(connection->connection) != CONNECTION_OK || PQsetnonblocking(connection->connection, 1) != 0 ||
        PQenterPipelineMode(connection->connection) != 1)
        return lost(connection, status);
    return good;
}

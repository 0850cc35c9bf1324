// SPDX-License-Identifier: Apache-2.0
#include "pg/prepare.h"

#include <ctype.h>
#include <string.h>

#include "pg/plan.h"
#include "pg/session.h"

// PostgreSQL cuts longer names, with no more than a notice.
#define NAME_BYTES 63

static bool name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '$' || (unsigned char)byte >= 0x80;
}

// Bytes of the token at `text`: a quoted string or name, a plain name, or one byte.
static size_t token_length(const char *text)
{
    size_t length = 1;
    if (*text == '\'' || *text == '"') {
        while (text[length] != '\0' && text[length] != *text)
            length++;
        return text[length] == '\0' ? length : length + 1;
    }
    while (name_byte(*text) && name_byte(text[length]))
        length++;
    return length;
}

static bool check_names(const struct pg_statement *statement, struct status *status)
{
    for (const char *at = statement->sql->text; *at != '\0';) {
        size_t length = token_length(at);
        size_t quotes = *at == '"' ? 2 : 0;
        if (*at != '\'' && length > NAME_BYTES + quotes)
            return status_set(status, REASON(INTERNAL), "statement %s: the name %.*s is longer than %d bytes",
                              statement->sql->name, (int)length, at, NAME_BYTES);
        at += length;
    }
    return true;
}

size_t pg_prepare_number(const struct pg_catalogue *catalogue, size_t number)
{
    size_t first = 0;
    while (catalogue->statements[first]->sql != catalogue->statements[number]->sql)
        first++;
    return first;
}

static bool prepared_before(const struct pg_catalogue *catalogue, size_t number)
{
    return pg_prepare_number(catalogue, number) != number;
}

static bool send_all(PGconn *session, const struct pg_catalogue *catalogue, struct status *status)
{
    bool sent = true;
    for (size_t i = 0; sent && i < catalogue->count; i++) {
        const struct pg_sql *sql = catalogue->statements[i]->sql;
        if (!check_names(catalogue->statements[i], status))
            return false;
        if (!prepared_before(catalogue, i))
            sent = PQsendPrepare(session, sql->name, sql->text, 0, NULL) != 0;
        sent = sent && PQsendDescribePrepared(session, sql->name) != 0;
    }
    if (!sent || !PQpipelineSync(session))
        return pg_session_failed(session, PG_WAIT_LOST, status);
    return true;
}

static bool changed(const struct pg_statement *statement, status_reason reason, struct status *status)
{
    return status_set(status, reason, "statement %s: the database has changed since this process started",
                      statement->sql->name);
}

// The next result and the end that follows it; NULL where it is an error.
static PGresult *take_result(PGconn *session, const struct pg_statement *statement, int64_t deadline,
                             struct status *status)
{
    enum pg_wait wait = pg_session_wait(session, deadline);
    if (wait != PG_WAIT_READY) {
        pg_session_failed(session, wait, status);
        return NULL;
    }
    PGresult *result = PQgetResult(session);
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        PQclear(PQgetResult(session));
        return result;
    }
    bool lost = false;
    pg_session_error(result, statement->sql->name, &lost, status);
    PQclear(result);
    return NULL;
}

static bool take_statement(PGconn *session, struct pg_catalogue *catalogue, size_t number, int64_t deadline,
                           struct status *status)
{
    struct pg_statement *statement = catalogue->statements[number];
    if (!prepared_before(catalogue, number)) {
        PGresult *prepared = take_result(session, statement, deadline, status);
        if (prepared == NULL)
            return false;
        PQclear(prepared);
    }
    PGresult *described = take_result(session, statement, deadline, status);
    if (described == NULL)
        return false;
    bool fits = true;
    if (statement->plan == NULL)
        fits = pg_plan_compile(statement, described, pg_prepare_number(catalogue, number), &statement->plan, status);
    else if (!pg_plan_agrees(statement->plan, described))
        fits = changed(statement, REASON(INTERNAL), status);
    PQclear(described);
    return fits;
}

bool pg_prepare(PGconn *session, struct pg_catalogue *catalogue, int64_t deadline, struct status *status)
{
    if (!send_all(session, catalogue, status))
        return false;
    for (size_t i = 0; i < catalogue->count; i++)
        if (!take_statement(session, catalogue, i, deadline, status))
            return false;
    enum pg_wait wait = pg_session_wait(session, deadline);
    if (wait != PG_WAIT_READY)
        return pg_session_failed(session, wait, status);
    PQclear(PQgetResult(session));    // the Sync's
    return true;
}

bool pg_prepare_send(PGconn *session, const struct pg_statement *statement)
{
    const struct pg_plan *plan = statement->plan;
    return PQsendPrepare(session, statement->sql->name, statement->sql->text, (int)plan->parameter_count,
                         plan->parameter_types) &&
           PQsendDescribePrepared(session, statement->sql->name);
}

// One answer with its end, whatever it is; NULL where the connection is lost.
static PGresult *take_any(PGconn *session, int64_t deadline, struct status *status)
{
    enum pg_wait wait = pg_session_wait(session, deadline);
    PGresult *result = wait == PG_WAIT_READY ? PQgetResult(session) : NULL;
    if (result == NULL || PQgetResult(session) != NULL) {
        pg_session_failed(session, wait, status);
        PQclear(result);
        return NULL;
    }
    return result;
}

// What the answers to a preparation and its description say. A statement that the server has prepared and not described
// (its time was over in between) stays prepared there, whatever its transaction comes to: only another connection is
// rid of it.
static enum pg_prepared judge(const PGresult *prepared, const PGresult *described, const struct pg_statement *statement,
                              struct status *status)
{
    bool lost = PQresultStatus(prepared) == PGRES_COMMAND_OK;
    const PGresult *failed = lost ? described : prepared;
    if (PQresultStatus(failed) == PGRES_PIPELINE_ABORTED)
        return PG_PREPARED_NOT;
    if (PQresultStatus(failed) != PGRES_COMMAND_OK) {
        pg_session_error(failed, statement->sql->name, &lost, status);
        return lost ? PG_PREPARED_LOST : PG_PREPARED_REFUSED;
    }
    // It may have been executed and committed.
    return pg_plan_agrees(statement->plan, described) || changed(statement, REASON(DATABASE_UNAVAILABLE), status)
               ? PG_PREPARED
               : PG_PREPARED_LOST;
}

enum pg_prepared pg_prepare_take(PGconn *session, const struct pg_statement *statement, int64_t deadline,
                                 struct status *status)
{
    PGresult *prepared = take_any(session, deadline, status);
    PGresult *described = prepared ? take_any(session, deadline, status) : NULL;
    enum pg_prepared outcome = described ? judge(prepared, described, statement, status) : PG_PREPARED_LOST;
    PQclear(prepared);
    PQclear(described);
    return outcome;
}

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

// True if an earlier statement shares the SQL, and so its prepared form.
static bool prepared_before(const struct pg_catalogue *catalogue, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (catalogue->statements[i]->sql == catalogue->statements[number]->sql)
            return true;
    return false;
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
        fits = pg_plan_compile(statement, described, &statement->plan, status);
    else if (!pg_plan_agrees(statement->plan, described))
        fits = status_set(status, REASON(INTERNAL), "statement %s: the database has changed since this process started",
                          statement->sql->name);
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

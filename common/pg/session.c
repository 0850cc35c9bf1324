// SPDX-License-Identifier: Apache-2.0
#include "pg/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"

// Waits for events of the socket. 1: there are some; 0: the deadline passed; -1: fault.
static int wait_socket(int socket, short events, int64_t deadline)
{
    struct pollfd watched = {.fd = socket, .events = events};
    for (;;) {
        int64_t left = deadline == PG_FOREVER ? 0 : deadline - clock_monotonic();
        if (left < 0)
            return 0;
        struct timespec timeout = {left / CLOCK_SECOND, left % CLOCK_SECOND * 1000};
        int ready = ppoll(&watched, 1, deadline == PG_FOREVER ? NULL : &timeout, NULL);
        if (ready >= 0 || errno != EINTR)
            return ready;
    }
}

// libpq ends its messages with a newline, and some have several lines.
static bool unavailable(struct status *status, const char *what, const char *text)
{
    if (*text == '\0')
        text = "connection lost";
    return status_set(status, REASON(DATABASE_UNAVAILABLE), "%s: %.*s", what, (int)strcspn(text, "\n"), text);
}

static bool connect_within(PGconn *session, int64_t deadline, struct status *status)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        int ready = wait_socket(PQsocket(session), events, deadline);
        if (ready <= 0)
            return unavailable(status, "connect", ready == 0 ? "no answer in time" : "no socket");
        next = PQconnectPoll(session);
        if (next == PGRES_POLLING_FAILED)
            return unavailable(status, "connect", PQerrorMessage(session));
    }
    return true;
}

static void ignore_notice(void *user, const PGresult *notice)
{
    (void)user;
    (void)notice;
}

bool pg_session_open(const char *conninfo, const char *application_name, const char *options, int64_t deadline,
                     PGconn **session, struct status *status)
{
    const char *keywords[] = {"dbname", "fallback_application_name", "client_encoding", "options", NULL};
    const char *values[] = {conninfo, application_name, "UTF8", options, NULL};
    PGconn *made = PQconnectStartParams(keywords, values, 1);
    if (made == NULL)
        return unavailable(status, "connect", "out of memory");
    bool open = PQstatus(made) != CONNECTION_BAD ? connect_within(made, deadline, status)
                                                 : unavailable(status, "connect", PQerrorMessage(made));
    if (open && PQsetnonblocking(made, 1) != 0)
        open = unavailable(status, "connect", PQerrorMessage(made));
    if (!open) {
        PQfinish(made);
        return false;
    }
    PQsetNoticeReceiver(made, ignore_notice, NULL);
    *session = made;
    return true;
}

enum pg_wait pg_session_wait(PGconn *session, int64_t deadline)
{
    while (PQisBusy(session)) {
        int unsent = PQflush(session);
        if (unsent < 0)
            return PG_WAIT_LOST;
        int ready = wait_socket(PQsocket(session), unsent > 0 ? POLLIN | POLLOUT : POLLIN, deadline);
        if (ready == 0)
            return PG_WAIT_LATE;
        if (ready < 0 || !PQconsumeInput(session))
            return PG_WAIT_LOST;
    }
    return PG_WAIT_READY;
}

bool pg_session_failed(const PGconn *session, enum pg_wait wait, struct status *status)
{
    return unavailable(status, "database", wait == PG_WAIT_LATE ? "no answer in time" : PQerrorMessage(session));
}

static bool state_among(const char *state, const char *const *listed)
{
    for (; *listed != NULL; listed++)
        if (strncmp(state, *listed, strlen(*listed)) == 0)
            return true;
    return false;
}

void pg_session_error(const PGresult *result, const char *name, bool *lost, struct status *status)
{
    // PostgreSQL's appendix A; an entry of two characters is a class.
    static const char *const late[] = {"57014", "55P03", NULL};
    static const char *const gone[] = {"08", "57P01", "57P02", "57P03", "57P05", "25P03", NULL};
    static const char *const again[] = {"40001", "40P01", "53300", NULL};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (text == NULL)
        text = PQresultErrorMessage(result);
    int length = (int)strcspn(text, "\n");
    status_reason reason = REASON(INTERNAL);
    if (state == NULL || state_among(state, gone)) {    // libpq's own errors have no state
        *lost = true;
        reason = REASON(DATABASE_UNAVAILABLE);
    } else if (state_among(state, again)) {
        reason = REASON(DATABASE_UNAVAILABLE);
    } else if (state_among(state, late)) {
        reason = REASON(DEADLINE_EXCEEDED);
    }
    status_set(status, reason, "%s: %s %.*s", name, state == NULL ? "-" : state, length, text);
}

// Reads all results of a query; the last one, or the first that is an error.
static PGresult *read_results(PGconn *session, int64_t deadline, struct status *status)
{
    PGresult *kept = NULL;
    for (;;) {
        enum pg_wait wait = pg_session_wait(session, deadline);
        if (wait != PG_WAIT_READY) {
            PQclear(kept);
            pg_session_failed(session, wait, status);
            return NULL;
        }
        PGresult *result = PQgetResult(session);
        if (result == NULL)
            return kept;
        if (kept != NULL && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
            PQclear(result);
            continue;
        }
        PQclear(kept);
        kept = result;
    }
}

static PGresult *answer(PGconn *session, const char *name, int64_t deadline, struct status *status)
{
    PGresult *result = read_results(session, deadline, status);
    if (result == NULL)
        return NULL;
    ExecStatusType outcome = PQresultStatus(result);
    if (outcome == PGRES_COMMAND_OK || outcome == PGRES_TUPLES_OK || outcome == PGRES_EMPTY_QUERY)
        return result;
    bool lost = false;
    pg_session_error(result, name, &lost, status);
    PQclear(result);
    return NULL;
}

PGresult *pg_session_query(PGconn *session, const char *name, const char *text, int64_t deadline, struct status *status)
{
    if (!PQsendQuery(session, text)) {
        unavailable(status, name, PQerrorMessage(session));
        return NULL;
    }
    return answer(session, name, deadline, status);
}

PGresult *pg_session_query_with(PGconn *session, const char *name, const char *text, const char *const *values,
                                int count, int64_t deadline, struct status *status)
{
    if (!PQsendQueryParams(session, text, count, NULL, values, NULL, NULL, 0)) {
        unavailable(status, name, PQerrorMessage(session));
        return NULL;
    }
    return answer(session, name, deadline, status);
}

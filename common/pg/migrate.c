// SPDX-License-Identifier: Apache-2.0
#include "pg/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "pg/session.h"

#define CONNECT_TIMEOUT (10 * CLOCK_SECOND)
#define CHECKSUM_TEXT (2 * CRYPTO_DIGEST_SIZE + 1)

// The advisory lock's key spells "anlanmig"; advisory locks are per database.
static const char lock_text[] = "SELECT pg_advisory_lock(x'616e6c616e6d6967'::bigint)";

static const char table_text[] = "CREATE TABLE IF NOT EXISTS anlan_migrations ("
                                 " number int PRIMARY KEY,"
                                 " name text NOT NULL,"
                                 " sha256 bytea NOT NULL,"
                                 " applied_at timestamptz NOT NULL DEFAULT now(),"
                                 " program_version text NOT NULL)";

// Which are applied is no secret: services tell it.
static const char grant_text[] = "GRANT SELECT ON anlan_migrations TO PUBLIC";

static const char count_text[] = "SELECT count(*) FROM anlan_migrations";

static const char exists_text[] = "SELECT to_regclass('anlan_migrations') IS NOT NULL";

static const char read_text[] = "SELECT number, name, encode(sha256, 'hex'),"
                                " to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                                " FROM anlan_migrations ORDER BY number";

static const char insert_text[] = "INSERT INTO anlan_migrations (number, name, sha256, program_version)"
                                  " VALUES ($1, $2, decode($3, 'hex'), $4)";

static void checksum(const struct pg_migration *migration, char text[CHECKSUM_TEXT])
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes part = {(const uint8_t *)migration->text, strlen(migration->text)};
    crypto_sha256(&part, 1, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static bool run(PGconn *session, const char *name, const char *text, struct status *status)
{
    PGresult *result = pg_session_query(session, name, text, PG_FOREVER, status);
    PQclear(result);
    return result != NULL;
}

// What the database has; NULL after an error, *none where there is no table yet.
static PGresult *read_applied(PGconn *session, bool *none, struct status *status)
{
    PGresult *exists = pg_session_query(session, "migrations", exists_text, PG_FOREVER, status);
    if (exists == NULL)
        return NULL;
    *none = strcmp(PQgetvalue(exists, 0, 0), "t") != 0;
    PQclear(exists);
    return *none ? NULL : pg_session_query(session, "migrations", read_text, PG_FOREVER, status);
}

// The applied ones must be the program's first ones, unchanged.
static bool check_applied(const PGresult *applied, const struct pg_migration *migrations, size_t count,
                          struct status *status)
{
    size_t rows = (size_t)PQntuples(applied);
    for (size_t i = 0; i < rows; i++) {
        const char *name = PQgetvalue(applied, (int)i, 1);
        if (i >= count)
            return status_set(status, REASON(INTERNAL), "the database is newer than the program: it has %s", name);
        char wanted[CHECKSUM_TEXT];
        checksum(&migrations[i], wanted);
        if (strtol(PQgetvalue(applied, (int)i, 0), NULL, 10) != migrations[i].number ||
            strcmp(name, migrations[i].name) != 0)
            return status_set(status, REASON(INTERNAL), "the database has migration %s, the program %s", name,
                              migrations[i].name);
        if (strcmp(PQgetvalue(applied, (int)i, 2), wanted) != 0)
            return status_set(status, REASON(INTERNAL), "migration %s has changed since it was applied", name);
    }
    return true;
}

static bool record(PGconn *session, const struct pg_migration *migration, struct status *status)
{
    char number[16], digest[CHECKSUM_TEXT];
    snprintf(number, sizeof(number), "%d", migration->number);
    checksum(migration, digest);
    const char *const values[] = {number, migration->name, digest, ANLAN_VERSION};
    PGresult *result =
        pg_session_query_with(session, migration->name, insert_text, values, COUNT_OF(values), PG_FOREVER, status);
    PQclear(result);
    return result != NULL;
}

static bool apply(PGconn *session, const struct pg_migration *migration, struct status *status)
{
    if (!run(session, migration->name, "BEGIN", status))
        return false;
    bool applied = run(session, migration->name, migration->text, status);
    if (applied && PQtransactionStatus(session) != PQTRANS_INTRANS)
        applied = status_set(status, REASON(INTERNAL), "%s: ends its transaction itself", migration->name);
    if (applied && record(session, migration, status))
        return run(session, migration->name, "COMMIT", status);
    struct status ignored = {0};
    run(session, migration->name, "ROLLBACK", &ignored);
    return false;
}

static bool migrate(PGconn *session, const struct pg_migration *migrations, size_t count, FILE *out,
                    struct status *status)
{
    if (!run(session, "lock", lock_text, status) || !run(session, "migrations", table_text, status) ||
        !run(session, "migrations", grant_text, status))
        return false;
    bool none = false;
    PGresult *applied = read_applied(session, &none, status);
    if (applied == NULL)
        return false;
    size_t first = (size_t)PQntuples(applied);
    bool fits = check_applied(applied, migrations, count, status);
    PQclear(applied);
    for (size_t i = first; fits && i < count; i++) {
        fits = apply(session, &migrations[i], status);
        if (fits)
            fprintf(out, "%s applied\n", migrations[i].name);
    }
    return fits;
}

bool pg_migrate(const char *conninfo, const struct pg_migration *migrations, size_t count, FILE *out,
                struct status *status)
{
    PGconn *session = NULL;
    if (!pg_session_open(conninfo, "anlan migrate", NULL, clock_monotonic() + CONNECT_TIMEOUT, &session, status))
        return false;
    bool done = migrate(session, migrations, count, out, status);
    PQfinish(session);    // lets the lock go
    return done;
}

bool pg_migrate_pending(const char *conninfo, size_t count, int *pending, struct status *status)
{
    PGconn *session = NULL;
    if (!pg_session_open(conninfo, "anlan migrate", NULL, clock_monotonic() + CONNECT_TIMEOUT, &session, status))
        return false;
    PGresult *counted = pg_session_query(session, "migrations", count_text, PG_FOREVER, status);
    if (counted)
        *pending = (int)count - (int)strtol(PQgetvalue(counted, 0, 0), NULL, 10);
    PQclear(counted);
    PQfinish(session);
    return counted != NULL;
}

static void write_line(const PGresult *applied, const struct pg_migration *migration, size_t place, FILE *out)
{
    if (applied == NULL || place >= (size_t)PQntuples(applied)) {
        fprintf(out, "%04d  %s  pending\n", migration->number, migration->name);
        return;
    }
    char wanted[CHECKSUM_TEXT];
    checksum(migration, wanted);
    bool fits = strcmp(PQgetvalue(applied, (int)place, 2), wanted) == 0;
    fprintf(out, "%04d  %s  %s  %s\n", migration->number, migration->name, PQgetvalue(applied, (int)place, 3),
            fits ? "unchanged" : "CHANGED");
}

bool pg_migrate_status(const char *conninfo, const struct pg_migration *migrations, size_t count, FILE *out,
                       size_t *pending, struct status *status)
{
    PGconn *session = NULL;
    if (!pg_session_open(conninfo, "anlan migrate", NULL, clock_monotonic() + CONNECT_TIMEOUT, &session, status))
        return false;
    bool none = false;
    PGresult *applied = read_applied(session, &none, status);
    PQfinish(session);
    if (applied == NULL && !none)
        return false;
    size_t rows = applied == NULL ? 0 : (size_t)PQntuples(applied);
    for (size_t i = 0; i < count; i++)
        write_line(applied, &migrations[i], i, out);
    bool fits = applied == NULL || check_applied(applied, migrations, count, status);
    PQclear(applied);
    if (fits)
        *pending = count - rows;
    return fits;
}

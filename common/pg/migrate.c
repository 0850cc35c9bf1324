// SPDX-License-Identifier: Apache-2.0
#include "pg/migrate.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/crypto.h"

// The lock under which migrations run; any number that nobody else takes.
#define LOCK_KEY "4711001"

struct migrator {
    PGconn *connection;
    const struct pg_migration *migrations;
    size_t count;
    FILE *out;
    struct status *status;
};

static bool sql_failed(struct migrator *migrator, const char *what, const PGresult *result)
{
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    return status_set(migrator->status, REASON(INTERNAL), "%s: %s", what,
                      text ? text : PQerrorMessage(migrator->connection));
}

static bool run(struct migrator *migrator, const char *what, const char *text)
{
    PGresult *result = PQexec(migrator->connection, text);
    ExecStatusType kind = PQresultStatus(result);
    bool good = kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK || sql_failed(migrator, what, result);
    PQclear(result);
    return good;
}

static void checksum(const char *text, char hex[2 * CRYPTO_DIGEST_SIZE + 1])
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes part = {(const uint8_t *)text, strlen(text)};
    crypto_sha256(&part, 1, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

// The applied ones in their order. The caller clears the result.
static PGresult *applied(struct migrator *migrator)
{
    PGresult *result = PQexec(migrator->connection,
                              "SELECT number, sha256, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') "
                              "FROM anlan_migrations ORDER BY number");
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    sql_failed(migrator, "anlan_migrations", result);
    PQclear(result);
    return NULL;
}

// What is applied must be a beginning of what the program has, unchanged.
static bool check_applied(struct migrator *migrator, const PGresult *result)
{
    size_t rows = (size_t)PQntuples(result);
    if (rows > migrator->count)
        return status_set(migrator->status, REASON(INTERNAL),
                          "the database has %zu migrations and this program %zu: it is older than the database", rows,
                          migrator->count);
    for (size_t i = 0; i < rows; i++) {
        char hex[2 * CRYPTO_DIGEST_SIZE + 1];
        checksum(migrator->migrations[i].text, hex);
        if (strtol(PQgetvalue(result, (int)i, 0), NULL, 10) != migrator->migrations[i].number ||
            strcmp(PQgetvalue(result, (int)i, 1), hex) != 0)
            return status_set(migrator->status, REASON(INTERNAL), "%s has changed since it was applied",
                              migrator->migrations[i].name);
    }
    return true;
}

static bool record(struct migrator *migrator, const struct pg_migration *migration)
{
    char number[16];
    char hex[2 * CRYPTO_DIGEST_SIZE + 1];
    snprintf(number, sizeof(number), "%d", migration->number);
    checksum(migration->text, hex);
    const char *const values[] = {number, migration->name, hex, ANLAN_VERSION};
    PGresult *result = PQexecParams(migrator->connection,
                                    "INSERT INTO anlan_migrations (number, name, sha256, program_version) "
                                    "VALUES ($1, $2, $3, $4)",
                                    4, NULL, values, NULL, NULL, 0);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK || sql_failed(migrator, migration->name, result);
    PQclear(result);
    return good;
}

static bool apply(struct migrator *migrator, const struct pg_migration *migration)
{
    bool good = run(migrator, "begin", "BEGIN") && run(migrator, migration->name, migration->text) &&
                record(migrator, migration) && run(migrator, migration->name, "COMMIT");
    if (!good)
        PQclear(PQexec(migrator->connection, "ROLLBACK"));
    else
        fprintf(migrator->out, "applied %s\n", migration->name);
    return good;
}

static bool apply_pending(struct migrator *migrator)
{
    PGresult *result = applied(migrator);
    bool good = result && check_applied(migrator, result);
    size_t done = good ? (size_t)PQntuples(result) : 0;
    PQclear(result);
    if (good && done == migrator->count)
        fprintf(migrator->out, "up to date: %zu migrations\n", done);
    for (size_t i = done; good && i < migrator->count; i++)
        good = apply(migrator, &migrator->migrations[i]);
    return good;
}

static bool connect_to(struct migrator *migrator, const char *conninfo)
{
    migrator->connection = PQconnectdb(conninfo);
    if (PQstatus(migrator->connection) == CONNECTION_OK)
        return true;
    return status_set(migrator->status, REASON(DATABASE_UNAVAILABLE), "%s", PQerrorMessage(migrator->connection));
}

bool pg_migrate(const char *conninfo, const struct pg_migration *migrations, size_t count, FILE *out,
                struct status *status)
{
    struct migrator migrator = {.migrations = migrations, .count = count, .out = out, .status = status};
    // The lock ends with the session.
    bool good = connect_to(&migrator, conninfo) && run(&migrator, "quiet", "SET client_min_messages = warning") &&
                run(&migrator, "lock", "SELECT pg_advisory_lock(" LOCK_KEY ")") &&
                run(&migrator, "anlan_migrations",
                    "CREATE TABLE IF NOT EXISTS anlan_migrations (number int PRIMARY KEY, name text NOT NULL, "
                    "sha256 text NOT NULL, program_version text NOT NULL, "
                    "applied_at timestamptz NOT NULL DEFAULT now())") &&
                apply_pending(&migrator);
    PQfinish(migrator.connection);
    return good;
}

static bool table_exists(struct migrator *migrator, bool *exists)
{
    PGresult *result = PQexec(migrator->connection, "SELECT to_regclass('anlan_migrations') IS NOT NULL");
    bool good = PQresultStatus(result) == PGRES_TUPLES_OK || sql_failed(migrator, "anlan_migrations", result);
    *exists = good && PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    return good;
}

bool pg_migrate_status(const char *conninfo, const struct pg_migration *migrations, size_t count, FILE *out,
                       size_t *pending, struct status *status)
{
    struct migrator migrator = {.migrations = migrations, .count = count, .out = out, .status = status};
    bool exists = false;
    bool good = connect_to(&migrator, conninfo) && table_exists(&migrator, &exists);
    PGresult *result = good && exists ? applied(&migrator) : NULL;
    size_t done = result ? (size_t)PQntuples(result) : 0;
    good = good && (!exists || (result && check_applied(&migrator, result)));
    for (size_t i = 0; good && i < count; i++)
        fprintf(out, "%s  %s\n", migrations[i].name, i < done ? PQgetvalue(result, (int)i, 2) : "pending");
    if (good)
        *pending = count - done;
    PQclear(result);
    PQfinish(migrator.connection);
    return good;
}

// SPDX-License-Identifier: Apache-2.0
// Each of the two walls alone, in front of every statement of all four services that answers a caller: as it is
// embedded, prepared in a migrated database and run by the service's own role.
//
// A wall holds where what it hides makes no difference: the statement is asked by people with other scopes, once while
// a county's rows are there, and once when they are gone, and answers the same. Behind row security alone the
// statement's scope is opened for everything, as if it had been forgotten; for the scope alone row security is switched
// off. The owner is asked too, and must be answered otherwise: what is never found would be hidden from nobody.
//
// Which statements there are is read from the services' tables, so a new one is asked from its first day; what it is
// asked about follows from the names of its parameters (sql/statement_walls.sql).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/check.h"
#include "hazard_methods.h"
#include "hazards_sql_statements.h"
#include "notification_methods.h"
#include "notifications_sql_statements.h"
#include "organisation_methods.h"
#include "organisations_sql_statements.h"
#include "service/service.h"
#include "support/cluster.h"
#include "support/instance.h"
#include "task_methods.h"
#include "tasks_sql_statements.h"

#define STATEMENTS_MOST 320

static struct cluster cluster;

// Behind which wall a statement answers callers; it may be used behind two.
enum wall { WALL_SCOPE, WALL_TENANT, WALL_KEPT, WALLS };
static const char *const wall_names[] = {"scope", "tenant", "kept"};

struct use {
    const struct pg_sql *sql;
    bool behind[WALLS];
    bool found[2][WALLS];    // the owner's answer came of his rows, in each pass
};

struct book {
    const struct service_definition *service;
    const struct pg_sql *const *statements;
    const size_t *statement_count;
    struct use uses[STATEMENTS_MOST];
    size_t count;
};

static struct book books[] = {
    {.service = &hazard_service, .statements = hazards_sql_statements, .statement_count = &hazards_sql_statement_count},
    {.service = &organisation_service,
     .statements = organisations_sql_statements,
     .statement_count = &organisations_sql_statement_count},
    {.service = &task_service, .statements = tasks_sql_statements, .statement_count = &tasks_sql_statement_count},
    {.service = &notification_service,
     .statements = notifications_sql_statements,
     .statement_count = &notifications_sql_statement_count},
};

// What is asked twice: behind row security alone, and with the scope alone.
enum pass { PASS_SECURITY, PASS_SCOPE };
static const char *const pass_names[] = {"security", "scope"};

// Tables that hide nothing from who sees anything at all: behind row security alone their rows stay when the others are
// gone. Every other table is secret. Statements hold callers to their scope here too, but for those that inherit.
static const struct open {
    const char *service;
    const char *table;
    const char *why;
} open_tables[] = {
    {"organisations", "roles", "what a role may do is no secret"},
    {"tasks", "checklists", "forms are published: a county inspects by those of the tiers above"},
    {"tasks", "clock_rules", "rules inherit down the tree: a hazard's clock is wound by the nearest above"},
    {"tasks", "calendars", "holidays, likewise"},
    {"tasks", "draw_rules", "rules inherit down the tree: look-backs are drawn by the nearest above"},
    {"notifications", "report_settings", "settings inherit down the tree: a report climbs by the nearest above"},
};

// Statements that read all rows of an open table: the rule takes the nearest, or the one that was asked for.
static const char *const inheriting[] = {"draw_facts", "inspection_facts", "report_load"};

static bool inherits(const char *statement)
{
    for (size_t i = 0; i < COUNT_OF(inheriting); i++)
        if (strcmp(inheriting[i], statement) == 0)
            return true;
    return false;
}

// Statements that are not held in one pass, and why that is right.
static const struct exempt {
    const char *service;
    const char *statement;
    enum pass pass;
    const char *why;
} exempts[] = {
    {"hazards", "sector_list", PASS_SECURITY, "reads the sectors, which have no tenant"},
    {"tasks", "campaign_sectors", PASS_SECURITY, "reads the sectors, which have no tenant"},
    {"tasks", "accident_facts", PASS_SECURITY, "reads the sectors and grades, which have no tenant"},
    {"organisations", "account_create_facts", PASS_SCOPE,
     "facts for the rule alone: it answers NOT_FOUND before it looks at them where the person is beyond the scope"},
    // The call's own unit is within the scope before these are read; whom else it names, absent_organisations_test
    // asks.
    {"organisations", "duty_shift_create_facts", PASS_SCOPE, "facts for the rule alone, about the call's own unit"},
    {"organisations", "post_create_facts", PASS_SCOPE, "facts for the rule alone, about the call's own unit"},
    {"organisations", "responsibility_create_facts", PASS_SCOPE, "facts for the rule alone, about the call's own unit"},
    {"organisations", "unit_create_facts", PASS_SCOPE, "facts for the rule alone, about the call's own unit"},
};

static bool is_exempt(const struct book *book, const char *statement, enum pass pass)
{
    for (size_t i = 0; i < COUNT_OF(exempts); i++)
        if (strcmp(exempts[i].service, book->service->name) == 0 && strcmp(exempts[i].statement, statement) == 0 &&
            exempts[i].pass == pass)
            return true;
    return false;
}

static struct use *use_of(struct book *book, const struct pg_sql *sql)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->uses[i].sql == sql)
            return &book->uses[i];
    assert_true(book->count < STATEMENTS_MOST);
    book->uses[book->count].sql = sql;
    return &book->uses[book->count++];
}

static void note(struct book *book, const struct pg_sql *sql, enum wall wall)
{
    if (sql)
        use_of(book, sql)->behind[wall] = true;
}

static bool is_kept(const struct service_definition *service, const char *method)
{
    for (size_t i = 0; i < service->contract->policy_count; i++)
        if (strcmp(service->contract->policies[i].name, method) == 0)
            return service->contract->policies[i].kept;
    fail_msg("%s: %s is in no contract", service->name, method);
    return false;
}

// As common/service/runs.c chooses it.
static void note_method(struct book *book, const struct service_method *method)
{
    enum wall query = is_kept(book->service, method->name) ? WALL_KEPT : WALL_SCOPE;
    if (method->query_sees_tenant)
        query = WALL_TENANT;
    note(book, method->query, query);
    note(book, method->load, method->load_sees_tenant ? WALL_TENANT : WALL_SCOPE);
    for (size_t i = 0; method->lists && i < SERVICE_LISTS_MOST && method->lists->list[i]; i++) {
        const struct service_list *list = method->lists->list[i];
        note(book, list->all, query);
        note(book, list->pairs, query);
        for (size_t l = 0; l < COUNT_OF(list->level); l++)
            note(book, list->level[l], query);
    }
}

static void note_all(struct book *book)
{
    for (size_t i = 0; i < book->service->method_count; i++)
        note_method(book, &book->service->methods[i]);
    for (size_t i = 0; i < book->service->record_count; i++) {
        const struct service_streamed *streamed = book->service->records[i]->streamed;
        note(book, streamed ? streamed->snapshot : NULL, WALL_SCOPE);
        note(book, streamed ? streamed->seen : NULL, WALL_SCOPE);
    }
}

// Its parameters hold the caller to what he may have.
static bool is_scoped(const struct pg_sql *sql)
{
    static const char *const words[] = {"context.scope_", "context.pair_", "context.only_unit", "context.kept"};
    for (size_t i = 0; i < sql->parameter_count; i++)
        for (size_t w = 0; w < COUNT_OF(words); w++)
            if (strncmp(sql->parameters[i], words[w], strlen(words[w])) == 0)
                return true;
    return false;
}

static void write_statement(FILE *file, const struct use *use)
{
    fprintf(file, "PREPARE %s AS %s;\n", use->sql->name, use->sql->text);
    for (int wall = 0; wall < WALLS; wall++) {
        if (!use->behind[wall])
            continue;
        fprintf(file, "INSERT INTO walls.asked VALUES ('%s', '%s', %s, '{", use->sql->name, wall_names[wall],
                is_scoped(use->sql) ? "true" : "false");
        for (size_t i = 0; i < use->sql->parameter_count; i++)
            fprintf(file, "%s%s", i ? "," : "", use->sql->parameters[i]);
        fprintf(file, "}');\n");
    }
}

static void write_open(FILE *file, const struct book *book)
{
    fprintf(file, "'{");
    const char *comma = "";
    for (size_t i = 0; i < COUNT_OF(open_tables); i++)
        if (strcmp(open_tables[i].service, book->service->name) == 0) {
            fprintf(file, "%s%s", comma, open_tables[i].table);
            comma = ",";
        }
    fprintf(file, "}'");
}

enum asked { ASKED_OTHERS, ASKED_OWNERS };

static void write_asks(FILE *file, const char *state, enum pass pass, enum asked asked)
{
    fprintf(file, "CALL walls.row_security('%s');\n", pass == PASS_SCOPE ? "DISABLE" : "ENABLE");
    fprintf(file, "\\o %s/%s.%s.%d\nSELECT walls.asks('%s', %s) \\gexec\n\\o\n", cluster.directory, state,
            pass_names[pass], asked, pass_names[pass], asked == ASKED_OWNERS ? "true" : "false");
}

// All that is asked, in one session: "with" everything, "without" what is secret, and with "nothing" of the county's,
// be it open or not.
static void write_script(const struct book *book, const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < book->count; i++)
        write_statement(file, &book->uses[i]);
    fprintf(file, "SELECT walls.unwalled(");
    write_open(file, book);
    fprintf(file, ");\n");
    for (int pass = PASS_SECURITY; pass <= PASS_SCOPE; pass++) {
        write_asks(file, "with", pass, ASKED_OTHERS);
        write_asks(file, "with", pass, ASKED_OWNERS);
    }
    fprintf(file, "CALL walls.forget(");
    write_open(file, book);
    fprintf(file, ");\n");
    write_asks(file, "without", PASS_SECURITY, ASKED_OTHERS);
    write_asks(file, "without", PASS_SCOPE, ASKED_OTHERS);
    fprintf(file, "CALL walls.forget('{}');\n");
    write_asks(file, "nothing", PASS_SCOPE, ASKED_OTHERS);
    write_asks(file, "nothing", PASS_SCOPE, ASKED_OWNERS);
    write_asks(file, "nothing", PASS_SECURITY, ASKED_OWNERS);
    fclose(file);
}

static void run_script(const struct book *book, const char *script)
{
    char command[1024];
    snprintf(command, sizeof(command),
             "psql -X -q -A -t -v ON_ERROR_STOP=1 -v tenancy=%s -h %s -U " CLUSTER_SUPERUSER
             " -d anlan_%s -f $ANLAN_SOURCE/tests/integration/sql/statement_walls.sql -f %s 2>&1",
             book->service->keeps_directory ? "instance" : "county", cluster.directory, book->service->name, script);
    FILE *psql = popen(command, "r");    // NOLINT(cert-env33-c): a fixed program
    assert_non_null(psql);
    char output[4096];
    size_t length = fread(output, 1, sizeof(output) - 1, psql);
    output[length] = '\0';
    int code = pclose(psql);
    if (code != 0 || length > 0)
        fail_msg("%s: psql ends with %d: %s", book->service->name, WEXITSTATUS(code), output);
}

static char *read_whole(const char *state, enum pass pass, enum asked asked)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s.%s.%d", cluster.directory, state, pass_names[pass], asked);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    CHECK(text);
    assert_int_equal(fread(text, 1, size, file), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

// One question: who asked what, and the rows.
struct answer {
    char statement[72];
    char wall[16];
    char person[32];
    char mode[16];
    const char *rows;
    size_t length;
};

// Takes the next one off the text; false at its end.
static bool next_answer(const char **text, struct answer *answer)
{
    if (sscanf(*text, "=%71s %15s %31s %15s", answer->statement, answer->wall, answer->person, answer->mode) != 4)
        return false;
    answer->rows = strchr(*text, '\n') + 1;
    const char *end = strstr(answer->rows - 1, "\n=");
    answer->length = end ? (size_t)(end + 1 - answer->rows) : strlen(answer->rows);
    *text = answer->rows + answer->length;
    return true;
}

static struct use *used(struct book *book, const struct answer *answer, enum wall *wall)
{
    for (*wall = 0; strcmp(wall_names[*wall], answer->wall) != 0; ++*wall)
        continue;
    for (size_t i = 0; i < book->count; i++)
        if (strcmp(book->uses[i].sql->name, answer->statement) == 0)
            return &book->uses[i];
    fail_msg("%s is none", answer->statement);
    return NULL;
}

// Answers how many leaks one question has found.
static int compare_one(struct book *book, enum pass pass, enum asked asked, const struct answer *with,
                       const struct answer *without)
{
    enum wall wall = WALLS;
    struct use *use = used(book, with, &wall);
    assert_string_equal(with->statement, without->statement);
    assert_string_equal(with->person, without->person);
    assert_string_equal(with->mode, without->mode);
    if (with->length == without->length && memcmp(with->rows, without->rows, with->length) == 0)
        return 0;
    if (asked == ASKED_OWNERS)
        use->found[pass][wall] = true;
    if (asked == ASKED_OWNERS || is_exempt(book, with->statement, pass))
        return 0;
    print_error("%s: %s leaks to %s (wall %s, asked %s, %s alone):\n%.*s\n", book->service->name, with->statement,
                with->person, with->wall, with->mode, pass_names[pass], (int)(with->length < 600 ? with->length : 600),
                with->rows);
    return 1;
}

static int compare(struct book *book, enum pass pass, enum asked asked, const char *state)
{
    char *texts[] = {read_whole("with", pass, asked), read_whole(state, pass, asked)};
    const char *with = texts[0];
    const char *without = texts[1];
    struct answer one;
    struct answer other;
    int leaks = 0;
    int questions = 0;
    for (; next_answer(&with, &one); questions++) {
        assert_true(next_answer(&without, &other));
        bool open = strcmp(state, "nothing") == 0 && asked == ASKED_OTHERS;
        if (!open || !inherits(one.statement))
            leaks += compare_one(book, pass, asked, &one, &other);
    }
    assert_false(next_answer(&without, &other));
    assert_true(questions > 0);
    print_message("%s, %s alone: %d questions by %s, and %s\n", book->service->name, pass_names[pass], questions,
                  asked == ASKED_OWNERS ? "owners" : "others", state);
    free(texts[0]);
    free(texts[1]);
    return leaks;
}

// What nobody was ever shown is hidden from nobody: the test asks it wrongly.
static int never_found(const struct book *book)
{
    int missing = 0;
    for (size_t i = 0; i < book->count; i++)
        for (int wall = 0; wall < WALLS; wall++)
            for (int pass = PASS_SECURITY; pass <= PASS_SCOPE; pass++) {
                const struct use *use = &book->uses[i];
                bool asked = pass == PASS_SCOPE ? is_scoped(use->sql) : wall != WALL_TENANT;
                if (!use->behind[wall] || !asked || use->found[pass][wall] || is_exempt(book, use->sql->name, pass))
                    continue;
                missing++;
                print_error("%s: %s shows its owner nothing (wall %s, %s alone)\n", book->service->name, use->sql->name,
                            wall_names[wall], pass_names[pass]);
            }
    return missing;
}

static void hold(struct book *book)
{
    char script[128];
    note_all(book);
    snprintf(script, sizeof(script), "%s/%s.sql", cluster.directory, book->service->name);
    write_script(book, script);
    run_script(book, script);
    int faults = 0;
    for (int pass = PASS_SECURITY; pass <= PASS_SCOPE; pass++)
        faults += compare(book, pass, ASKED_OTHERS, "without") + compare(book, pass, ASKED_OWNERS, "nothing");
    faults += compare(book, PASS_SCOPE, ASKED_OTHERS, "nothing") + never_found(book);
    if (faults > 0)
        fail_msg("%s: %d", book->service->name, faults);
}

static void each_wall_alone_holds_before_hazards(void **state)
{
    (void)state;
    hold(&books[0]);
}

static void each_wall_alone_holds_before_organisations(void **state)
{
    (void)state;
    hold(&books[1]);
}

static void each_wall_alone_holds_before_tasks(void **state)
{
    (void)state;
    hold(&books[2]);
}

static void each_wall_alone_holds_before_notifications(void **state)
{
    (void)state;
    hold(&books[3]);
}

// Tables whose rows are nobody's: what is the same for everybody, and what was migrated.
static void every_other_table_forces_row_security(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(books); i++) {
        char sql[1024];
        char database[64];
        snprintf(database, sizeof(database), "anlan_%s", books[i].service->name);
        snprintf(sql, sizeof(sql),
                 "DO $$ BEGIN "
                 "ASSERT (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relforcerowsecurity) > 10; "
                 "ASSERT NOT EXISTS (SELECT FROM pg_class c WHERE relnamespace = 'public'::regnamespace "
                 "    AND relkind IN ('r', 'p', 'm', 'v', 'f') AND NOT (relrowsecurity AND relforcerowsecurity) "
                 "    AND (relname NOT IN ('anlan_migrations', 'sectors', 'accident_grades') "
                 "         OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id'))); "
                 "ASSERT NOT EXISTS (SELECT FROM pg_class WHERE relkind = 'r' AND pg_get_userbyid(relowner) = '%s'); "
                 "ASSERT NOT EXISTS (SELECT FROM pg_roles "
                 "    WHERE rolname LIKE 'anlan%%' AND (rolbypassrls OR rolsuper)); END $$",
                 database);
        cluster_sql(&cluster, database, sql);
    }
}

static int up(void **state)
{
    (void)state;
    unsetenv("ANLAN_TEST_CLUSTER");    // its databases would be of no use to others
    cluster_start(&cluster, true);
    cluster_setup_databases(&cluster);
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    for (size_t i = 0; i < COUNT_OF(books); i++) {
        struct status status = {0};
        char database[64];
        char owner[64];
        snprintf(database, sizeof(database), "anlan_%s", books[i].service->name);
        snprintf(owner, sizeof(owner), "%s_owner", database);
        if (!pg_migrate(cluster_conninfo(&cluster, database, owner), books[i].service->migrations,
                        *books[i].service->migration_count, nowhere, &status))
            fail_msg("%s: %s", database, status.message);
    }
    fclose(nowhere);
    return 0;
}

static int down(void **state)
{
    (void)state;
    cluster_stop(&cluster);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_other_table_forces_row_security),
        cmocka_unit_test(each_wall_alone_holds_before_hazards),
        cmocka_unit_test(each_wall_alone_holds_before_organisations),
        cmocka_unit_test(each_wall_alone_holds_before_tasks),
        cmocka_unit_test(each_wall_alone_holds_before_notifications),
    };
    return cmocka_run_group_tests(tests, up, down);
}

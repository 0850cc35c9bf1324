// SPDX-License-Identifier: Apache-2.0
// At a million rows, a page for any tier is one index read: no sort of a subtree, a bound on the buffers that it
// touches, with row security on, in generic and custom plans.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "hazards_sql_statements.h"
#include "support/instance.h"

#define ROWS 1000000
#define LISTINGS 100000

static struct instance *region;

// Ten cities of ten counties of ten townships, a thousand hazards each; ids are counted so that tests can name them.
// Indexes are made behind the rows: keeping them meanwhile takes five times as long.
static void plant_a_million_rows(void)
{
    instance_sql(region, "hazards",
                 "CREATE TABLE kept AS SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS def "
                 "FROM pg_index WHERE indrelid = 'hazards'::regclass AND NOT indisprimary; "
                 "DO $$ DECLARE k record; BEGIN FOR k IN SELECT name FROM kept LOOP "
                 "EXECUTE 'DROP INDEX ' || k.name; END LOOP; END $$");
    instance_sql(
        region, "hazards",
        "SET client_min_messages = warning; "
        "CREATE FUNCTION unit(level int, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS "
        "$$ SELECT ('0000000' || level || '-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$; "
        "INSERT INTO hazards (tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, state, "
        "grade, sector, finding_unit_id, entered_at, "
        "responsible_unit_id, responsible_person, deadline, sending_unit_id, last_action, state_before, "
        "former_unit_ids, external_id, summary, detail, listing) SELECT unit(3, i %% 100), gen_random_uuid(), 1, "
        "unit(1, 0), unit(2, i %% 10), "
        "unit(3, i %% 100), unit(4, i %% 1000), unit(5, i %% 5000), 1 + (i %% 3 = 0)::int, 1 + (i %% 50 = 8)::int, "
        "(ARRAY['road_traffic','fireworks','public_order','public_places'])[1 + (i / 1000) %% 4], "
        "unit(3, i %% 100), now() - i * interval '1 second', CASE WHEN i %% 3 = 0 THEN unit(4, i %% 1000) END, "
        "CASE WHEN i %% 3 = 0 THEN '责任人' ELSE '' END, CASE WHEN i %% 3 = 0 THEN now() END, "
        "CASE WHEN i %% 3 = 0 THEN unit(3, i %% 100) END, CASE WHEN i %% 3 = 0 THEN 3 ELSE 1 END, "
        "CASE WHEN i %% 3 = 0 THEN 1 END, '{}', '', decode(repeat('ab', 400), 'hex'), '', "
        "CASE WHEN i %% 50 = 8 THEN 1 END FROM generate_series(1, %d) i; "
        "INSERT INTO listings (tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, state, "
        "last_action, sector, listing_unit_id, hazard_tenant_id, hazard_id, until, hazard_version, entered_at, "
        "summary, "
        "detail) SELECT unit(1, 0), gen_random_uuid(), 1, unit(1, 0), unit(2, i %% 10), unit(3, i %% 100), "
        "unit(4, i %% 1000), unit(5, i %% 5000), 1, 1, 'fireworks', unit(1, 0), unit(3, i %% 100), gen_random_uuid(), "
        "now(), 1, now() - i * interval '1 second', decode(repeat('ab', 400), 'hex'), '' FROM generate_series(1, %d) i",
        ROWS, LISTINGS);
    instance_sql(region, "hazards",
                 "DO $$ DECLARE k record; BEGIN FOR k IN SELECT def FROM kept LOOP EXECUTE k.def; END LOOP; END $$");
    instance_sql(region, "hazards", "DROP TABLE kept; VACUUM ANALYZE hazards, listings");
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

struct scope {
    const char *name;
    const struct pg_sql *sql;
    const char *setting;      // anlan.scope
    const char *only_unit;    // value of context.only_unit
    const char *kinds;        // of the pairs
    const char *units;
    const char *sectors;
    long buffers;                    // at most
    bool sorts;                      // a few merged rows may be sorted
    const char *const request[8];    // names of the request's fields and their values, as SQL
};

#define U3(n) "00000003-0000-7000-8000-00000000000" #n
#define U4(n) "00000004-0000-7000-8000-00000000000" #n

static const struct scope scopes[] = {
    {"region", &hazards_sql_hazard_list_level_region, "|{00000001-0000-7000-8000-000000000000}||",
     "00000001-0000-7000-8000-000000000000", "{1}", "{00000001-0000-7000-8000-000000000000}", "{\"\"}", 120, false},
    {"city", &hazards_sql_hazard_list_level_city, "|{00000002-0000-7000-8000-000000000003}||",
     "00000002-0000-7000-8000-000000000003", "{2}", "{00000002-0000-7000-8000-000000000003}", "{\"\"}", 120, false},
    {"county", &hazards_sql_hazard_list_level_county, "|{" U3(7) "}||", U3(7), "{3}", "{" U3(7) "}", "{\"\"}", 120,
     false},
    {"township", &hazards_sql_hazard_list_level_township, "|{" U4(7) "}||", U4(7), "{4}", "{" U4(7) "}", "{\"\"}", 120,
     false},
    {"instance", &hazards_sql_hazard_list_all, "all|||", U3(7), "{}", "{}", "{}", 120, false},
    {"a sector of a county and the regulator itself", &hazards_sql_hazard_list_pairs,
     "||{" U3(7) "}|{" U3(7) "/fireworks}|", U3(7), "{3,5}", "{" U3(7) "," U3(7) "}", "{fireworks,\"\"}", 700, true},
    {"three counties", &hazards_sql_hazard_list_pairs, "|{" U3(1) "," U3(2) "," U3(3) "}||", U3(1), "{3,3,3}",
     "{" U3(1) "," U3(2) "," U3(3) "}", "{\"\",\"\",\"\"}", 700, true},
    {"a snapshot of three counties", &hazards_sql_hazard_snapshot, "|{" U3(1) "," U3(2) "," U3(3) "}|||", U3(1),
     "{3,3,3}", "{" U3(1) "," U3(2) "," U3(3) "}", "{\"\",\"\",\"\"}", 700, true},
    {"a snapshot of a sector of a city and the brigade itself", &hazards_sql_hazard_snapshot,
     "||{" U3(7) "}|{00000002-0000-7000-8000-000000000003/fireworks}|", U3(7), "{2,5}",
     "{00000002-0000-7000-8000-000000000003," U3(7) "}", "{fireworks,\"\"}", 700, true},
    {"two states of a county",
     &hazards_sql_hazard_list_states_newest,
     "|{" U3(7) "}||",
     U3(7),
     "{3}",
     "{" U3(7) "}",
     "{\"\"}",
     500,
     true,
     {"request.states", "'{1,2}'", "request.grade", "NULL"}},
    {"a grade of a city, the oldest first",
     &hazards_sql_hazard_list_states_oldest,
     "|{00000002-0000-7000-8000-000000000003}||",
     U3(7),
     "{2}",
     "{00000002-0000-7000-8000-000000000003}",
     "{\"\"}",
     500,
     true,
     {"request.states", "'{}'", "request.grade", "1"}},
    {"a state in a sector of a county",
     &hazards_sql_hazard_list_states_newest,
     "|||{" U3(7) "/fireworks}",
     U3(7),
     "{3}",
     "{" U3(7) "}",
     "{fireworks}",
     2600,
     true,
     {"request.states", "'{2}'", "request.grade", "1", "context.examined_limit", "2000"}},
    {"an export of a county",
     &hazards_sql_hazard_list_states_export,
     "|{" U3(7) "}||",
     U3(7),
     "{3}",
     "{" U3(7) "}",
     "{\"\"}",
     1500,
     true,
     {"request.states", "'{}'", "request.grade", "NULL"}},
    {"what is due in the region",
     &hazards_sql_hazard_list_due,
     "|{00000001-0000-7000-8000-000000000000}||",
     U3(7),
     "{1}",
     "{00000001-0000-7000-8000-000000000000}",
     "{\"\"}",
     300,
     true,
     {"request.states", "'{}'", "request.overdue", "false"}},
    {"what is overdue in a township",
     &hazards_sql_hazard_list_due,
     "|{" U4(7) "}||",
     U3(7),
     "{4}",
     "{" U4(7) "}",
     "{\"\"}",
     300,
     true,
     {"request.states", "'{}'", "request.overdue", "true"}},
    {"what a unit of the county is party to",
     &hazards_sql_hazard_list_party,
     "|{" U3(7) "}||",
     U3(7),
     "{3}",
     "{" U3(7) "}",
     "{\"\"}",
     6000,
     true,
     {"request.states", "'{}'", "request.party_unit_id", "'" U3(7) "'", "context.examined_limit", "2000"}},
    {"what is listed in a county",
     &hazards_sql_hazard_list_listed,
     "|{" U3(8) "}||",
     U3(8),
     "{3}",
     "{" U3(8) "}",
     "{\"\"}",
     500,
     true,
     {"request.states", "'{}'", "request.grade", "NULL"}},
    {"listings of what is in a city",
     &hazards_sql_listing_list,
     "|{00000002-0000-7000-8000-000000000003}||",
     U3(7),
     "{2}",
     "{00000002-0000-7000-8000-000000000003}",
     "{\"\"}",
     500,
     true,
     {NULL}},
};

// The value of a parameter by its name, as SQL.
static void parameter_value(const struct scope *scope, const char *name, char *out, size_t size)
{
    for (size_t i = 0; i + 1 < sizeof(scope->request) / sizeof(scope->request[0]) && scope->request[i]; i += 2)
        if (strcmp(name, scope->request[i]) == 0) {
            snprintf(out, size, "%s", scope->request[i + 1]);
            return;
        }
    if (strcmp(name, "context.only_unit") == 0)
        snprintf(out, size, "'%s'", scope->only_unit);
    else if (strcmp(name, "context.pair_kind") == 0)
        snprintf(out, size, "'%s'", scope->kinds);
    else if (strcmp(name, "context.pair_unit") == 0)
        snprintf(out, size, "'%s'", scope->units);
    else if (strcmp(name, "context.pair_sector") == 0)
        snprintf(out, size, "'%s'", scope->sectors);
    else if (strcmp(name, "context.scope_all") == 0)
        snprintf(out, size, "true");    // row security alone stands
    else if (strcmp(name, "context.row_limit") == 0 || strcmp(name, "context.examined_limit") == 0)
        snprintf(out, size, "51");
    else if (strcmp(name, "context.now") == 0)
        snprintf(out, size, "now()");
    else if (strcmp(name, "request.sector") == 0)
        snprintf(out, size, "''");
    else if (strcmp(name, "request.overdue") == 0)
        snprintf(out, size, "false");
    else if (strncmp(name, "context.scope_", 14) == 0)
        snprintf(out, size, "'{}'");
    else
        snprintf(out, size, "NULL");    // the first page
}

static void write_script(FILE *file, const struct scope *scope, const char *mode)
{
    fprintf(file,
            "SET client_min_messages = error; SET plan_cache_mode = %s; SET jit = off; SET enable_seqscan = off; "
            "SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;\n",
            mode);
    fprintf(file,
            "PREPARE page AS %s;\nSET ROLE anlan_hazards; BEGIN; SET LOCAL anlan.wall = 'scope'; "
            "SET LOCAL anlan.scope = '%s';\n",
            scope->sql->text, scope->setting);
    for (int run = 0; run < 2; run++) {    // the second finds the catalogue warm
        fprintf(file, "%s EXECUTE page(", run ? "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF)" : "");
        for (size_t i = 0; i < scope->sql->parameter_count; i++) {
            char value[8448];
            parameter_value(scope, scope->sql->parameters[i], value, sizeof(value));
            fprintf(file, "%s%s", i ? ", " : "", value);
        }
        fprintf(file, ");\n");
    }
    fprintf(file, "COMMIT;\n");
}

static void explain(const struct scope *scope, const char *mode, char *plan, size_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/explain.sql", region->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    write_script(file, scope, mode);
    fclose(file);
    int code = instance_run(region, plan, size,
                            "psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_hazards -f %s 2>&1 | "
                            "grep -vE '^[0-9a-f]{8}-'",
                            region->dir, path);
    if (code != 0)
        fail_msg("%s: %s", scope->name, plan);
}

// Buffers of the plan's first node: of all.
static long buffers_of(const char *plan)
{
    const char *line = strstr(plan, "Buffers: shared");
    long total = 0;
    if (!line)
        return -1;
    const char *end = strchr(line, '\n');
    const char *hit = strstr(line, "hit=");
    const char *read = strstr(line, "read=");
    if (hit && hit < end)
        total += strtol(hit + 4, NULL, 10);
    if (read && read < end)
        total += strtol(read + 5, NULL, 10);
    return total;
}

static void page_in(const struct scope *scope, const char *mode)
{
    static char plan[262144];
    explain(scope, mode, plan, sizeof(plan));
    long buffers = buffers_of(plan);
    print_message("%s, %s: %ld buffers\n", scope->name, mode, buffers);
    if (buffers < 0 || buffers > scope->buffers)
        fail_msg("%s, %s: %ld buffers, more than %ld\n%s", scope->name, mode, buffers, scope->buffers, plan);
    if (!scope->sorts && strstr(plan, "Sort"))
        fail_msg("%s, %s sorts:\n%s", scope->name, mode, plan);
    if (strstr(plan, "Seq Scan on hazards") || strstr(plan, "Seq Scan on listings") || strstr(plan, "BitmapAnd"))
        fail_msg("%s, %s reads the table:\n%s", scope->name, mode, plan);
    if (!strstr(plan, "actual rows=51"))
        fail_msg("%s, %s: not a page\n%s", scope->name, mode, plan);
}

// 110 pairs: townships that were granted to somebody, in all sectors or in one.
#define MANY 110
#define LIST_SIZE 8192

static struct {
    char setting[LIST_SIZE];
    char kinds[LIST_SIZE];
    char units[LIST_SIZE];
    char sectors[LIST_SIZE];
} many[2];

static void append(char *list, const char *text)
{
    size_t used = strlen(list);
    snprintf(list + used, LIST_SIZE - used, "%s%s", used == 0 ? "{" : ",", text);
}

static void end(char *list)
{
    size_t used = strlen(list);
    snprintf(list + used, LIST_SIZE - used, "}");
}

static void make_many(void)
{
    for (int sector = 0; sector < 2; sector++) {
        char scope[LIST_SIZE] = "";
        for (int i = 0; i < MANY; i++) {
            char unit[64];
            char confined[96];
            snprintf(unit, sizeof(unit), "00000004-0000-7000-8000-%012d", i * 9);
            snprintf(confined, sizeof(confined), "%s/fireworks", unit);
            append(scope, sector ? confined : unit);
            append(many[sector].kinds, "4");
            append(many[sector].units, unit);
            append(many[sector].sectors, sector ? "fireworks" : "\"\"");
        }
        end(scope);
        end(many[sector].kinds);
        end(many[sector].units);
        end(many[sector].sectors);
        snprintf(many[sector].setting, sizeof(many[sector].setting), sector ? "|||%s|" : "|%s|||", scope);
    }
}

#define MANY_SCOPE(what, statement, sector, most, ...)                                                                 \
    {                                                                                                                  \
        (what), &(statement), many[sector].setting, U3(7), many[sector].kinds, many[sector].units,                     \
            many[sector].sectors, (most), true,                                                                        \
        {                                                                                                              \
            "context.examined_limit", "18", __VA_ARGS__                                                                \
        }                                                                                                              \
    }

static const struct scope many_scopes[] = {
    MANY_SCOPE("110 townships", hazards_sql_hazard_list_pairs, 0, 3500, NULL),
    MANY_SCOPE("110 townships in a sector", hazards_sql_hazard_list_pairs, 1, 3500, NULL),
    MANY_SCOPE("a snapshot of 110 townships", hazards_sql_hazard_snapshot, 0, 3500, NULL),
    MANY_SCOPE("a state of 110 townships", hazards_sql_hazard_list_states_newest, 0, 3500, "request.states", "'{2}'",
               "request.grade", "1"),
    MANY_SCOPE("a state in a sector of 110 townships", hazards_sql_hazard_list_states_oldest, 1, 3500, "request.states",
               "'{2}'", "request.grade", "1"),
    MANY_SCOPE("what is due in 110 townships", hazards_sql_hazard_list_due, 0, 3500, "request.states", "'{}'",
               "request.overdue", "false"),
};

static int up(void **state)
{
    (void)state;
    make_many();
    region = instance_start(1);
    plant_a_million_rows();
    return 0;
}

static void a_page_is_one_index_read_in_a_generic_plan(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scopes); i++)
        page_in(&scopes[i], "force_generic_plan");
}

static void a_page_is_one_index_read_in_a_custom_plan(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scopes); i++)
        page_in(&scopes[i], "force_custom_plan");
}

// What streams ask of 51 entries: one index read for each, whatever the scope.
static void a_step_of_a_stream_is_bounded(void **state)
{
    (void)state;
    static char keys[2][LIST_SIZE];
    for (int i = 0; i < 51; i++) {
        char sql[256];
        char id[UUID_TEXT_SIZE];
        char output[256];
        snprintf(sql, sizeof(sql), "SELECT id FROM hazards WHERE township_id = '" U4(7) "' OFFSET %d LIMIT 1", i);
        assert_int_equal(instance_run(region, output, sizeof(output),
                                      "psql -X -q -A -t -h %s -U postgres -d "
                                      "anlan_hazards -c \"%s\"",
                                      region->dir, sql),
                         0);
        snprintf(id, sizeof(id), "%.36s", output);
        append(keys[0], U3(7));
        append(keys[1], id);
    }
    end(keys[0]);
    end(keys[1]);
    char values[2][LIST_SIZE + 2];
    for (int i = 0; i < 2; i++)
        snprintf(values[i], sizeof(values[i]), "'%s'", keys[i]);
    const struct scope seen = {"which of 51 records are seen",
                               &hazards_sql_hazard_seen,
                               "|{" U3(7) "}|||",
                               U3(7),
                               "{}",
                               "{}",
                               "{}",
                               400,
                               true,
                               {"records.tenant_id", values[0], "records.record_id", values[1]}};
    page_in(&seen, "force_generic_plan");
    page_in(&seen, "force_custom_plan");
}

static void many_pairs_have_their_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(many_scopes); i++) {
        page_in(&many_scopes[i], "force_generic_plan");
        page_in(&many_scopes[i], "force_custom_plan");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_of_a_stream_is_bounded),
        cmocka_unit_test(many_pairs_have_their_bound),
        cmocka_unit_test(a_page_is_one_index_read_in_a_generic_plan),
        cmocka_unit_test(a_page_is_one_index_read_in_a_custom_plan),
    };
    return cmocka_run_group_tests(tests, up, down);
}

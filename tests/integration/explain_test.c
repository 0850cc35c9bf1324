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
        "unit(3, i %% 100), unit(4, i %% 1000), unit(5, i %% 5000), 1 + (i %% 3 = 0)::int, 1 + (i %% 13 = 8)::int, "
        "(ARRAY['road_traffic','fireworks','public_order','public_places'])[1 + (i / 1000) %% 4], "
        "unit(3, i %% 100), now() - i * interval '1 second', CASE WHEN i %% 3 = 0 THEN unit(4, i %% 1000) END, "
        "CASE WHEN i %% 3 = 0 THEN '责任人' ELSE '' END, CASE WHEN i %% 3 = 0 THEN now() + i * interval '1 second' "
        "END, "
        "CASE WHEN i %% 3 = 0 THEN unit(3, i %% 100) END, CASE WHEN i %% 3 = 0 THEN 3 ELSE 1 END, "
        "CASE WHEN i %% 3 = 0 THEN 1 END, '{}', '', decode(repeat('ab', 400), 'hex'), '', "
        "CASE WHEN i %% 13 = 8 THEN 1 END FROM generate_series(1, %d) i; "
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
    long buffers;                     // at most
    bool sorts;                       // a few merged rows may be sorted
    const char *const request[10];    // names of the request's fields and their values, as SQL
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
     {"request.states", "'{}'", "request.overdue", "true", "context.now", "now() + interval '10 days'"}},
    {"what is overdue in the region, of which little is",
     &hazards_sql_hazard_list_due,
     "|{00000001-0000-7000-8000-000000000000}||",
     U3(7),
     "{1}",
     "{00000001-0000-7000-8000-000000000000}",
     "{\"\"}",
     2600,
     true,
     {"request.states", "'{2}'", "request.overdue", "true", "context.examined_limit", "2000", "context.now",
      "now() + interval '10 minutes'"}},
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

// What scopes come as: so many pairs, in all sectors or in one. Many are townships that were granted to somebody.
#define MANY 110
#define LIST_SIZE 8192

enum shape_name { ONE, ONE_IN_SECTOR, REGULATOR_ITSELF, THREE, THREE_IN_SECTOR, SO_MANY, SO_MANY_IN_SECTOR, SHAPES };

static struct shape {
    const char *name;
    const char *examined;        // context.examined_limit, as common/service/list.c has it
    const char *passing_over;    // where filters pass over rows
    const char *party;           // a unit that is party to hazards of the scope
    char setting[LIST_SIZE];
    char kinds[LIST_SIZE];
    char units[LIST_SIZE];
    char sectors[LIST_SIZE];
} shapes[SHAPES] = {
    [ONE] = {"a county", "51", "2000", "'" U3(7) "'", "", "", "", ""},
    [ONE_IN_SECTOR] = {"a sector of a county", "2000", "2000", "'" U3(7) "'", "", "", "", ""},
    [REGULATOR_ITSELF] = {"a sector of a county and the regulator", "1000", "1000", "'" U3(7) "'", "", "", "", ""},
    [THREE] = {"three counties", "51", "666", "'" U3(1) "'", "", "", "", ""},
    [THREE_IN_SECTOR] = {"a sector of three counties", "666", "666", "'" U3(1) "'", "", "", "", ""},
    [SO_MANY] = {"110 townships", "18", "18", "'" U4(9) "'", "", "", "", ""},
    [SO_MANY_IN_SECTOR] = {"a sector of 110 townships", "18", "18", "'" U4(9) "'", "", "", "", ""},
};

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

// So many units of a level, `step` apart.
static void make_shape(enum shape_name name, int level, int first, int step, int count)
{
    struct shape *shape = &shapes[name];
    bool sector =
        name == ONE_IN_SECTOR || name == REGULATOR_ITSELF || name == THREE_IN_SECTOR || name == SO_MANY_IN_SECTOR;
    bool itself = name == REGULATOR_ITSELF;
    char scope[LIST_SIZE] = "";
    for (int i = 0; i < count; i++) {
        char unit[64];
        char confined[96];
        snprintf(unit, sizeof(unit), "0000000%d-0000-7000-8000-%012d", level, first + i * step);
        snprintf(confined, sizeof(confined), "%s/fireworks", unit);
        append(scope, sector ? confined : unit);
        append(shape->kinds, level == 3 ? "3" : "4");
        append(shape->units, unit);
        append(shape->sectors, sector ? "fireworks" : "\"\"");
    }
    if (itself) {
        append(shape->kinds, "5");
        append(shape->units, U3(7));
        append(shape->sectors, "\"\"");
    }
    end(scope);
    end(shape->kinds);
    end(shape->units);
    end(shape->sectors);
    if (sector)
        snprintf(shape->setting, sizeof(shape->setting), "||%s|%s|", itself ? "{" U3(7) "}" : "", scope);
    else
        snprintf(shape->setting, sizeof(shape->setting), "|%s|||", scope);
}

static void make_shapes(void)
{
    make_shape(ONE, 3, 7, 1, 1);
    make_shape(ONE_IN_SECTOR, 3, 7, 1, 1);
    make_shape(REGULATOR_ITSELF, 3, 7, 1, 1);
    make_shape(THREE, 3, 1, 1, 3);
    make_shape(THREE_IN_SECTOR, 3, 1, 1, 3);
    make_shape(SO_MANY, 4, 0, 9, MANY);
    make_shape(SO_MANY_IN_SECTOR, 4, 0, 9, MANY);
}

// Each list statement for each shape of scope, in the order of the shapes; buffers at most.
#define UNFILTERED                                                                                                     \
    {                                                                                                                  \
        500, 500, 700, 700, 700, 3500, 3500                                                                            \
    }
#define BY_STATE                                                                                                       \
    {                                                                                                                  \
        500, 3000, 4500, 700, 3000, 3500, 3500                                                                         \
    }
#define BY_GRADE                                                                                                       \
    {                                                                                                                  \
        500, 3000, 4500, 900, 3000, 10500, 3500                                                                        \
    }    // each of ten states has its read
#define DUE_BY_STATE                                                                                                   \
    {                                                                                                                  \
        3000, 1500, 4500, 3000, 3000, 3500, 3500                                                                       \
    }
#define PARTY                                                                                                          \
    {                                                                                                                  \
        6000, 16000, 6000, 6000, 16000, 800, 800                                                                       \
    }    // what the wall hides of the unit's is passed over
#define LISTINGS_OF                                                                                                    \
    {                                                                                                                  \
        500, 1800, 1800, 700, 3000, 3500, 3500                                                                         \
    }    // no index by sector: there are few

static const struct list {
    const char *name;
    const struct pg_sql *sql;
    enum { NOTHING, FILTERED, APART } passes_over;    // APART: its reads are not one for each pair
    long buffers[SHAPES];
    const char *const request[4];
} lists[] = {
    {"the ledger", &hazards_sql_hazard_list_pairs, NOTHING, UNFILTERED, {NULL}},
    {"a snapshot", &hazards_sql_hazard_snapshot, NOTHING, UNFILTERED, {NULL}},
    {"one state, the newest first",
     &hazards_sql_hazard_list_states_newest,
     NOTHING,
     BY_STATE,
     {"request.states", "'{2}'", "request.grade", "1"}},
    {"the oldest first", &hazards_sql_hazard_list_states_oldest, NOTHING, UNFILTERED, {"request.states", "'{}'"}},
    {"an export", &hazards_sql_hazard_list_states_export, NOTHING, UNFILTERED, {"request.states", "'{}'"}},
    {"an export of a grade",
     &hazards_sql_hazard_list_states_export,
     NOTHING,
     BY_GRADE,
     {"request.states", "'{}'", "request.grade", "1"}},
    {"what is due", &hazards_sql_hazard_list_due, NOTHING, UNFILTERED, {"request.states", "'{}'"}},
    {"what is due in a state", &hazards_sql_hazard_list_due, FILTERED, DUE_BY_STATE, {"request.states", "'{2}'"}},
    {"what a unit is party to", &hazards_sql_hazard_list_party, APART, PARTY, {"request.states", "'{}'"}},
    {"what is listed", &hazards_sql_hazard_list_listed, NOTHING, UNFILTERED, {"request.states", "'{}'"}},
    {"listings", &hazards_sql_listing_list, NOTHING, LISTINGS_OF, {NULL}},
    {"a snapshot of listings", &hazards_sql_listing_snapshot, NOTHING, LISTINGS_OF, {NULL}},
};

static int up(void **state)
{
    (void)state;
    make_shapes();
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

static void every_list_has_its_bound_for_every_scope(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists) * SHAPES; i++) {
        char name[128];
        const struct list *list = &lists[i / SHAPES];
        const struct shape *shape = &shapes[i % SHAPES];
        snprintf(name, sizeof(name), "%s: %s", shape->name, list->name);
        const char *examined = list->passes_over == APART ? "2000" : shape->examined;
        if (list->passes_over == FILTERED)
            examined = shape->passing_over;
        const struct scope scope = {name,
                                    list->sql,
                                    shape->setting,
                                    U3(7),
                                    shape->kinds,
                                    shape->units,
                                    shape->sectors,
                                    list->buffers[i % SHAPES],
                                    true,
                                    {"context.examined_limit", examined, "request.party_unit_id", shape->party,
                                     list->request[0], list->request[1], list->request[2], list->request[3]}};
        page_in(&scope, "force_generic_plan");
        page_in(&scope, "force_custom_plan");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_of_a_stream_is_bounded),
        cmocka_unit_test(every_list_has_its_bound_for_every_scope),
        cmocka_unit_test(a_page_is_one_index_read_in_a_generic_plan),
        cmocka_unit_test(a_page_is_one_index_read_in_a_custom_plan),
    };
    return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: Apache-2.0
// Looking for clocks that are to be wound anew reads the index for each unit that has a rule, however many hazards run;
// so does looking for those that strike.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/instance.h"
#include "tasks_sql_statements.h"

#define COUNTIES 50
#define HAZARDS 1000         // of each
#define BUFFERS 3000         // 4 for each step of an index, 500 steps, and the rules themselves
#define CALL_BUFFERS 2500    // of a hundred hazards

static struct instance *region;

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    instance_start_tasks(region);
    instance_end_tasks(region, false);
    // A region with a rule, and counties with a rule and a calendar each; half of the hazards count working days, and
    // all are wound by what there is.
    instance_sql(
        region, "tasks",
        "SET session_replication_role = replica; "
        "CREATE FUNCTION unit(level int, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS "
        "$$ SELECT ('0000000' || level || '-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$; "
        "INSERT INTO clock_rules (tenant_id, id, version, unit_id, state, last_action, sector, party_ids, entered_at, "
        "summary, detail, warn_days) SELECT unit(3, n), gen_random_uuid(), 1, u.id, 5, 18, '', '{}', now(), "
        "decode(repeat('ab', 100), 'hex'), '', 3 FROM generate_series(0, %d) n, LATERAL (SELECT CASE n WHEN 0 THEN "
        "unit(1, 0) ELSE unit(3, n) END) u(id); "
        "INSERT INTO calendars (tenant_id, id, version, unit_id, state, last_action, sector, party_ids, entered_at, "
        "summary, detail, year) SELECT unit(3, n), gen_random_uuid(), 1, unit(3, n), 5, 9, '', '{}', now(), "
        "decode(repeat('ab', 800), 'hex'), '', extract(year FROM now()) FROM generate_series(1, %d) n; "
        "INSERT INTO tracked_hazards (tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, "
        "state, last_action, sector, party_ids, entered_at, summary, detail, hazard_version, hazard_state, grade, "
        "deadline, clock_next_at, clock_as_of, clock_working) SELECT unit(3, n), gen_random_uuid(), 1, unit(1, 0), "
        "unit(2, n %% 5), unit(3, n), unit(4, n * 10 + i %% 10), unit(4, n * 10 + i %% 10), 11, 16, 'fireworks', '{}', "
        "now(), decode(repeat('ab', 300), 'hex'), '', 1, 2, 1, now(), now() + interval '9 days', now(), i %% 2 = 0 "
        "FROM generate_series(1, %d) n, generate_series(1, %d) i; "
        "INSERT INTO clock_units (tenant_id, hazard_id, unit_id, working, wound_at) "
        "SELECT DISTINCT h.tenant_id, h.id, u.id, h.clock_working, h.clock_as_of FROM tracked_hazards h, LATERAL "
        "unnest(clock_units_of(h)) u(id); "
        "INSERT INTO clocks (tenant_id, hazard_id, next_at) SELECT tenant_id, id, clock_next_at FROM tracked_hazards",
        COUNTIES, COUNTIES, COUNTIES, HAZARDS);
    instance_sql(region, "tasks", "VACUUM ANALYZE");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

static const char *value_of(const char *name)
{
    if (strcmp(name, "context.now") == 0)
        return "now()";
    if (strcmp(name, "request.tenant_id") == 0)
        return "'00000003-0000-7000-8000-000000000007'";
    return "64";    // context.row_limit
}

static void explain(const struct pg_sql *sql, const char *wall, char *plan, size_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/explain.sql", region->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "SET client_min_messages = error; SET plan_cache_mode = force_generic_plan; SET jit = off;\n"
            "PREPARE due AS %s;\nSET ROLE anlan_tasks; BEGIN; SET LOCAL anlan.wall = '%s'; "
            "SET LOCAL anlan.scope = 'all||||';\n",
            sql->text, wall);
    for (int run = 0; run < 2; run++) {    // the second finds the catalogue warm
        fprintf(file, "%s EXECUTE due(", run ? "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF)" : "");
        for (size_t i = 0; i < sql->parameter_count; i++)
            fprintf(file, "%s%s", i ? ", " : "", value_of(sql->parameters[i]));
        fprintf(file, ");\n");
    }
    fprintf(file, "COMMIT;\n");
    fclose(file);
    if (instance_run(region, plan, size,
                     "psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_tasks -f %s 2>&1", region->dir,
                     path) != 0)
        fail_msg("%s", plan);
}

static void bounded(const char *what, const struct pg_sql *sql, const char *wall, int rows, long most)
{
    static char plan[262144];
    char answered[32];
    explain(sql, wall, plan, sizeof(plan));
    const char *line = strstr(plan, "Buffers: shared hit=");
    const char *time = strstr(plan, "Execution Time");
    long buffers = line ? strtol(line + strlen("Buffers: shared hit="), NULL, 10) : -1;
    assert_non_null(time);
    print_message("%s: %ld buffers, %.*s\n", what, buffers, (int)strcspn(time, "\n"), time);
    if (buffers < 0 || buffers > most)
        fail_msg("%s: %ld buffers, more than %ld\n%s", what, buffers, most, plan);
    if (strstr(plan, "Seq Scan on clock_units") || strstr(plan, "Seq Scan on clocks"))
        fail_msg("%s reads the table:\n%s", what, plan);
    snprintf(answered, sizeof(answered), "actual rows=%d ", rows);
    const char *top = strstr(plan, answered);
    if (!top || top > strchr(strstr(plan, "actual rows="), '\n'))
        fail_msg("%s: not %d rows\n%s", what, rows, plan);
}

static void where_all_is_wound_nothing_but_the_index_is_read(void **state)
{
    (void)state;
    bounded("nothing to wind", &tasks_sql_clock_wind_due, "follow", 0, BUFFERS);
    bounded("nothing strikes", &tasks_sql_clock_due, "follow", 0, 20);
}

static void where_much_is_to_be_wound_no_more_of_it_is_read(void **state)
{
    (void)state;
    instance_sql(region, "tasks",
                 "UPDATE clock_rules SET entered_at = now() + interval '1 second' WHERE unit_id = "
                 "'00000001-0000-7000-8000-000000000000'");
    bounded("all tenants have something to wind", &tasks_sql_clock_wind_due, "follow", COUNTIES, BUFFERS);
    bounded("what is wound", &tasks_sql_clock_wind_load, "scope", 100, CALL_BUFFERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_all_is_wound_nothing_but_the_index_is_read),
        cmocka_unit_test(where_much_is_to_be_wound_no_more_of_it_is_read),
    };
    return cmocka_run_group_tests(tests, up, down);
}

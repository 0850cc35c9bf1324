// SPDX-License-Identifier: Apache-2.0
// Search among as many units as the nation has townships: the best first, nobody else's, a bound on the buffers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "organisations_sql_statements.h"
#include "support/ask.h"

#define COPIES 33    // of the 1,346 divisions of region 15: 44,418 units

static struct instance *region;
static struct person admin;

// Names of real divisions, each copy in a county of its own numbered by the copy.
static void plant_units(void)
{
    instance_sql(
        region, "organisations",
        "SET plan_cache_mode = force_generic_plan; "    // as the service does: the trigger plans once
        "CREATE TABLE names (code text, parent text, tier text, name text); "
        "COPY names FROM '%s/deploy/data/divisions-15.csv' (FORMAT csv, HEADER); "
        "INSERT INTO units (tenant_id, id, version, kind, name, code, region_id, county_id, is_tenant, sectors, "
        "occurred_at, entered_at) "
        "SELECT '%s', gen_random_uuid(), 1, array_position(ARRAY['region','city','county','township'], tier), "
        "name || CASE WHEN c > 1 THEN c::text ELSE '' END, '', "
        "'00000001-0000-7000-8000-000000000000', "
        "('00000003-0000-7000-8000-' || lpad(c::text, 12, '0'))::uuid, false, '{}', now(), now() "
        "FROM names, generate_series(1, %d) c; "
        "VACUUM ANALYZE units; VACUUM ANALYZE unit_keys",
        getenv("ANLAN_SOURCE"), region->instance_id, COPIES);
}

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

#define at(reply, path) reply_at(region, reply, path)

static const char *search(struct person person, const char *query)
{
    return ask_well(region, person, "SearchUnits", "{'query': '%s'}", query);
}

static void expect_names(const char *query, const char *const *names)
{
    const char *page = search(admin, query);
    size_t count = 0;
    for (; names[count]; count++)
        assert_string_equal(at(page, arena_printf(&region->arena, "units.%zu.name", count)), names[count]);
    if (strtoul(at(page, "units"), NULL, 10) != count)
        fail_msg("%s: %s", query, page);
}

static void make(enum place parent, const char *kind, const char *name, const char *credit_code)
{
    ask_well(region, admin, "CreateUnit",
             "{'parentId': '%s', 'kind': 'UNIT_KIND_%s', 'name': '%s', 'creditCode': '%s'}", region->ids[parent], kind,
             name, credit_code);
}

static void the_best_match_comes_first(void **state)
{
    (void)state;
    make(COUNTY_150424, "ENTERPRISE", "林西", "");
    make(TOWNSHIP_100, "ENTERPRISE", "林西林西食品厂", "91350100M000100Y43");
    make(COUNTY_150423, "ENTERPRISE", "巴林林西商行", "");
    // Exactly so; beginning so: the county before the township before enterprises; holding it.
    expect_names("林西", (const char *const[]){"林西", "林西县", "林西镇", "林西县应急管理局", "林西某化工厂",
                                               "林西林西食品厂", "巴林林西商行", NULL});
    expect_names("应急管理", (const char *const[]){"林西县应急管理局", NULL});
    expect_names(" 化工 ", (const char *const[]){"林西某化工厂", NULL});
    expect_names("化工林", (const char *const[]){NULL});
    expect_names("150424", (const char *const[]){"林西县", "林西镇", "新城子镇", NULL});
    expect_names("91350100m0", (const char *const[]){"林西林西食品厂", NULL});
    // One character: beginnings only.
    expect_names("巴", (const char *const[]){"巴林右旗", "巴林林西商行", NULL});
    expect_names("   ", (const char *const[]){NULL});
    expect_names("%", (const char *const[]){NULL});
}

static void a_former_name_finds_its_unit(void **state)
{
    (void)state;
    const char *made =
        ask_well(region, admin, "CreateUnit",
                 "{'parentId': '%s', 'kind': 'UNIT_KIND_ENTERPRISE', 'name': '旧名铸造厂'}", region->ids[TOWNSHIP_101]);
    const char *id = at(made, "unit.id");
    ask_well(region, admin, "UpdateUnit", "{'id': '%s', 'version': 1, 'name': '新名机械厂'}", id);
    expect_names("旧名铸造", (const char *const[]){"新名机械厂", NULL});
    expect_names("机械", (const char *const[]){"新名机械厂", NULL});
    ask_well(region, admin, "RetireUnit", "{'id': '%s', 'version': 2, 'reason': '关停'}", id);
    expect_names("机械", (const char *const[]){NULL});
    const char *all = ask_well(region, admin, "SearchUnits", "{'query': '机械', 'includeRetired': true}");
    assert_string_equal(at(all, "units.0.id"), id);
}

static void nobody_finds_what_he_may_not_see(void **state)
{
    (void)state;
    struct status status = {0};
    const char *county = search(as(region, "county_officer", COUNTY_150424, "王建国"), "林西");
    assert_null(strstr(county, "巴林"));
    assert_non_null(strstr(county, "林西林西食品厂"));
    const char *clerk = search(as(region, "township_clerk", TOWNSHIP_100, "赵铁柱"), "林西");
    assert_string_equal(at(clerk, "units"), "2");    // his township and its enterprise
    const char *self = search(as(region, "enterprise_officer", ENTERPRISE, "企业安全员"), "林西");
    assert_string_equal(at(self, "units"), "1");
    ask(region, as(region, "county_officer", COUNTY_150423, "外人"), "SearchUnits", &status,
        "{'query': '林西', 'unitId': '%s'}", region->ids[COUNTY_150424]);
    assert_reason(status, UNIT_NOT_FOUND);
    // Row security alone hides the keys too.
    assert_int_equal(instance_sql(region, "organisations",
                                  "SET ROLE anlan_organisations; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                  "SET LOCAL anlan.scope = '|{%s}||'; "
                                  "SELECT count(*) FROM unit_keys WHERE county_id = '%s' OR county_id IS NULL; COMMIT",
                                  region->ids[COUNTY_150423], region->ids[COUNTY_150424]),
                     0);
}

static void pages_follow_one_another(void **state)
{
    (void)state;
    struct status status = {0};
    const char *token = "";
    char seen[2048] = "";
    size_t count = 0;
    do {
        const char *page =
            ask_well(region, admin, "SearchUnits", "{'query': '林西', 'pageSize': 2, 'pageToken': '%s'}", token);
        for (size_t i = 0; i < strtoul(at(page, "units"), NULL, 10); i++) {
            const char *id = at(page, arena_printf(&region->arena, "units.%zu.id", i));
            assert_null(strstr(seen, id));
            strncat(seen, id, sizeof(seen) - strlen(seen) - 1);
            count++;
        }
        token = at(page, "nextPageToken");
        if (*token)
            ask(region, admin, "SearchUnits", &status, "{'query': '林', 'pageToken': '%s'}", token);
        if (*token)
            assert_reason(status, CURSOR_INVALID);
    } while (*token);
    assert_int_equal(count, 7);
}

struct probe {
    const char *query;
    const char *county;    // "" for the whole instance
    long buffers;          // at most
};

static const char *value_of(const struct probe *probe, const char *name)
{
    struct arena *arena = &region->arena;
    if (strcmp(name, "request.query") == 0)
        return arena_printf(arena, "'%s'", probe->query);
    if (strcmp(name, "context.tenant_id") == 0)
        return arena_printf(arena, "'%s'", region->instance_id);
    if (strcmp(name, "context.scope_all") == 0)
        return probe->county[0] ? "false" : "true";
    if (strcmp(name, "context.scope_unit") == 0 || strcmp(name, "context.pair_unit") == 0)
        return arena_printf(arena, "'{%s}'", probe->county);
    if (strcmp(name, "context.row_limit") == 0)
        return "21";
    return strcmp(name, "request.include_retired") == 0 ? "false" : "NULL";
}

static void explain(const struct probe *probe, const char *mode, char *plan, size_t size)
{
    const struct pg_sql *sql = &organisations_sql_unit_search;
    char *path = arena_printf(&region->arena, "%s/search.sql", region->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "SET plan_cache_mode = %s;\nPREPARE page AS %s;\nSET ROLE anlan_organisations; BEGIN; "
            "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = '%s|{%s}||';\n",
            mode, sql->text, probe->county[0] ? "" : "all", probe->county);
    for (int run = 0; run < 2; run++) {    // the second finds the catalogue warm
        fprintf(file, "%s EXECUTE page(", run ? "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF)" : "");
        for (size_t i = 0; i < sql->parameter_count; i++)
            fprintf(file, "%s%s", i ? ", " : "", value_of(probe, sql->parameters[i]));
        fprintf(file, ");\n");
    }
    fprintf(file, "COMMIT;\n");
    fclose(file);
    int code = instance_run(region, plan, size,
                            "psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_organisations -f %s 2>&1 | "
                            "grep -vE '^[0-9a-f]{8}-'",
                            region->dir, path);
    if (code != 0)
        fail_msg("%s: %s", probe->query, plan);
}

static long number_behind(const char *text, const char *word)
{
    const char *found = strstr(text, word);
    return found ? strtol(found + strlen(word), NULL, 10) : 0;
}

static void a_search_reads_one_range_of_keys(void **state)
{
    (void)state;
    static char plan[262144];
    static const struct probe probes[] = {
        {"林西县", "", 800}, {"应急管理", "", 200}, {"克什克腾", "00000003-0000-7000-8000-000000000007", 800},
        {"林", "", 2500},    {"150424", "", 200},
    };
    plant_units();
    for (size_t i = 0; i < 2 * sizeof(probes) / sizeof(probes[0]); i++) {
        const struct probe *probe = &probes[i / 2];
        const char *mode = i % 2 ? "force_generic_plan" : "force_custom_plan";
        explain(probe, mode, plan, sizeof(plan));
        long buffers = number_behind(plan, "Buffers: shared hit=") + number_behind(plan, " read=");
        const char *time = strstr(plan, "Execution Time: ");
        print_message("'%s'%s, %s: %ld buffers, %.6s ms\n", probe->query, probe->county[0] ? " in a county" : "", mode,
                      buffers, time ? time + 16 : "?");
        if (buffers > probe->buffers || strstr(plan, "Seq Scan"))
            fail_msg("'%s', %s: %ld buffers\n%s", probe->query, mode, buffers, plan);
    }
}

static void a_common_word_is_found_in_time(void **state)
{
    (void)state;
    int64_t start = clock_monotonic();
    const char *page = search(admin, "街道");
    int64_t took = clock_monotonic() - start;
    print_message("'街道', which %lld names hold: %lld ms\n",
                  instance_sql(region, "organisations", "SELECT count(*) FROM units WHERE name LIKE '%%街道%%'"),
                  (long long)(took / CLOCK_MILLISECOND));
    assert_string_equal(at(page, "units"), "20");
    assert_true(took < CLOCK_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_match_comes_first),       cmocka_unit_test(a_former_name_finds_its_unit),
        cmocka_unit_test(nobody_finds_what_he_may_not_see), cmocka_unit_test(pages_follow_one_another),
        cmocka_unit_test(a_search_reads_one_range_of_keys), cmocka_unit_test(a_common_word_is_found_in_time),
    };
    return cmocka_run_group_tests(tests, up, down);
}

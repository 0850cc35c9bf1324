// SPDX-License-Identifier: Apache-2.0
// Findings become hazards exactly once, whatever is killed meanwhile: tasks and hazards end hard in turn while a team
// records, a command is repeated under its request_id and under another, and what tasks knows equals the ledger.
#include <string.h>
#include <unistd.h>

#include "support/ask.h"
#include "support/instance.h"

#define FINDINGS 60
#define INSPECTIONS 3

static struct instance *county;
static struct person clerk;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_tasks(county);
    clerk = as(county, "township_clerk", TOWNSHIP_100, "李娜");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static const char *plan(void)
{
    return reply_at(county,
                    ask_well(county, clerk, "PlanInspection",
                             "{'unitId': '%s', 'siteId': '%s', 'sector': 'fireworks', 'plannedFor': "
                             "'2026-11-26T00:00:00Z'}",
                             county->ids[TOWNSHIP_100], county->ids[TOWNSHIP_100]),
                    "inspection.id");
}

static void record(const char *inspection, int number)
{
    ask_well(county, clerk, "RecordFinding",
             "{'tenantId': '%s', 'id': '%s', 'version': %d, 'grade': 'GRADE_GENERAL', 'description': '隐患%d'}",
             county->ids[COUNTY_150424], inspection, number, number);
}

static bool all_are_hazards(struct instance *instance)
{
    return instance_sql(instance, "hazards", "SELECT count(*) FROM hazards") >= FINDINGS * INSPECTIONS;
}

static bool all_are_known(struct instance *instance)
{
    return instance_sql(instance, "tasks", "SELECT count(*) FROM tracked_hazards") ==
           instance_sql(instance, "hazards", "SELECT count(*) FROM hazards");
}

static bool eventually_longer(bool (*condition)(struct instance *instance))
{
    for (int try = 0; try < 6; try++)
        if (eventually(condition, county))
            return true;
    return false;
}

static void each_finding_is_one_hazard(void **state)
{
    (void)state;
    const char *inspections[INSPECTIONS];
    for (int i = 0; i < INSPECTIONS; i++)
        inspections[i] = plan();
    for (int n = 1; n <= FINDINGS; n++) {
        for (int i = 0; i < INSPECTIONS; i++)
            record(inspections[i], n);
        if (n % 15 == 5) {
            instance_end_hazards(county, 0, true);
            instance_start_hazards(county, 0);
        }
        if (n % 15 == 10) {
            instance_end_tasks(county, true);
            instance_start_tasks(county);
        }
    }
    assert_true(eventually_longer(all_are_hazards));
    assert_true(eventually_longer(all_are_known));
    sleep(1);    // time in which something might be done twice
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM hazards"), FINDINGS * INSPECTIONS);
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(DISTINCT external_id) FROM hazards"),
                     FINDINGS * INSPECTIONS);
    assert_int_equal(instance_changes(county, "hazards"), FINDINGS * INSPECTIONS);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
}

// The cursor is set back, as by a backup that is older than the ledger: everything is commanded again.
static void what_is_commanded_again_changes_nothing(void **state)
{
    (void)state;
    instance_end_tasks(county, true);
    instance_sql(county, "tasks", "UPDATE follow_cursors SET position = 0");
    instance_start_tasks(county);
    for (int try = 0; try < 600; try++) {
        if (instance_sql(
                county, "tasks",
                "SELECT count(*) FROM follow_cursors f JOIN heads h USING (tenant_id) WHERE source = 'tasks' AND "
                "f.position < h.position") == 0)
            break;
        usleep(50000);
    }
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM hazards"), FINDINGS * INSPECTIONS);
    // Even where the first results are forgotten, as after 30 days, the ledger knows its findings.
    instance_end_tasks(county, true);
    instance_sql(county, "hazards", "DELETE FROM results");
    instance_sql(county, "tasks", "UPDATE follow_cursors SET position = 0 WHERE source = 'tasks'");
    instance_start_tasks(county);
    sleep(3);
    assert_int_equal(instance_sql(county, "hazards", "SELECT count(*) FROM hazards"), FINDINGS * INSPECTIONS);
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM follow_stuck"), 0);
    assert_true(all_are_known(county));
}

static void both_services_verify(void **state)
{
    (void)state;
    char output[2048];
    static const char *const services[] = {"tasks", "hazards"};
    for (int i = 0; i < 2; i++)
        if (instance_run(county, output, sizeof(output), "anlan-%s verify --database='%s' 2>&1", services[i],
                         instance_conninfo(county, services[i], false)) != 0)
            fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_finding_is_one_hazard),
        cmocka_unit_test(what_is_commanded_again_changes_nothing),
        cmocka_unit_test(both_services_verify),
    };
    return cmocka_run_group_tests(tests, up, down);
}

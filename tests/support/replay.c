// SPDX-License-Identifier: Apache-2.0
#include "support/replay.h"

#include <stdio.h>
#include <string.h>

// What is made anew: all that follows from the log.
#define ALL                                                                                                            \
    "campaigns, receipts, reports, checklists, inspections, tracked_hazards, campaign_counts, draw_rules, draws, "     \
    "rechecks, clock_rules, calendars, clocks, clock_units, accidents, parties"

static bool verifies(struct instance *instance, char *output, size_t size)
{
    return instance_run(instance, output, size, "anlan-tasks verify --database='%s' 2>&1",
                        instance_conninfo(instance, "tasks", false)) == 0;
}

// A sum over all rows of the tables.
static long long sum_of(struct instance *instance, const char *tables)
{
    char list[512];
    char *next = NULL;
    long long sum = 0;
    snprintf(list, sizeof(list), "%s", tables);
    for (char *name = strtok_r(list, ", ", &next); name; name = strtok_r(NULL, ", ", &next)) {
        long long rows = instance_sql(instance, "tasks", "SELECT count(*) FROM %s", name);
        if (rows == 0)
            fail_msg("%s is empty: nothing would be shown", name);
        sum = sum * 31 + instance_sql(instance, "tasks", "SELECT sum(hashtext(t::text)::bigint) FROM %s t", name);
    }
    return sum;
}

void tasks_replay(struct instance *instance, const char *tables, const char *spoil)
{
    char output[2048];
    if (!verifies(instance, output, sizeof(output)))
        fail_msg("%s", output);
    long long before = sum_of(instance, tables);
    instance_end_tasks(instance, false);
    instance_sql(instance, "tasks", "%s", spoil);
    if (verifies(instance, output, sizeof(output)))
        fail_msg("not found: %s", spoil);
    instance_sql(instance, "tasks", "TRUNCATE " ALL);
    if (instance_run(instance, output, sizeof(output), "anlan-tasks rebuild --database='%s' 2>&1",
                     instance_conninfo(instance, "tasks", true)) != 0)
        fail_msg("%s", output);
    assert_int_equal(sum_of(instance, tables), before);
    if (!verifies(instance, output, sizeof(output)))
        fail_msg("%s", output);
    instance_start_tasks(instance);
}

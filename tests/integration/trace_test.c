// SPDX-License-Identifier: Apache-2.0
// One request's trace: from the client program's message to the line in the service's log, and nowhere in the ledger.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "rpc/trace.h"
#include "support/answers.h"
#include "support/instance.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static int up(void **state)
{
    *state = instance_start(1);
    return 0;
}

static int down(void **state)
{
    instance_stop(*state);
    return 0;
}

// A line of the service's log that holds both texts; "" if there is none within 3 s.
static const char *line_with(struct instance *instance, const char *event, const char *text)
{
    static char output[4096];
    for (int try = 0; try < 60; try++) {
        instance_run(instance, output, sizeof(output), "grep -F '%s' %s/hazards-0.log | grep -F '%s' | tail -n 1",
                     event, instance->dir, text);
        if (*output)
            return output;
        usleep(50000);
    }
    return "";
}

// GetHazard, at the first try, with a traceparent of one's own.
static struct status get_traced(struct instance *instance, const char *traceparent)
{
    struct person clerk = as(instance, "county_officer", COUNTY_150424, "张三");
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    uint8_t packed[128];
    char address[128];
    snprintf(address, sizeof(address), "ipc://%s/hazards-0", instance->dir);
    request.tenant_id = instance->ids[COUNTY_150424];
    request.id = instance->ids[COUNTY_150424];
    struct rpc_client_call call = {
        .method = "anlan.hazards.v1.HazardsService/GetHazard",
        .body = {packed, anlan__hazards__v1__get_hazard_request__pack(&request, packed)},
        .credential = clerk.credential,
        .timeout_ms = 8000,
        .traceparent = traceparent,
    };
    return answers_call(address, call, 1, NULL);
}

static void the_trace_of_a_slow_call_is_logged_and_not_kept(void **state)
{
    struct instance *instance = *state;
    struct status status = {0};
    struct person clerk = as(instance, "county_officer", COUNTY_150424, "张三");
    assert_non_null(create_hazard(instance, clerk, TOWNSHIP_100, "消防通道堵塞", NULL, &status));
    instance_hold_heads(instance, 2);
    char output[2048];
    int exit_status = instance_run(instance, output, sizeof(output),
                                   "ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 "
                                   "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s) "
                                   "anlan hazards create --unit %s --grade general --sector fireworks "
                                   "--description 灭火器过期 2>&1",
                                   instance->dir, instance->dir, instance->dir, instance->ids[COUNTY_150424],
                                   instance->ids[TOWNSHIP_100]);
    if (exit_status != 0)
        fail_msg("%s", output);
    const char *line = line_with(instance, "\"event\":\"call.slow\"", "HazardsService/CreateHazard");
    const char *trace = strstr(line, "\"trace_id\":\"");
    assert_non_null(trace);
    assert_null(strstr(line, "\"parent_id\":null"));
    char id[33];
    snprintf(id, sizeof(id), "%s", trace + strlen("\"trace_id\":\""));
    assert_int_equal(strspn(id, "0123456789abcdef"), 32);
    assert_int_equal(instance_changes(instance, "hazards"), 2);
    assert_int_equal(instance_sql(instance, "hazards",
                                  "SELECT count(*) FROM entries WHERE position('%s'::bytea in entry) > 0 OR "
                                  "position('\\x%s'::bytea in entry) > 0",
                                  id, id),
                     0);
}

static void the_client_names_the_trace_that_the_service_logged(void **state)
{
    struct instance *instance = *state;
    char output[2048];
    instance_kill_database(instance);
    int exit_status = instance_run(instance, output, sizeof(output),
                                   "ANLAN_HAZARDS=ipc://%s/hazards-0 "
                                   "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s) "
                                   "anlan --lang en --timeout 2000 hazards get --tenant %s --id %s 2>&1",
                                   instance->dir, instance->dir, instance->ids[COUNTY_150424],
                                   instance->ids[COUNTY_150424], instance->ids[COUNTY_150424]);
    assert_int_equal(exit_status, 4);
    assert_non_null(strstr(output, "UNAVAILABLE DATABASE_UNAVAILABLE"));
    const char *trace = strstr(output, "  trace ");
    assert_non_null(trace);
    char id[33];
    snprintf(id, sizeof(id), "%s", trace + strlen("  trace "));
    const char *line = line_with(instance, "\"event\":\"call.failed\"", id);
    assert_non_null(strstr(line, "\"method\":\"anlan.hazards.v1.HazardsService/GetHazard\""));
    assert_non_null(strstr(line, "\"reason\":\"DATABASE_UNAVAILABLE\""));
}

static void a_given_trace_is_continued(void **state)
{
    struct instance *instance = *state;
    assert_int_equal(get_traced(instance, "00-" TRACE "-" SPAN "-01").code, CODE(UNAVAILABLE));
    const char *line = line_with(instance, "\"event\":\"call.failed\"", "\"trace_id\":\"" TRACE "\"");
    assert_non_null(strstr(line, "\"parent_id\":\"" SPAN "\""));
    assert_null(strstr(line, "\"span_id\":\"" SPAN "\""));
}

static void without_a_good_one_the_service_begins_its_own(void **state)
{
    struct instance *instance = *state;
    static const char *const traceparents[] = {"", "00-" TRACE "-0000000000000000-01", "nonsense"};
    for (size_t i = 0; i < 3; i++) {
        char before[64];
        char after[64];
        instance_run(instance, before, sizeof(before), "grep -c '\"parent_id\":null' %s/hazards-0.log", instance->dir);
        assert_int_equal(get_traced(instance, traceparents[i]).code, CODE(UNAVAILABLE));
        instance_run(instance, after, sizeof(after), "grep -c '\"parent_id\":null' %s/hazards-0.log", instance->dir);
        assert_int_equal(strtol(after, NULL, 10), strtol(before, NULL, 10) + 1);
    }
}

// Everything fails while the database is away; the log does not drown, and says what it left out.
static void a_flood_of_failures_is_logged_in_part(void **state)
{
    struct instance *instance = *state;
    char output[64];
    sleep(1);
    instance_run(instance, output, sizeof(output), "grep -c call.failed %s/hazards-0.log", instance->dir);
    long before = strtol(output, NULL, 10);
    int64_t start = clock_monotonic();
    for (int i = 0; i < 100; i++)
        get_traced(instance, "00-" TRACE "-" SPAN "-00");
    int64_t seconds = (clock_monotonic() - start) / CLOCK_SECOND + 2;
    instance_run(instance, output, sizeof(output), "grep -c call.failed %s/hazards-0.log", instance->dir);
    long lines = strtol(output, NULL, 10) - before;
    assert_true(lines >= 20 && lines <= 20 * seconds);
    sleep(1);
    get_traced(instance, "00-" TRACE "-" SPAN "-00");
    instance_run(instance, output, sizeof(output), "grep -c '\"left_out\":[1-9]' %s/hazards-0.log", instance->dir);
    assert_true(lines == 100 || strtol(output, NULL, 10) >= 1);
    instance_restart_database(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trace_of_a_slow_call_is_logged_and_not_kept),
        cmocka_unit_test(the_client_names_the_trace_that_the_service_logged),
        cmocka_unit_test(a_given_trace_is_continued),
        cmocka_unit_test(without_a_good_one_the_service_begins_its_own),
        cmocka_unit_test(a_flood_of_failures_is_logged_in_part),
    };
    return cmocka_run_group_tests(tests, up, down);
}

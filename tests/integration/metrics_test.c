// SPDX-License-Identifier: Apache-2.0
// What Prometheus hears of a service, read by Prometheus' own parser.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/answers.h"
#include "support/instance.h"

#define GET "grpc_method=GetHazard,grpc_service=anlan.hazards.v1.HazardsService,grpc_type=unary"
#define CREATE "grpc_method=CreateHazard,grpc_service=anlan.hazards.v1.HazardsService,grpc_type=unary"

static int port;

// A port that nobody has at the moment.
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
    close(probe);
    return ntohs(address.sin_port);
}

static int up(void **state)
{
    struct instance *instance = instance_start(1);
    char text[16];
    *state = instance;
    instance_end_hazards(instance, 0, false);
    port = free_port();
    snprintf(text, sizeof(text), "%d", port);
    setenv("ANLAN_METRICS", text, 1);
    instance_start_hazards(instance, 0);
    return 0;
}

static int down(void **state)
{
    unsetenv("ANLAN_METRICS");
    instance_stop(*state);
    return 0;
}

static const char *scrape(struct instance *instance, const char *more)
{
    static char output[262144];
    int status = instance_run(instance, output, sizeof(output), "%s/tests/support/scrape %d %s 2>&1",
                              getenv("ANLAN_SOURCE"), port, more);
    if (status != 0)
        fail_msg("%s", output);
    return output;
}

// The value of a sample; -1 where there is none.
static double value_of(const char *scraped, const char *name, const char *labels)
{
    char line[512];
    snprintf(line, sizeof(line), "\n%s %s ", name, labels);
    const char *found = strstr(scraped, line);
    return found ? strtod(found + strlen(line), NULL) : -1;
}

static void calls_are_counted_by_method_and_code(void **state)
{
    struct instance *instance = *state;
    struct status status = {0};
    struct person clerk = as(instance, "county_officer", COUNTY_150424, "张三");
    const char *before = scrape(instance, "");
    assert_int_equal(value_of(before, "grpc_server_started_total", CREATE), 0);
    assert_int_equal(value_of(before, "grpc_server_handled_total", "grpc_code=OK," CREATE), 0);
    for (int i = 0; i < 3; i++)
        assert_non_null(create_hazard(instance, clerk, TOWNSHIP_100, "安全出口锁闭", NULL, &status));
    char output[1024];
    instance_run(instance, output, sizeof(output),
                 "ANLAN_HAZARDS=ipc://%s/hazards-0 ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer "
                 "--unit %s) anlan hazards get --tenant %s --id %s 2>&1",
                 instance->dir, instance->dir, instance->ids[COUNTY_150424], instance->ids[COUNTY_150424],
                 instance->ids[COUNTY_150424]);
    const char *after = scrape(instance, "");
    assert_int_equal(value_of(after, "grpc_server_started_total", CREATE), 3);
    assert_int_equal(value_of(after, "grpc_server_handled_total", "grpc_code=OK," CREATE), 3);
    assert_int_equal(value_of(after, "grpc_server_handling_seconds_count", CREATE), 3);
    double sum = value_of(after, "grpc_server_handling_seconds_sum", CREATE);
    assert_true(sum > 0.0001 && sum < 30);
    assert_int_equal(value_of(after, "grpc_server_handled_total", "grpc_code=NotFound," GET), 1);
    assert_int_equal(value_of(after, "grpc_server_handled_total", "grpc_code=OK," GET), 0);
    assert_int_equal(value_of(after, "anlan_log_entries_total", ""), 3);
    assert_true(value_of(after, "anlan_batch_calls_sum", "kind=write") >= 3);
    assert_true(value_of(after, "anlan_batch_calls_sum", "kind=read") >= 1);
}

// Whatever a stranger calls a method, one counter is kept for all of it.
static void unknown_methods_are_counted_together(void **state)
{
    struct instance *instance = *state;
    char address[128];
    snprintf(address, sizeof(address), "ipc://%s/hazards-0", instance->dir);
    static const char *const names[] = {"a/b", "", "no slash at all", "x\"} 1\ny/z"};
    for (size_t i = 0; i < 4; i++) {
        struct rpc_client_call call = {.method = names[i], .timeout_ms = 3000};
        struct status status = answers_call(address, call, 1, NULL);
        assert_int_equal(status.code, ANLAN__RPC__V1__CODE__CODE_UNIMPLEMENTED);
    }
    const char *after = scrape(instance, "");
    assert_int_equal(value_of(after, "grpc_server_handled_total",
                              "grpc_code=Unimplemented,grpc_method=unknown,grpc_service=unknown,grpc_type=unary"),
                     4);
}

static void lanes_mirror_and_process_are_told(void **state)
{
    struct instance *instance = *state;
    const char *scraped = scrape(instance, "");
    assert_int_equal(value_of(scraped, "anlan_lane_connected", "lane=write-1"), 1);
    assert_int_equal(value_of(scraped, "anlan_lane_connected", "lane=read-2"), 1);
    assert_int_equal(value_of(scraped, "anlan_lane_queue_calls", "lane=write-1"), 0);
    assert_int_equal(value_of(scraped, "anlan_directory_position", ""),
                     instance_sql(instance, "organisations", "SELECT max(position) FROM entries WHERE " OF_CHANGES));
    double age = value_of(scraped, "anlan_directory_age_seconds", "");
    assert_true(age >= 0 && age < 5);
    assert_true(value_of(scraped, "process_resident_memory_bytes", "") > 1e6);
    assert_true(value_of(scraped, "process_open_fds", "") > 5);
    assert_true(value_of(scraped, "process_cpu_seconds_total", "") > 0);
    assert_true(value_of(scraped, "process_start_time_seconds", "") > 1.6e9);
    assert_true(strstr(scraped, "\nanlan_build_info service=hazards,version=") != NULL);
    // A queue that grows: nobody gets at the heads.
    instance_hold_heads(instance, 5);
    char output[1024];
    instance_run(
        instance, output, sizeof(output),
        "for n in 1 2 3 4 5 6; do ANLAN_HAZARDS=ipc://%s/hazards-0 ANLAN_TOKEN=$(anlan token --keys %s/keys --role "
        "county_officer --unit %s) anlan --timeout 8000 hazards create --unit %s --grade general --sector "
        "fireworks --description 通道堵塞 >/dev/null 2>&1 & done; sleep 1",
        instance->dir, instance->dir, instance->ids[COUNTY_150424], instance->ids[TOWNSHIP_100]);
    scraped = scrape(instance, "");
    double started = value_of(scraped, "grpc_server_started_total", CREATE);
    double handled = value_of(scraped, "grpc_server_handled_total", "grpc_code=OK," CREATE);
    assert_true(started - handled >= 2);    // they are under way
    instance_release_heads(instance);
}

static void http_answers_metrics_and_nothing_else(void **state)
{
    struct instance *instance = *state;
    assert_memory_equal(scrape(instance, "/metrics GET"), "status 200 text/plain; version=0.0.4", 35);
    assert_memory_equal(scrape(instance, "/metrics HEAD"), "status 200 ", 11);
    assert_memory_equal(scrape(instance, "/ GET"), "status 404 ", 11);
    assert_memory_equal(scrape(instance, "/../etc/passwd GET"), "status 404 ", 11);
    assert_memory_equal(scrape(instance, "/metrics POST"), "status 405 ", 11);
    assert_memory_equal(scrape(instance, "/metrics DELETE"), "status 405 ", 11);
}

// Another address than asked for would be worse than none.
static void an_address_that_cannot_be_had_stops_the_service(void **state)
{
    struct instance *instance = *state;
    static const char *const addresses[] = {NULL, "localhost:9464", "127.0.0.1:0", "127.0.0.1:70000", "[::1:9464", "x"};
    for (size_t i = 0; i < 6; i++) {
        char taken[32];
        char output[4096];
        snprintf(taken, sizeof(taken), "127.0.0.1:%d", port);
        int status = instance_run(instance, output, sizeof(output),
                                  "timeout 20 anlan-hazards serve --metrics=%s --keys=%s/keys --database='%s' "
                                  "--listen=ipc://%s/m --feed=ipc://%s/m.feed --health=ipc://%s/m.health "
                                  "--directory=ipc://%s/organisations-0.feed 2>&1",
                                  addresses[i] ? addresses[i] : taken, instance->dir,
                                  instance_conninfo(instance, "hazards", false), instance->dir, instance->dir,
                                  instance->dir, instance->dir);
        if (status != 1 || !strstr(output, "\"event\":\"metrics.failed\""))
            fail_msg("%s: %d %s", addresses[i] ? addresses[i] : taken, status, output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_counted_by_method_and_code),
        cmocka_unit_test(unknown_methods_are_counted_together),
        cmocka_unit_test(lanes_mirror_and_process_are_told),
        cmocka_unit_test(http_answers_metrics_and_nothing_else),
        cmocka_unit_test(an_address_that_cannot_be_had_stops_the_service),
    };
    return cmocka_run_group_tests(tests, up, down);
}

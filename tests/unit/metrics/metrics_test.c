// SPDX-License-Identifier: Apache-2.0
// Counters under many threads, and what they cost.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "metrics/metrics.h"

#define THREADS 4
#define ROUNDS 200000

static struct metrics_histogram shared;
static _Atomic int64_t counter;

static void *count(void *argument)
{
    (void)argument;
    for (int64_t i = 0; i < ROUNDS; i++) {
        metrics_add(&counter, 1);
        metrics_observe(&shared, &metrics_sizes, i % 300);
    }
    return NULL;
}

static void no_observation_is_lost_between_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t total = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i <= metrics_sizes.count; i++)
        total += shared.counts[i];
    assert_int_equal(counter, THREADS * ROUNDS);
    assert_int_equal(total, THREADS * ROUNDS);
    int64_t sum = 0;
    for (int64_t i = 0; i < ROUNDS; i++)
        sum += i % 300;
    assert_int_equal(shared.sum, THREADS * sum);
}

static const char *written(const struct metrics_histogram *histogram, const struct metrics_bounds *bounds)
{
    static char text[4096];
    FILE *out = fmemopen(text, sizeof(text), "w");
    metrics_histogram(out, "h", "a=\"b\"", histogram, bounds);
    fclose(out);
    return text;
}

static void a_value_on_a_bound_is_within_it(void **state)
{
    (void)state;
    struct metrics_histogram histogram = {0};
    static const int64_t values[] = {0, 1, 2, 3, 256, 257};
    for (size_t i = 0; i < 6; i++)
        metrics_observe(&histogram, &metrics_sizes, values[i]);
    assert_string_equal(
        written(&histogram, &metrics_sizes),
        "h_bucket{a=\"b\",le=\"1\"} 2\nh_bucket{a=\"b\",le=\"2\"} 3\nh_bucket{a=\"b\",le=\"4\"} 4\n"
        "h_bucket{a=\"b\",le=\"8\"} 4\nh_bucket{a=\"b\",le=\"16\"} 4\nh_bucket{a=\"b\",le=\"32\"} 4\n"
        "h_bucket{a=\"b\",le=\"64\"} 4\nh_bucket{a=\"b\",le=\"128\"} 4\nh_bucket{a=\"b\",le=\"256\"} 5\n"
        "h_bucket{a=\"b\",le=\"+Inf\"} 6\nh_sum{a=\"b\"} 519\nh_count{a=\"b\"} 6\n");
}

static void durations_are_told_in_seconds(void **state)
{
    (void)state;
    struct metrics_histogram histogram = {0};
    metrics_observe(&histogram, &metrics_durations, 1500);
    const char *text = written(&histogram, &metrics_durations);
    assert_non_null(strstr(text, "h_bucket{a=\"b\",le=\"0.001\"} 0\n"));
    assert_non_null(strstr(text, "h_bucket{a=\"b\",le=\"0.0025\"} 1\n"));
    assert_non_null(strstr(text, "h_sum{a=\"b\"} 0.0015\n"));
}

static void large_counters_are_told_in_full(void **state)
{
    (void)state;
    char text[64];
    FILE *out = fmemopen(text, sizeof(text), "w");
    metrics_sample(out, "c", "", 12345678901234.0);
    fclose(out);
    assert_string_equal(text, "c 12345678901234\n");
}

// Processor time of this thread in nanoseconds: what others do on the machine does not count.
static double spent(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

// What a call pays: its start, its end, its duration. A call of the ledger takes 20 µs of a processor at the least.
static void a_call_costs_less_than_its_hundredth(void **state)
{
    (void)state;
    double begun = spent();
    for (int64_t i = 0; i < ROUNDS; i++) {
        metrics_add(&counter, 1);
        metrics_add(&counter, 1);
        metrics_observe(&shared, &metrics_durations, clock_monotonic() & 0xfffff);
    }
    double each = (spent() - begun) / ROUNDS;
    print_message("%.0f ns for each call\n", each);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(each < 400);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_observation_is_lost_between_threads), cmocka_unit_test(a_value_on_a_bound_is_within_it),
        cmocka_unit_test(durations_are_told_in_seconds),          cmocka_unit_test(large_counters_are_told_in_full),
        cmocka_unit_test(a_call_costs_less_than_its_hundredth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

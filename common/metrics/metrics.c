// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

#include <math.h>

// clang-format off
const struct metrics_bounds metrics_durations = {
    .unit = 1e-6, .count = 14,
    .bounds = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000},
};
const struct metrics_bounds metrics_sizes = {.unit = 1, .count = 9, .bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256}};
// clang-format on

void metrics_observe(struct metrics_histogram *histogram, const struct metrics_bounds *bounds, int64_t value)
{
    size_t i = 0;
    while (i < bounds->count && value > bounds->bounds[i])
        i++;
    metrics_add(&histogram->counts[i], 1);
    metrics_add(&histogram->sum, value);
}

void metrics_family(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

// Whole numbers in full: %g would round large counters.
static void write_number(FILE *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        fprintf(out, "%.0f\n", value);
    else
        fprintf(out, "%.9g\n", value);
}

void metrics_sample(FILE *out, const char *name, const char *labels, double value)
{
    fprintf(out, *labels ? "%s{%s} " : "%s%s ", name, labels);
    write_number(out, value);
}

void metrics_histogram(FILE *out, const char *name, const char *labels, const struct metrics_histogram *histogram,
                       const struct metrics_bounds *bounds)
{
    const char *comma = *labels ? "," : "";
    // Read while others count: a sample's sum may be ahead of its count, never a bucket of the next.
    int64_t total = 0;
    for (size_t i = 0; i < bounds->count; i++) {
        total += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        fprintf(out, "%s_bucket{%s%sle=\"%g\"} %lld\n", name, labels, comma, (double)bounds->bounds[i] * bounds->unit,
                (long long)total);
    }
    total += atomic_load_explicit(&histogram->counts[bounds->count], memory_order_relaxed);
    fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %lld\n", name, labels, comma, (long long)total);
    fprintf(out, *labels ? "%s_sum{%s} " : "%s_sum%s ", name, labels);
    write_number(out, (double)atomic_load_explicit(&histogram->sum, memory_order_relaxed) * bounds->unit);
    fprintf(out, *labels ? "%s_count{%s} %lld\n" : "%s_count%s %lld\n", name, labels, (long long)total);
}

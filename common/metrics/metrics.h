// SPDX-License-Identifier: Apache-2.0
// What a process counts, and how it is told: Prometheus' text format, version 0.0.4. Counting is an atomic addition or
// two, without a lock; telling walks what there is.
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define METRICS_BOUNDS_MOST 16

// Upper bounds of a histogram's buckets, ascending, in whole units of what is observed; `unit` makes them what is told:
// 1e-6 for microseconds told as seconds.
struct metrics_bounds {
    double unit;
    size_t count;
    int64_t bounds[METRICS_BOUNDS_MOST];
};

// Durations of calls, in microseconds, from 0.5 ms to 10 s.
extern const struct metrics_bounds metrics_durations;
// Numbers of what goes together, from 1 to 256.
extern const struct metrics_bounds metrics_sizes;

// Starts as zero.
struct metrics_histogram {
    _Atomic int64_t counts[METRICS_BOUNDS_MOST + 1];    // the last one: above all bounds
    _Atomic int64_t sum;
};

// Adds to a counter. Thread-safe, lock-free.
static inline void metrics_add(_Atomic int64_t *counter, int64_t value)
{
    atomic_fetch_add_explicit(counter, value, memory_order_relaxed);
}

// Notes an observation. Thread-safe, lock-free: two additions.
void metrics_observe(struct metrics_histogram *histogram, const struct metrics_bounds *bounds, int64_t value);

// Writes the two lines in front of a metric's samples. `type`: counter, gauge or histogram. Each metric once.
void metrics_family(FILE *out, const char *name, const char *type, const char *help);

// Writes a sample. `labels` stand between the braces as they are ("lane=\"read\""): values are words of ours that need
// no escape; "" for none.
void metrics_sample(FILE *out, const char *name, const char *labels, double value);

// Writes a histogram's samples.
void metrics_histogram(FILE *out, const char *name, const char *labels, const struct metrics_histogram *histogram,
                       const struct metrics_bounds *bounds);

// Writes what every process tells of itself (process_cpu_seconds_total, process_resident_memory_bytes, …) from /proc;
// what cannot be read is left out.
void metrics_process(FILE *out);

// SPDX-License-Identifier: Apache-2.0
// Time. Wall-clock times are microseconds since 1970-01-01T00:00:00Z without
// leap seconds, as PostgreSQL's precision is; intervals use the monotonic clock.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

// Microseconds since 1970, UTC.
typedef int64_t clock_time;

#define CLOCK_MILLISECOND INT64_C(1000)
#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_DAY (86400 * CLOCK_SECOND)

// The first and last time that PostgreSQL's timestamptz and RFC 3339 share:
// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z.
#define CLOCK_FIRST (-INT64_C(62135596800) * CLOCK_SECOND)
#define CLOCK_LAST (INT64_C(253402300800) * CLOCK_SECOND - 1)

// The wall clock.
clock_time clock_now(void);

// The monotonic clock in microseconds; only differences mean anything.
int64_t clock_monotonic(void);

// The monotonic time `milliseconds` from now, and a condition variable that counts
// by that clock, for pthread_cond_timedwait.
struct timespec clock_after(int milliseconds);
void clock_condition_init(pthread_cond_t *condition);

// Bytes of a formatted time with its NUL.
#define CLOCK_TEXT_SIZE sizeof("2026-11-23T08:00:00.000000Z")

// Writes `time` as RFC 3339 in UTC, with as few fractional digits (0, 3, 6) as
// it needs.
void clock_format(clock_time time, char text[CLOCK_TEXT_SIZE]);

// Reads an RFC 3339 time with any offset; digits past microseconds are dropped.
// False, and *time untouched, if it is not one or out of range.
bool clock_parse(const char *text, clock_time *time);

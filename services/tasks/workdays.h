// SPDX-License-Identifier: Apache-2.0
// Days and working days in China, by calendars that are data. Pure. A day is counted from 1970 in China's time.
#pragma once

#include "anlan/tasks/v1/clocks.pb-c.h"
#include "base/clock.h"

// The calendars that hold at a place, the nearest of each year.
struct workdays {
    const Anlan__Tasks__V1__Calendar *const *calendars;
    size_t count;
    int32_t missing_year;    // a year that was asked for and has no calendar, the first one; 0: none
};

// The day of a time.
int32_t workdays_day(clock_time time);

// A day as "2026-10-01". False for anything else.
bool workdays_parse(const char *text, int32_t *day);

// The year of a day.
int32_t workdays_year(int32_t day);

// True for a day that is worked: none that is off, no Saturday or Sunday that is not worked. Without a calendar of its
// year Saturdays and Sundays alone are off, and missing_year says so.
bool workdays_is(struct workdays *calendars, int32_t day);

// The same time of the day, so many days away: before where it is negative; working days where they are asked for.
clock_time workdays_away(struct workdays *calendars, clock_time from, int32_t days, bool working);

// SPDX-License-Identifier: Apache-2.0
#include "workdays.h"

#include <stdio.h>
#include <string.h>

#define CHINA (8 * 3600 * CLOCK_SECOND)
#define DAY (86400 * CLOCK_SECOND)
#define TEXT_SIZE 32

int32_t workdays_day(clock_time time)
{
    clock_time local = time + CHINA;
    return (int32_t)((local >= 0 ? local : local - DAY + 1) / DAY);
}

bool workdays_parse(const char *text, int32_t *day)
{
    char full[TEXT_SIZE];
    clock_time time = 0;
    if (strlen(text) != strlen("2026-10-01"))
        return false;
    snprintf(full, sizeof(full), "%sT00:00:00+08:00", text);
    if (!clock_parse(full, &time))
        return false;
    *day = workdays_day(time);
    return true;
}

int32_t workdays_year(int32_t day)
{
    char text[CLOCK_TEXT_SIZE];
    int32_t year = 0;
    clock_format((clock_time)day * DAY, text);
    sscanf(text, "%d", &year);
    return year;
}

static bool has(char *const *days, size_t count, int32_t day)
{
    int32_t other = 0;
    for (size_t i = 0; i < count; i++)
        if (workdays_parse(days[i], &other) && other == day)
            return true;
    return false;
}

static const Anlan__Tasks__V1__Calendar *calendar_of(struct workdays *calendars, int32_t year)
{
    for (size_t i = 0; i < calendars->count; i++)
        if (calendars->calendars[i]->year == year)
            return calendars->calendars[i];
    if (calendars->missing_year == 0)
        calendars->missing_year = year;
    return NULL;
}

bool workdays_is(struct workdays *calendars, int32_t day)
{
    const Anlan__Tasks__V1__Calendar *calendar = calendar_of(calendars, workdays_year(day));
    int32_t weekday = ((day + 4) % 7 + 7) % 7;    // the first day of 1970 was a Thursday
    bool weekend = weekday == 0 || weekday == 6;
    if (!calendar)
        return !weekend;
    return weekend ? has(calendar->worked, calendar->n_worked, day) : !has(calendar->off, calendar->n_off, day);
}

clock_time workdays_away(struct workdays *calendars, clock_time from, int32_t days, bool working)
{
    int32_t step = days < 0 ? -1 : 1;
    int32_t left = days < 0 ? -days : days;
    clock_time at = from;
    while (left > 0) {
        at += step * DAY;
        if (!working || workdays_is(calendars, workdays_day(at)))
            left--;
    }
    return at;
}

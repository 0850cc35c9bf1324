// SPDX-License-Identifier: Apache-2.0
#include "dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

// China's time, the whole year round.
#define CHINA (8 * 3600 * CLOCK_SECOND)
#define LAST_SECOND (CLOCK_DAY - CLOCK_SECOND)
// 1970-01-01 as Excel counts days from 1899-12-30.
#define EXCEL_EPOCH 25569
#define EXCEL_FIRST 20000    // 1954
#define EXCEL_LAST 80000     // 2119

static bool read_clock(const char *text, int *hour, int *minute, int *second)
{
    int used = 0;
    text += strspn(text, " T");
    *hour = *minute = *second = 0;
    if (*text == '\0')
        return true;
    if (sscanf(text, "%2d:%2d%n", hour, minute, &used) != 2)
        return false;
    text += used;
    used = 0;
    if (*text == ':' && sscanf(text, ":%2d%n", second, &used) == 1)
        text += used;
    return *text == '\0' && *hour < 24 && *minute < 60 && *second < 60;
}

static bool read_calendar(const char *text, clock_time *time, bool *whole_day)
{
    static const char *const forms[] = {"%4d-%2d-%2d%n", "%4d/%2d/%2d%n", "%4d.%2d.%2d%n", "%4d年%2d月%2d日%n"};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
        char full[64];
        if (sscanf(text, forms[i], &year, &month, &day, &used) != 3 || used == 0)
            continue;
        if (!read_clock(text + used, &hour, &minute, &second))
            return false;
        *whole_day = text[used + (int)strspn(text + used, " ")] == '\0';
        snprintf(full, sizeof(full), "%04d-%02d-%02dT%02d:%02d:%02d+08:00", year, month, day, hour, minute, second);
        return clock_parse(full, time);    // knows how long months are
    }
    return false;
}

static bool read_excel(const char *text, clock_time *time, bool *whole_day)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || number < EXCEL_FIRST || number >= EXCEL_LAST || text[0] == '+')
        return false;
    long days = (long)number;
    clock_time part = (clock_time)((number - (double)days) * 86400 + 0.5) * CLOCK_SECOND;
    *time = (days - EXCEL_EPOCH) * CLOCK_DAY - CHINA + part;
    *whole_day = part == 0;
    return true;
}

bool dates_read(const char *text, clock_time *time, bool *whole_day)
{
    *whole_day = false;
    return clock_parse(text, time) || read_calendar(text, time, whole_day) || read_excel(text, time, whole_day);
}

// The end of the day of a time.
static clock_time end_of_day(clock_time time)
{
    clock_time local = time + CHINA;
    return local - local % CLOCK_DAY + LAST_SECOND - CHINA;
}

static bool read_days(const char *text, clock_time from, clock_time *time)
{
    static const char *const units[] = {"天", "日", " days", " day", "天内", "日内"};
    static const char *const at_once[] = {"立即", "当场", "即时", "立即整改", "当日", "当天"};
    char *end = NULL;
    long days = strtol(text, &end, 10);
    for (size_t i = 0; i < COUNT_OF(at_once); i++)
        if (strcmp(text, at_once[i]) == 0) {
            *time = end_of_day(from);
            return true;
        }
    for (size_t i = 0; end != text && days > 0 && days <= 3650 && i < COUNT_OF(units); i++)
        if (strcmp(end, units[i]) == 0) {
            *time = end_of_day(from + days * CLOCK_DAY);
            return true;
        }
    return false;
}

bool dates_read_deadline(const char *text, clock_time from, clock_time *time)
{
    bool whole_day = false;
    if (read_days(text, from, time))
        return true;
    if (!dates_read(text, time, &whole_day))
        return false;
    if (whole_day)
        *time += LAST_SECOND;
    return true;
}

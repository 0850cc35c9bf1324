// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

clock_time clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (clock_time)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

int64_t clock_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

struct timespec clock_after(int milliseconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

void clock_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

// Days since 1970 of a date of the proleptic Gregorian calendar, and back (Howard Hinnant's algorithms).
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

void clock_format(clock_time time, char text[CLOCK_TEXT_SIZE])
{
    if (time < CLOCK_FIRST)
        time = CLOCK_FIRST;
    if (time > CLOCK_LAST)
        time = CLOCK_LAST;
    int64_t days = time / CLOCK_DAY - (time % CLOCK_DAY < 0);
    int64_t left = time - days * CLOCK_DAY;
    int year = 0;
    int month = 0;
    int day = 0;
    date_from_days(days, &year, &month, &day);
    int seconds = (int)(left / CLOCK_SECOND);
    int micros = (int)(left % CLOCK_SECOND);
    char buffer[80];
    int used = snprintf(buffer, sizeof(buffer), "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, seconds / 3600,
                        seconds / 60 % 60, seconds % 60);
    if (micros % 1000 != 0)
        used += snprintf(buffer + used, sizeof(buffer) - (size_t)used, ".%06d", micros);
    else if (micros != 0)
        used += snprintf(buffer + used, sizeof(buffer) - (size_t)used, ".%03d", micros / 1000);
    snprintf(buffer + used, sizeof(buffer) - (size_t)used, "Z");
    memcpy(text, buffer, CLOCK_TEXT_SIZE - 1);
    text[CLOCK_TEXT_SIZE - 1] = '\0';
}

// Reads exactly `digits` digits.
static bool take_number(const char **at, int digits, int *value)
{
    int number = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
    }
    *at += digits;
    *value = number;
    return true;
}

static bool take_char(const char **at, const char *choices)
{
    if (**at == '\0' || !strchr(choices, **at))
        return false;
    (*at)++;
    return true;
}

static bool take_date(const char **at, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_number(at, 4, &year) || !take_char(at, "-") || !take_number(at, 2, &month) || !take_char(at, "-") ||
        !take_number(at, 2, &day))
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] + (month == 2 && leap))
        return false;
    *days = days_from_date(year, month, day);
    return true;
}

static bool take_time(const char **at, int64_t *micros)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!take_number(at, 2, &hour) || !take_char(at, ":") || !take_number(at, 2, &minute) || !take_char(at, ":") ||
        !take_number(at, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t fraction = 0;
    if (take_char(at, ".")) {
        int64_t unit = 100000;
        if (**at < '0' || **at > '9')
            return false;
        for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
            fraction += (**at - '0') * unit;
    }
    *micros = ((hour * 60 + minute) * 60 + second) * CLOCK_SECOND + fraction;
    return true;
}

static bool take_offset(const char **at, int64_t *micros)
{
    int hours = 0;
    int minutes = 0;
    *micros = 0;
    if (take_char(at, "Zz"))
        return true;
    bool west = **at == '-';
    if (!take_char(at, "+-") || !take_number(at, 2, &hours) || !take_char(at, ":") || !take_number(at, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *micros = (hours * 60 + minutes) * 60 * CLOCK_SECOND * (west ? -1 : 1);
    return true;
}

bool clock_parse(const char *text, clock_time *time)
{
    int64_t days = 0;
    int64_t micros = 0;
    int64_t offset = 0;
    if (!take_date(&text, &days) || !take_char(&text, "Tt ") || !take_time(&text, &micros) ||
        !take_offset(&text, &offset) || *text != '\0')
        return false;
    clock_time parsed = days * CLOCK_DAY + micros - offset;
    if (parsed < CLOCK_FIRST || parsed > CLOCK_LAST)
        return false;
    *time = parsed;
    return true;
}

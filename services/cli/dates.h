// SPDX-License-Identifier: Apache-2.0
// Dates as offices write them in their sheets.
#pragma once

#include <stdbool.h>

#include "base/clock.h"

// Reads a day or a time in China's time: 2025-01-03, 2025/1/3, 2025.1.3, 2025年1月3日, each perhaps with 08:30 or
// 08:30:15 behind it; a number of Excel (45660 is 2025-01-03); RFC 3339. *whole_day tells that no time of the day was
// given: *time is then the day's beginning. False for anything else.
bool dates_read(const char *text, clock_time *time, bool *whole_day);

// The same for a time by which something is to be done: also a number of days behind `from` (3天, 3日, 3 days), or at
// once (立即, 当场, 即时: the end of that day). A day means its end.
bool dates_read_deadline(const char *text, clock_time from, clock_time *time);

// SPDX-License-Identifier: Apache-2.0
// The way of an urgent report up the tiers: its steps and their clocks. Pure.
#pragma once

#include "anlan/notifications/v1/report.pb-c.h"
#include "service/service.h"

#define ACTION(name) ANLAN__NOTIFICATIONS__V1__REPORT_ACTION__REPORT_ACTION_##name
#define LINE(name) ANLAN__NOTIFICATIONS__V1__REPORT_LINE__REPORT_LINE_##name

typedef Anlan__Notifications__V1__UrgentReport report;
typedef Anlan__Notifications__V1__ReportStep report_step;

// The tiers by their levels: "region", "city", "county".
int report_steps_level(const char *tier);
const char *report_steps_tier(int level);

// The settings that hold at a place: those of the nearest unit on the way up; NULL where there are none. Memory from
// the input's arena.
const Anlan__Notifications__V1__ReportClocks *report_steps_clocks(const struct service_rule_input *input,
                                                                  const struct directory_place *place);

// Makes `now->detail` a copy of its own, whose steps may be changed. False where the arena is full.
bool report_steps_copy(const struct service_rule_input *input, report *now);

// Sends the report to a unit of a tier, by one line or both; nothing where it has gone there. False where the arena is
// full.
bool report_steps_send(const struct service_rule_input *input, report *now,
                       const Anlan__Notifications__V1__ReportClocks *clocks, int level, bool government,
                       bool department);

// Sends it to the first tier above who reports.
bool report_steps_begin(const struct service_rule_input *input, report *now,
                        const Anlan__Notifications__V1__ReportClocks *clocks);

// True if the tier of a step must still report upward.
bool report_steps_goes_on(const report *now, const report_step *step);

// Sets every step's clock, the report's own, and whether it has arrived.
void report_steps_wind(const struct service_rule_input *input, report *now);

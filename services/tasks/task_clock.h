// SPDX-License-Identifier: Apache-2.0
// The clock of a tracked hazard: when it strikes, and that it has struck. Pure.
//
// Its times are computed when the hazard changes: nearly due before the deadline, overdue behind it, by the rule of the
// nearest unit up the tree. How many of them have struck (clock_stage) never falls but with another deadline: neither a
// restart nor a clock that was set back lets one strike again. What was missed while nobody was there strikes once, as
// the latest of it.
#pragma once

#include "anlan/tasks/v1/tracking.pb-c.h"
#include "service/service.h"
#include "task_life.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__TrackedHazard tracked;

// Winds the clock of a hazard as it is now. `was` is what was known before; NULL: nothing. False where the arena is
// full.
bool task_clock_wind(const struct service_rule_input *input, const Anlan__Tasks__Facts__ClockFacts *facts,
                     const tracked *was, tracked *now);

// What the clock strikes at this time: REMIND or OVERDUE, and it is moved; UNSPECIFIED: nothing.
task_action task_clock_strike(tracked *now, clock_time time);

// SPDX-License-Identifier: Apache-2.0
// The clock of a tracked hazard: when it strikes, and that it has struck. Pure.
//
// Its times are computed when the hazard changes, and when a rule or a calendar is set that holds for it: nearly due
// before the deadline, overdue behind it, by the rule of the nearest unit up the tree. `clock_as_of` says by what: all
// that holds for it and had been entered by then was known, as one statement read it, so what is entered later winds it
// anew, once, also where another rule stays the nearest. (Two rules of one path that are entered within the same
// moment, the later one first to be seen: a hazard that changes just then may miss the earlier one until it changes.)
//
// How many of its times have struck (clock_stage) never falls but with another deadline or another rule: neither a
// restart nor a clock that was set back lets one strike again. What was missed while nobody was there strikes once, as
// the latest of it. The times of another rule have struck as far as they are not later than the last one that has:
// nothing strikes twice for the same moment, a moment that no rule had before strikes, and of those that are past only
// the latest. By the same rule, whose times a calendar has moved, as many have struck as had.
#pragma once

#include "anlan/tasks/v1/clocks.pb-c.h"
#include "anlan/tasks/v1/tracking.pb-c.h"
#include "service/service.h"
#include "task_life.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__TrackedHazard tracked;

// By what clocks are wound. Begins with the facts alone, which may be NULL; the rest is unpacked when the first clock
// needs it.
struct task_clock_book {
    const Anlan__Tasks__Facts__ClockFacts *facts;
    bool open;
    const Anlan__Tasks__V1__ClockRule **rules;
    size_t rule_count;
    const Anlan__Tasks__V1__Calendar **calendars;
    size_t calendar_count;
};

// Winds the clock of a hazard as it is now; its detail is its own. `was` is what was known before; NULL: nothing. False
// where the arena is full.
bool task_clock_wind(const struct service_rule_input *input, struct task_clock_book *book, const tracked *was,
                     tracked *now);

// Winds a clock by what has been set since, or by the units that are above its own since one was moved; `now` is a
// shallow copy of `was`. False where nothing has changed, or the arena is full.
bool task_clock_wind_anew(const struct service_rule_input *input, struct task_clock_book *book, const tracked *was,
                          tracked *now);

// What the clock strikes at this time: REMIND or OVERDUE, and it is moved; UNSPECIFIED: nothing, or the arena is full.
task_action task_clock_strike(tracked *now, clock_time time, struct arena *arena);

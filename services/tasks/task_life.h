// SPDX-License-Identifier: Apache-2.0
// The lives of the records of tasks: what leads where, by kind, and the only way to move a record. All records have the
// same head of fields; task_record.h sets it.
#pragma once

#include "anlan/tasks/v1/task.pb-c.h"
#include "service/service.h"

typedef Anlan__Tasks__V1__State task_state;
typedef Anlan__Tasks__V1__Action task_action;

#define STATE(name) ANLAN__TASKS__V1__STATE__STATE_##name
#define ACTION(name) ANLAN__TASKS__V1__ACTION__ACTION_##name

// row(kind, state before, action, state). The kind is the record's table; UNSPECIFIED: it is new. The drawing in
// README.md and the function task_life_allows of the migrations say the same; tests/unit/tasks/task_life_test.c holds
// them together.
// clang-format off
#define TASK_LIVES(row)                       \
    row(campaigns, UNSPECIFIED, ISSUE, OPEN)  \
    row(campaigns, UNSPECIFIED, RECEIVE, OPEN)\
    row(campaigns, OPEN, DEPLOY, OPEN)        \
    row(campaigns, OPEN, EXTEND, OPEN)        \
    row(campaigns, OPEN, ADOPT, OPEN)         \
    row(campaigns, OPEN, END, ENDED)          \
    row(campaigns, UNSPECIFIED, COPY, OPEN)   \
    row(campaigns, UNSPECIFIED, COPY, ENDED)  \
    row(campaigns, OPEN, COPY, OPEN)          \
    row(campaigns, OPEN, COPY, ENDED)         \
    row(receipts, UNSPECIFIED, RECEIVE, RECEIVED) \
    row(reports, UNSPECIFIED, REPORT, REPORTED)   \
    row(reports, REPORTED, CORRECT, REPORTED)     \
    row(checklists, UNSPECIFIED, PUBLISH, IN_FORCE) \
    row(checklists, IN_FORCE, WITHDRAW, WITHDRAWN)  \
    row(inspections, UNSPECIFIED, PLAN, PLANNED)    \
    row(inspections, PLANNED, ANSWER, UNDER_WAY)    \
    row(inspections, PLANNED, FIND, UNDER_WAY)      \
    row(inspections, PLANNED, CONCLUDE, DONE)       \
    row(inspections, PLANNED, CANCEL, CANCELLED)    \
    row(inspections, UNDER_WAY, ANSWER, UNDER_WAY)  \
    row(inspections, UNDER_WAY, FIND, UNDER_WAY)    \
    row(inspections, UNDER_WAY, CONCLUDE, DONE)     \
    row(tracked_hazards, UNSPECIFIED, TRACK, TRACKED) \
    row(tracked_hazards, TRACKED, NOTE, TRACKED)    \
    row(tracked_hazards, TRACKED, REMIND, TRACKED)  \
    row(tracked_hazards, TRACKED, OVERDUE, TRACKED) \
    row(tracked_hazards, TRACKED, WIND, TRACKED)    \
    row(clock_rules, UNSPECIFIED, SET, IN_FORCE)    \
    row(calendars, UNSPECIFIED, PUBLISH, IN_FORCE)  \
    row(accidents, UNSPECIFIED, ENTER, ENTERED)     \
    row(accidents, ENTERED, SUPPLEMENT, ENTERED)    \
    row(draw_rules, UNSPECIFIED, SET, IN_FORCE)     \
    row(draws, UNSPECIFIED, DRAW, DRAWN)            \
    row(rechecks, UNSPECIFIED, OPEN, OPEN)          \
    row(rechecks, OPEN, ASSIGN, ASSIGNED)           \
    row(rechecks, ASSIGNED, ASSIGN, ASSIGNED)       \
    row(rechecks, OPEN, CHECK, CHECKED)             \
    row(rechecks, ASSIGNED, CHECK, CHECKED)
// clang-format on

// True if the table has such a row.
bool task_life_allows(const char *kind, task_state from, task_action action, task_state to);

// The record's state allows the action (STATE_CONFLICT), and its version is the one that the request names
// (VERSION_CONFLICT). Of a record that exists.
bool task_life_may(const struct service_rule_input *input, const char *kind, const ProtobufCMessage *was,
                   task_action action, struct status *status);

// Moves a record, new or not: state, action and version. Always true; a step that the table does not have is our
// mistake and ends the program.
bool task_life_move(const char *kind, ProtobufCMessage *now, task_action action, task_state to);

// SPDX-License-Identifier: Apache-2.0
// How often, and how much, each reader may pull in a minute from this process, so that one starves no others. What was
// not used is good for a minute. Not for services.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/uuid.h"

// Readers that a process remembers; more of them at a time wait.
#define BUDGET_READERS 4096
// Pulls of one reader under way at the same time, those that wait included.
#define BUDGET_UNDER_WAY 4

struct service_budget;

// Never answers NULL.
struct service_budget *service_budget_new(int64_t pulls, int64_t bytes);
void service_budget_free(struct service_budget *budget);

// Takes a pull at `now` (clock_monotonic). False with BUDGET_SPENT, and when to come again, where none is left, or
// bytes are owed. Thread-safe; does not block.
bool service_budget_take(struct service_budget *budget, const struct uuid *reader, int64_t now, struct status *status);

// A pull has ended: charges what it brought; a page larger than what is left is owed. Thread-safe.
void service_budget_charge(struct service_budget *budget, const struct uuid *reader, int64_t now, size_t bytes);

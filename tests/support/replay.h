// SPDX-License-Identifier: Apache-2.0
// The tables of tasks are what its log says: held against it, and made anew from it.
#pragma once

#include "support/instance.h"

// Verifies; spoils what `spoil` (SQL) says, which must be found; empties `tables`, rebuilds, and asserts that they are
// what they were. tasks is ended meanwhile and started again.
void tasks_replay(struct instance *instance, const char *tables, const char *spoil);

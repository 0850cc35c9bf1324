// SPDX-License-Identifier: Apache-2.0
// Duty rosters in the table of methods: their records, lists and rows.
#pragma once

#include "desk_rules.h"
#include "duty_rules.h"

extern const struct service_record duty_desk_record;
extern const struct service_record duty_shift_record;
extern const struct service_record leave_record;
extern const struct service_record duty_record;        // answered, never kept
extern const struct service_record duty_gap_record;    // likewise
extern const struct service_lists duty_desk_lists;
extern const struct service_lists duty_shift_lists;
extern const struct service_lists duty_gap_lists;
extern const struct service_lists leave_lists;

// Desks that are to be warned of gaps.
extern const struct service_timer duty_timer;

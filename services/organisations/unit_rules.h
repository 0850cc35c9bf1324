// SPDX-License-Identifier: Apache-2.0
// The rules of the tree of units. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A unit comes to be below its parent. RECORD_EXISTS where one of its codes is
// taken, TIER_CONFLICT where it cannot stand there, STATE_CONFLICT below a retired
// one, FIELD_INVALID for a code that is missing or has not the digits of its tier,
// a profile of what has none, regulators that are none.
service_rule unit_rules_create;

// A unit is renamed, its sectors and profile replaced. VERSION_CONFLICT; for the
// others see unit_rules_create. STATE_CONFLICT where it is retired.
service_rule unit_rules_update;

// A tier or village is renumbered; the same refusals.
service_rule unit_rules_set_code;

// A unit is retired. STATE_CONFLICT where it is already, units below it are active,
// or the responsibility list names it as an overseer; FIELD_INVALID for a successor that is itself or retired.
service_rule unit_rules_retire;

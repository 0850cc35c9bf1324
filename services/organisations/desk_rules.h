// SPDX-License-Identifier: Apache-2.0
// The rules of duty desks. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A unit opens its desk. STATE_CONFLICT where it is retired; FIELD_INVALID for a number that is none; RECORD_EXISTS
// where it has one.
service_rule desk_rules_open;

// Number and days change; it closes or opens again. VERSION_CONFLICT; FIELD_INVALID for a number that is none.
service_rule desk_rules_update;

// The desk is warned of the gaps that are near and of which it has not been, perhaps of none any more. VERSION_CONFLICT
// where it has moved on, STATE_CONFLICT where it is closed.
service_rule desk_rules_warn;

// Warns a desk that is due.
service_due desk_rules_due;

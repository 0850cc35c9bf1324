// SPDX-License-Identifier: Apache-2.0
// The rules of the tree of units. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A unit comes to be below its parent. RECORD_EXISTS where its code is taken,
// TIER_CONFLICT where it cannot stand there, FIELD_INVALID for a code that is
// missing or has not the digits of its tier.
service_rule unit_rules_create;

// SPDX-License-Identifier: Apache-2.0
// The rules by which units move and merge. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A unit comes to stand below another parent, and the places below it follow, as
// many as one call changes; the others stay counted in `following`. TIER_CONFLICT
// where it cannot stand there, STATE_CONFLICT where one of both is retired, the
// parent stands below the unit, or nothing would change; VERSION_CONFLICT.
service_rule_many unit_moves_move;

// Units are retired into another of their kind, and what stands below them comes
// to stand below it. TIER_CONFLICT for another kind, STATE_CONFLICT where one is
// retired, nested or an overseer, TOO_MANY_RECORDS, FIELD_INVALID for one that is
// named twice or remains; VERSION_CONFLICT.
service_rule_many unit_moves_merge;

// SPDX-License-Identifier: Apache-2.0
// The rules of people. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A person is entered at a unit of record. STATE_CONFLICT where the unit is
// retired, FIELD_INVALID for a phone that is none.
service_rule person_rules_create;

// Name, phone and unit of record change. VERSION_CONFLICT; STATE_CONFLICT where he
// or the unit is retired.
service_rule person_rules_update;

// He leaves. STATE_CONFLICT where he has already, holds a post, or answers by the
// responsibility list.
service_rule person_rules_retire;

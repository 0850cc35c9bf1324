// SPDX-License-Identifier: Apache-2.0
// The rules of shifts and leaves. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A shift is entered. STATE_CONFLICT where the unit is retired or keeps no desk; FIELD_INVALID for a time that is none
// or longer than 31 days, for nobody, for somebody twice, and for who is no active person; RECORD_EXISTS where another
// shift of the unit holds in a part of that time.
service_rule duty_rules_create_shift;

// Others are on duty. VERSION_CONFLICT; STATE_CONFLICT where it was taken off the roster, or is over and this is no
// correction; FIELD_INVALID as above, for a kind that is no change, and where nobody changes.
service_rule duty_rules_change_shift;

// It is taken off the roster. VERSION_CONFLICT; STATE_CONFLICT where it has been.
service_rule duty_rules_cancel_shift;

// A leave is entered. FIELD_INVALID for a time that is none, and for who is no active person with a post at the unit;
// RECORD_EXISTS where he is away in a part of that time.
service_rule duty_rules_enter_leave;

// It ends. VERSION_CONFLICT; STATE_CONFLICT where it has ended; FIELD_INVALID for a time before its beginning or behind
// the end that it has.
service_rule duty_rules_end_leave;

// SPDX-License-Identifier: Apache-2.0
// The rules of the responsibility list. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A line is entered. FIELD_INVALID for a unit that nothing stands at, an overseer
// or leader that can be none, an end before the beginning; STATE_CONFLICT where
// unit or overseer is retired; RECORD_EXISTS where another line holds in that time.
service_rule responsibility_rules_create;

// A line ends. VERSION_CONFLICT; STATE_CONFLICT where it has ended; FIELD_INVALID
// for a time before its beginning or behind the end that it has.
service_rule responsibility_rules_end;

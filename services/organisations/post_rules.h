// SPDX-License-Identifier: Apache-2.0
// The rules of posts. Pure: what they know is given.
#pragma once

#include "service/service.h"

// A person is given a post. FIELD_INVALID for an unknown person, a role that is
// none or no person's, an end before the beginning, or oneself; STATE_CONFLICT at
// a retired unit; RECORD_EXISTS where he holds it in that time.
service_rule post_rules_create;

// A post ends. VERSION_CONFLICT; STATE_CONFLICT where it has ended; FIELD_INVALID
// for a time before its beginning or behind the end that it has.
service_rule post_rules_end;

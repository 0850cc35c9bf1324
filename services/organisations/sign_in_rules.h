// SPDX-License-Identifier: Apache-2.0
// How the rules of signing in change. Pure; see service/service.h.
#pragma once

#include "service/service.h"

// The record: one for the instance, by the instance's id.
extern const struct service_record sign_in_rules_record;

// Replaces them: PERMISSION_MISSING where the caller's scope is not the whole tree, VERSION_CONFLICT, FIELD_INVALID
// where hashing would need more memory than it may.
service_rule sign_in_rules_update;

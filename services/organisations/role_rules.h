// SPDX-License-Identifier: Apache-2.0
// What may happen to roles. Pure; see service/service.h.
#pragma once

#include "service/service.h"

// Makes and changes roles: FIELD_INVALID where a permission is not noun.verb,
// RECORD_EXISTS where a role has the name, PERMISSION_MISSING where the caller's
// scope is not the whole tree, VERSION_CONFLICT.
service_rule role_rules_create;
service_rule role_rules_update;

// True for noun.verb: lower-case letters and underscores on both sides of one dot.
bool role_rules_is_permission(const char *text);

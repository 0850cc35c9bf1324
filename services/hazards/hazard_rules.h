// SPDX-License-Identifier: Apache-2.0
// The rules of a hazard's life (隐患). Pure: what they know is given, and time is
// an argument.
#pragma once

#include "service/service.h"

// 登记: a hazard enters the ledger of the tenant whose unit it was found at.
// FIELD_INVALID for a sector that is not in the list or a finding in the future.
service_rule hazard_rules_create;

// 交办: a registered hazard gets a responsible person, unit and deadline.
// VERSION_CONFLICT, STATE_CONFLICT, or FIELD_INVALID for a deadline that has
// passed or a unit of another tenant.
service_rule hazard_rules_assign;

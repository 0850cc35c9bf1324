// SPDX-License-Identifier: Apache-2.0
// What may happen to grants. Pure; see service/service.h.
//
//   REQUESTED ── ApproveGrant ──▶ APPROVED ── RevokeGrant ──▶ REVOKED
//       ├─────── RefuseGrant ───▶ REFUSED
//       └─────── RevokeGrant ───▶ REVOKED                BreakGlass ──▶ APPROVED
#pragma once

#include "service/service.h"

// Ask for a grant: GRANT_TOO_WIDE where the grantor does not hold it, FIELD_INVALID.
service_rule grant_rules_request;
service_rule grant_rules_renew;

// Decide on it: the grantor, or, where he asked himself, another who covers it;
// SAME_PERSON, PERMISSION_MISSING, STATE_CONFLICT, GRANT_TOO_WIDE.
service_rule grant_rules_approve;
service_rule grant_rules_refuse;

// End it: STATE_CONFLICT where it is not alive.
service_rule grant_rules_revoke;

// Take it in an emergency, and review that: SAME_PERSON.
service_rule grant_rules_break_glass;
service_rule grant_rules_review;

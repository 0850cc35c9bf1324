// SPDX-License-Identifier: Apache-2.0
// The rules of a hazard's life (隐患), a rule for each call that changes one; the
// contract says what each does. Pure: what they know is given, and time is an
// argument. Besides what hazard_life_begin answers: STEP_OF_OTHER_UNIT where the
// step belongs to another unit, SAME_PERSON where it needs another person,
// FIELD_INVALID for times that contradict one another, units of another tenant,
// and what a major hazard must have.
#pragma once

#include "service/service.h"

service_rule hazard_rules_create;
service_rule hazard_rules_verify;
service_rule hazard_rules_fix;
service_rule hazard_rules_assign;
service_rule hazard_rules_start;
service_rule hazard_rules_return;
service_rule hazard_rules_transfer;
service_rule hazard_rules_ask_extension;
service_rule hazard_rules_decide_extension;
service_rule hazard_rules_report;
service_rule hazard_rules_accept;
service_rule hazard_rules_refuse;
service_rule hazard_rules_close;
service_rule hazard_rules_look_back;
service_rule hazard_rules_halt;
service_rule hazard_rules_ask_resumption;
service_rule hazard_rules_decide_resumption;
service_rule hazard_rules_ask_voiding;
service_rule hazard_rules_decide_voiding;
service_rule hazard_rules_regrade;
service_rule hazard_rules_hand_over;
service_rule hazard_rules_take_over;
service_rule hazard_rules_take_over_from_above;
service_rule hazard_rules_enter_finding;
// What follows from a listing (挂牌督办) of this hazard: applied as it is now, once. STATE_CONFLICT where nothing does.
service_rule hazard_rules_apply_listing;

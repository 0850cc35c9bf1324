// SPDX-License-Identifier: Apache-2.0
// Rules of accounts, and of what revokes tokens. Pure.
#pragma once

#include "service/service.h"

service_rule account_rules_create;
service_rule account_rules_disable;
service_rule account_rules_enable;
service_rule account_rules_reset;
service_rule account_rules_require_factor;
service_rule account_rules_change_password;
service_rule account_rules_enrol;

service_rule revocation_rules_revoke;
service_rule revocation_rules_sign_out;

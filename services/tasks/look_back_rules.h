// SPDX-License-Identifier: Apache-2.0
// Decides on draws and re-checks.
#pragma once

#include "service/service.h"

service_rule look_back_rules_set;
service_rule look_back_rules_draw;
service_rule look_back_rules_open;
service_rule look_back_rules_assign;
service_rule look_back_rules_close;

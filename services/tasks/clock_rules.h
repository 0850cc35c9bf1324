// SPDX-License-Identifier: Apache-2.0
// Decides on rules of clocks, calendars, what strikes, and what is wound anew.
#pragma once

#include "service/service.h"

service_rule clock_rules_set;
service_rule clock_rules_publish;
service_rule_many clock_rules_strike;
service_rule_many clock_rules_wind;
service_due clock_rules_due;
service_due clock_rules_wind_due;

// SPDX-License-Identifier: Apache-2.0
// Decides on accidents, and of which grade they are.
#pragma once

#include "service/service.h"

service_rule accident_rules_enter;
service_rule accident_rules_supplement;

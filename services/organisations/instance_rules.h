// SPDX-License-Identifier: Apache-2.0
// Rules of other instances. Pure.
#pragma once

#include "service/service.h"

service_rule instance_rules_enrol;
service_rule instance_rules_update;
service_rule instance_rules_suspend;
service_rule instance_rules_resume;
service_rule instance_rules_end;

// SPDX-License-Identifier: Apache-2.0
// Decides on inspections: who inspects what by which checklist, what is answered and found.
#pragma once

#include "service/service.h"

service_rule inspection_rules_plan;
service_rule inspection_rules_answer;
service_rule inspection_rules_find;
service_rule inspection_rules_conclude;
service_rule inspection_rules_cancel;

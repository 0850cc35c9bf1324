// SPDX-License-Identifier: Apache-2.0
// Decides on editions of checklists.
#pragma once

#include "service/service.h"

service_rule checklist_rules_publish;
service_rule checklist_rules_withdraw;

// SPDX-License-Identifier: Apache-2.0
// Decides on campaigns: what may be issued, received, deployed, added, and reported.
#pragma once

#include "service/service.h"

service_rule campaign_rules_issue;
service_rule campaign_rules_receive;
service_rule campaign_rules_confirm;
service_rule campaign_rules_deploy;
service_rule campaign_rules_extend;
service_rule campaign_rules_adopt;
service_rule campaign_rules_adopt_received;
service_rule campaign_rules_end;
service_rule campaign_rules_report;
service_rule campaign_rules_correct;

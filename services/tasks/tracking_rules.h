// SPDX-License-Identifier: Apache-2.0
// What tasks knows of the ledger's hazards, and how campaigns count them.
#pragma once

#include "service/service.h"

service_rule tracking_rules_track;
service_rule tracking_rules_note;

// The counters of a tracked hazard's campaign; none where it has no campaign.
size_t tracking_rules_count(const ProtobufCMessage *record, struct service_count counts[SERVICE_COUNTS_MOST]);

// SPDX-License-Identifier: Apache-2.0
// The rules of listed supervision (挂牌督办), a rule for each call that changes a listing; the contract says what each
// does. Pure. What its hazard's ledger does about a listing is a rule of hazards (hazard_rules_apply_listing).
#pragma once

#include "service/service.h"

service_rule listing_rules_open;
service_rule listing_rules_decide;
service_rule listing_rules_withdraw;
service_rule listing_rules_note;

// Which list answers ListListings.
service_list_pick listing_rules_pick;

// SPDX-License-Identifier: Apache-2.0
// Under which counters a hazard counts: of its tenant's ledger, its township, the
// unit at which it was found and the one that is responsible, each by sector,
// grade and state.
#pragma once

#include "service/service.h"

// Parts of the counting, as in the table hazard_counts.
enum hazard_counts_part { COUNTS_TENANT = 1, COUNTS_TOWNSHIP, COUNTS_UNIT, COUNTS_RESPONSIBLE };

service_record_count hazard_counts_of;

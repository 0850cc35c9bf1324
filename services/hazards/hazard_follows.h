// SPDX-License-Identifier: Apache-2.0
// What hazards do because of an entry of a log.
#pragma once

#include "service/service.h"

// The ledgers of all tenants: what one hands over the other takes over; what one lists (挂牌督办) the other applies,
// and what that has come to the first one notes.
extern const struct service_follow hazard_follows[1];

// What the instance above shows: what its tenants hand over to ours, and what they list of ours.
#define HAZARD_ABOVES 2
extern const struct service_above hazard_aboves[HAZARD_ABOVES];

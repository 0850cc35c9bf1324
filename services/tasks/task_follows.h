// SPDX-License-Identifier: Apache-2.0
// What follows from others' logs, and from our own: the ledger's hazards are tracked, and findings go to the ledger.
#pragma once

#include "service/service.h"

#define TASK_FOLLOWS 2
extern const struct service_follow task_follows[TASK_FOLLOWS];

// Campaigns that the instance above shows.
extern const struct service_above task_aboves[1];

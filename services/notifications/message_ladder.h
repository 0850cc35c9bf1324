// SPDX-License-Identifier: Apache-2.0
// The ladder of a message: who is told next, and when. Pure.
#pragma once

#include "anlan/notifications/v1/message.pb-c.h"
#include "base/arena.h"
#include "base/clock.h"

// Sets due_at: when the first of the rungs that are left is due, or never.
void message_ladder_wind(Anlan__Notifications__V1__Message *message, struct arena *arena);

// The highest rung that is due at a time: who was away for long climbs once, and not rung by rung. -1: none is.
int message_ladder_due(const Anlan__Notifications__V1__Message *message, clock_time now);

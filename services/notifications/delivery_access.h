// SPDX-License-Identifier: Apache-2.0
// Whether those for whom an endpoint is still reach a message. Memory, no I/O.
#pragma once

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "service/service.h"

// True if a post of the endpoint's unit and role, or the person of the endpoint in one of his posts there, is in force
// now and reaches with inbox.read what the message tells of: who would not find it in the inbox is not sent it.
bool delivery_access_stands(const struct access_policy *policy, const Anlan__Notifications__V1__Endpoint *endpoint,
                            const Anlan__Notifications__V1__Message *message, clock_time now, struct arena *arena);

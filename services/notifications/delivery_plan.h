// SPDX-License-Identifier: Apache-2.0
// A message came to an inbox: to which endpoints it goes besides. Pure.
#pragma once

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "service/service.h"

// Adds a StartDelivery for each of the endpoints to which a new message goes by its channels. False with a status where
// the entry cannot be read or memory is out.
bool delivery_plan_message(const struct service_follow_input *input,
                           const Anlan__Notifications__V1__Endpoint *const *endpoints, size_t count,
                           struct service_commands *commands, struct status *status);

// SPDX-License-Identifier: Apache-2.0
// Rules of endpoints.
#pragma once

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "service/service.h"

bool endpoint_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);
bool endpoint_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);

// Whose machine an endpoint is: "https://example.org:8443", "mail". NULL where the arena is full or it has no address
// that fits its channel.
char *endpoint_rules_receiver(const Anlan__Notifications__V1__Endpoint *endpoint, struct arena *arena);

// What is wrong with an address of a channel; NULL: nothing.
const char *endpoint_rules_address_fault(Anlan__Notifications__V1__Channel channel, const char *address);

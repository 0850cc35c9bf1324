// SPDX-License-Identifier: Apache-2.0
// Rules of messages.
#pragma once

#include "service/service.h"

bool message_rules_deliver(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);
bool message_rules_acknowledge(const struct service_rule_input *input, const ProtobufCMessage *before,
                               ProtobufCMessage *after, struct status *status);

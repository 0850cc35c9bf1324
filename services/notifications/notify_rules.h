// SPDX-License-Identifier: Apache-2.0
// Rules of the rules of notification.
#pragma once

#include "service/service.h"

bool notify_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status);
bool notify_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status);

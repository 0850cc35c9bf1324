// SPDX-License-Identifier: Apache-2.0
// Rules of messages.
#pragma once

#include "service/service.h"

bool message_rules_deliver(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);
bool message_rules_escalate(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status);
bool message_rules_settle(const struct service_rule_input *input, const ProtobufCMessage *const *before, size_t count,
                          ProtobufCMessage **after, struct status *status);

// What is due: an EscalateMessage.
bool message_rules_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command);

bool message_rules_acknowledge(const struct service_rule_input *input, const ProtobufCMessage *before,
                               ProtobufCMessage *after, struct status *status);

// SPDX-License-Identifier: Apache-2.0
// Rules of urgent reports: to whom they go, when, and what becomes of those who do not answer.
#pragma once

#include "service/service.h"

bool report_rules_report(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status);
bool report_rules_supplement(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status);
bool report_rules_acknowledge(const struct service_rule_input *input, const ProtobufCMessage *before,
                              ProtobufCMessage *after, struct status *status);
bool report_rules_forward(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status);
bool report_rules_climb(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status);

// What is due: a ClimbReport.
bool report_rules_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command);

// settings_rules.c.
bool settings_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);
bool settings_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);

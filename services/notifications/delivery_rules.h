// SPDX-License-Identifier: Apache-2.0
// Rules of deliveries: messages on their way to endpoints.
//
//      StartDelivery ──▶ WAITING ──BeginAttempt──▶ SENDING ──taken──▶ SENT
//                         ▲  ▲                      │ ▲ │
//          ReplayDelivery │  └──failed, once more───┘ └─┘ its time is over: the process ended, or nobody knows
//                         │                         ├──refused, or too often──▶ DEAD ──────┐
//                         │                         └──no access any more────▶ WITHDRAWN ──┤
//                         └────────────────────────────────────────────────────────────────┘
#pragma once

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "service/service.h"

bool delivery_rules_start(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status);
bool delivery_rules_begin(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status);
bool delivery_rules_end(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status);
bool delivery_rules_replay(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status);

// How long a delivery waits behind its n-th attempt, in microseconds: twice as long each time, up to six hours, times
// a half to one and a half by chance (0: a half, 65535: one and a half); never shorter than the receiver asks for.
clock_time delivery_rules_wait(int32_t first_seconds, int32_t attempts, int32_t retry_after_seconds, uint16_t chance);

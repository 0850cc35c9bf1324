// SPDX-License-Identifier: Apache-2.0
// Notifications: what it is made of.
#pragma once

#include "service/service.h"

extern const struct service_definition notification_service;

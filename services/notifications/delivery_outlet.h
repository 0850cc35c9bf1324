// SPDX-License-Identifier: Apache-2.0
// The outlet by which messages leave: what is due of deliveries, by HTTP or mail (common/send).
#pragma once

#include "config/config.h"
#include "service/service.h"

extern const struct service_outlet delivery_outlet;

// Its settings.
#define DELIVERY_SETTINGS 9
extern const struct config_setting delivery_settings[DELIVERY_SETTINGS];

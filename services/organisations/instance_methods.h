// SPDX-License-Identifier: Apache-2.0
// Record, list and work of other instances; their methods' rows stand in organisation_methods.c.
#pragma once

#include "service/service.h"

extern const struct service_record instance_record;
extern const struct service_lists instances;
extern const struct service_work instance_work;

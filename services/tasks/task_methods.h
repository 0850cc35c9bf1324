// SPDX-License-Identifier: Apache-2.0
// The contents page of tasks: each method with its statements and its rule.
#pragma once

#include "service/service.h"

// The service. Lives for ever.
extern const struct service_definition task_service;

// SPDX-License-Identifier: Apache-2.0
// The lists of tasks.
#pragma once

#include "service/service.h"

// A list by scope: it passes over rows where the request filters.
service_list_pick task_lists_pick;

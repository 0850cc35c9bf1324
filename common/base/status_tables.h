// SPDX-License-Identifier: Apache-2.0
// Tables generated from proto/anlan/rpc/v1/status.proto; read them through
// status_reason_text and status_code_name.
#pragma once

#include "base/status.h"

extern const struct status_reason_text status_reasons[];    // index = number
extern const size_t status_reason_count;
extern const char *const status_code_names[];
extern const size_t status_code_count;

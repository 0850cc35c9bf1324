// SPDX-License-Identifier: Apache-2.0
// Rules of clients. Pure.
#pragma once

#include "service/service.h"

service_rule client_rules_register;
service_rule client_rules_retire;

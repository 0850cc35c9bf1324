// SPDX-License-Identifier: Apache-2.0
// Why somebody may do something, or why not, and who could: from the directory at a
// time. Pure; see service/service.h.
#pragma once

#include "service/service.h"

service_answer access_answers_explain;
service_answer access_answers_list;

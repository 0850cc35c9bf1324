// SPDX-License-Identifier: Apache-2.0
// The roles that are there before any record is: with them an empty directory is
// filled, and services follow it. No post is given with them; all other roles are
// records (anlan roles).
#pragma once

#include <stddef.h>

#include "access/decide.h"

extern const struct access_role beginning_roles[];
extern const size_t beginning_role_count;

// SPDX-License-Identifier: Apache-2.0
#include "roles.h"

#include "base/check.h"

#define ROLE_ROW(role, chinese, ...)                                                                                   \
    {.name = #role, .zh = (chinese), .permissions = (const char *const[]){__VA_ARGS__, NULL}},

const struct access_role roles_table[] = {ROLES(ROLE_ROW)};
const size_t roles_count = COUNT_OF(roles_table);

// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

void fault_point(const char *name)
{
    static atomic_int passed;
    const char *wanted = getenv("ANLAN_FAULT_POINT");
    size_t length = strlen(name);
    if (!wanted || strncmp(wanted, name, length) != 0 || wanted[length] != ':')
        return;
    if (atomic_fetch_add(&passed, 1) + 1 == strtol(wanted + length + 1, NULL, 10))
        raise(SIGKILL);
}

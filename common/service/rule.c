// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "service/service.h"

const struct directory_unit *service_named_unit(const struct service_rule_input *input, const char *field)
{
    for (size_t i = 0; i < input->unit_count; i++)
        if (strcmp(input->units[i].field, field) == 0)
            return input->units[i].unit;
    return NULL;
}

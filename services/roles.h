// SPDX-License-Identifier: Apache-2.0
// The roles of posts: what each may do. A role's name stands in tokens.
#pragma once

#include <stddef.h>

#include "access/decide.h"

// row(name, zh, permissions...)
#define ROLES(row)                                                                                                     \
    row(administrator, "系统管理员", "units.create", "units.update", "units.retire", "units.read")                     \
        row(service, "系统服务", "feed.pull", "units.read") row(region_officer, "自治区级监管员", "hazards.create",    \
                                                                "hazards.read", "units.read")                          \
            row(city_officer, "市级监管员", "hazards.create", "hazards.read", "units.read")                            \
                row(county_officer, "县级监管员", "hazards.create", "hazards.read", "hazards.assign", "units.read")    \
                    row(township_clerk, "乡镇安全员", "hazards.create", "hazards.read", "units.read")                  \
                        row(enterprise_officer, "企业安全员", "hazards.create", "hazards.read", "units.read")          \
                            row(auditor, "审计员", "feed.pull", "hazards.read", "units.read")

extern const struct access_role roles_table[];
extern const size_t roles_count;

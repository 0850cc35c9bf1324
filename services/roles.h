// SPDX-License-Identifier: Apache-2.0
// The roles of posts: what each may do. A role's name stands in tokens.
#pragma once

#include <stddef.h>

#include "access/decide.h"

// Who may read of what organisations keep, and who keeps it.
#define READS_DIRECTORY "units.read", "people.read", "posts.read", "responsibilities.read"
#define KEEPS_DIRECTORY                                                                                                \
    "accounts.manage", "accounts.read", "tokens.revoke", "clients.manage", "clients.read", "units.create",             \
        "units.update", "units.retire", "people.create", "people.update", "posts.create", "posts.end",                 \
        "responsibilities.create", "responsibilities.end"

// row(name, zh, permissions...)
// clang-format off
#define ROLES(row)                                                                                  \
    row(administrator, "系统管理员", KEEPS_DIRECTORY, READS_DIRECTORY)                              \
    row(service, "系统服务", "feed.pull", "units.read")                                             \
    row(region_officer, "自治区级监管员", "hazards.create", "hazards.read", READS_DIRECTORY)           \
    row(city_officer, "市级监管员", "hazards.create", "hazards.read", READS_DIRECTORY)                 \
    row(county_officer, "县级监管员", "hazards.create", "hazards.read", "hazards.assign",           \
        "hazards.rectify", "hazards.transfer", "hazards.accept", "hazards.close",                   \
        "hazards.look_back", "hazards.halt", "hazards.ask_voiding", "hazards.decide_voiding",       \
        READS_DIRECTORY)                                                                               \
    row(township_clerk, "乡镇安全员", "hazards.create", "hazards.read", "hazards.rectify",          \
        "hazards.transfer", "hazards.accept", "hazards.look_back", "hazards.ask_voiding",           \
        READS_DIRECTORY)                                                                               \
    row(enterprise_officer, "企业安全员", "hazards.create", "hazards.read", "hazards.rectify",      \
        "hazards.transfer", "hazards.accept", "hazards.ask_voiding", READS_DIRECTORY)                  \
    row(auditor, "审计员", "feed.pull", "hazards.read", READS_DIRECTORY)
// clang-format on

extern const struct access_role roles_table[];
extern const size_t roles_count;

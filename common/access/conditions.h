// SPDX-License-Identifier: Apache-2.0
// Why a post or a grant counts, or does not: the first condition that fails.
#pragma once

#include "base/uuid.h"

// row(name, en, zh)
// clang-format off
#define ACCESS_CONDITIONS(row) \
    row(HOLDS, "it holds", "有效") \
    row(POST_UNKNOWN, "there is no such post", "无此岗位") \
    row(POST_OF_OTHER, "the post is another person's", "该岗位属于他人") \
    row(POST_NOT_BEGUN, "the post has not begun", "岗位尚未起任") \
    row(POST_ENDED, "the post has ended", "岗位已终止") \
    row(UNIT_UNKNOWN, "the unit is not in the directory", "单位不在组织目录中") \
    row(UNIT_RETIRED, "the unit is retired", "单位已撤销") \
    row(ROLE_UNKNOWN, "there is no such role", "无此角色") \
    row(ROLE_LACKS, "the role does not permit it", "角色无此权限") \
    row(GRANT_UNKNOWN, "there is no such grant", "无此授权") \
    row(GRANT_OF_OTHER, "the grant is not his", "该授权的被授权方并非本人") \
    row(GRANT_WAITING, "the grant waits for approval", "授权待批准") \
    row(GRANT_REFUSED, "the grant was refused", "授权申请已驳回") \
    row(GRANT_REVOKED, "the grant was revoked", "授权已撤销") \
    row(GRANT_NOT_BEGUN, "the grant has not begun", "授权尚未生效") \
    row(GRANT_ENDED, "the grant has ended", "授权已到期") \
    row(GRANT_LACKS, "the grant does not name the permission", "授权不含此权限") \
    row(GRANTOR_CHANGED, "the grantor does not hold that post", "授权人已不任该岗位") \
    row(NOT_HANDED_ON, "the grant may not be handed on, or not to here", "该授权不得转授") \
    row(OUT_OF_REACH, "it lies outside what is reached", "不在权限范围内")
// clang-format on

#define ACCESS_CONDITION_ENUM(name, en, zh) ACCESS_##name,
enum access_condition { ACCESS_CONDITIONS(ACCESS_CONDITION_ENUM) };
#undef ACCESS_CONDITION_ENUM

// A condition and the post, grant or unit of which it is said.
struct access_standing {
    enum access_condition condition;
    struct uuid of;
};

// SPDX-License-Identifier: Apache-2.0
// What grants are checked for.
#pragma once

#include "anlan/organisations/v1/grants.pb-c.h"
#include "service/service.h"

// A grant as decisions see it; memory from the input's arena. False where the arena is full.
bool grant_checks_view(const struct service_rule_input *input, const Anlan__Organisations__V1__Grant *grant,
                       struct directory_grant *view);

// The grantor holds, now, all that is granted; otherwise GRANT_TOO_WIDE, which says what is missing.
bool grant_checks_grantor_holds(const struct service_rule_input *input, const Anlan__Organisations__V1__Grant *grant,
                                struct status *status);

// The caller may decide on the grant: a person, not the grantee, and the grantor, or, where he asked himself, another
// whose own post covers it.
bool grant_checks_decider(const struct service_rule_input *input, const Anlan__Organisations__V1__Grant *grant,
                          struct status *status);

// The caller is this person.
bool grant_checks_is_caller(const struct service_rule_input *input, const char *person_id);

// SPDX-License-Identifier: Apache-2.0
#include "sign_in_rules.h"

#include "anlan/organisations/v1/sign_in_rules.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "organisations_sql_statements.h"
#include "record_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__SignInRules rules;
typedef Anlan__Organisations__V1__UpdateSignInRulesRequest update_request;

// Of one password that is hashed (RFC 7914): 128 * N * r bytes.
#define MEMORY_MOST (INT64_C(256) << 20)

const struct service_record sign_in_rules_record = {
    .message = &anlan__organisations__v1__sign_in_rules__descriptor,
    .insert = &organisations_sql_sign_in_rules_keep,
    .update = &organisations_sql_sign_in_rules_keep,
    .rows = &organisations_sql_sign_in_rules_rows,
    .sector_field = "",
};

static bool check(const struct service_rule_input *input, const update_request *request, struct status *status)
{
    const Anlan__Organisations__Facts__SignInRulesFacts *facts = (const void *)input->facts;
    if (!record_has_whole_tree(input))
        return status_set(status, REASON(PERMISSION_MISSING), "they hold everywhere: only the whole tree's post may");
    if (!record_version_is(facts->version, request->version, status))
        return false;
    return (INT64_C(128) << request->cost_log2) * request->block_size <= MEMORY_MOST ||
           status_violate(status, input->arena, "block_size", "and cost_log2 together need more than 256 MiB");
}

bool sign_in_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const update_request *request = (const void *)input->request;
    rules *made = (rules *)after;
    (void)before;
    if (!check(input, request, status))
        return false;
    made->id = service_uuid(&input->tenant_id, input->arena);
    made->version = request->version + 1;
    made->cost_log2 = request->cost_log2;
    made->block_size = request->block_size;
    made->lanes = request->lanes;
    made->password_min_chars = request->password_min_chars;
    made->attempts_most = request->attempts_most;
    made->attempts_window_s = request->attempts_window_s;
    made->token_s = request->token_s;
    made->session_s = request->session_s;
    made->reason = request->reason;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

-- SPDX-License-Identifier: Apache-2.0
-- The rules in force: what was set, or what the program comes with.
SELECT
    :context.tenant_id::uuid AS id, coalesce(rules.version, 0) AS version,
-- include: rules_columns
    , coalesce(rules.attempts_window_s, 900) AS attempts_window_s, coalesce(rules.reason, '') AS reason,
    rules.occurred_at, rules.entered_at
FROM (SELECT 1) AS one
LEFT JOIN sign_in_rules rules ON rules.tenant_id = :context.tenant_id

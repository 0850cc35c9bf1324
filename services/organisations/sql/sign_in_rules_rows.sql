-- SPDX-License-Identifier: Apache-2.0
-- All rows, to be held against the log.
SELECT
    r.tenant_id AS id, r.version, r.cost_log2, r.block_size, r.lanes, r.password_min_chars, r.attempts_most,
    r.attempts_window_s, r.token_s, r.session_s, r.reason, r.occurred_at, r.entered_at, r.tenant_id AS "page.id"
FROM sign_in_rules r
WHERE r.tenant_id = :context.tenant_id
  AND r.tenant_id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY r.tenant_id
LIMIT :context.row_limit

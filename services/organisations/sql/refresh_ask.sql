-- SPDX-License-Identifier: Apache-2.0
-- What a refresh must know of its session. No row: there is none such.
SELECT
    n.id AS session_id, n.generation, n.request_id, n.created_at, n.ends_at, n.device_id, n.post_id, n.grant_ids,
    n.ended_at IS NOT NULL OR coalesce(a.tokens_from > n.created_at, false)
        OR EXISTS (SELECT FROM token_revocations t
                   WHERE t.tenant_id = :context.tenant_id AND t.session_id = n.id)
        OR EXISTS (SELECT FROM token_revocations t
                   WHERE t.tenant_id = :context.tenant_id AND t.subject_id = n.person_id
                     AND t.issued_before > n.created_at) AS revoked,
-- include: rules_columns
    ,
-- include: account_facts_columns
FROM sessions n
JOIN accounts a ON a.tenant_id = n.tenant_id AND a.id = n.account_id
JOIN account_secrets s ON s.tenant_id = a.tenant_id AND s.account_id = a.id
LEFT JOIN sign_in_rules rules ON rules.tenant_id = :context.tenant_id
LEFT JOIN LATERAL (
-- include: posts_in_force
) AS p ON true
WHERE n.tenant_id = :context.tenant_id AND n.id = :context.work_key::uuid

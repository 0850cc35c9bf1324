-- SPDX-License-Identifier: Apache-2.0
-- What signing in by password must know. The attempt is counted before it is known how it ends: of many at once none
-- gets past the limit. A row comes for a name that nobody has too.
WITH rules AS (
    SELECT * FROM (SELECT 1) AS one LEFT JOIN sign_in_rules r ON r.tenant_id = :context.tenant_id
),
counted AS (
    INSERT INTO sign_in_attempts AS t (tenant_id, name, device_id, count, since)
    VALUES (:context.tenant_id, :context.work_key,
            coalesce(:context.work_part::uuid, '00000000-0000-0000-0000-000000000000'::uuid), 1, :context.now)
    ON CONFLICT (tenant_id, name, device_id) DO UPDATE
    SET count = CASE WHEN t.since < :context.now - (SELECT coalesce(attempts_window_s, 900) FROM rules) * interval '1 s'
                THEN 1 ELSE t.count + 1 END,
        since = CASE WHEN t.since < :context.now - (SELECT coalesce(attempts_window_s, 900) FROM rules) * interval '1 s'
                THEN :context.now ELSE t.since END
    RETURNING count, since
)
SELECT
    c.count AS attempts, c.since + coalesce(rules.attempts_window_s, 900) * interval '1 s' AS attempts_until,
-- include: rules_columns
    ,
-- include: account_facts_columns
FROM counted c
CROSS JOIN rules
LEFT JOIN accounts a ON a.tenant_id = :context.tenant_id AND a.name = :context.work_key
LEFT JOIN account_secrets s ON s.tenant_id = a.tenant_id AND s.account_id = a.id
LEFT JOIN LATERAL (
-- include: posts_in_force
) AS p ON true

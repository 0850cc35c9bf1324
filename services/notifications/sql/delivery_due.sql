-- SPDX-License-Identifier: Apache-2.0
-- What is to be sent: of each receiver for whom something is due the longest due, so many that with those under way there
-- are four; so a receiver that hangs keeps nobody else waiting, however much lies there for him.
WITH RECURSIVE receivers AS (
    (SELECT d.receiver FROM deliveries d WHERE d.due_at IS NOT NULL ORDER BY d.receiver LIMIT 1)
    UNION ALL
    SELECT (SELECT d.receiver FROM deliveries d
            WHERE d.due_at IS NOT NULL AND d.receiver > r.receiver ORDER BY d.receiver LIMIT 1)
    FROM receivers r
    WHERE r.receiver IS NOT NULL)
SELECT p.summary || p.detail AS "delivery", m.summary || m.detail AS "message", e.summary || e.detail AS "endpoint"
FROM receivers r
CROSS JOIN LATERAL (
    SELECT d.tenant_id, d.message_id, d.endpoint_id, d.due_at, d.summary, d.detail
    FROM deliveries d
    WHERE d.receiver = r.receiver AND d.due_at <= now()
    ORDER BY d.due_at
    LIMIT greatest(0, 4 - (SELECT count(*) FROM deliveries s
                           WHERE s.receiver = r.receiver AND s.state = 2 AND s.due_at > now()))) p
JOIN messages m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
JOIN endpoints e ON e.tenant_id = p.tenant_id AND e.id = p.endpoint_id
ORDER BY p.due_at
LIMIT :context.row_limit

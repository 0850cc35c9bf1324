-- SPDX-License-Identifier: Apache-2.0
-- Raises where another process has moved it.
WITH moved AS (
    INSERT INTO follow_cursors AS c (source, tenant_id, position) VALUES (:source, :tenant_id, :position)
    ON CONFLICT (source, tenant_id) DO UPDATE SET position = excluded.position WHERE c.position = :before
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM moved), 1) AS "position"

-- SPDX-License-Identifier: Apache-2.0
-- Raises where another process has settled it.
WITH settled AS (
    DELETE FROM follow_stuck
    WHERE source = :source AND tenant_id = :tenant_id AND position = :position AND ordinal = :ordinal
      AND record_id = coalesce(:record_id::uuid, '00000000-0000-0000-0000-000000000000')
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM settled), 1) AS "position"

-- SPDX-License-Identifier: Apache-2.0
-- Raises where another process has settled it.
WITH settled AS (
    DELETE FROM follow_stuck
    WHERE source = :source AND tenant_id = :tenant_id AND position = :position AND ordinal = :ordinal
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM settled), 1) AS "position"

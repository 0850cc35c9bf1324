-- SPDX-License-Identifier: Apache-2.0
-- Raises where another process has moved it.
WITH moved AS (
    INSERT INTO follow_streams AS f (source, instance_id, cursor, digest, held, moved_at)
    VALUES (:source, :instance_id, :cursor, :digest, :held, now())
    ON CONFLICT (source) DO UPDATE
    SET instance_id = excluded.instance_id, cursor = excluded.cursor, digest = excluded.digest, held = excluded.held,
        moved_at = excluded.moved_at
    WHERE f.cursor = :before
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM moved), 1) AS "held"

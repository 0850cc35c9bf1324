-- SPDX-License-Identifier: Apache-2.0
-- The sector, where the list does not have it, and the grades that were in force when it happened.
WITH grades AS (
    SELECT g.* FROM accident_grades g
    WHERE g.starts_at <= :request.occurred_at::timestamptz
      AND (g.ends_at IS NULL OR g.ends_at > :request.occurred_at::timestamptz)
)
SELECT coalesce((SELECT :request.sector::text WHERE NOT EXISTS (SELECT FROM sectors s WHERE s.code = :request.sector)), '')
           AS "facts.unknown_sector",
-- include: accident_grades

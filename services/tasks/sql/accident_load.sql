-- SPDX-License-Identifier: Apache-2.0
-- An accident that is supplemented, by those who have it in hand, and the grades that were in force when it happened.
WITH grades AS (
    SELECT g.* FROM accident_grades g, accidents a
    WHERE a.tenant_id = :request.tenant_id AND a.id = :request.id AND g.starts_at <= a.happened_at
      AND (g.ends_at IS NULL OR g.ends_at > a.happened_at)
)
SELECT r.summary AS "*", r.detail AS "*",
-- include: accident_grades
FROM accidents r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_hand

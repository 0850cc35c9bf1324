-- SPDX-License-Identifier: Apache-2.0
-- The unit that MoveUnit moves, and those below it whose place is not yet what the new parent makes it: at most
-- LIMIT_CHANGES in all, the nearest first. A unit's own level and those below it never change.
WITH RECURSIVE root AS (
    SELECT u.* FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
), target AS (
    SELECT p.* FROM units p WHERE p.tenant_id = :context.tenant_id AND p.id = :request.parent_id
), below AS (
    SELECT r.id, 0 AS depth FROM root r
    UNION ALL
    SELECT c.id, b.depth + 1 FROM below b
    JOIN units c ON c.tenant_id = :context.tenant_id AND c.parent_id = b.id
    WHERE b.depth < 63    -- more than the tree has
), behind AS (
    SELECT b.id, b.depth
    FROM root r CROSS JOIN target t CROSS JOIN below b
    JOIN units s ON s.tenant_id = :context.tenant_id AND s.id = b.id
    WHERE b.depth > 0
      AND ((r.kind > 1 AND s.region_id IS DISTINCT FROM t.region_id)
           OR (r.kind > 2 AND s.city_id IS DISTINCT FROM t.city_id)
           OR (r.kind > 3 AND s.county_id IS DISTINCT FROM t.county_id)
           OR (r.kind > 4 AND s.township_id IS DISTINCT FROM t.township_id)
           OR (r.kind > 3 AND s.owner_tenant_id IS DISTINCT FROM t.owner_tenant_id))
), changed AS (
    (SELECT r.id, 0 AS depth FROM root r)
    UNION ALL
    (SELECT b.id, b.depth FROM behind b ORDER BY b.depth, b.id LIMIT 1999)
)
SELECT
-- include: columns
    , t.kind::int AS "facts.parent_kind", t.owner_tenant_id AS "facts.parent_tenant_id",
    t.region_id AS "facts.parent_place.region_id", t.city_id AS "facts.parent_place.city_id",
    t.county_id AS "facts.parent_place.county_id", t.township_id AS "facts.parent_place.township_id",
    t.retired_at IS NOT NULL AS "facts.parent_retired",
    EXISTS (SELECT FROM below b WHERE b.id = :request.parent_id) AS "facts.nested",
    (SELECT count(*) FROM behind) AS "facts.behind"
FROM changed c
JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = c.id
LEFT JOIN target t ON true
ORDER BY c.depth, c.id

-- SPDX-License-Identifier: Apache-2.0
-- Who answers for a unit: the nearest line up the tree. Read under the tenant's wall, since the lines may stand above
-- what the caller may see; the unit itself must be within his scope.
WITH RECURSIVE above AS (
    SELECT u.id, u.parent_id, 0 AS steps
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND
-- include: in_scope
    UNION ALL
    SELECT p.id, p.parent_id, a.steps + 1
    FROM above a JOIN units p ON p.tenant_id = :context.tenant_id AND p.id = a.parent_id
    WHERE a.steps < 63    -- more than the tree has
), lines AS (
    SELECT r.*, a.steps, o.name AS overseer_name
    FROM above a
    JOIN responsibilities r ON r.unit_id = a.id AND r.tenant_id = :context.tenant_id
    JOIN units o ON o.tenant_id = :context.tenant_id AND o.id = r.overseer_unit_id
    WHERE r.sector IN ('', :request.sector) AND r.starts_at <= coalesce(:request.at, :context.now::timestamptz)
      AND (r.ends_at IS NULL OR r.ends_at > coalesce(:request.at, :context.now::timestamptz))
)
SELECT
    a.id AS unit_id, :request.sector::text AS sector,
    c.overseer_unit_id AS "comprehensive.unit_id", c.overseer_name AS "comprehensive.name",
    c.id AS "comprehensive.responsibility_id", c.unit_id AS "comprehensive.at_unit_id",
    c.document AS "comprehensive.document",
    s.overseer_unit_id AS "sector_overseer.unit_id", s.overseer_name AS "sector_overseer.name",
    s.id AS "sector_overseer.responsibility_id", s.unit_id AS "sector_overseer.at_unit_id",
    s.document AS "sector_overseer.document",
    l.leader_person_id AS "leader.person_id", l.leader_name AS "leader.name", l.leader_position AS "leader.position",
    l.id AS "leader.responsibility_id"
FROM above a
LEFT JOIN LATERAL (SELECT * FROM lines WHERE sector = '' ORDER BY steps LIMIT 1) c ON true
LEFT JOIN LATERAL (SELECT * FROM lines WHERE sector <> '' ORDER BY steps LIMIT 1) s ON true
LEFT JOIN LATERAL (SELECT * FROM lines ORDER BY steps, sector = '' LIMIT 1) l ON true
WHERE a.steps = 0

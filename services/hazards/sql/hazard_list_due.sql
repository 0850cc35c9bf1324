-- SPDX-License-Identifier: Apache-2.0
-- What is to be rectified (assigned, or in rectification), by its deadline. Each pair is an ordered read of one index, of
-- which a bounded number is examined, as in hazard_list_states.
WITH scans AS (
    SELECT row_number() OVER () AS scan, s.kind, s.unit, s.sector
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
), examined AS MATERIALIZED (
    SELECT s.scan, l.*
    FROM scans s
    CROSS JOIN LATERAL (
        -- for: kind,column 1,region_id 2,city_id 3,county_id 4,township_id 5,unit_id 5,finding_unit_id 5,responsible_unit_id 5,sending_unit_id 6,unit_id
        (SELECT '{column}' AS branch, h.tenant_id, h.id, h.deadline,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
                AND (s.sector = '' OR h.sector = s.sector) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND h.{column} = s.unit AND h.state IN (2, 3)
           AND h.deadline < coalesce(:request.deadline_before, 'infinity'::timestamptz)
           AND (NOT :request.overdue OR h.deadline < :context.now)
           AND (h.deadline, h.id) > (coalesce(:context.page.time, '-infinity'::timestamptz),
                                     coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY h.deadline, h.id LIMIT :context.examined_limit)
        -- end: UNION ALL
    ) l
), ends AS (
    SELECT DISTINCT ON (scan, branch) deadline, id, count(*) OVER (PARTITION BY scan, branch) AS rows
    FROM examined
    ORDER BY scan, branch, deadline DESC, id DESC
), bound AS (
    SELECT deadline, id FROM ends WHERE rows >= :context.examined_limit ORDER BY deadline, id LIMIT 1
), page AS (
    (SELECT DISTINCT e.tenant_id, e.id, e.deadline, 0 AS bound
     FROM examined e LEFT JOIN bound b ON true
     WHERE e.matches AND (b.id IS NULL OR (e.deadline, e.id) <= (b.deadline, b.id))
     ORDER BY e.deadline, e.id LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, deadline, 1 FROM bound
)
SELECT
-- include: columns
    , page.deadline AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.deadline, page.id, page.bound
LIMIT :context.row_limit

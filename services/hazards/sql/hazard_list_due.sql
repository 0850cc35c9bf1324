-- SPDX-License-Identifier: Apache-2.0
-- What is to be rectified (assigned, or in rectification), by its deadline. Each pair is an ordered read of one index, of
-- which a bounded number is examined, as in hazard_list_states.
WITH scans AS (
    SELECT row_number() OVER () AS scan, s.kind, s.unit, s.sector,
           CASE WHEN (s.kind <= 4 OR s.sector = '') AND cardinality(:request.states::int[]) = 0
                     AND :request.grade::int IS NULL
                THEN least(:context.row_limit::int, :context.examined_limit::int)
                ELSE :context.examined_limit::int END AS most
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
), examined AS MATERIALIZED (
    SELECT s.scan, s.most, l.*
    FROM scans s
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT 0 AS branch, h.tenant_id, h.id, h.deadline,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector = '' AND h.{level}_id = s.unit AND h.state IN (2, 3)
           AND h.deadline < least(:request.deadline_before::timestamptz,
                                  CASE WHEN :request.overdue THEN :context.now::timestamptz ELSE 'infinity' END)
           AND (h.deadline, h.id) > (coalesce(:context.page.time, '-infinity'::timestamptz),
                                     coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY h.deadline, h.id LIMIT s.most)
        UNION ALL
        (SELECT 0 AS branch, h.tenant_id, h.id, h.deadline,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector <> '' AND h.{level}_id = s.unit AND h.sector = s.sector AND h.state IN (2, 3)
           AND h.deadline < least(:request.deadline_before::timestamptz,
                                  CASE WHEN :request.overdue THEN :context.now::timestamptz ELSE 'infinity' END)
           AND (h.deadline, h.id) > (coalesce(:context.page.time, '-infinity'::timestamptz),
                                     coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY h.deadline, h.id LIMIT s.most)
        -- end: UNION ALL
        UNION ALL
        -- for: kind,branch,party 5,1,unit 5,2,finding_unit 5,3,responsible_unit 5,4,sending_unit 6,5,unit
        (SELECT {branch} AS branch, h.tenant_id, h.id, h.deadline,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
                AND (s.sector = '' OR h.sector = s.sector) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND h.{party}_id = s.unit AND h.state IN (2, 3)
           AND h.deadline < least(:request.deadline_before::timestamptz,
                                  CASE WHEN :request.overdue THEN :context.now::timestamptz ELSE 'infinity' END)
           AND (h.deadline, h.id) > (coalesce(:context.page.time, '-infinity'::timestamptz),
                                     coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY h.deadline, h.id LIMIT s.most)
        -- end: UNION ALL
    ) l
), ends AS (
    SELECT DISTINCT ON (scan, branch) deadline, id, count(*) OVER (PARTITION BY scan, branch) >= most AS ended
    FROM examined
    ORDER BY scan, branch, deadline DESC, id DESC
), bound AS (
    SELECT deadline, id FROM ends WHERE ended ORDER BY deadline, id LIMIT 1
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

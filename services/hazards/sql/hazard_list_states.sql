-- SPDX-License-Identifier: Apache-2.0
-- each: form,direction,back,compare,upto,start,first,record newest,DESC,ASC,<,>=,,ffffffff-ffff-ffff-ffff-ffffffffffff,h.summary oldest,ASC,DESC,>,<=,-,00000000-0000-0000-0000-000000000000,h.summary export,ASC,DESC,>,<=,-,00000000-0000-0000-0000-000000000000,h.summary||h.detail
-- The ledger's page by states, grade and sector, from the newest or the oldest; an export's is the oldest, with its life.
-- Each state and grade of a territory is an ordered read of one index; all of a territory is one too. A sector's part of it, what a unit is party to and
-- what stands at it have no index by state: a bounded number of each is examined. Where a read ends at its bound, the page
-- ends with it: the last row, without a record, says where the next one begins.
WITH scans AS (
    SELECT row_number() OVER () AS scan, s.kind, s.unit, s.sector, w.state, w.grade,
           CASE WHEN s.kind <= 4 AND (s.sector = '' OR NOT f.filtered) OR s.sector = '' AND NOT f.filtered
                THEN least(:context.row_limit::int, :context.examined_limit::int)
                ELSE :context.examined_limit::int END AS most
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
    CROSS JOIN (SELECT cardinality(:request.states::int[]) > 0 OR :request.grade::int IS NOT NULL) AS f(filtered)
    CROSS JOIN LATERAL (
        SELECT q.state, g.grade
        FROM unnest(CASE WHEN cardinality(:request.states::int[]) = 0 THEN ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
                    ELSE :request.states::int[] END) AS q(state)
        CROSS JOIN unnest(CASE WHEN :request.grade::int IS NULL THEN ARRAY[1, 2]
                          ELSE ARRAY[:request.grade::int] END) AS g(grade)
        WHERE s.kind <= 4 AND s.sector = '' AND f.filtered
        UNION ALL
        SELECT NULL, NULL WHERE s.kind > 4 OR s.sector <> '' OR NOT f.filtered) w(state, grade)
), examined AS MATERIALIZED (
    SELECT s.scan, s.most, l.*
    FROM scans s
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT {kind} AS branch, h.tenant_id, h.id, h.entered_at, true AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector = '' AND h.{level}_id = s.unit AND h.state = s.state AND h.grade = s.grade
           AND (h.entered_at, h.id) {compare} (coalesce(:context.page.time, '{start}infinity'::timestamptz),
                                   coalesce(:context.page.id, '{first}'::uuid))
         ORDER BY h.entered_at {direction}, h.id {direction} LIMIT s.most)
        UNION ALL
        (SELECT {kind}, h.tenant_id, h.id, h.entered_at, true
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector = '' AND s.state IS NULL AND h.{level}_id = s.unit
           AND (h.entered_at, h.id) {compare} (coalesce(:context.page.time, '{start}infinity'::timestamptz),
                                   coalesce(:context.page.id, '{first}'::uuid))
         ORDER BY h.entered_at {direction}, h.id {direction} LIMIT s.most)
        UNION ALL
        (SELECT {kind}, h.tenant_id, h.id, h.entered_at,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector <> '' AND h.{level}_id = s.unit AND h.sector = s.sector
           AND (h.entered_at, h.id) {compare} (coalesce(:context.page.time, '{start}infinity'::timestamptz),
                                   coalesce(:context.page.id, '{first}'::uuid))
         ORDER BY h.entered_at {direction}, h.id {direction} LIMIT s.most)
        -- end: UNION ALL
        UNION ALL
        -- for: kind,branch,party 5,5,unit 5,6,finding_unit 5,7,responsible_unit 5,8,sending_unit 6,10,unit
        (SELECT {branch} AS branch, h.tenant_id, h.id, h.entered_at,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
                AND (s.sector = '' OR h.sector = s.sector) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND h.{party}_id = s.unit
           AND (h.entered_at, h.id) {compare} (coalesce(:context.page.time, '{start}infinity'::timestamptz),
                                   coalesce(:context.page.id, '{first}'::uuid))
         ORDER BY h.entered_at {direction}, h.id {direction} LIMIT s.most)
        -- end: UNION ALL
        UNION ALL
        (SELECT 9 AS branch, v.tenant_id, v.hazard_id, v.entered_at,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
                AND (s.sector = '' OR h.sector = s.sector) AS matches
         FROM (SELECT h.tenant_id, h.hazard_id, h.entered_at FROM hazard_views h
               WHERE s.kind = 5 AND h.unit_id = s.unit
                 AND (h.entered_at, h.hazard_id) {compare} (coalesce(:context.page.time, '{start}infinity'::timestamptz),
                                   coalesce(:context.page.id, '{first}'::uuid))
               ORDER BY h.entered_at {direction}, h.hazard_id {direction} LIMIT s.most) v
         JOIN hazards h ON h.tenant_id = v.tenant_id AND h.id = v.hazard_id)
    ) l
), ends AS (
    SELECT DISTINCT ON (scan, branch) entered_at, id, count(*) OVER (PARTITION BY scan, branch) >= most AS ended
    FROM examined
    ORDER BY scan, branch, entered_at {back}, id {back}
), bound AS (
    SELECT entered_at, id FROM ends WHERE ended
    ORDER BY entered_at {direction}, id {direction} LIMIT 1
), page AS (
    (SELECT DISTINCT e.tenant_id, e.id, e.entered_at, 0 AS bound
     FROM examined e LEFT JOIN bound b ON true
     WHERE e.matches AND (b.id IS NULL OR (e.entered_at, e.id) {upto} (b.entered_at, b.id))
     ORDER BY e.entered_at {direction}, e.id {direction} LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, entered_at, 1 FROM bound
)
SELECT
    {record} AS "*", page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.entered_at {direction}, page.id {direction}, page.bound
LIMIT :context.row_limit

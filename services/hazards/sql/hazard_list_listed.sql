-- SPDX-License-Identifier: Apache-2.0
-- What is listed for supervision within the scope, the latest first: for each pair limited reads of indexes that have nothing
-- else, merged, as in hazard_list_pairs.
WITH examined AS MATERIALIZED (
    SELECT s.scan, s.most, l.*
    FROM (SELECT p.*, CASE WHEN (p.kind <= 4 OR p.sector = '') AND cardinality(:request.states::int[]) = 0
                                AND :request.grade::int IS NULL
                           THEN least(:context.row_limit::int, :context.examined_limit::int)
                           ELSE :context.examined_limit::int END AS most
          FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
               WITH ORDINALITY AS p(kind, unit, sector, scan)) s
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT 0 AS branch, h.tenant_id, h.id, h.entered_at,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector = '' AND h.{level}_id = s.unit AND h.listing IN (1, 2)
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT s.most)
        UNION ALL
        (SELECT 0 AS branch, h.tenant_id, h.id, h.entered_at,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND s.sector <> '' AND h.{level}_id = s.unit AND h.sector = s.sector AND h.listing IN (1, 2)
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT s.most)
        -- end: UNION ALL
        UNION ALL
        -- for: kind,branch,party 5,1,unit 5,2,finding_unit 5,3,responsible_unit 5,4,sending_unit 6,5,unit
        (SELECT {branch} AS branch, h.tenant_id, h.id, h.entered_at,
                (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
                AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
                AND (s.sector = '' OR h.sector = s.sector) AS matches
         FROM hazards h
         WHERE s.kind = {kind} AND h.{party}_id = s.unit AND h.listing IN (1, 2)
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT s.most)
        -- end: UNION ALL
    ) l
), ends AS (
    SELECT DISTINCT ON (scan, branch) entered_at, id, count(*) OVER (PARTITION BY scan, branch) >= most AS ended
    FROM examined
    ORDER BY scan, branch, entered_at, id
), bound AS (
    SELECT entered_at, id FROM ends WHERE ended
    ORDER BY entered_at DESC, id DESC LIMIT 1
), page AS (
    (SELECT DISTINCT e.tenant_id, e.id, e.entered_at, 0 AS bound
     FROM examined e LEFT JOIN bound b ON true
     WHERE e.matches AND (b.id IS NULL OR (e.entered_at, e.id) >= (b.entered_at, b.id))
     ORDER BY e.entered_at DESC, e.id DESC LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, entered_at, 1 FROM bound
)
SELECT
-- include: columns
    , page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit

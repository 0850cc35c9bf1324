-- SPDX-License-Identifier: Apache-2.0
-- The ledger's page for any scope: for each pair a limited read of one index, merged. A branch whose kind is not the
-- pair's is not run. A record that several pairs cover (found by one unit, to be rectified by another) appears once. Where
-- a read ends at its bound before the page is full, the page ends with it: the last row, without a record, says where the
-- next one begins.
WITH examined AS MATERIALIZED (
    SELECT s.scan, l.*
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         WITH ORDINALITY AS s(kind, unit, sector, scan)
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT 0 AS branch, h.tenant_id, h.id, h.entered_at, true AS matches FROM hazards h
         WHERE s.kind = {kind} AND s.sector = '' AND h.{level}_id = s.unit
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.examined_limit)
        UNION ALL
        (SELECT 0, h.tenant_id, h.id, h.entered_at, true FROM hazards h
         WHERE s.kind = {kind} AND s.sector <> '' AND h.{level}_id = s.unit AND h.sector = s.sector
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.examined_limit)
        -- end: UNION ALL
        UNION ALL
        -- for: kind,branch,party 5,1,unit 5,2,finding_unit 5,3,responsible_unit 5,4,sending_unit 6,5,unit
        (SELECT {branch}, h.tenant_id, h.id, h.entered_at, s.sector = '' OR h.sector = s.sector FROM hazards h
         WHERE s.kind = {kind} AND h.{party}_id = s.unit
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.examined_limit)
        -- end: UNION ALL
        UNION ALL
        (SELECT 6, v.tenant_id, v.hazard_id, v.entered_at, s.sector = '' OR h.sector = s.sector
         FROM (SELECT h.tenant_id, h.hazard_id, h.entered_at FROM hazard_views h
               WHERE s.kind = 5 AND h.unit_id = s.unit
                 AND (h.entered_at, h.hazard_id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
               ORDER BY h.entered_at DESC, h.hazard_id DESC LIMIT :context.examined_limit) v
         JOIN hazards h ON h.tenant_id = v.tenant_id AND h.id = v.hazard_id)
    ) l
), ends AS (
    SELECT DISTINCT ON (scan, branch) entered_at, id, count(*) OVER (PARTITION BY scan, branch) AS rows
    FROM examined
    ORDER BY scan, branch, entered_at, id
), bound AS (
    SELECT entered_at, id FROM ends WHERE rows >= :context.examined_limit
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

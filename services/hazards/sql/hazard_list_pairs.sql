-- SPDX-License-Identifier: Apache-2.0
-- The ledger's page for any scope: for each pair a limited read of one index, merged. A branch whose kind is not the
-- pair's is not run. A record that several pairs cover (found by one unit, to be rectified by another) appears once.
SELECT
-- include: columns
    , h.entered_at AS "page.time", h.id AS "page.id"
FROM (
    SELECT DISTINCT l.tenant_id, l.id, l.entered_at
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT h.tenant_id, h.id, h.entered_at FROM hazards h
         WHERE s.kind = {kind} AND s.sector = '' AND h.{level}_id = s.unit
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.row_limit)
        UNION ALL
        (SELECT h.tenant_id, h.id, h.entered_at FROM hazards h
         WHERE s.kind = {kind} AND s.sector <> '' AND h.{level}_id = s.unit AND h.sector = s.sector
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.row_limit)
        -- end: UNION ALL
        UNION ALL
        -- for: kind,party 5,unit 5,finding_unit 5,responsible_unit 5,sending_unit 6,unit
        (SELECT h.tenant_id, h.id, h.entered_at FROM hazards h
         WHERE s.kind = {kind} AND h.{party}_id = s.unit AND (s.sector = '' OR h.sector = s.sector)
           AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.row_limit)
        -- end: UNION ALL
        UNION ALL
        (SELECT h.tenant_id, h.hazard_id, h.entered_at FROM hazard_views h
         WHERE s.kind = 5 AND h.unit_id = s.unit
           AND (h.entered_at, h.hazard_id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                       coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY h.entered_at DESC, h.hazard_id DESC LIMIT :context.row_limit)
    ) l
    ORDER BY l.entered_at DESC, l.id DESC
    LIMIT :context.row_limit
) page
JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.entered_at DESC, page.id DESC

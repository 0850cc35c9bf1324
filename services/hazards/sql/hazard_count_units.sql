-- SPDX-License-Identifier: Apache-2.0
-- The same for each unit of a part: tenants, townships, units at which they were found, responsible units.
SELECT c.unit_id, c.sector, c.grade, c.state, c.count,
       c.unit_id AS "page.id", c.sector AS "page.code", c.grade::int AS "page.first", c.state::int AS "page.second"
FROM (
    SELECT DISTINCT l.* FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT c.tenant_id, c.unit_id, c.sector, c.grade, c.state, c.count FROM hazard_counts c
         WHERE s.kind = {kind} AND c.{level}_id = s.unit AND c.part = :request.by::int
           AND c.count > 0 AND (s.sector = '' OR c.sector = s.sector)
           AND (c.unit_id, c.sector, c.grade::int, c.state::int) > (
                coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(:context.page.code, ''), coalesce(:context.page.first, 0), coalesce(:context.page.second, 0))
         ORDER BY c.unit_id, c.sector, c.grade, c.state LIMIT :context.row_limit)
        -- end: UNION ALL
        UNION ALL
        (SELECT c.tenant_id, c.unit_id, c.sector, c.grade, c.state, c.count FROM hazard_counts c
         WHERE (s.kind = 5 AND c.part > 2 OR s.kind = 6 AND c.part = 3) AND c.unit_id = s.unit
           AND c.part = :request.by::int AND c.count > 0 AND (s.sector = '' OR c.sector = s.sector)
           AND (c.unit_id, c.sector, c.grade::int, c.state::int) > (
                coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(:context.page.code, ''), coalesce(:context.page.first, 0), coalesce(:context.page.second, 0))
         ORDER BY c.unit_id, c.sector, c.grade, c.state LIMIT :context.row_limit)
    ) l
) c
ORDER BY c.unit_id, c.sector, c.grade, c.state
LIMIT :context.row_limit

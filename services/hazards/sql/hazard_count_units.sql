-- SPDX-License-Identifier: Apache-2.0
-- The same for each unit of a part: tenants, townships, units at which they were found, responsible units.
SELECT c.unit_id, c.sector, c.grade, c.state, c.count,
       c.unit_id AS "page.id", c.sector AS "page.code", c.grade AS "page.first", c.state AS "page.second"
FROM (
    SELECT DISTINCT l.* FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT c.tenant_id, c.unit_id, c.sector, e.grade, e.state, e.count FROM hazard_counts c
         CROSS JOIN LATERAL (
-- include: by_grade_and_state
         ) e
         WHERE s.kind = {kind} AND c.{level}_id = s.unit AND c.part = :request.by::int
           AND e.count > 0 AND (s.sector = '' OR c.sector = s.sector)
           AND (c.unit_id, c.sector) >= (coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                                         coalesce(:context.page.code, ''))
           AND (c.unit_id, c.sector, e.grade, e.state) > (
                coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(:context.page.code, ''), coalesce(:context.page.first, 0), coalesce(:context.page.second, 0))
         ORDER BY c.unit_id, c.sector, e.grade, e.state LIMIT :context.row_limit)
        -- end: UNION ALL
        UNION ALL
        (SELECT c.tenant_id, c.unit_id, c.sector, e.grade, e.state, e.count FROM hazard_counts c
         CROSS JOIN LATERAL (
-- include: by_grade_and_state
         ) e
         WHERE (s.kind = 5 AND c.part > 2 OR s.kind = 6 AND c.part = 3) AND c.unit_id = s.unit
           AND c.part = :request.by::int AND e.count > 0 AND (s.sector = '' OR c.sector = s.sector)
           AND (c.unit_id, c.sector) >= (coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                                         coalesce(:context.page.code, ''))
           AND (c.unit_id, c.sector, e.grade, e.state) > (
                coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(:context.page.code, ''), coalesce(:context.page.first, 0), coalesce(:context.page.second, 0))
         ORDER BY c.unit_id, c.sector, e.grade, e.state LIMIT :context.row_limit)
    ) l
) c
ORDER BY c.unit_id, c.sector, c.grade, c.state
LIMIT :context.row_limit

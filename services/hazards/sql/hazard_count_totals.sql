-- SPDX-License-Identifier: Apache-2.0
-- How many hazards the scope has by sector, grade and state: a sum over the tenants' rows, or the township's own. A post
-- that sees no territory sees what was found at its unit. A narrower scope (in all sectors, or a unit that came from
-- elsewhere) counts by what a wider one does not have.
SELECT c.sector, e.grade, e.state, sum(e.count)::bigint AS count,
       c.sector AS "page.code", e.grade AS "page.first", e.state AS "page.second"
FROM (
    SELECT l.* FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
         AS s(kind, unit, sector)
    CROSS JOIN LATERAL (
        -- for: kind,part,level 1,1,region 2,1,city 3,1,county 4,2,township
        SELECT c.sector, c.counts FROM hazard_counts c
        WHERE s.kind = {kind} AND c.{level}_id = s.unit AND c.part = {part} AND (s.sector = '' OR c.sector = s.sector)
          AND NOT EXISTS (
            SELECT FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
                 AS o(kind, unit, sector)
            WHERE o.kind BETWEEN 1 AND s.kind - 1 AND (o.sector = '' OR o.sector = c.sector)
              AND o.unit = (ARRAY[c.region_id, c.city_id, c.county_id, c.township_id])[o.kind])
        -- end: UNION ALL
        UNION ALL
        SELECT c.sector, c.counts FROM hazard_counts c
        WHERE (s.kind = 5 AND 5 = ALL (:context.pair_kind::int[]) OR s.kind = 6) AND c.unit_id = s.unit AND c.part = 3
          AND (s.sector = '' OR c.sector = s.sector)
          AND NOT EXISTS (
            SELECT FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[], :context.pair_sector::text[])
                 AS o(kind, unit, sector)
            WHERE o.kind BETWEEN 1 AND 4 AND (o.sector = '' OR o.sector = c.sector)
              AND o.unit = (ARRAY[c.region_id, c.city_id, c.county_id, c.township_id])[o.kind])
    ) l
) c
CROSS JOIN LATERAL (
-- include: by_grade_and_state
) e
WHERE e.count > 0
  AND (c.sector, e.grade, e.state) > (coalesce(:context.page.code, ''), coalesce(:context.page.first, 0),
                                      coalesce(:context.page.second, 0))
GROUP BY c.sector, e.grade, e.state
ORDER BY c.sector, e.grade, e.state
LIMIT :context.row_limit

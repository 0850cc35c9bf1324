-- SPDX-License-Identifier: Apache-2.0
-- A page of the units of any scope for a stream, retired ones included: for each pair a limited read of one index, merged
-- (unit_list_pairs).
SELECT
-- include: columns
    , u.code AS "page.code", u.id AS "page.id"
FROM (
    SELECT DISTINCT l.id, l.code
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[]) AS s(kind, unit)
    CROSS JOIN LATERAL (
        -- for: kind,level 1,region 2,city 3,county 4,township
        (SELECT u.id, u.code FROM units u
         WHERE s.kind = {kind} AND u.{level}_id = s.unit
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
        -- end: UNION ALL
        UNION ALL
        (SELECT u.id, u.code FROM units u
         WHERE s.kind IN (5, 6) AND u.id = s.unit AND u.tenant_id = :context.tenant_id
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
    ) l
    ORDER BY l.code, l.id
    LIMIT :context.row_limit
) page
JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = page.id
ORDER BY page.code, page.id

-- SPDX-License-Identifier: Apache-2.0
-- The units of any scope: for each pair a limited read of one index, merged. Sectors confine records, not units.
SELECT
-- include: columns
    , u.code AS "page.code", u.id AS "page.id"
FROM (
    SELECT DISTINCT l.id, l.code
    FROM unnest(:context.pair_kind::int[], :context.pair_unit::uuid[]) AS s(kind, unit)
    CROSS JOIN LATERAL (
        (SELECT u.id, u.code FROM units u
         WHERE s.kind = 1 AND u.region_id = s.unit AND (:request.include_retired OR u.retired_at IS NULL)
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
        UNION ALL
        (SELECT u.id, u.code FROM units u
         WHERE s.kind = 2 AND u.city_id = s.unit AND (:request.include_retired OR u.retired_at IS NULL)
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
        UNION ALL
        (SELECT u.id, u.code FROM units u
         WHERE s.kind = 3 AND u.county_id = s.unit AND (:request.include_retired OR u.retired_at IS NULL)
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
        UNION ALL
        (SELECT u.id, u.code FROM units u
         WHERE s.kind = 4 AND u.township_id = s.unit AND (:request.include_retired OR u.retired_at IS NULL)
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
        UNION ALL
        (SELECT u.id, u.code FROM units u
         WHERE s.kind IN (5, 6) AND u.id = s.unit
           AND u.tenant_id = :context.tenant_id AND (:request.include_retired OR u.retired_at IS NULL)
           AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                                 coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
         ORDER BY u.code, u.id LIMIT :context.row_limit)
    ) l
    ORDER BY l.code, l.id
    LIMIT :context.row_limit
) page
JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = page.id
ORDER BY page.code, page.id

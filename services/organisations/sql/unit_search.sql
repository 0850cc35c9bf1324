-- SPDX-License-Identifier: Apache-2.0
-- Units by a part of their name or the beginning of a code: one range of keys. page.rank is quality and tier in one; an
-- exact match is of the best quality.
SELECT
-- include: columns
    , page.rank AS "page.rank", page.code AS "page.code", page.unit_id AS "page.id"
FROM (
    SELECT hits.*
    FROM (
        SELECT k.unit_id, k.code,
               min((CASE WHEN k.quality = 1 AND k.key = lower(btrim(:request.query)) THEN 0 ELSE k.quality END) * 100
                   + k.kind)::int AS rank
        FROM unit_keys k
        WHERE k.tenant_id = :context.tenant_id
          AND k.key >= lower(btrim(:request.query)) AND k.key < lower(btrim(:request.query)) || U&'\+10FFFF'
          AND btrim(:request.query) <> ''
          AND (k.quality = 1 OR char_length(btrim(:request.query)) > 1)
          AND (:request.include_retired OR NOT k.retired)
          AND (:context.scope_all
               OR ARRAY[k.region_id, k.city_id, k.county_id, k.township_id] && :context.scope_unit::uuid[]
               OR k.unit_id = ANY (:context.pair_unit::uuid[])
               OR ARRAY[k.region_id, k.city_id, k.county_id, k.township_id] && :context.pair_unit::uuid[])
        GROUP BY k.unit_id, k.code
    ) hits
    WHERE (hits.rank, hits.code, hits.unit_id) > (coalesce(:context.page.rank, 0), coalesce(:context.page.code, ''),
                                                  coalesce(:context.page.id,
                                                           '00000000-0000-0000-0000-000000000000'::uuid))
    ORDER BY hits.rank, hits.code, hits.unit_id
    LIMIT :context.row_limit
) page
JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = page.unit_id
ORDER BY page.rank, page.code, page.unit_id

-- SPDX-License-Identifier: Apache-2.0
-- When places were visited last, by inspections that the caller sees: an index read for each place.
SELECT s.id AS site_id, v.visited_at, v.visits, s.id AS "page.id"
FROM (SELECT DISTINCT u.id FROM unnest(:request.site_ids::uuid[]) AS u(id)) s
CROSS JOIN LATERAL (
    SELECT max(r.visited_at) AS visited_at, count(*)::int AS visits
    FROM inspections r
    WHERE r.site_id = s.id AND r.visited_at IS NOT NULL AND
-- include: in_scope
) v
WHERE v.visits > 0 AND s.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY s.id
LIMIT :context.row_limit

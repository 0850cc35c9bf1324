-- SPDX-License-Identifier: Apache-2.0
-- The gaps of the desks within the scope. Under the tenant's wall: whether somebody holds a post or has another duty elsewhere
-- lies above what the caller may see.
SELECT g.unit_id, g.unit_name, g.kind, g.starts_at, g.ends_at, g.person_id, coalesce(p.name, '') AS person_name, g.shift_id,
    g.starts_at AS "page.time", g.id AS "page.id"
FROM (
    SELECT r.unit_id, u.name AS unit_name, d.*, md5(r.unit_id || '/' || d.key)::uuid AS id
    FROM duty_desks r
    JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = r.unit_id AND u.retired_at IS NULL
    CROSS JOIN LATERAL duty_gaps(
        r.unit_id, coalesce(:request.since, :context.now::timestamptz),
        coalesce(:request.since, :context.now::timestamptz)
            + coalesce(nullif(:request.days::integer, 0), 14) * interval '1 day') d
    WHERE r.tenant_id = :context.tenant_id AND NOT r.closed AND
-- include: record_in_scope
) g
LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = g.person_id
WHERE (g.starts_at, g.id) > (coalesce(:context.page.time, '-infinity'::timestamptz), coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
ORDER BY g.starts_at, g.id
LIMIT :context.row_limit

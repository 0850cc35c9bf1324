-- SPDX-License-Identifier: Apache-2.0
-- The desk, and the gaps that begin as soon as it wants to be warned of them.
SELECT
-- include: duty_desk_columns
    , g.kinds AS "facts.gap_kinds", g.starts AS "facts.gap_starts", g.ends AS "facts.gap_ends",
    g.people AS "facts.gap_person_ids", g.names AS "facts.gap_person_names", g.shifts AS "facts.gap_shift_ids",
    g.keys AS "facts.gap_keys"
FROM duty_desks r
CROSS JOIN LATERAL (
    SELECT array_agg(d.kind ORDER BY d.starts_at, d.key) AS kinds,
           array_agg(d.starts_at ORDER BY d.starts_at, d.key) AS starts,
           array_agg(d.ends_at ORDER BY d.starts_at, d.key) AS ends,
           array_agg(coalesce(d.person_id::text, '') ORDER BY d.starts_at, d.key) AS people,
           array_agg(coalesce(p.name, '') ORDER BY d.starts_at, d.key) AS names,
           array_agg(coalesce(d.shift_id::text, '') ORDER BY d.starts_at, d.key) AS shifts,
           array_agg(d.key ORDER BY d.starts_at, d.key) AS keys
    FROM (SELECT g.* FROM duty_gaps(r.unit_id, :context.now::timestamptz,
                                    :context.now::timestamptz + r.warn_days * interval '1 day' + interval '1 minute') g
          ORDER BY g.starts_at, g.key LIMIT 200) d
    LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = d.person_id) g
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id

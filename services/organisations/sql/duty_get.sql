-- SPDX-License-Identifier: Apache-2.0
-- Who is on duty: the desk of the unit, or of the nearest above that keeps one. Read under the tenant's wall, since the desk may
-- stand above what the caller may see; the unit itself must be within his scope. A desk that is closed answers for the shifts that
-- it had.
WITH RECURSIVE above AS (
    SELECT u.id, u.parent_id, u.name, u.retired_at, 0 AS steps
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND
-- include: in_scope
    UNION ALL
    SELECT p.id, p.parent_id, p.name, p.retired_at, a.steps + 1
    FROM above a JOIN units p ON p.tenant_id = :context.tenant_id AND p.id = a.parent_id
    WHERE a.steps < 63    -- more than the tree has
), known AS (
    SELECT s.* FROM above a
    JOIN duty_shifts s ON s.unit_id = a.id AND s.tenant_id = :context.tenant_id
    WHERE s.starts_at <= coalesce(:request.at, :context.now::timestamptz)
      AND s.ends_at > coalesce(:request.at, :context.now::timestamptz)
      AND s.change_at <= coalesce(:request.known_at, 'infinity'::timestamptz)
    UNION ALL
    SELECT v.tenant_id, v.id, v.version, v.unit_id, v.region_id, v.city_id, v.county_id, v.township_id, v.starts_at,
           v.ends_at, v.leader_ids, v.leader_names, v.officer_ids, v.officer_names, v.occasion, v.change_kind,
           v.change_reason, v.change_person, v.change_at, v.cancelled, v.occurred_at, v.entered_at
    FROM above a
    JOIN duty_versions v ON v.unit_id = a.id AND v.tenant_id = :context.tenant_id
    WHERE v.starts_at <= coalesce(:request.at, :context.now::timestamptz)
      AND v.ends_at > coalesce(:request.at, :context.now::timestamptz)
      AND v.change_at <= :request.known_at AND v.superseded_at > :request.known_at
)
SELECT
    a.id AS unit_id, d.telephone, d.unit_id AS desk_unit_id, d.name AS desk_unit_name,
    s.id AS "shift.id", s.version AS "shift.version", s.unit_id AS "shift.unit_id", s.starts_at AS "shift.starts_at",
    s.ends_at AS "shift.ends_at", s.leader_ids AS "shift.leaders.person_ids", s.leader_names AS "shift.leaders.names",
    s.officer_ids AS "shift.officers.person_ids", s.officer_names AS "shift.officers.names",
    s.occasion AS "shift.occasion", s.change_kind AS "shift.change.kind", s.change_reason AS "shift.change.reason",
    s.change_person AS "shift.change.person_name", s.change_at AS "shift.change.at", s.cancelled AS "shift.cancelled",
    s.occurred_at AS "shift.occurred_at", s.entered_at AS "shift.entered_at",
    (SELECT array_agg(coalesce(p.phone, '') ORDER BY i.at) FROM unnest(s.leader_ids) WITH ORDINALITY AS i(id, at)
     LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = i.id) AS leader_phones,
    (SELECT array_agg(coalesce(p.phone, '') ORDER BY i.at) FROM unnest(s.officer_ids) WITH ORDINALITY AS i(id, at)
     LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = i.id) AS officer_phones,
    coalesce(:request.at, :context.now::timestamptz) AS at
FROM above a
LEFT JOIN LATERAL (
    SELECT k.telephone, k.unit_id, b.name
    FROM above b
    JOIN duty_desks k ON k.unit_id = b.id AND k.tenant_id = :context.tenant_id
    WHERE (b.retired_at IS NULL OR b.retired_at > coalesce(:request.at, :context.now::timestamptz))
      AND (NOT k.closed OR EXISTS (SELECT FROM known n WHERE n.unit_id = b.id AND NOT n.cancelled))
    ORDER BY b.steps LIMIT 1) d ON true
LEFT JOIN LATERAL (SELECT * FROM known n WHERE n.unit_id = d.unit_id AND NOT n.cancelled LIMIT 1) s ON true
WHERE a.steps = 0

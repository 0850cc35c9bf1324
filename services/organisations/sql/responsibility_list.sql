-- SPDX-License-Identifier: Apache-2.0
-- The lines for a unit, of an overseer or of a leader: one of them is asked for.
SELECT
-- include: responsibility_columns
    , r.id AS "page.id"
FROM (
    (SELECT r.* FROM responsibilities r
     WHERE r.unit_id = :request.unit_id AND r.tenant_id = :context.tenant_id
       AND (:request.include_past
            OR (r.starts_at <= coalesce(:request.at, :context.now::timestamptz)
                AND (r.ends_at IS NULL OR r.ends_at > coalesce(:request.at, :context.now::timestamptz))))
       AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: responsibility_in_scope
     ORDER BY r.id LIMIT :context.row_limit)
    UNION ALL
    (SELECT r.* FROM responsibilities r
     WHERE r.overseer_unit_id = :request.overseer_unit_id AND r.tenant_id = :context.tenant_id
       AND (:request.include_past
            OR (r.starts_at <= coalesce(:request.at, :context.now::timestamptz)
                AND (r.ends_at IS NULL OR r.ends_at > coalesce(:request.at, :context.now::timestamptz))))
       AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: responsibility_in_scope
     ORDER BY r.id LIMIT :context.row_limit)
    UNION ALL
    (SELECT r.* FROM responsibilities r
     WHERE r.leader_person_id = :request.leader_person_id AND r.tenant_id = :context.tenant_id
       AND (:request.include_past
            OR (r.starts_at <= coalesce(:request.at, :context.now::timestamptz)
                AND (r.ends_at IS NULL OR r.ends_at > coalesce(:request.at, :context.now::timestamptz))))
       AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: responsibility_in_scope
     ORDER BY r.id LIMIT :context.row_limit)
) r
ORDER BY r.id
LIMIT :context.row_limit

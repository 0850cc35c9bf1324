-- SPDX-License-Identifier: Apache-2.0
-- The grants on a unit, to a grantee, of a grantor, that wait, or that are unreviewed: one of them is asked for. A grant was
-- in force at a time if it was approved by then (it begins with its approval at the earliest) and not revoked.
SELECT
-- include: grant_columns
    , r.id AS "page.id"
FROM (
    -- for: column,parameter unit_id,unit_id grantee_id,grantee_id grantor_person_id,grantor_person_id
    (SELECT r.* FROM grants r
     WHERE r.{column} = :request.{parameter} AND r.tenant_id = :context.tenant_id
       AND (:request.include_past
            OR (r.state IN (2, 4) AND (r.state = 2 OR r.decided IS NOT NULL OR r.ground = 6)
                AND r.starts_at <= coalesce(:request.at, :context.now::timestamptz)
                AND r.ends_at > coalesce(:request.at, :context.now::timestamptz)
                AND (r.revoked_at IS NULL OR r.revoked_at > coalesce(:request.at, :context.now::timestamptz))))
       AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: grant_in_scope
     ORDER BY r.id LIMIT :context.row_limit)
    -- end: UNION ALL
    UNION ALL
    (SELECT r.* FROM grants r
     WHERE :request.waiting AND r.state = 1 AND r.tenant_id = :context.tenant_id
       AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: grant_in_scope
     ORDER BY r.id LIMIT :context.row_limit)
    UNION ALL
    (SELECT r.* FROM grants r
     WHERE :request.unreviewed AND r.ground = 6 AND r.reviewed IS NULL AND r.tenant_id = :context.tenant_id
       AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: grant_in_scope
     ORDER BY r.id LIMIT :context.row_limit)
) r
ORDER BY r.id
LIMIT :context.row_limit

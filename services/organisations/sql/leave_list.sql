-- SPDX-License-Identifier: Apache-2.0
-- The leaves that were entered at a unit.
SELECT
-- include: leave_columns
    , r.id AS "page.id"
FROM leaves r
WHERE r.unit_id = :request.unit_id AND r.tenant_id = :context.tenant_id
  AND (:request.include_past OR (r.ends_at > :context.now::timestamptz AND r.ends_at > r.starts_at))
  AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: record_in_scope
ORDER BY r.id
LIMIT :context.row_limit

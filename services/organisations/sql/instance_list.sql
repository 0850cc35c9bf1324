-- SPDX-License-Identifier: Apache-2.0
-- The instances within the scope; they are as few as counties.
SELECT
-- include: instance_columns
    , r.id AS "page.id"
FROM instances r
WHERE r.tenant_id = :context.tenant_id
  AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: record_in_scope
ORDER BY r.id
LIMIT :context.row_limit

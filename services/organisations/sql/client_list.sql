-- SPDX-License-Identifier: Apache-2.0
-- The clients that one unit answers for.
SELECT
-- include: client_columns
    , r.id AS "page.id"
FROM clients r
WHERE r.unit_id = :request.unit_id AND r.tenant_id = :context.tenant_id
  AND (:request.include_retired OR r.retired_at IS NULL)
  AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: record_in_scope
ORDER BY r.id
LIMIT :context.row_limit

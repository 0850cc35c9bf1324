-- SPDX-License-Identifier: Apache-2.0
-- The accounts of the people of one unit of record.
SELECT
-- include: account_columns
    , r.id AS "page.id"
FROM accounts r
WHERE r.unit_id = :request.unit_id AND r.tenant_id = :context.tenant_id
  AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: record_in_scope
ORDER BY r.id
LIMIT :context.row_limit

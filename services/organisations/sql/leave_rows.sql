-- SPDX-License-Identifier: Apache-2.0
-- All rows in the order of their ids, a page at a time, to be held against the log.
SELECT
-- include: leave_columns
    , r.id AS "page.id"
FROM leaves r
WHERE r.tenant_id = :context.tenant_id
  AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY r.id
LIMIT :context.row_limit

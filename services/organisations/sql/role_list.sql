-- SPDX-License-Identifier: Apache-2.0
-- The roles, by their names; they hold in the whole instance.
SELECT
-- include: role_columns
    , r.name AS "page.code", r.id AS "page.id"
FROM roles r
WHERE r.tenant_id = :context.tenant_id AND r.name > coalesce(:context.page.code, '')
ORDER BY r.name
LIMIT :context.row_limit

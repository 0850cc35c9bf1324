-- SPDX-License-Identifier: Apache-2.0
-- The desks within the scope, by their ids.
SELECT
-- include: duty_desk_columns
    , r.id AS "page.id"
FROM duty_desks r
WHERE r.tenant_id = :context.tenant_id AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: record_in_scope
ORDER BY r.id
LIMIT :context.row_limit

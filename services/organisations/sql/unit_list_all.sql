-- SPDX-License-Identifier: Apache-2.0
-- The units of the whole instance. version > 0, which is always so, lets this statement have an index that no other
-- takes by mistake.
SELECT
-- include: columns
    , u.code AS "page.code", u.id AS "page.id"
FROM units u
WHERE :context.scope_all AND u.version > 0 AND u.tenant_id = :context.tenant_id
  AND (:request.include_retired OR u.retired_at IS NULL)
  AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                        coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
ORDER BY u.code, u.id
LIMIT :context.row_limit

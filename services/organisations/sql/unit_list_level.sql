-- SPDX-License-Identifier: Apache-2.0
-- each: level region city county township
-- The units of one territory: one index read. No tenant is named: there is one, and a plan that is made while the table is
-- small would read all of it by the primary key.
SELECT
-- include: columns
    , u.code AS "page.code", u.id AS "page.id"
FROM units u
WHERE u.{level}_id = :context.only_unit
  AND (:request.include_retired OR u.retired_at IS NULL)
  AND (u.code, u.id) > (coalesce(:context.page.code, ''),
                        coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
ORDER BY u.code, u.id
LIMIT :context.row_limit

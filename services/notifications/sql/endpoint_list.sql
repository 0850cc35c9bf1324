-- SPDX-License-Identifier: Apache-2.0
-- The endpoints of units within the scope, by their codes.
SELECT e.summary AS "*", e.code AS "page.code", e.id AS "page.id"
FROM endpoints e
WHERE (e.code, e.id) > (coalesce(:context.page.code, ''),
                        coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
  AND (:request.include_retired OR NOT e.retired) AND
-- include: endpoint_in_scope
ORDER BY e.code, e.id
LIMIT :context.row_limit

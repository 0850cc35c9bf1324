-- SPDX-License-Identifier: Apache-2.0
-- The rules of units within the scope, by their codes: a few dozen of each unit that has its own.
SELECT r.summary AS "*", r.code AS "page.code", r.id AS "page.id"
FROM notify_rules r
WHERE (r.code, r.id) > (coalesce(:context.page.code, ''),
                        coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid))
  AND (:request.include_retired OR NOT r.retired) AND
-- include: rule_in_scope
ORDER BY r.code, r.id
LIMIT :context.row_limit

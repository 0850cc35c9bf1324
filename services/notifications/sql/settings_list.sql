-- SPDX-License-Identifier: Apache-2.0
SELECT s.summary AS "*", s.detail AS "*", s.id AS "page.id"
FROM report_settings s
WHERE s.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: settings_in_scope
ORDER BY s.id
LIMIT :context.row_limit

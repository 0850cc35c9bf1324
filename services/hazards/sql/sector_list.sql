-- SPDX-License-Identifier: Apache-2.0
-- The sectors, by code: not the scope's, everybody's.
SELECT s.code, s.zh, s.en, s.code AS "page.code"
FROM sectors s
WHERE s.code > coalesce(:context.page.code, '')
ORDER BY s.code
LIMIT :context.row_limit

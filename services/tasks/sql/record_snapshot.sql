-- SPDX-License-Identifier: Apache-2.0
-- each: table campaigns inspections
-- A page of whole records for a stream: read as the lists are.
-- include: list_examined
     ORDER BY e.entered_at DESC, e.id DESC LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, entered_at, 1 FROM bound
)
SELECT r.summary AS "*", r.detail AS "*", page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN {table} r ON r.tenant_id = page.tenant_id AND r.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit

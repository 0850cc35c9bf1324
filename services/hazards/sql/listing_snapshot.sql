-- SPDX-License-Identifier: Apache-2.0
-- A page of whole listings for a stream: read as the list is.
-- include: listing_examined
     ORDER BY e.entered_at DESC, e.id DESC LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, entered_at, 1 FROM bound
)
SELECT l.summary AS "*", l.detail AS "*", page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN listings l ON l.tenant_id = page.tenant_id AND l.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit

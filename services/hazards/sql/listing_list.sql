-- SPDX-License-Identifier: Apache-2.0
-- Listings of hazards within the scope, and those that a unit has opened, the latest first: for each pair limited reads of
-- indexes, merged, as in the ledger.
-- include: listing_examined
       AND (:request.state::int IS NULL OR e.state = :request.state::int)
       AND (:request.hazard_id::uuid IS NULL OR e.hazard_id = :request.hazard_id::uuid)
     ORDER BY e.entered_at DESC, e.id DESC LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, entered_at, 1 FROM bound
)
SELECT l.summary AS "*", page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN listings l ON l.tenant_id = page.tenant_id AND l.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit

-- SPDX-License-Identifier: Apache-2.0
-- The ledger's page for any scope: for each pair a limited read of one index, merged. A branch whose kind is not the
-- pair's is not run. A record that several pairs cover (found by one unit, to be rectified by another) appears once. Where
-- a read ends at its bound before the page is full, the page ends with it: the last row, without a record, says where the
-- next one begins.
-- include: pairs_page
SELECT
-- include: columns
    , page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit

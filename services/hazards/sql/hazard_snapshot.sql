-- SPDX-License-Identifier: Apache-2.0
-- A page of whole hazards for a stream: read as the ledger's page for any scope is (hazard_list_pairs).
-- include: pairs_page
SELECT h.summary AS "*", h.detail AS "*", page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit

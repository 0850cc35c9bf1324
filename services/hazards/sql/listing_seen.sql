-- SPDX-License-Identifier: Apache-2.0
-- Which of some listings are within the scope. LIMIT keeps the order of the joins: one index read for each.
SELECT k.at, l.sector
FROM unnest(:records.tenant_id::uuid[], :records.record_id::uuid[]) WITH ORDINALITY AS k(tenant_id, id, at)
CROSS JOIN LATERAL (
    SELECT l.sector FROM listings l
    WHERE l.tenant_id = k.tenant_id AND l.id = k.id AND
-- include: listing_in_scope
    LIMIT 1) l
ORDER BY k.at

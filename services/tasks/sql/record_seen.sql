-- SPDX-License-Identifier: Apache-2.0
-- each: table campaigns inspections
-- Which of some records are within the scope. LIMIT keeps the order of the joins: one index read for each.
SELECT k.at, r.sector
FROM unnest(:records.tenant_id::uuid[], :records.record_id::uuid[]) WITH ORDINALITY AS k(tenant_id, id, at)
CROSS JOIN LATERAL (
    SELECT r.sector FROM {table} r
    WHERE r.tenant_id = k.tenant_id AND r.id = k.id AND
-- include: in_scope
    LIMIT 1) r
ORDER BY k.at

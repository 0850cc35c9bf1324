-- SPDX-License-Identifier: Apache-2.0
-- Which of some hazards are within the scope. LIMIT keeps the order of the joins: one index read for each.
SELECT k.at, h.sector
FROM unnest(:records.tenant_id::uuid[], :records.record_id::uuid[]) WITH ORDINALITY AS k(tenant_id, id, at)
CROSS JOIN LATERAL (
    SELECT h.sector FROM hazards h
    WHERE h.tenant_id = k.tenant_id AND h.id = k.id AND
-- include: in_scope
    LIMIT 1) h
ORDER BY k.at

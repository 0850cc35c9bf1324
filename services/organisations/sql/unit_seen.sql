-- SPDX-License-Identifier: Apache-2.0
-- Which of some units are within the scope. LIMIT keeps the order of the joins: one index read for each.
SELECT k.at, '' AS sector
FROM unnest(:records.tenant_id::uuid[], :records.record_id::uuid[]) WITH ORDINALITY AS k(tenant_id, id, at)
CROSS JOIN LATERAL (
    SELECT 1 FROM units u
    WHERE u.tenant_id = k.tenant_id AND u.id = k.id AND
-- include: in_scope
    LIMIT 1) u
ORDER BY k.at

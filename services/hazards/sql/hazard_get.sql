-- SPDX-License-Identifier: Apache-2.0
-- Hazards by their keys. LIMIT keeps the order of the joins: one index read for each.
SELECT h.summary AS "*", h.detail AS "*", k.at AS "call.at"
FROM unnest(:request.tenant_id::uuid[], :request.id::uuid[]) WITH ORDINALITY AS k(tenant_id, id, at)
CROSS JOIN LATERAL (
    SELECT h.summary, h.detail FROM hazards h
    WHERE h.tenant_id = k.tenant_id AND h.id = k.id AND
-- include: in_scope
    LIMIT 1) h

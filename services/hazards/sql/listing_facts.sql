-- SPDX-License-Identifier: Apache-2.0
-- The hazard that is to be listed, as far as it is seen.
SELECT h.summary || h.detail AS "facts.hazard",
    EXISTS (SELECT FROM listings l
            WHERE l.tenant_id = :context.tenant_id AND l.hazard_id = h.id AND l.state < 6) AS "facts.open"
FROM hazards h
WHERE h.tenant_id = :request.hazard_tenant_id AND h.id = :request.hazard_id AND
-- include: in_scope

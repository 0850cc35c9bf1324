-- SPDX-License-Identifier: Apache-2.0
-- The campaign that a unit of its tenant confirms, as far as it is seen, and whether it has.
SELECT r.summary || r.detail AS "facts.above",
    EXISTS (SELECT FROM receipts t
            WHERE t.tenant_id = r.tenant_id AND t.campaign_id = r.id AND t.unit_id = :request.unit_id) AS "facts.taken"
FROM campaigns r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.campaign_id AND
-- include: in_scope

-- SPDX-License-Identifier: Apache-2.0
-- The campaign that a unit reports to, as far as it is seen, and whether it has reported the round.
SELECT r.summary || r.detail AS "facts.above",
    EXISTS (SELECT FROM reports t
            WHERE t.tenant_id = :context.tenant_id AND t.campaign_id = r.id AND t.unit_id = :request.unit_id
              AND t.round = :request.round) AS "facts.taken"
FROM campaigns r
WHERE r.tenant_id = :request.campaign_tenant_id AND r.id = :request.campaign_id AND
-- include: in_scope

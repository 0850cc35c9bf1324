-- SPDX-License-Identifier: Apache-2.0
-- What a unit has received of a campaign, and that campaign.
SELECT r.summary AS "*", r.detail AS "*", a.summary || a.detail AS "facts.above"
FROM campaigns r
JOIN campaigns a ON a.tenant_id = r.above_tenant_id AND a.id = r.above_id
WHERE r.tenant_id = :request.tenant_id AND r.above_id = :request.above_id AND r.unit_id = :request.unit_id

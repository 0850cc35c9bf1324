-- SPDX-License-Identifier: Apache-2.0
-- What is known of a hazard that was drawn, and whether it is about to be re-checked already.
SELECT r.summary || r.detail AS "facts.hazard",
    EXISTS (SELECT FROM rechecks c
            WHERE c.tenant_id = r.tenant_id AND c.hazard_id = r.id AND c.state <> 14) AS "facts.taken"
FROM tracked_hazards r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.hazard_id

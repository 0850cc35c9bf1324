-- SPDX-License-Identifier: Apache-2.0
-- The re-check of a hazard that awaits a verdict.
SELECT r.summary AS "*", r.detail AS "*"
FROM rechecks r
WHERE r.tenant_id = :request.tenant_id AND r.hazard_id = :request.hazard_id AND r.state <> 14

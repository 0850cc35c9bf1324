-- SPDX-License-Identifier: Apache-2.0
-- What is known of a hazard, and by what its clock is wound.
SELECT r.summary AS "*", r.detail AS "*",
-- include: clock_facts
FROM tracked_hazards r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id

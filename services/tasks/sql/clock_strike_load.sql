-- SPDX-License-Identifier: Apache-2.0
-- Hazards whose clocks strike now, the earliest first: so many, that what has piled up is done in time and not at once.
SELECT r.summary AS "*", r.detail AS "*"
FROM clocks c
JOIN tracked_hazards r ON r.tenant_id = c.tenant_id AND r.id = c.hazard_id
WHERE c.tenant_id = :request.tenant_id AND c.next_at <= :context.now::timestamptz
ORDER BY c.next_at, c.hazard_id
LIMIT 100

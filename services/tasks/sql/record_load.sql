-- SPDX-License-Identifier: Apache-2.0
-- each: table campaigns reports checklists rechecks
-- A record that is to change: by those who have it in hand, not by those who merely see it.
SELECT r.summary AS "*", r.detail AS "*"
FROM {table} r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_hand

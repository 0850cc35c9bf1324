-- SPDX-License-Identifier: Apache-2.0
-- An inspection that is to change, as far as it is seen: its rule says that it belongs to the team.
SELECT r.summary AS "*", r.detail AS "*"
FROM inspections r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_scope

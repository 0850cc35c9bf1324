-- SPDX-License-Identifier: Apache-2.0
-- One edition: whoever has the permission reads it.
SELECT r.summary AS "*", r.detail AS "*"
FROM checklists r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id

-- SPDX-License-Identifier: Apache-2.0
SELECT e.summary AS "*", e.detail AS "*"
FROM endpoints e
WHERE e.tenant_id = :request.tenant_id AND e.id = :request.id AND
-- include: endpoint_in_scope

-- SPDX-License-Identifier: Apache-2.0
-- A delivery of the tenant.
SELECT d.summary AS "*", d.detail AS "*"
FROM deliveries d
WHERE d.tenant_id = :request.tenant_id AND d.id = :request.id

-- SPDX-License-Identifier: Apache-2.0
-- A message of the tenant.
SELECT m.summary AS "*", m.detail AS "*"
FROM messages m
WHERE m.tenant_id = :request.tenant_id AND m.id = :request.id

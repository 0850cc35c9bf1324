-- SPDX-License-Identifier: Apache-2.0
-- A message of the caller's inbox.
SELECT m.summary AS "*", m.detail AS "*"
FROM messages m
WHERE m.tenant_id = :request.tenant_id AND m.id = :request.id AND
-- include: addressed
  AND
-- include: in_scope

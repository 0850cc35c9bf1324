-- SPDX-License-Identifier: Apache-2.0
-- The messages of the tenant that tell of a record and whose ladders have not ended.
SELECT m.summary AS "*", m.detail AS "*"
FROM messages m
WHERE m.tenant_id = :request.tenant_id AND m.subject_id = :request.subject_id AND m.due_at IS NOT NULL
ORDER BY m.id
LIMIT 200

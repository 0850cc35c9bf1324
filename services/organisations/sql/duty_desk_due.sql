-- SPDX-License-Identifier: Apache-2.0
-- The desks that are to be warned, the longest due first, for the scheduler.
SELECT d.tenant_id, d.id, d.version, d.due_at
FROM duty_desks d
WHERE d.due_at <= now()
ORDER BY d.due_at
LIMIT :context.row_limit

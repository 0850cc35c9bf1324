-- SPDX-License-Identifier: Apache-2.0
-- Messages of whose ladders a rung is due, the longest first, for the scheduler.
SELECT m.summary AS "*", m.detail AS "*"
FROM messages m
WHERE m.due_at <= now()
ORDER BY m.due_at
LIMIT :context.row_limit

-- SPDX-License-Identifier: Apache-2.0
-- What is due, the longest first, for the scheduler.
SELECT u.summary AS "*", u.detail AS "*"
FROM urgent_reports u
WHERE u.due_at <= now()
ORDER BY u.due_at
LIMIT :context.row_limit

-- SPDX-License-Identifier: Apache-2.0
-- Forgets a stream that was not used for 30 days, or whose first page nobody came back for within a day.
DELETE FROM streams WHERE id IN (
    SELECT id FROM streams
    WHERE used_at < now() - interval '30 days' OR (page = 0 AND used_at < now() - interval '1 day')
    LIMIT 1)

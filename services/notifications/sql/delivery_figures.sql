-- SPDX-License-Identifier: Apache-2.0
-- How much there is to send, as far as it can be counted quickly.
SELECT (SELECT count(*) FROM (SELECT FROM deliveries d WHERE d.due_at IS NOT NULL LIMIT 100000) w) AS "waiting",
       (SELECT count(*) FROM (SELECT FROM deliveries d WHERE d.state = 4 LIMIT 100000) w) AS "dead",
       (SELECT coalesce(greatest(0, extract(epoch FROM now() - min(d.due_at))), 0)::bigint
        FROM deliveries d WHERE d.due_at IS NOT NULL) AS "oldest_seconds"

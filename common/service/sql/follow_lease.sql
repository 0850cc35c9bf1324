-- SPDX-License-Identifier: Apache-2.0
-- Takes or renews the right to follow a service. No row: another process has it. What lies too far ahead was written by a
-- clock that has been put right since.
INSERT INTO follow_leases AS l (source, holder, until)
VALUES (:source, :holder, now() + :seconds::int * interval '1 second')
ON CONFLICT (source) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE l.holder = excluded.holder OR l.until <= now() OR l.until > now() + interval '1 minute'
RETURNING true AS "held"

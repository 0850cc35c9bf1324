-- SPDX-License-Identifier: Apache-2.0
-- A reader's stream in the post in which it began.
SELECT id, subject_id, post_id, record_type, projection, unit_id, sector, page, state, next_state,
       used_at < now() - interval '1 hour' AS idle
FROM streams
WHERE id = :stream.id AND subject_id = :stream.subject_id AND post_id IS NOT DISTINCT FROM :stream.post_id::uuid
FOR UPDATE

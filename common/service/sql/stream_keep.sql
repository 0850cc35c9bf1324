-- SPDX-License-Identifier: Apache-2.0
WITH kept AS (
    UPDATE streams
    SET page = :stream.page, state = :stream.state, next_state = nullif(:stream.next_state::bytea, ''), used_at = now()
    WHERE id = :stream.id
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM kept), 1)

-- SPDX-License-Identifier: Apache-2.0
-- A new stream; of the reader's others those that were used last stay.
WITH gone AS (
    DELETE FROM streams WHERE id IN (
        SELECT id FROM streams WHERE subject_id = :stream.subject_id::uuid
        ORDER BY used_at DESC, id OFFSET :stream.others_most::int)
)
INSERT INTO streams (id, subject_id, post_id, record_type, projection, unit_id, sector, page, state, next_state)
VALUES (:stream.id, :stream.subject_id, :stream.post_id, :stream.record_type, :stream.projection, :stream.unit_id,
        :stream.sector, :stream.page, :stream.state, nullif(:stream.next_state::bytea, ''))

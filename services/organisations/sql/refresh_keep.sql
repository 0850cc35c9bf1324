-- SPDX-License-Identifier: Apache-2.0
-- The next refresh token takes the place of the one that was given, once; or the session ends, because one came twice.
WITH moved AS (
    UPDATE sessions
    SET generation = CASE WHEN :effect.ends::bool THEN generation ELSE generation + 1 END,
        request_id = CASE WHEN :effect.ends::bool THEN request_id ELSE :effect.request_id END,
        refreshed_at = :context.now,
        post_id = :effect.post_id,
        grant_ids = :effect.grant_ids::uuid[],
        ended_at = CASE WHEN :effect.ends::bool THEN :context.now ELSE ended_at END
    WHERE tenant_id = :context.tenant_id AND id = :effect.session_id AND ended_at IS NULL
      AND (:effect.ends::bool OR generation = :effect.generation)
    RETURNING 1
)
SELECT :effect.ends::bool OR EXISTS (SELECT FROM moved) AS done

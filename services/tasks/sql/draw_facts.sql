-- SPDX-License-Identifier: Apache-2.0
-- What is drawn from: what was closed in the time, is not re-checked since (closed: 6) and not about to be; one more than
-- may be. And the rules that there are, the latest of each unit: the rule of DrawLookBacks takes the nearest.
WITH pool AS MATERIALIZED (
    SELECT r.id, r.grade
    FROM tracked_hazards r
    WHERE r.tenant_id = :context.tenant_id AND r.hazard_state = 6
      AND r.closed_at >= :request.closed_from AND r.closed_at < :request.closed_until
      AND (:request.of_unit_id::uuid IS NULL OR r.unit_id = :request.of_unit_id::uuid
           OR :request.of_unit_id::uuid = ANY (ARRAY[r.region_id, r.city_id, r.county_id, r.township_id]))
      AND NOT EXISTS (SELECT FROM rechecks c
                      WHERE c.tenant_id = r.tenant_id AND c.hazard_id = r.id AND c.state <> 14) AND
-- include: in_hand
    ORDER BY r.id
    LIMIT 5001
), latest AS (
    SELECT DISTINCT ON (r.unit_id) r.summary AS whole
    FROM draw_rules r
    ORDER BY r.unit_id, r.entered_at DESC, r.id DESC
)
SELECT (SELECT coalesce(array_agg(p.id ORDER BY p.id), '{}') FROM pool p) AS "facts.pool_id",
       (SELECT coalesce(array_agg(p.grade::int ORDER BY p.id), '{}') FROM pool p) AS "facts.pool_grade",
       (SELECT coalesce(array_agg(l.whole), '{}') FROM latest l) AS "facts.rules"
FROM (SELECT 1) one

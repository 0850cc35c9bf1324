-- SPDX-License-Identifier: Apache-2.0
-- Hazards of a tenant whose clocks are to be wound anew, those that were wound the longest ago first: so many, that what has
-- piled up is done in time and not at once. By what they are wound stands in the first row alone.
WITH latest AS MATERIALIZED (
-- include: clock_latest
), wound AS (
    SELECT f.hazard_id, min(f.wound_at) AS wound_at
    FROM latest l CROSS JOIN LATERAL (
        SELECT c.hazard_id, c.wound_at FROM clock_units c
        WHERE c.unit_id = l.unit_id AND c.working = l.working AND c.tenant_id = :request.tenant_id
          AND c.wound_at < l.entered_at
        ORDER BY c.wound_at LIMIT 100) f
    GROUP BY f.hazard_id
    ORDER BY min(f.wound_at), f.hazard_id
    LIMIT 100
), facts AS MATERIALIZED (
    SELECT
-- include: clock_facts
)
SELECT r.summary AS "*", r.detail AS "*", f."facts.rules", f."facts.calendars"
FROM (SELECT w.hazard_id, w.wound_at, row_number() OVER (ORDER BY w.wound_at, w.hazard_id) AS at FROM wound w) w
JOIN tracked_hazards r ON r.tenant_id = :request.tenant_id AND r.id = w.hazard_id
LEFT JOIN facts f ON w.at = 1
ORDER BY w.at

-- SPDX-License-Identifier: Apache-2.0
-- The figures of a period for a tier: what happened, was entered and was closed in it, each read by its time, and what is
-- open now of all that was entered before its end.
WITH happened AS (
    SELECT CASE coalesce(:request.by::int, 0) WHEN 0 THEN '' WHEN 1 THEN coalesce(r.township_id::text, '-')
           WHEN 2 THEN '-' ELSE r.sector END AS line, r.deaths, r.hurt, r.loss, r.demonstration
    FROM accidents r
    WHERE (r.region_id = :request.unit_id OR r.city_id = :request.unit_id OR r.county_id = :request.unit_id
           OR r.township_id = :request.unit_id)
      AND r.happened_at >= :request.period_from AND r.happened_at < :request.period_until AND
-- include: in_hand
), known AS (
    SELECT CASE coalesce(:request.by::int, 0) WHEN 0 THEN '' WHEN 1 THEN coalesce(r.township_id::text, '-')
           WHEN 2 THEN coalesce(r.responsible_unit_id::text, '-') ELSE r.sector END AS line,
           r.entered_at >= :request.period_from AND r.entered_at < :request.period_until AS entered,
           r.closed_at >= :request.period_from AND r.closed_at < :request.period_until AS closed,
           r.hazard_state, r.grade, r.deadline, r.rebound_count
    FROM tracked_hazards r
    WHERE (r.region_id = :request.unit_id OR r.city_id = :request.unit_id OR r.county_id = :request.unit_id
           OR r.township_id = :request.unit_id)
      AND r.hazard_state NOT IN (8, 9, 10)
      AND (r.entered_at >= :request.period_from AND r.entered_at < :request.period_until
           OR r.closed_at >= :request.period_from AND r.closed_at < :request.period_until
           OR r.hazard_state BETWEEN 1 AND 5 AND r.entered_at < :request.period_until) AND
-- include: in_hand
), lines AS (
    SELECT h.line, 1::bigint AS accidents, h.deaths::bigint, h.hurt::bigint, h.loss, h.demonstration::int::bigint,
           0::bigint AS found, 0::bigint AS major, 0::bigint AS found_closed, 0::bigint AS closed, 0::bigint AS open,
           0::bigint AS overdue, 0::bigint AS rebounds
    FROM happened h
    UNION ALL
    SELECT k.line, 0, 0, 0, 0, 0, coalesce(k.entered, false)::int, (k.entered AND k.grade = 2)::int,
           (k.entered AND k.hazard_state IN (6, 7))::int, coalesce(k.closed, false)::int,
           (k.hazard_state BETWEEN 1 AND 5)::int,
           (k.hazard_state IN (2, 3) AND coalesce(k.deadline < :context.now::timestamptz, false))::int,
           (k.entered AND k.rebound_count > 0)::int
    FROM known k
)
SELECT CASE WHEN :request.by::int IN (1, 2) AND l.line <> '-' THEN l.line::uuid END AS unit_id,
       CASE WHEN :request.by::int = 3 THEN l.line ELSE '' END AS sector,
       sum(l.accidents)::bigint AS accidents, sum(l.deaths)::bigint AS deaths, sum(l.hurt)::bigint AS hurt,
       sum(l.loss)::bigint AS loss, sum(l.demonstration)::bigint AS demonstration, sum(l.found)::bigint AS found,
       sum(l.major)::bigint AS major, sum(l.found_closed)::bigint AS found_closed, sum(l.closed)::bigint AS closed,
       sum(l.open)::bigint AS open, sum(l.overdue)::bigint AS overdue, sum(l.rebounds)::bigint AS rebounds,
       l.line AS "page.code"
FROM lines l
WHERE :context.page.code::text IS NULL OR l.line > :context.page.code
GROUP BY l.line
ORDER BY l.line
LIMIT :context.row_limit

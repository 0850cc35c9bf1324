-- SPDX-License-Identifier: Apache-2.0
-- What a campaign and all that come from it have brought, for those who have it in hand: sums over counters. Found is what
-- was neither voided (8) nor handed over (9) and is no mere lead (10); fixed is closed (6) or confirmed (7); overdue is assigned (2) or in
-- rectification (3) with the deadline on a day before today in China.
WITH RECURSIVE tree AS (
    SELECT r.tenant_id, r.id, r.unit_id
    FROM campaigns r
    WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_hand
    UNION ALL
    SELECT c.tenant_id, c.id, c.unit_id FROM tree t JOIN campaigns c ON c.above_id = t.id AND c.above_tenant_id = t.tenant_id
), lines AS (
    SELECT CASE coalesce(:request.by::int, 0) WHEN 1 THEN n.tenant_id::text WHEN 0 THEN ''
           ELSE split_part(n.label, '/', 1) END AS line,
           (e.slot - 1) % 10 + 1 AS state, (e.slot - 1) / 10 + 1 AS grade, split_part(n.label, '/', 2)::bigint AS day,
           e.count
    FROM tree t
    JOIN campaign_counts n ON n.campaign_id = t.id AND n.tenant_id = t.tenant_id
         AND n.part = CASE coalesce(:request.by::int, 0) WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 1 END
    CROSS JOIN LATERAL unnest(n.counts) WITH ORDINALITY AS e(count, slot)
    WHERE (e.slot - 1) % 10 + 1 NOT IN (8, 9, 10) AND e.count > 0
), sums AS (
    SELECT l.line, sum(l.count)::bigint AS found,
           coalesce(sum(l.count) FILTER (WHERE l.state IN (6, 7)), 0)::bigint AS fixed,
           coalesce(sum(l.count) FILTER (WHERE l.state IN (2, 3) AND l.day > 0 AND l.day < (
               extract(epoch FROM :context.now::timestamptz) + 28800)::bigint / 86400), 0)::bigint AS overdue,
           coalesce(sum(l.count) FILTER (WHERE l.grade = 2), 0)::bigint AS major
    FROM lines l
    GROUP BY l.line
)
SELECT CASE WHEN coalesce(:request.by::int, 0) IN (1, 2, 3) THEN nullif(s.line, '')::uuid END AS unit_id,
       CASE WHEN :request.by::int = 4 THEN s.line ELSE '' END AS sector,
       s.found, s.fixed, s.found - s.fixed AS open, s.overdue, s.major,
       (s.fixed * 1000 / s.found)::int AS rate_permille, s.line AS "page.code"
FROM sums s
WHERE :context.page.code::text IS NULL OR s.line > :context.page.code
ORDER BY s.line
LIMIT :context.row_limit

-- SPDX-License-Identifier: Apache-2.0
-- The page of what a unit is party to, within the caller's scope, the latest first; of each of the unit's parts a bounded
-- number is examined, as in hazard_list_states.
WITH examined AS MATERIALIZED (
    -- for: party unit finding_unit responsible_unit sending_unit
    (SELECT '{party}' AS branch, h.tenant_id, h.id, h.entered_at,
            (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
            AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
            AND (:request.sector = '' OR h.sector = :request.sector)
            AND (NOT :request.overdue OR (h.state IN (2, 3) AND h.deadline < :context.now)) AND
-- include: in_scope
            AS matches
     FROM hazards h
     WHERE h.{party}_id = :request.party_unit_id
       AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                     coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     ORDER BY h.entered_at DESC, h.id DESC LIMIT :context.examined_limit)
    -- end: UNION ALL
    UNION ALL
    (SELECT 'view', h.tenant_id, h.id, h.entered_at,
            (cardinality(:request.states::int[]) = 0 OR h.state = ANY (:request.states::int[]))
            AND (:request.grade::int IS NULL OR h.grade = :request.grade::int)
            AND (:request.sector = '' OR h.sector = :request.sector)
            AND (NOT :request.overdue OR (h.state IN (2, 3) AND h.deadline < :context.now)) AND
-- include: in_scope
     FROM (SELECT v.tenant_id, v.hazard_id FROM hazard_views v
           WHERE v.unit_id = :request.party_unit_id
             AND (v.entered_at, v.hazard_id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                     coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
           ORDER BY v.entered_at DESC, v.hazard_id DESC LIMIT :context.examined_limit) v
     JOIN hazards h ON h.tenant_id = v.tenant_id AND h.id = v.hazard_id)
), ends AS (
    SELECT DISTINCT ON (branch) entered_at, id, count(*) OVER (PARTITION BY branch) AS rows
    FROM examined
    ORDER BY branch, entered_at, id
), bound AS (
    SELECT entered_at, id FROM ends WHERE rows >= :context.examined_limit
    ORDER BY entered_at DESC, id DESC LIMIT 1
), page AS (
    (SELECT DISTINCT e.tenant_id, e.id, e.entered_at, 0 AS bound
     FROM examined e LEFT JOIN bound b ON true
     WHERE e.matches AND (b.id IS NULL OR (e.entered_at, e.id) >= (b.entered_at, b.id))
     ORDER BY e.entered_at DESC, e.id DESC LIMIT :context.row_limit)
    UNION ALL
    SELECT NULL, id, entered_at, 1 FROM bound
)
SELECT
-- include: columns
    , page.entered_at AS "page.time", page.id AS "page.id"
FROM page
LEFT JOIN hazards h ON h.tenant_id = page.tenant_id AND h.id = page.id
ORDER BY page.entered_at DESC, page.id DESC, page.bound
LIMIT :context.row_limit
